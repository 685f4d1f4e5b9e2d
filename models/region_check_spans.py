"""Times of a region's rows: rows of one name that overlap, and things in use while nothing says that they exist."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from models.region_cells import write_time
from models.region_problem import Problem
from models.registry import Region

Span = tuple[datetime | None, datetime | None]


class Overlap(NamedTuple):
    """A row whose time overlaps that of an earlier one of the same name."""

    row: int
    item: Any
    other_row: int
    other: Any


def check_spans(region: Region) -> Iterator[Problem]:
    """Rows of one key that overlap, and assignments and zones outside the validity of what they name."""
    yield from _duplicates(region)
    yield from _outside(region)


def validity(item: Any) -> Span:
    """From when to when a row holds; None: without an end on that side."""
    return getattr(item, "valid_from", None), getattr(item, "valid_to", None)


def valid_together(a: Any, b: Any) -> bool:
    """Whether two rows are valid at some common time."""
    (a_start, a_end), (b_start, b_end) = validity(a), validity(b)
    return sortable(a_start, -1) < sortable(b_end, 1) and sortable(b_start, -1) < sortable(a_end, 1)


def overlaps(
    file: str, items: Sequence[Any], key: Callable[[Any], Hashable], span: Callable[[Any], Span]
) -> Iterator[Overlap]:
    """Items whose span overlaps that of an earlier one of the same key: the one that reaches farthest is named."""
    first_row = 1 if file.endswith(".toml") else 2
    groups: dict[Hashable, list[tuple[int, Any]]] = {}
    for row, item in enumerate(items, start=first_row):
        groups.setdefault(key(item), []).append((row, item))
    for group in groups.values():
        ordered = sorted(group, key=lambda pair: (sortable(span(pair[1])[0], -1), pair[0]))
        latest_row, latest = ordered[0]
        for row, item in ordered[1:]:
            start, end = span(item)
            latest_end = span(latest)[1]
            if latest_end is None or start is None or start < latest_end:
                yield Overlap(row, item, latest_row, latest)
            if latest_end is not None and (end is None or end > latest_end):
                latest_row, latest = row, item


def sortable(moment: datetime | None, empty: float) -> float:
    """Seconds of a time; where there is none, before (−1) or after (1) all others."""
    return empty * float("inf") if moment is None else moment.timestamp()


def _duplicates(region: Region) -> Iterator[Problem]:
    keyed: list[tuple[str, Sequence[Any], str, Callable[[Any], Hashable]]] = [
        ("municipalities.csv", region.municipalities, "code", lambda i: i.code),
        ("zones.csv", region.zones, "zone", lambda i: i.zone),
        ("metering_points.csv", region.points, "point", lambda i: i.point),
        ("devices.csv", region.devices, "device", lambda i: i.device),
        ("reservoirs.toml", region.reservoirs, "reservoir", lambda i: i.reservoir),
        ("supplies.csv", region.supplies, "source", lambda i: (i.source, i.municipality)),
        ("balance_inputs.csv", region.balance_inputs, "input", lambda i: (i.subject, i.input)),
    ]
    for file, items, column, key in keyed:
        for found in overlaps(file, items, key, validity):
            message = (
                f"{_said(key(found.item))} stands in row {found.other_row} too; "
                "remove one or give them validities that don't overlap"
            )
            yield Problem("region.duplicate", file, found.row, column, message)
    for found in overlaps("sources.toml", region.sources, lambda i: i.topic_filter, validity):
        message = (
            f"{found.item.topic_filter!r} is the filter of table {found.other_row} too; "
            "only the first of them would count; remove one"
        )
        yield Problem("region.duplicate", "sources.toml", found.row, "topic_filter", message)


def _said(key: Hashable) -> str:
    return " ".join(map(str, key)) if isinstance(key, tuple) else repr(key)


def _outside(region: Region) -> Iterator[Problem]:
    """Assignments while their device or point is not valid, zones that name a point which is not."""
    rows_of_point: dict[str, list[Any]] = {}
    for point in region.points:
        rows_of_point.setdefault(point.point, []).append(point)
    for row, item in enumerate(region.assignments, start=2):
        for name, file, rows in (
            (item.device, "devices.csv", region.rows_of_device.get(item.device, ())),
            (item.point, "metering_points.csv", rows_of_point.get(item.point, ())),
        ):
            if (gap := uncovered((item.start, item.end), rows)) is not None:
                column = "from" if gap == item.start else "to"
                yield _not_valid(region, "assignments.csv", row, column, name, file, gap)
    for row, zone in enumerate(region.zones, start=2):
        for column in ("inflows", "outflows"):
            for name in getattr(zone, column):
                gap = uncovered(validity(zone), rows_of_point.get(name, ()))
                if gap is not None:
                    yield _not_valid(region, "zones.csv", row, column, name, "metering_points.csv", gap)


def _not_valid(
    region: Region, file: str, row: int, column: str, name: str, other: str, gap: datetime | float
) -> Problem:
    when = f"on {write_time(gap, region.tz)}" if isinstance(gap, datetime) else "at the beginning of all time"
    message = f"{name!r} is used here, but {other} has no row of it that is valid {when}; mend one of the two spans"
    return Problem("region.not_valid_then", file, row, column, message)


def uncovered(span: Span, rows: Sequence[Any]) -> datetime | float | None:
    """The first moment of a span at which none of the rows is valid; −inf: before all; None: there is none.

    Nothing is said where there is no row at all: that is a name that nothing has.
    """
    if not rows or any(validity(row) == (None, None) for row in rows):
        return None
    reached: datetime | float = span[0] if span[0] is not None else float("-inf")
    for row in sorted(rows, key=lambda row: sortable(validity(row)[0], -1)):
        start, end = validity(row)
        if sortable(start, -1) > _number(reached):
            break
        if sortable(end, 1) > _number(reached):
            if end is None:
                return None
            reached = end
    last = sortable(span[1], 1)
    return reached if _number(reached) < last else None


def _number(moment: datetime | float) -> float:
    return moment.timestamp() if isinstance(moment, datetime) else moment
