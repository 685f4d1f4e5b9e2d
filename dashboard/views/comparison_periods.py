"""Periods that can be compared: whole months or the elapsed days of a running one, and the same days a year before."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from models.calendar import day_bounds, month_bounds
from models.comparison import elapsed, same_days_before
from models.registry import Region

RUNNING = "running"
PERIODS: dict[str, int] = {"month": 1, "quarter": 3, "year": 12, RUNNING: 0}
"""Names of periods and how many whole months they are; the running month has its elapsed days."""
DAY = timedelta(days=1)


class Piece(NamedTuple):
    """A local month or day that a quoted figure speaks of."""

    period: Literal["day", "month"]
    start: datetime
    end: datetime


class Compare(NamedTuple):
    """What is compared: [start, end) of whole local days, of a period that ends at `whole`; earlier: a year before.

    days : how many local days, the same for all and for the year before; of : how many the whole period has
    """

    start: datetime
    end: datetime
    whole: datetime
    earlier: tuple[datetime, datetime]
    days: int
    of: int

    @property
    def partial(self) -> bool:
        """Whether days of the period are still to come."""
        return self.days < self.of


def asked(now: datetime, period: str, region: Region) -> Compare:
    """The period that a name asks for, cut to days that are over for everyone.

    On the first day of a month nothing of it is over: then the running month is the last whole one.

    >>> from datetime import UTC
    >>> region = Region("", (), "Europe/Prague", False, "")
    >>> found = asked(datetime(2026, 11, 24, 15, tzinfo=UTC), RUNNING, region)
    >>> found.days, found.of, found.partial, (found.earlier[1] - found.earlier[0]).days
    (23, 30, True, 23)
    """
    local = now.astimezone(region.tz)
    start, whole = whole_months(now, PERIODS[period] or 1, region)
    end = whole
    if period == RUNNING:
        first, following = month_bounds(local.year, local.month, region.tz)
        last = (following - DAY / 2).astimezone(region.tz).date()
        if over := elapsed(first.astimezone(region.tz).date(), last, now, region.tz):
            (start, end), whole = over, following
    return Compare(
        start, end, whole, same_days_before(start, end, region.tz), days_in(start, end), days_in(start, whole)
    )


def whole_months(now: datetime, months: int, region: Region) -> tuple[datetime, datetime]:
    """The last whole local months before now, as instants."""
    local = now.astimezone(region.tz)
    first = local.year * 12 + local.month - 1 - months
    start, _ = month_bounds(first // 12, first % 12 + 1, region.tz)
    end, _ = month_bounds(local.year, local.month, region.tz)
    return start, end


def days_in(start: datetime, end: datetime) -> int:
    """How many local days lie between two local midnights; clocks are turned by an hour."""
    return round((end - start) / DAY)


def pieces(start: datetime, end: datetime, region: Region) -> list[Piece]:
    """The local months that lie wholly in [start, end), and the days of those that do not, in order.

    >>> region = Region("", (), "Europe/Prague", False, "")
    >>> first, last = day_bounds(date(2026, 9, 30), region.tz)[0], day_bounds(date(2026, 11, 2), region.tz)[1]
    >>> [piece.period for piece in pieces(first, last, region)]
    ['day', 'month', 'day', 'day']
    """
    found: list[Piece] = []
    moment = start
    while moment < end:
        day = moment.astimezone(region.tz).date()
        begin, following = month_bounds(day.year, day.month, region.tz)
        if begin == moment and following <= end:
            found.append(Piece("month", moment, following))
        else:
            found.append(Piece("day", *day_bounds(day, region.tz)))
        moment = found[-1].end
    return found


def first_and_last(start: datetime, end: datetime, region: Region) -> tuple[date, date]:
    """First and last local day of a period."""
    return start.astimezone(region.tz).date(), (end - DAY / 2).astimezone(region.tz).date()
