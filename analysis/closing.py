"""When a night, a local day or a month is over and its figures can be computed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from analysis.topology import Topology
from models.calendar import instant, month_bounds
from models.night_flow import NIGHT

LATE = timedelta(minutes=20)
"""A night or a day is closed so long after its end: the last readings are on their way."""


def months_between(start: datetime, end: datetime, topology: Topology) -> Iterable[tuple[int, int]]:
    """Local months that lie wholly in [start, end), in order."""
    first = start.astimezone(topology.region.tz)
    year, month = first.year, first.month
    while month_bounds(year, month, topology.region.tz)[1] <= end:
        if month_bounds(year, month, topology.region.tz)[0] >= start:
            yield year, month
        year, month = year + month // 12, month % 12 + 1


def ended_month(day: date) -> tuple[int, int] | None:
    """The month that ends with a local day."""
    following = day + timedelta(days=1)
    return (day.year, day.month) if following.day == 1 else None


def closed_night(now: datetime, topology: Topology) -> date:
    """The last local day whose night is over."""
    tz = topology.region.tz
    day = now.astimezone(tz).date()
    return day if now >= instant(day, NIGHT[1], tz) + LATE else day - timedelta(days=1)


def closed_day(now: datetime, topology: Topology) -> date:
    """The last local day that is over."""
    return (now - LATE).astimezone(topology.region.tz).date() - timedelta(days=1)
