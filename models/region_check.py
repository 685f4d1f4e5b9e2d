"""Whether the parts of a region fit together: every disagreement with its place and its cure."""

from __future__ import annotations

from models.region_check_accounts import check_accounts
from models.region_check_meters import check_meters
from models.region_check_places import check_places
from models.region_check_ranges import check_ranges
from models.region_check_references import check_references
from models.region_check_sources import check_sources
from models.region_check_spans import check_spans
from models.region_check_zones import check_zones
from models.region_problem import Problem
from models.registry import Region

__all__ = ["Problem", "check"]

CHECKS = (
    check_spans,
    check_ranges,
    check_sources,
    check_references,
    check_zones,
    check_places,
    check_meters,
    check_accounts,
)
"""Every check of a region; a new one is a line here."""


def check(region: Region) -> list[Problem]:
    """Every disagreement inside a region, by file and row; empty where it is ready to use.

    `row` counts rows as they stand in the Region (header = 1); models.region_files.at_their_rows makes it the file's
    where that has blank lines.
    """
    problems = [problem for look in CHECKS for problem in look(region)]
    return sorted(problems, key=lambda problem: (problem.file, problem.row or 0))
