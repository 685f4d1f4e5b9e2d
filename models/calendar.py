"""Hours, local days, months and nights as instants: a local day has 23, 24 or 25 hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from models.reading import EPOCH, from_ms, to_ms
from models.rollup import Period

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
Edges = npt.NDArray[np.int64]
"""Ascending milliseconds; n + 1 edges bound n periods [edge, next edge)."""


def instant(day: date, clock: time, tz: tzinfo) -> datetime:
    """The UTC instant of a local day and clock time; where that time is skipped, the instant the clock jumped to.

    In March 02:00–03:00 does not exist: 02:00 and 02:30 both become 03:00 summer time. In October the first of the two.

    >>> from zoneinfo import ZoneInfo
    >>> instant(date(2026, 3, 29), time(2, 30), ZoneInfo("Europe/Prague")).isoformat()
    '2026-03-29T01:00:00+00:00'
    >>> instant(date(2026, 10, 25), time(2), ZoneInfo("Europe/Prague")).isoformat()
    '2026-10-25T00:00:00+00:00'
    """
    local = datetime.combine(day, clock, tz)
    utc = local.astimezone(EPOCH.tzinfo)
    if utc.astimezone(tz).replace(tzinfo=None) == local.replace(tzinfo=None):
        return utc
    # Skipped: reading it with the offset after the jump lands before the gap, with the one before lands after it.
    before, after = local.replace(fold=1), local.replace(fold=0)
    low, high = sorted((before.astimezone(EPOCH.tzinfo), after.astimezone(EPOCH.tzinfo)))
    offset = low.astimezone(tz).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        low, high = (middle, high) if middle.astimezone(tz).utcoffset() == offset else (low, middle)
    return high.replace(microsecond=0)


def local_day(moment: datetime, tz: tzinfo) -> date:
    """The local calendar day of an instant."""
    return moment.astimezone(tz).date()


def day_bounds(day: date, tz: tzinfo) -> tuple[datetime, datetime]:
    """Start and end of a local day as UTC instants.

    >>> from zoneinfo import ZoneInfo
    >>> start, end = day_bounds(date(2026, 3, 29), ZoneInfo("Europe/Prague"))
    >>> (end - start).total_seconds() / 3600
    23.0
    """
    return instant(day, time(), tz), instant(day + timedelta(days=1), time(), tz)


def month_bounds(year: int, month: int, tz: tzinfo) -> tuple[datetime, datetime]:
    """Start and end of a local month as UTC instants."""
    following = date(year + month // 12, month % 12 + 1, 1)
    return instant(date(year, month, 1), time(), tz), instant(following, time(), tz)


def year_of_months(year: int, month: int, tz: tzinfo) -> tuple[datetime, datetime]:
    """Start and end of the twelve local months that end with a month.

    >>> from zoneinfo import ZoneInfo
    >>> [moment.date().isoformat() for moment in year_of_months(2026, 3, ZoneInfo("UTC"))]
    ['2025-04-01', '2026-04-01']
    """
    before = (year - 1, month + 1) if month < 12 else (year, 1)
    return month_bounds(*before, tz)[0], month_bounds(year, month, tz)[1]


def hour_edges(start: datetime, end: datetime) -> Edges:
    """Edges of the whole UTC hours that cover [start, end)."""
    first = to_ms(start) // HOUR_MS
    last = -(-to_ms(end) // HOUR_MS)
    return np.arange(first, max(last, first) + 1, dtype=np.int64) * HOUR_MS


def day_edges(start: datetime, end: datetime, tz: tzinfo) -> Edges:
    """Edges of the whole local days that cover [start, end).

    >>> from datetime import UTC
    >>> from zoneinfo import ZoneInfo
    >>> first, last = datetime(2026, 10, 24, tzinfo=UTC), datetime(2026, 10, 26, tzinfo=UTC)
    >>> edges = day_edges(first, last, ZoneInfo("Europe/Prague"))
    >>> (np.diff(edges) / HOUR_MS).tolist()
    [24.0, 25.0, 24.0]
    """
    edges = [_midnight_ms(day := local_day(start, tz), tz)]
    while edges[-1] < to_ms(end):
        day += timedelta(days=1)
        edges.append(_midnight_ms(day, tz))
    return np.array(edges, dtype=np.int64)


@lru_cache(maxsize=5_000)
def _midnight_ms(day: date, tz: tzinfo) -> int:
    """Kept, because a thousand meters have the same days."""
    return to_ms(instant(day, time(), tz))


def local_hours(time_ms: Edges, tz: tzinfo) -> npt.NDArray[np.int64]:
    """The hour of the local week of each instant: weekday (Monday 0) · 24 + hour.

    >>> from zoneinfo import ZoneInfo
    >>> around = np.array([to_ms(datetime(2026, 3, 29, hour, tzinfo=UTC)) for hour in (0, 1, 2)])
    >>> (local_hours(around, ZoneInfo("Europe/Prague")) % 24).tolist()
    [1, 3, 4]
    """
    if time_ms.size == 0:
        return time_ms
    years = range(from_ms(int(time_ms.min())).year, from_ms(int(time_ms.max())).year + 1)
    changes = [change for year in years for change in _offsets(year, tz)]
    since = np.array([change[0] for change in changes], np.int64)
    offset = np.array([change[1] for change in changes], np.int64)
    local = time_ms + offset[np.searchsorted(since, time_ms, side="right") - 1]
    # 1970 began on a Thursday.
    result: npt.NDArray[np.int64] = (local // HOUR_MS + 3 * 24) % (7 * 24)
    return result


@lru_cache(maxsize=1_000)
def _offsets(year: int, tz: tzinfo) -> tuple[tuple[int, int], ...]:
    """Since when local time is ahead of UTC by how much [ms], in a year of UTC."""
    found: list[tuple[int, int]] = []
    first = to_ms(datetime(year, 1, 1, tzinfo=UTC))
    for hour in range(366 * 24):
        moment = from_ms(first + hour * HOUR_MS)
        ahead = moment.astimezone(tz).utcoffset() or timedelta()
        if not found or found[-1][1] != ahead // timedelta(milliseconds=1):
            found.append((to_ms(moment), ahead // timedelta(milliseconds=1)))
    return tuple(found)


def edges_of(period: Period, start: datetime, end: datetime, tz: tzinfo) -> Edges:
    """Edges of the hours or local days that cover [start, end)."""
    return hour_edges(start, end) if period == "hour" else day_edges(start, end, tz)


def starts(edges: Edges) -> list[datetime]:
    """The start of each period as an aware time."""
    return [from_ms(int(edge)) for edge in edges[:-1]]
