"""Each table of tests/golden/tables is understood and imported as its files say."""

from __future__ import annotations

import pytest

from tests.golden_tables import Case, cases


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_table(case: Case) -> None:
    assert case.circumstances["origin"], "say where the table comes from"
    assert case.imported() == case.expected()
