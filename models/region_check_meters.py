"""Whether meters hang where they can: none at two places, no two at one place, no index that falls."""

from __future__ import annotations

from collections.abc import Iterator

from models.region_check_spans import Span, overlaps
from models.region_problem import Problem
from models.registry import Assignment, Region

_FILE = "assignments.csv"


def check_meters(region: Region) -> Iterator[Problem]:
    """A device at two points at once, a point with two water meters at once, a final index below the first."""
    yield from _devices(region)
    yield from _points(region)
    yield from _indexes(region)


def _span(item: Assignment | None) -> Span:
    return (item.start, item.end) if item else (None, None)


def _devices(region: Region) -> Iterator[Problem]:
    for found in overlaps(_FILE, region.assignments, lambda i: i.device, _span):
        here, there = _place(region, found.item.point), _place(region, found.other.point)
        message = (
            f"{found.item.device!r} hangs at {here} and at {there} (row {found.other_row}) at once; "
            "end the earlier assignment where the later begins"
        )
        yield Problem("region.device_twice", _FILE, found.row, "from", message)


def _place(region: Region, name: str) -> str:
    """A point, with its zone where it lies in one."""
    point = region.point.get(name)
    return f"{name!r} in zone {point.zone!r}" if point and point.zone else repr(name)


def _points(region: Region) -> Iterator[Problem]:
    """Only water meters count twice: a point may have several sensors."""
    meters = {item.device for item in region.devices if item.q3_m3h is not None}
    metered = [item if item.device in meters else None for item in region.assignments]
    for found in overlaps(_FILE, metered, lambda i: i.point if i else None, _span):
        if found.item and found.other and found.item.device != found.other.device:
            message = (
                f"{found.item.point!r} has two water meters at once, {found.other.device!r} (row {found.other_row}) "
                f"and {found.item.device!r}: its water would count twice; end the earlier assignment or give each a "
                "point of its own"
            )
            yield Problem("region.point_with_two_meters", _FILE, found.row, "point", message)


def _indexes(region: Region) -> Iterator[Problem]:
    """A final index below the first is believed only of a register that may have wrapped."""
    for row, item in enumerate(region.assignments, start=2):
        first, final = item.first_index_m3, item.final_index_m3
        device = region.device.get(item.device)
        if first is None or final is None or final >= first or device is None:
            continue
        if device.register_kind == "forward" and device.register_digits is None:
            message = (
                f"final index {final:g} is below first index {first:g}; mend one of the two, "
                "or write register_digits in devices.csv if the register wrapped"
            )
            yield Problem("region.index_falls", _FILE, row, "final_index_m3", message)
