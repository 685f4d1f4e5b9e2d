"""Whether the parts of a region fit together: every disagreement with its place and its cure."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from models.region_check_ranges import check_ranges
from models.region_check_sources import check_sources
from models.region_check_zones import check_zones
from models.region_problem import Problem
from models.registry import Region

__all__ = ["Problem", "check"]

Span = tuple[datetime | None, datetime | None]


def check(region: Region) -> list[Problem]:
    """Every disagreement inside a region, in the files' order; empty where it is ready to use.

    `row` counts rows as they stand in the Region (header = 1), which is the file's row where it has no blank lines.
    """
    problems = [
        *_duplicates(region),
        *check_ranges(region),
        *check_sources(region),
        *_references(region),
        *check_zones(region),
        *_assignments(region),
        *_billing(region),
        *_supplies(region),
    ]
    return sorted(problems, key=lambda problem: (problem.file, problem.row or 0))


def _duplicates(region: Region) -> Iterator[Problem]:
    """Rows of one key are allowed only where their validities don't overlap."""
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
        for row, item, other in _overlapping(file, items, key, _validity):
            message = (
                f"{_said(key(item))} stands in row {other} too; remove one or give them validities that don't overlap"
            )
            yield Problem("region.duplicate", file, row, column, message)
    for row, item, other in _overlapping("sources.toml", region.sources, lambda i: i.topic_filter, _validity):
        message = f"{item.topic_filter!r} is the filter of table {other} too; only the first of them would count"
        yield Problem("region.duplicate", "sources.toml", row, "topic_filter", message)


def _said(key: Hashable) -> str:
    return " ".join(map(str, key)) if isinstance(key, tuple) else repr(key)


def _validity(item: Any) -> Span:
    return getattr(item, "valid_from", None), getattr(item, "valid_to", None)


def _overlapping(
    file: str, items: Sequence[Any], key: Callable[[Any], Hashable], span: Callable[[Any], Span]
) -> Iterator[tuple[int, Any, int]]:
    """(row, item, row of an earlier one) of items of one key whose spans overlap."""
    first_row = 1 if file.endswith(".toml") else 2
    groups: dict[Hashable, list[tuple[int, Any]]] = {}
    for row, item in enumerate(items, start=first_row):
        groups.setdefault(key(item), []).append((row, item))
    for group in groups.values():
        ordered = sorted(group, key=lambda pair: (_sortable(span(pair[1])[0], -1), pair[0]))
        latest_row, latest_end = ordered[0][0], span(ordered[0][1])[1]
        for row, item in ordered[1:]:
            start, end = span(item)
            if latest_end is None or start is None or start < latest_end:
                yield row, item, latest_row
            if latest_end is not None and (end is None or end > latest_end):
                latest_row, latest_end = row, end


def _sortable(moment: datetime | None, empty: float) -> float:
    """Seconds of a time; where there is none, before or after all others."""
    return empty * float("inf") if moment is None else moment.timestamp()


def _references(region: Region) -> Iterator[Problem]:
    """Names that nothing has."""
    towns, zones, points = set(region.municipality), set(region.zone), set(region.point)
    subjects = towns | zones | {region.name} | set(region.device) | points
    looked: list[tuple[str, Sequence[Any], str, str, set[str]]] = [
        ("zones.csv", region.zones, "municipality", "municipalities.csv", towns),
        ("zones.csv", region.zones, "parent", "zones.csv", zones),
        ("zones.csv", region.zones, "azp_point", "metering_points.csv", points),
        ("zones.csv", region.zones, "critical_point", "metering_points.csv", points),
        ("zones.csv", region.zones, "inflows", "metering_points.csv", points),
        ("zones.csv", region.zones, "outflows", "metering_points.csv", points),
        ("metering_points.csv", region.points, "municipality", "municipalities.csv", towns),
        ("metering_points.csv", region.points, "zone", "zones.csv", zones),
        ("assignments.csv", region.assignments, "device", "devices.csv", set(region.device)),
        ("assignments.csv", region.assignments, "point", "metering_points.csv", points),
        ("reservoirs.toml", region.reservoirs, "zone", "zones.csv", zones),
        ("reservoirs.toml", region.reservoirs, "municipality", "municipalities.csv", towns),
        ("reservoirs.toml", region.reservoirs, "level_point", "metering_points.csv", points),
        ("reservoirs.toml", region.reservoirs, "inflow_point", "metering_points.csv", points),
        ("reservoirs.toml", region.reservoirs, "outflow_point", "metering_points.csv", points),
        ("supplies.csv", region.supplies, "municipality", "municipalities.csv", towns),
        ("billing.csv", region.billing, "zone", "zones.csv", zones),
        ("billing.csv", region.billing, "municipality", "municipalities.csv", towns),
        (
            "balance_inputs.csv",
            region.balance_inputs,
            "subject",
            "the region, towns, zones, points or devices",
            subjects,
        ),
        ("operations.csv", region.operations, "zone", "zones.csv", zones),
        ("sources.toml", region.sources, "municipality", "municipalities.csv", towns),
    ]
    for file, items, column, where, known in looked:
        for row, item in enumerate(items, start=1 if file.endswith(".toml") else 2):
            value = getattr(item, column)
            for name in value if isinstance(value, tuple) else (value,):
                if name and name not in known:
                    message = f"{name!r} is not in {where}; add it there or mend it here"
                    yield Problem("region.unknown_reference", file, row, column, message)


def _assignments(region: Region) -> Iterator[Problem]:
    def span(item: Any) -> Span:
        return item.start, item.end

    for row, item, other in _overlapping("assignments.csv", region.assignments, lambda i: i.device, span):
        message = f"{item.device!r} hangs at two points at once (row {other}); end the earlier assignment first"
        yield Problem("region.device_twice", "assignments.csv", row, "from", message)
    meters = {item.device for item in region.devices if item.q3_m3h is not None}
    indexed = [item if item.device in meters else None for item in region.assignments]
    rows = {id(item): row for row, item in enumerate(region.assignments, start=2)}
    of_point: dict[str, list[Any]] = {}
    for item in indexed:
        if item is not None:
            of_point.setdefault(item.point, []).append(item)
    for point, items in of_point.items():
        for before, after in pairwise(sorted(items, key=lambda i: i.start)):
            if before.device != after.device and (before.end is None or after.start < before.end):
                message = (
                    f"{point!r} has two water meters at once ({before.device!r} and {after.device!r}), "
                    "its water would count twice; end the earlier assignment or give each a point of its own"
                )
                yield Problem("region.point_with_two_meters", "assignments.csv", rows[id(after)], "point", message)


def _billing(region: Region) -> Iterator[Problem]:
    for row, item in enumerate(region.billing, start=2):
        if bool(item.zone) == bool(item.municipality):
            message = "needs either a zone or a municipality, not both; a municipality's row serves no zone"
            yield Problem("region.billing_subject", "billing.csv", row, "zone", message)

    def key(item: Any) -> Hashable:
        return (item.zone, item.municipality, item.customer_class)

    for row, item, other in _overlapping("billing.csv", region.billing, key, lambda i: (i.start, i.end)):
        who = item.zone or item.municipality
        message = (
            f"{item.customer_class!r} of {who!r} is billed in row {other} for some of these days too; mend the dates"
        )
        yield Problem("region.billing_overlap", "billing.csv", row, "from", message)


def _supplies(region: Region) -> Iterator[Problem]:
    """Shares of one municipality at any time are at most 1 together."""
    rows: dict[str, list[tuple[int, Any]]] = {}
    for row, item in enumerate(region.supplies, start=2):
        rows.setdefault(item.municipality, []).append((row, item))
    for town, items in rows.items():
        for row, item in items:
            moment = _sortable(item.valid_from, -1)
            together = sum(
                other.share
                for _, other in items
                if _sortable(other.valid_from, -1) <= moment < _sortable(other.valid_to, 1)
            )
            if together > 1.0 + 1e-6:
                message = f"shares of {town!r} add up to {together:.3g}; lower them to at most 1 together"
                yield Problem("region.share_above_one", "supplies.csv", row, "share", message)
