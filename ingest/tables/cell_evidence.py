"""What cells tell where headings don't: a table's only times, names that the registry knows, registers that rise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from ingest.tables import headings
from ingest.tables.draft import Columns, Draft
from ingest.tables.head import kind_of_cell
from ingest.tables.number_cells import DecimalEvidence, number, says_nothing
from ingest.tables.registry_names import Names, as_name
from ingest.tables.time_cells import stamp
from models.tables import Role
from models.units import find_unit

_FEWEST_VALUES = 12
_FEWEST_RISES = 10
"""So many rises and no fall: no interval's volumes do that by chance."""


def with_times(drafts: list[Draft]) -> list[Draft]:
    """Where no heading names a time: the one column all of whose cells are times."""
    if any(draft.role in ("time", "date") for draft in drafts):
        return drafts
    found = [draft for draft in drafts if draft.role is None and _all_times(draft)]
    if len(found) != 1:
        return drafts
    (only,) = found
    return [replace(draft, role="time").because("only_times") if draft is only else draft for draft in drafts]


def _all_times(draft: Draft) -> bool:
    """Whether each cell that says something is a date, with or without a time, and no plain number."""
    cells = [cell for cell in draft.sample if not says_nothing(cell)]
    if not cells or any(kind_of_cell(cell) != "t" for cell in cells):
        return False
    return all((found := stamp(cell)) is not None and found.day is not None for cell in cells)


def with_names(drafts: list[Draft], names: Names) -> list[Draft]:
    """Where no heading names devices or points: the one column all of whose cells the registry knows."""
    if any(draft.role in ("device", "point") for draft in drafts):
        return drafts
    known: list[tuple[Draft, Role]] = []
    for draft in drafts:
        texts = {as_name(cell) for cell in draft.sample if not says_nothing(cell)}
        if draft.role is None and texts:
            if all(map(names.device, texts)):
                known.append((draft, "device"))
            elif all(map(names.point, texts)):
                known.append((draft, "point"))
    if len(known) != 1:
        return drafts
    ((only, role),) = known
    return [replace(draft, role=role).because("registered_cells") if draft is only else draft for draft in drafts]


def is_rising_volume(draft: Draft, columns: Columns) -> bool:
    """Whether a column in a unit of volume can only be a register: of each device it rises and never falls."""
    unit = draft.unit or _unit_of_rows(columns)
    found = find_unit(unit)
    if found is None or found.dimension != "volume":
        return False
    courses = _courses(draft, columns)
    values = sum(map(len, courses))
    rises = falls = 0
    for course in courses:
        steps = [after - before for before, after in pairwise(course)]
        rises += sum(step > 0 for step in steps)
        falls += sum(step < 0 for step in steps)
    # Newest first it falls all the way.
    return values >= _FEWEST_VALUES and max(rises, falls) >= _FEWEST_RISES and min(rises, falls) == 0


def _unit_of_rows(columns: Columns) -> str:
    """A unit of a column whose units are all of volume, or an empty word."""
    words = {as_name(cell) for draft in columns.with_role("unit") for cell in draft.sample} - {""}
    return words.pop() if words and all(headings.fits("volume_m3", word) for word in words) else ""


def _courses(draft: Draft, columns: Columns) -> list[list[float]]:
    """The sample's values of each device, in order of rows."""
    evidence = DecimalEvidence()
    evidence.add(draft.sample)
    mark = evidence.decimal(";")
    names = _names_of_rows(columns, len(draft.sample))
    courses: dict[str, list[float]] = {}
    for name, cell in zip(names, draft.sample, strict=True):
        read = number(cell, "," if mark in (",", "?") else ".")
        if read is not None:
            courses.setdefault(name, []).append(read[0])
    return list(courses.values())


def _names_of_rows(columns: Columns, count: int) -> Sequence[str]:
    named = [*columns.with_role("device"), *columns.with_role("point")]
    cells: Sequence[Any] = named[0].sample if named else [""] * count
    return [as_name(cell) for cell in cells]
