"""Every golden case gives exactly what stands beside it."""

from __future__ import annotations

import json

import pytest

from ingest.decoders.table import DECODERS
from models.notice import NoticeKind
from models.quality import Quality
from models.quantity import QUANTITIES
from tests.golden import FOLDER, LINES, Case, cases

CASES = cases()


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_case(case: Case) -> None:
    assert case.circumstances["origin"], "say where the bytes come from"
    assert case.decoded() == case.expected()


@pytest.mark.parametrize("dialect", [dialect.name for dialect in DECODERS])
def test_every_dialect_has_good_and_bad_cases(dialect: str) -> None:
    kinds = {case.expected()[0] for case in CASES if case.dialect == dialect}
    assert kinds == {"expected.jsonl", "expected.err"}


@pytest.mark.parametrize("dialect", [dialect.name for dialect in DECODERS])
def test_every_dialect_has_its_row_in_the_documentation(dialect: str) -> None:
    rows = (FOLDER.parents[1] / "docs" / "dialects.md").read_text(encoding="utf-8").splitlines()
    assert sum(row.startswith(f"| `{dialect}` |") for row in rows) == 1


def test_what_is_expected_is_in_the_contract() -> None:
    for case in CASES:
        name, text = case.expected()
        if name != LINES:
            continue
        for line in map(json.loads, text.splitlines()):
            assert line["source"] == case.dialect, case.name
            assert line["time"].endswith("Z")
            assert line["time_source"] in ("payload", "received")
            if "notice" in line:
                assert line["notice"] in NoticeKind.__members__
            else:
                assert line["quantity"] in QUANTITIES
                assert line["quality"] in Quality.__members__
