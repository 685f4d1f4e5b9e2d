"""What a change of the registry, or of a device's readings, touches: of whom, from when to when, and nothing else.

Each row that begins, ends or differs names whose figures it has a part in, on its own side: a row that is gone by the
relations of the old registry, a new one by those of the new. Spans are those in which the two registries differ: of an
assignment whose end was corrected only the time between the two ends.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from models.areas import Area, Areas
from models.reading import EPOCH
from models.registry import Assignment, Region
from models.rollup import Level

ALWAYS = datetime(9999, 12, 31, tzinfo=UTC)
"""The end of what has none; EPOCH is the start of what has none."""
NOTHING_STORED = ("languages", "simulated", "currency", "sources", "supplies", "municipalities", "boundaries")
"""Parts of a region that no stored rollup or figure is made of: figures per person are computed when they are shown."""
EVERYTHING = ("timezone", "name")
"""Parts of which everything is made."""
FLOWS = frozenset({"parent", "municipality", "inflows", "outflows"})
"""Of a zone's row: what its water is made of; all else is only in its balance."""
UNUSED = frozenset({"name", "lat", "lon", "purpose"})
"""Fields that nothing is computed with."""


class Reach(NamedTuple):
    """A span of time, from EPOCH and to ALWAYS where it has no end."""

    start: datetime
    end: datetime


class Touch(NamedTuple):
    """Someone whose figures of a span are to be computed again.

    level, subject : a device or point (its consumption), or an area
    quoted_only : an area's water is the same, only its balance is another
    rows : files whose rows touch it, as `file: key`
    """

    level: Level
    subject: str
    reach: Reach
    quoted_only: bool = False
    rows: tuple[str, ...] = ()


class Touched(NamedTuple):
    """Everything that is touched, spans of one subject joined where they meet; everything: all of all times is."""

    everything: bool
    touches: tuple[Touch, ...]


def touched(old: Region, new: Region) -> Touched:
    """What differs between the figures of two registries; a part that this module does not know touches everything."""
    known = {*_KINDS, *NOTHING_STORED}
    for name in Region.__dataclass_fields__:
        if name not in known and getattr(old, name) != getattr(new, name):
            return Touched(True, ())
    sides = (Areas(old), Areas(new))
    found: list[Touch] = []
    for name, (key, touches_of) in _KINDS.items():
        for before, after in _pairs(getattr(old, name), getattr(new, name), key):
            found += touches_of(before, after, sides)
    return Touched(False, tuple(joined(found)))


def of_device(region: Region, device: str, reach: Reach) -> list[Touch]:
    """Whom other readings of a device touch: itself, the points where it hung then, and the areas around them."""
    areas = Areas(region)
    found = [Touch("device", device, reach)]
    for item in region.assignments_of_device.get(device, ()):
        start, end = max(reach.start, item.start), min(reach.end, item.end or ALWAYS)
        if start <= end:
            found += _at_point(item.point, Reach(start, end), areas, "")
    return joined(found)


def joined(touches: Iterable[Touch]) -> list[Touch]:
    """Touches with spans that meet made one; a balance that is computed anew with its water is not named twice.

    >>> day = [datetime(2026, 5, n, tzinfo=UTC) for n in range(1, 6)]
    >>> a, b = Touch("zone", "z", Reach(day[0], day[2])), Touch("zone", "z", Reach(day[1], day[3]))
    >>> [touch.reach == (day[0], day[3]) for touch in joined([a, b, a._replace(quoted_only=True)])]
    [True]
    """
    several: dict[tuple[Level, str, bool], list[Touch]] = {}
    for touch in touches:
        several.setdefault((touch.level, touch.subject, touch.quoted_only), []).append(touch)
    met = {key: _met(group) for key, group in several.items()}
    result = []
    for (level, subject, quoted_only), group in met.items():
        wholes = met.get((level, subject, False), []) if quoted_only else []
        result += [touch for touch in group if not any(_holds(whole.reach, touch.reach) for whole in wholes)]
    return result


def _holds(outer: Reach, inner: Reach) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _met(several: Iterable[Touch]) -> list[Touch]:
    found: list[Touch] = []
    for touch in sorted(several, key=lambda one: one.reach):
        if found and touch.reach.start <= found[-1].reach.end:
            last = found[-1]
            reach = Reach(last.reach.start, max(last.reach.end, touch.reach.end))
            found[-1] = last._replace(reach=reach, rows=tuple(dict.fromkeys([*last.rows, *touch.rows])))
        else:
            found.append(touch)
    return found


Sides = tuple[Areas, Areas]
Pair = tuple[Any, Any]
"""The row before and after; one of them None where it is new or gone."""


def _pairs(old: Sequence[Any], new: Sequence[Any], key: Callable[[Any], object]) -> Iterator[Pair]:
    """Rows that differ, those of one key together where each side has one."""
    gone, come = Counter(old) - Counter(new), Counter(new) - Counter(old)
    by_key: dict[object, tuple[list[Any], list[Any]]] = {}
    for side, rows in enumerate((gone, come)):
        for row in rows.elements():
            by_key.setdefault(key(row), ([], []))[side].append(row)
    for before, after in by_key.values():
        if len(before) == len(after) == 1:
            yield before[0], after[0]
        else:
            yield from ((row, None) for row in before)
            yield from ((None, row) for row in after)


def _sides(pair: Pair, sides: Sides) -> Iterator[tuple[Any, Areas]]:
    """The rows that there are, each with the relations of its own registry."""
    yield from ((row, areas) for row, areas in zip(pair, sides, strict=True) if row is not None)


def _changed(before: Any, after: Any) -> set[str]:
    """Fields that differ; of a row that is new or gone all."""
    names = type(before or after).__dataclass_fields__
    if before is None or after is None:
        return set(names)
    return {name for name in names if getattr(before, name) != getattr(after, name)}


def _valid(row: Any) -> Reach:
    return Reach(row.valid_from or EPOCH, row.valid_to or ALWAYS)


def _validities(before: Any, after: Any) -> list[Reach]:
    """Spans of two rows of one key in which they differ: where only an end was moved, the time between both ends."""
    if before is None or after is None:
        return [_valid(before or after)]
    one, other = _valid(before), _valid(after)
    if _changed(before, after) <= {"valid_from", "valid_to"}:
        return _between(one, other)
    return [Reach(min(one.start, other.start), max(one.end, other.end))]


def _between(one: Reach, other: Reach) -> list[Reach]:
    """Where two spans of the same do not both hold."""
    found = []
    if one.start != other.start:
        found.append(Reach(min(one.start, other.start), max(one.start, other.start)))
    if one.end != other.end:
        found.append(Reach(min(one.end, other.end), max(one.end, other.end)))
    return found


def _of_areas(areas: Iterable[Area], reach: Reach, row: str, quoted_only: bool = False) -> list[Touch]:
    return [Touch(level, subject, reach, quoted_only, (row,)) for level, subject in areas]


def _at_point(point: str, reach: Reach, areas: Areas, row: str) -> list[Touch]:
    rows = (row,) if row else ()
    found: list[Area] = [("point", point), *areas.of_point(point)]
    return [Touch(level, subject, reach, False, rows) for level, subject in found]


def _assignment(before: Assignment | None, after: Assignment | None, sides: Sides) -> list[Touch]:
    spans: list[Reach] = []
    if before is None or after is None:
        row = before or after
        assert row is not None
        spans.append(Reach(row.start, row.end or ALWAYS))
    else:
        ends = (before.end or ALWAYS, after.end or ALWAYS)
        spans += _between(Reach(before.start, ends[0]), Reach(after.start, ends[1]))
        # An index is a reading at the edge of the assignment.
        if before.first_index_m3 != after.first_index_m3:
            spans += [Reach(row.start, row.start) for row in (before, after)]
        if before.final_index_m3 != after.final_index_m3:
            spans += [Reach(end, end) for end in ends if end != ALWAYS]
    found = []
    for item, areas in _sides((before, after), sides):
        said = f"assignments.csv: {item.device}"
        for reach in spans:
            found.append(Touch("device", item.device, reach, False, (said,)))
            found += _at_point(item.point, reach, areas, said)
    return found


def _device(before: Any, after: Any, sides: Sides) -> list[Touch]:
    """A device's row: everything it measured while the row held, at every point where it hung then."""
    found = []
    for item, areas in _sides((before, after), sides):
        said = f"devices.csv: {item.device}"
        for reach in _validities(before, after):
            found.append(Touch("device", item.device, reach, False, (said,)))
            for hung in areas.region.assignments_of_device.get(item.device, ()):
                start, end = max(reach.start, hung.start), min(reach.end, hung.end or ALWAYS)
                if start < end:
                    found += _at_point(hung.point, Reach(start, end), areas, said)
    return found


def _point(before: Any, after: Any, sides: Sides) -> list[Touch]:
    """A point: the areas it lies in. It counts in their sums whatever its validity, so that all times are touched."""
    if _changed(before, after) <= UNUSED:
        return []
    found = []
    for item, areas in _sides((before, after), sides):
        found += _of_areas(areas.of_point(item.point), Reach(EPOCH, ALWAYS), f"metering_points.csv: {item.point}")
    return found


def _zone(before: Any, after: Any, sides: Sides) -> list[Touch]:
    changed = _changed(before, after)
    if changed <= UNUSED:
        return []
    quoted_only = not changed & {*FLOWS, "valid_from", "valid_to"}
    found = []
    for item, areas in _sides((before, after), sides):
        for reach in _validities(before, after):
            found += _of_areas(areas.of_zones([item.zone]), reach, f"zones.csv: {item.zone}", quoted_only)
    return found


def _reservoir(before: Any, after: Any, sides: Sides) -> list[Touch]:
    """A tank: its filling is a part of its zone's net inflow. What a dam's page shows is computed when it is shown."""
    if _changed(before, after) <= UNUSED:
        return []
    found = []
    for item, areas in _sides((before, after), sides):
        if item.kind == "tank" and item.zone:
            said = f"reservoirs.toml: {item.reservoir}"
            found += _of_areas(areas.of_zones([item.zone]), Reach(EPOCH, ALWAYS), said)
    return found


def _billing(before: Any, after: Any, sides: Sides) -> list[Touch]:
    found = []
    for item, areas in _sides((before, after), sides):
        of = areas.of_zones([item.zone]) if item.zone else areas.of_town(item.municipality)
        said = f"billing.csv: {item.zone or item.municipality} {item.customer_class}"
        found += _of_areas(of, Reach(item.start, item.end), said, quoted_only=True)
    return found


def _balance_input(before: Any, after: Any, sides: Sides) -> list[Touch]:
    found = []
    for item, areas in _sides((before, after), sides):
        said = f"balance_inputs.csv: {item.subject} {item.input}"
        for reach in _validities(before, after):
            found += _of_areas(areas.of_name(item.subject), reach, said, quoted_only=True)
    return found


def _operation(before: Any, after: Any, sides: Sides) -> list[Touch]:
    found = []
    for item, areas in _sides((before, after), sides):
        said = f"operations.csv: {item.zone} {item.kind}"
        of = areas.of_zones([item.zone])
        found += _of_areas(of, Reach(item.start, item.end or item.start), said, quoted_only=True)
    return found


_KINDS: dict[str, tuple[Callable[[Any], object], Callable[[Any, Any, Sides], list[Touch]]]] = {
    "zones": (lambda row: (row.zone, row.valid_from), _zone),
    "points": (lambda row: (row.point, row.valid_from), _point),
    "devices": (lambda row: (row.device, row.valid_from), _device),
    "assignments": (lambda row: (row.device, row.point), _assignment),
    "reservoirs": (lambda row: row.reservoir, _reservoir),
    "billing": (lambda row: (row.zone, row.municipality, row.customer_class, row.start, row.end), _billing),
    "balance_inputs": (lambda row: (row.subject, row.input, row.valid_from), _balance_input),
    "operations": (lambda row: (row.zone, row.kind, row.place, row.start), _operation),
}
"""Parts of a region → what names one of their rows, and whom a row that differs touches."""
