"""A region as files that a person can read and version, and back.

Times in a cell are dates (local midnight of the region's time zone) or ISO date-times; spans are [from, to): a month
is written 2026-01-01, 2026-02-01. Lists inside a cell are separated by `|`. `docs/region-files.md` describes them all.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from models.region_csv import file_rows, read_table, write_table
from models.region_problem import Problem
from models.region_tables import ASSIGNMENTS, DEVICES, MUNICIPALITIES, POINTS, TABLES, ZONES
from models.region_toml import item_values, load, read_region, read_tables, write_region, write_tables
from models.registry import Region, Reservoir, Source

__all__ = ["FILES", "Problem", "at_their_rows", "parse", "render"]

_TOML_TABLES: tuple[tuple[str, str, str, type[Reservoir] | type[Source]], ...] = (
    ("reservoirs.toml", "reservoirs", "reservoir", Reservoir),
    ("sources.toml", "sources", "source", Source),
)
BOUNDARIES = "boundaries.geojson"
STARTERS = (MUNICIPALITIES, ZONES, POINTS, DEVICES, ASSIGNMENTS)
"""Written even while they are empty: their headers are what a newcomer fills in."""
FILES = ("region.toml", *(table.file for table in TABLES), "reservoirs.toml", "sources.toml", BOUNDARIES)
"""The files that `render` may write; `keys.csv` is loaded elsewhere and never written."""


def parse(files: Mapping[str, str]) -> tuple[Region | None, list[Problem]]:
    """A region from its files' texts by name, or every problem that stands in the way.

    Only region.toml is needed; an absent file is an empty one. Files of other names (README, keys.csv) are left alone,
    unless their name looks like a misspelling of one of ours. The Region is None exactly where there are problems;
    whether its parts fit together is models.region_check.check's question.
    """
    problems = _misspelt(files)
    if "region.toml" not in files:
        message = 'is missing; write one with name = "…" and timezone = "Europe/Prague"'
        return None, [*problems, Problem("region.missing_file", "region.toml", None, "", message)]
    content, found = load("region.toml", files["region.toml"])
    problems += found
    head, found = read_region(content) if not found else ({}, [])
    problems += found
    # A wrong time zone is told once; dates of the other files are then only looked at for their form.
    tz = ZoneInfo(head["timezone"]) if head and not found else ZoneInfo("UTC")
    parts: dict[str, Any] = {}
    for table in TABLES:
        if table.file in files:
            parts[table.attribute], found = read_table(table, files[table.file], tz)
            problems += found
    for file, attribute, name, make in _TOML_TABLES:
        if file in files:
            content, found = load(file, files[file])
            parts[attribute], more = read_tables(file, name, make, content)
            problems += found + more
    boundaries = files.get(BOUNDARIES, "")
    problems += _check_json(boundaries)
    if problems:
        return None, problems
    return Region(**head, **parts, boundaries=boundaries), []


def at_their_rows(problems: Iterable[Problem], files: Mapping[str, str]) -> list[Problem]:
    """Problems that region_check found in a parsed Region, with the rows of the files it was parsed from.

    They differ where a file has blank lines.
    """
    csv_files = {table.file for table in TABLES} & set(files)
    rows = {file: file_rows(files[file]) for file in csv_files}
    return [
        problem._replace(row=rows[problem.file][problem.row - 2]) if problem.file in rows and problem.row else problem
        for problem in problems
    ]


def _misspelt(files: Mapping[str, str]) -> list[Problem]:
    problems = []
    for file in files:
        near = difflib.get_close_matches(file, FILES, 1, cutoff=0.85)
        if file not in FILES and file != "keys.csv" and near:
            message = f"is not read; if you mean {near[0]}, rename it"
            problems.append(Problem("region.unknown_file", file, None, "", message))
    return problems


def _check_json(text: str) -> list[Problem]:
    if not text:
        return []
    try:
        json.loads(text)
    except ValueError as error:
        return [Problem("region.json_syntax", BOUNDARIES, None, "", f"not readable as GeoJSON: {error}")]
    return []


def render(region: Region) -> dict[str, str]:
    """The canonical files of a region: parse(render(r)) renders to the same bytes.

    Rows are sorted by their key, sources keep their order (the first that fits a topic counts). Empty files are left
    out, except STARTERS.
    """
    files = {
        "region.toml": write_region(region.name, region.languages, region.timezone, region.simulated, region.currency)
    }
    for table in TABLES:
        items = getattr(region, table.attribute)
        if items or table in STARTERS:
            files[table.file] = write_table(table, items, region.tz)
    if region.reservoirs:
        reservoirs = [_trimmed(item) for item in region.reservoirs]
        reservoirs.sort(key=lambda item: tuple(item_values(item).values()))
        files["reservoirs.toml"] = write_tables("reservoir", reservoirs)
    if region.sources:
        files["sources.toml"] = write_tables("source", [_trimmed(item) for item in region.sources])
    if region.boundaries:
        files[BOUNDARIES] = region.boundaries
    return files


def _trimmed(item: Reservoir | Source) -> Reservoir | Source:
    """Without blanks around its texts, as parse reads them."""
    texts = {name: getattr(item, name).strip() for name in _text_fields(item)}
    return replace(item, **texts)


def _text_fields(item: Reservoir | Source) -> list[str]:
    return [name for name in type(item).__dataclass_fields__ if isinstance(getattr(item, name), str)]
