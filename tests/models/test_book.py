"""docs/models.md explains every model that computes: meaning, source, parameters, when it fails."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]

PLUMBING = {
    # What is said, kept or read, without a formula of its own.
    "areas", "cause", "clock", "detector", "detectors", "device", "edits", "errors", "event", "judged", "mapping",
    "notice", "placing", "quality", "quantity", "quantity_units", "reading", "records", "registry", "rollup",
    "sensor_table", "site", "spool", "store", "tables", "topic_filter", "touched", "units", "use_total", "verdict",
    "why",
    "region_cells", "region_csv", "region_problem", "region_tables", "region_toml",
    "region_check_accounts", "region_check_meters", "region_check_places", "region_check_ranges",
    "region_check_references", "region_check_sources", "region_check_spans", "region_check_zones",
    "balance/amounts", "balance/inputs", "balance/quoted", "rollup_series",
    "validation/evidence", "validation/flags", "validation/table", "validation/usable",
}  # fmt: skip
"""Modules that the book need not explain. All others compute, and must stand in a heading of it."""


def modules() -> set[str]:
    folder = ROOT / "models"
    found = (path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.py"))
    return {name for name in found if not name.endswith("__init__")}


def book() -> dict[str, str]:
    """Sections by what their heading names."""
    text = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    sections: dict[str, str] = {}
    for part in text.split("\n## ")[1:]:
        heading, _, body = part.partition("\n")
        sections |= dict.fromkeys(re.findall(r"`([^`]+)`", heading), body)
    return sections


def test_every_module_that_computes_is_explained() -> None:
    explained = set(book())
    missing = {name for name in modules() - PLUMBING if name not in explained}
    assert not missing, f"explain in docs/models.md, in a heading with `name`: {sorted(missing)}"


def test_the_book_explains_nothing_that_is_gone() -> None:
    assert set(book()) - modules() == set()
    assert PLUMBING - modules() == set()


def test_every_section_says_when_its_model_fails() -> None:
    silent = [name for name, body in book().items() if not re.search(r"(?i)\bfail|Knows no|can't|says nothing", body)]
    assert not silent
