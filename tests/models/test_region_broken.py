"""Broken regions as people write them: each fault with file, row, column and cure, as tests/golden/regions expects."""

from pathlib import Path

import pytest

from models.region_check import CHECKS
from smartvoda import regions
from tests.golden_regions import BASE, Case, cases


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_a_broken_region_is_told_as_expected(case: Case) -> None:
    assert case.said() == case.expected()
    assert case.expected()


def test_the_base_of_all_cases_is_in_order() -> None:
    region, problems = regions.read(BASE)
    assert region is not None
    assert problems == []


def test_every_check_has_a_case(tmp_path: Path) -> None:
    """Each of the table finds something in one of the cases."""
    found = set()
    for case in cases():
        region, _ = regions.read(case.write(tmp_path / case.name))
        found |= {check for check in CHECKS if region is not None and list(check(region))}
    assert set(CHECKS) - found == set()
