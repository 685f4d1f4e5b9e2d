"""Rows of a table that go into the registry: merged with what is there, checked as a whole, and applied at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from ingest.tables.readings import Bad
from models.errors import VodaError
from models.region_check import Problem, check
from models.region_tables import ASSIGNMENTS, BILLING, DEVICES
from models.registry import Assignment, Billing, Device, Region
from models.tables import Said

Item = Billing | Device | Assignment

_ATTRIBUTE = {Billing: "billing", Device: "devices", Assignment: "assignments"}
_FILE_OF = {"billing": BILLING.file, "devices": DEVICES.file, "assignments": ASSIGNMENTS.file}
_OTHER_ROW = re.compile(r"\brow (\d+)")


class Edit(NamedTuple):
    """A row of a registry table as a line of the file wants it."""

    line: int
    item: Item


class Changes(NamedTuple):
    """What the edits do: the registry after them, and how many rows are new, changed or as they were."""

    region: Region
    new: int
    changed: int
    same: int
    bad: list[Bad]


@dataclass
class _Merge:
    """The registry's rows with the edits in them; the line of each row that an edit made."""

    rows: dict[str, list[Item]]
    line_of: dict[tuple[str, int], int] = field(default_factory=dict)
    new: int = 0
    changed: int = 0
    same: int = 0


def key_of(item: Item) -> tuple[Any, ...]:
    """What names a row: the same key again is the same row."""
    if isinstance(item, Billing):
        return (item.zone, item.municipality, item.customer_class, item.start, item.end)
    if isinstance(item, Device):
        return (item.device,)
    return (item.device, item.point, item.start)


def apply_edits(region: Region, edits: Sequence[Edit]) -> Changes:
    """The registry after the edits that fit it; those that don't are bad, and say why.

    Raises VodaError (import.registry) where the registry does not fit together and no edit can be named for it.
    """
    known = {_identity(problem) for problem in check(region)}
    edits, bad = _without_contradictions(edits)
    while True:
        merge = _merged(region, edits)
        rows: dict[str, Any] = {name: tuple(items) for name, items in merge.rows.items()}
        after = replace(region, **rows)
        problems = [problem for problem in check(after) if _identity(problem) not in known]
        if not problems:
            return Changes(after, merge.new, merge.changed, merge.same, bad)
        wrong: dict[int, Problem] = {}
        for problem in problems:
            line = _line_of(problem, merge)
            if line is not None:
                wrong.setdefault(line, problem)
        if not wrong:
            raise VodaError("import.registry", f"{problems[0]}; nothing was imported")
        for line, problem in sorted(wrong.items()):
            said = Said("against_registry", {"problem": f"{problem.column}: {problem.message}"})
            bad.append(Bad(line, problem.column, "", said))
        edits = [edit for edit in edits if edit.line not in wrong]


def _identity(problem: Problem) -> tuple[str, str, str]:
    return problem.code, problem.file, problem.message


def _without_contradictions(edits: Iterable[Edit]) -> tuple[list[Edit], list[Bad]]:
    """Edits of one key that say the same once; those that say other than the first are bad."""
    first: dict[tuple[Any, ...], Edit] = {}
    kept, bad = [], []
    for edit in edits:
        key = (type(edit.item).__name__, *key_of(edit.item))
        before = first.setdefault(key, edit)
        if before is edit:
            kept.append(edit)
        elif before.item != edit.item:
            bad.append(Bad(edit.line, "", "", Said("twice_in_file", {"line": before.line})))
    wrong = {item.line for item in bad}
    return [edit for edit in kept if edit.line not in wrong], bad


def _merged(region: Region, edits: Iterable[Edit]) -> _Merge:
    merge = _Merge({name: list(getattr(region, name)) for name in _FILE_OF})
    places = {name: {(key_of(item)): place for place, item in enumerate(items)} for name, items in merge.rows.items()}
    for line, item in edits:
        name = _ATTRIBUTE[type(item)]
        items, place = merge.rows[name], places[name].get(key_of(item))
        if place is None:
            merge.new += 1
            items.append(item)
            merge.line_of[name, len(items) - 1] = line
        elif items[place] == item:
            merge.same += 1
        else:
            merge.changed += 1
            items[place] = item
            merge.line_of[name, place] = line
    return merge


def _line_of(problem: Problem, merge: _Merge) -> int | None:
    """The line whose edit a problem is about; of two the later one."""
    name = next((name for name, file in _FILE_OF.items() if file == problem.file), "")
    rows = [problem.row or 0, *(int(row) for row in _OTHER_ROW.findall(problem.message))]
    lines = [merge.line_of[name, row - 2] for row in rows if (name, row - 2) in merge.line_of]
    return max(lines, default=None)


def cells_of(plan_places: Mapping[str, int], row: Sequence[Any], role: str) -> Any:
    """The cell of a role in a row, None where the table or the row has none."""
    place = plan_places.get(role)
    return None if place is None or place >= len(row) else row[place]
