"""What weekday, hour and season lead to expect of a net inflow: a 90 % band for every hour.

The band of a local day rests only on what was measured before that day began, so that a leak can't hide in its own
expectation, and that what is shown of the past is what could have been said then:

    expected = level + scale · (profile[day type, hour] + drift)                                            (1)

level   : mean over the hours of the day of each hour's median in the 28 days before; follows the season
scale   : the level, or the spread of the hours' medians where that is larger (a net inflow around zero)
profile : median of (value − level) / scale at that hour on days of the same type in the 56 days before
drift   : how much the last days differed from the profile, partly believed and bounded: today is like yesterday
bounds  : 5 % and 95 % quantiles of the past errors of (1), standardised by the hour's own median error

Medians, so that leaks, faults and gaps in the history hardly move or widen it. Public holidays count as Sundays.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import holidays
import numpy as np
import numpy.typing as npt

from models.reading import from_ms, to_ms

Floats = npt.NDArray[np.float64]
Millis = npt.NDArray[np.int64]

HOUR_MS = 3_600_000
LEVEL_DAYS = 28
PROFILE_DAYS = 56
ERROR_DAYS = 56
MEMORY_DAYS = LEVEL_DAYS + PROFILE_DAYS + ERROR_DAYS
"""Days of history after which older ones change nothing that matters."""
ENOUGH_DAYS = 14
"""Days with data below which nothing is expected: two weeks show each weekday twice."""
FIRST_DAYS = 7
"""Days before errors are collected, so that two weeks of data already have some."""
DRIFT_BELIEF = 0.6
DRIFT_DAYS = 2
DRIFT_LIMIT = 2.0
"""A recent difference counts at most so many of its usual sizes: a leak is not learned, a hot spell partly is."""
BOUNDS = (0.045, 0.955)
"""A little outside 5 % and 95 %: quantiles of past errors cover future ones a little less (measured on real zones)."""
STRANGE_DAY, STRANGE_HOUR = 2.0, 6.0
"""Past days and hours whose errors are so many times the usual were no noise (a leak, a fault): not in the bounds."""
FEW_DAYS = 4.0
"""How much wider a band is after n days of history: by FEW_DAYS / n of itself."""
AT_ONCE = 16
"""Subjects that are worked out together: a year of a whole region at once would take 100 MB."""
NORMAL = 1.4826
"""Standard deviation over median absolute deviation of a normal distribution."""


@dataclass(frozen=True)
class Calendar:
    """Local days and their types.

    tz : the region's time zone; country : ISO 3166 code whose public holidays count as Sundays, "" for none
    """

    tz: ZoneInfo
    country: str = "CZ"
    _holidays: dict[date, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        known = holidays.country_holidays(self.country) if self.country else {}
        object.__setattr__(self, "_holidays", known)

    def day_type(self, day: date) -> int:
        """0 working day, 1 Saturday, 2 Sunday or public holiday.

        >>> Calendar(ZoneInfo("Europe/Prague")).day_type(date(2026, 10, 28))
        2
        """
        if day.weekday() == 6 or day in self._holidays:
            return 2
        return 1 if day.weekday() == 5 else 0

    def midnight(self, day: date) -> datetime:
        """The local day's beginning in UTC."""
        return datetime(day.year, day.month, day.day, tzinfo=self.tz).astimezone(UTC)

    def local(self, time_ms: Millis) -> tuple[Millis, Millis]:
        """Local day (ordinal) and hour of moments; the offset is looked up once a UTC hour."""
        hours, back = np.unique(time_ms // HOUR_MS, return_inverse=True)
        offsets = np.empty(hours.size, dtype=np.int64)
        for index, hour in enumerate(hours.tolist()):
            offset = from_ms(hour * HOUR_MS).astimezone(self.tz).utcoffset() or timedelta()
            offsets[index] = offset // timedelta(milliseconds=1)
        local_ms = time_ms + offsets[back]
        return local_ms // 86_400_000 + EPOCH_ORDINAL, local_ms // HOUR_MS % 24


EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


class Bands(NamedTuple):
    """Expected value and 90 % interval; arrays of hours × subjects, NaN where nothing can be expected yet.

    time_ms : starts of the hours, milliseconds since 1970 UTC
    """

    time_ms: Millis
    expected: Floats
    lower: Floats
    upper: Floats


def expected_bands(time_ms: Millis, values: Floats, calendar: Calendar, start: datetime, end: datetime) -> Bands:
    """The bands of every hour that begins in [start, end), each from what was measured before its local day.

    time_ms : starts of measured hours, ascending; values : hours × subjects [any unit], NaN where there is none.
        Hours of known leaks and logged operations should be NaN: they are no part of what is expected.
    Hours after the last measured day are expected from all of it. Below 14 days of data all is NaN (unknown).
    """
    wanted_ms = np.arange(-(-to_ms(start) // HOUR_MS) * HOUR_MS, to_ms(end), HOUR_MS, dtype=np.int64)
    subjects = values.shape[1]
    if wanted_ms.size == 0 or time_ms.size == 0 or subjects == 0:
        nothing = np.full((wanted_ms.size, subjects), np.nan)
        return Bands(wanted_ms, nothing, nothing.copy(), nothing.copy())
    wanted_day, wanted_hour = calendar.local(wanted_ms)
    parts: list[tuple[Floats, ...]] = []
    for first in range(0, subjects, AT_ONCE):
        some = values[:, first : first + AT_ONCE]
        grid = _Grid.of(time_ms, some, calendar, int(wanted_day[0]), int(wanted_day[-1]))
        rows = wanted_day - grid.first_day
        parts.append(tuple(found[rows, wanted_hour] for found in _days(grid)))
    expected, lower, upper = (np.concatenate(column, axis=1) for column in zip(*parts, strict=True))
    return Bands(wanted_ms, expected, lower, upper)


def without(time_ms: Millis, values: Floats, subject: int, start: datetime, end: datetime | None) -> None:
    """Take hours of a leak or a logged operation out of a subject's values, in place; end None: until the last."""
    begin = np.searchsorted(time_ms, to_ms(start) - HOUR_MS + 1)
    stop = time_ms.size if end is None else np.searchsorted(time_ms, to_ms(end))
    values[begin:stop, subject] = np.nan


def between_hours(hour_ms: Millis, hourly: Floats, time_ms: Millis) -> Floats:
    """Hourly means at moments inside the hours, straight lines between the hours' middles; NaN where unknown.

    hour_ms : starts of consecutive hours; hourly : one value an hour; time_ms : the moments

    >>> hours = np.array([0, HOUR_MS, 2 * HOUR_MS])
    >>> between_hours(hours, np.array([4.0, 8.0, 8.0]), np.array([HOUR_MS, HOUR_MS * 3 // 2])).tolist()
    [6.0, 8.0]
    """
    if hour_ms.size == 0:
        return np.full(time_ms.size, np.nan)
    middles = hour_ms + HOUR_MS // 2
    inside = (time_ms >= hour_ms[0]) & (time_ms <= hour_ms[-1] + HOUR_MS)
    result: Floats = np.where(inside, np.interp(time_ms, middles, hourly), np.nan)
    return result


class _Grid(NamedTuple):
    """Values by local day, local hour and subject. The hour that autumn repeats is the mean of both."""

    first_day: int
    types: npt.NDArray[np.int64]
    values: Floats

    @classmethod
    def of(cls, time_ms: Millis, values: Floats, calendar: Calendar, first: int, last: int) -> _Grid:
        day, hour = calendar.local(time_ms)
        begin = max(int(day[0]), first - MEMORY_DAYS)
        begin = min(begin - begin % 7, first)
        days = max(last, begin) - begin + 1
        inside = (day >= begin) & (day <= last)
        day, hour, kept = day[inside] - begin, hour[inside], values[inside]
        grid = np.full((days, 24, values.shape[1]), np.nan)
        repeated = np.flatnonzero((day[1:] == day[:-1]) & (hour[1:] == hour[:-1])) + 1
        grid[day, hour] = kept
        if repeated.size:
            both = np.stack([kept[repeated - 1], kept[repeated]])
            grid[day[repeated], hour[repeated]] = _middle(both)
        types = [calendar.day_type(date.fromordinal(begin + offset)) for offset in range(days)]
        return cls(begin, np.asarray(types, dtype=np.int64), grid)


def _middle(values: Floats) -> Floats:
    """Median along the first axis of what is not NaN; NaN where nothing is. Much quicker than numpy.nanmedian."""
    return _quantiles(values, (0.5,))[0]


def _quantiles(values: Floats, shares: tuple[float, ...]) -> list[Floats]:
    """Quantiles along the first axis of what is not NaN, by linear interpolation between order statistics."""
    columns = np.sort(values.reshape(values.shape[0], -1).T, axis=1)
    count = columns.shape[1] - np.count_nonzero(np.isnan(columns), axis=1)
    last = np.maximum(count - 1, 0)
    rows = np.arange(columns.shape[0])
    result = []
    for share in shares:
        place = last * share
        low = place.astype(np.int64)
        high = np.minimum(low + 1, last)
        below, above = columns[rows, low], columns[rows, high]
        result.append((below + (above - below) * (place - low)).reshape(values.shape[1:]))
    return result


def _days(grid: _Grid) -> tuple[Floats, Floats, Floats]:
    values = grid.values
    days = values.shape[0]
    level, scale, history = _levels(values)
    relative = (values - level[:, None]) / scale[:, None]
    plain = np.full_like(values, np.nan)
    last = np.full((3, 24, values.shape[2]), np.nan)
    for monday in range(0, days, 7):
        profile = _profile(relative[max(0, monday - PROFILE_DAYS) : monday], grid.types, monday)
        if profile is not None:
            last = np.where(np.isnan(profile), last, profile)
            plain[monday : monday + 7] = last[grid.types[monday : monday + 7]]
    centre = plain + _drift(relative - plain)[:, None]
    error = relative - centre
    low, high = _bounds(error, history)
    known = np.where(history >= ENOUGH_DAYS, 1.0, np.nan)[:, None]
    level, scale = level[:, None] * known, scale[:, None] * known
    return (
        level + scale * centre,
        level + scale * (centre + low),
        level + scale * (centre + high),
    )


def _levels(values: Floats) -> tuple[Floats, Floats, Floats]:
    """Level, scale and days of data before each day; arrays of days × subjects."""
    days, _, subjects = values.shape
    level, scale = np.full((days, subjects), np.nan), np.full((days, subjects), np.nan)
    has_data = np.count_nonzero(~np.isnan(values), axis=1) >= 12
    history = np.vstack([np.zeros((1, subjects)), np.cumsum(has_data, axis=0)[:-1]])
    for day in range(1, days):
        middle = _middle(values[max(0, day - LEVEL_DAYS) : day])
        enough = np.count_nonzero(~np.isnan(middle), axis=0) == 24
        # Where a known leak or an outage took a month out, the level before it is the best that is known.
        level[day] = np.where(enough, middle.mean(axis=0), level[day - 1])
        spread = np.abs(middle - level[day]).mean(axis=0)
        scale[day] = np.where(enough, np.maximum(np.maximum(level[day], 2 * spread), 1e-9), scale[day - 1])
    return level, scale, history


def _profile(relative: Floats, types: npt.NDArray[np.int64], monday: int) -> Floats | None:
    """Profiles of the three day types (3 × 24 × subjects) as of a Monday, None before there is data."""
    if relative.shape[0] < FIRST_DAYS:
        return None
    before = types[monday - relative.shape[0] : monday]
    every = _middle(relative)
    profiles = np.repeat(every[None], 3, axis=0)
    for kind in range(3):
        of_kind = relative[before == kind]
        if of_kind.shape[0] >= 2:
            middle = _middle(of_kind)
            enough = np.count_nonzero(~np.isnan(of_kind), axis=0) >= 2
            profiles[kind] = np.where(enough, middle, every)
    return profiles


def _drift(error: Floats) -> Floats:
    """What the days before say of today's difference from the profile; days × subjects, 0 where they say nothing."""
    days = error.shape[0]
    daily = _middle_of_days(error)
    drift = np.zeros_like(daily)
    for day in range(1, days):
        usual = NORMAL * _middle(np.abs(daily[max(0, day - ERROR_DAYS) : day]))
        recent = _middle(daily[max(0, day - DRIFT_DAYS) : day])
        bounded = np.clip(recent, -DRIFT_LIMIT * usual, DRIFT_LIMIT * usual)
        drift[day] = DRIFT_BELIEF * np.where(np.isnan(bounded), 0.0, bounded)
    return drift


def _bounds(error: Floats, history: Floats) -> tuple[Floats, Floats]:
    """Lower and upper 5 % bounds of the error, relative to the scale; days × hours × subjects."""
    days = error.shape[0]
    low, high = np.full_like(error, np.nan), np.full_like(error, np.nan)
    around = np.concatenate([np.roll(error, 1, axis=1), error, np.roll(error, -1, axis=1)])
    for monday in range(7, days, 7):
        past = slice(max(0, monday - ERROR_DAYS), monday)
        window = error[past]
        near = np.concatenate([around[past], window, around[2 * days :][past]])
        size = NORMAL * _middle(np.abs(near))
        size = np.maximum(size, 0.25 * _middle(size)[None])
        ratio = window / np.where(size > 0, size, np.nan)
        strange = (_middle_of_days(np.abs(ratio)) > STRANGE_DAY)[:, None] | (np.abs(ratio) > STRANGE_HOUR)
        ratio = np.where(strange, np.nan, ratio)
        under, over = _quantiles(ratio.reshape(-1, ratio.shape[2]), BOUNDS)
        week = slice(monday, min(monday + 7, days))
        wider = 1 + FEW_DAYS / np.maximum(history[week], 1)[:, None]
        low[week] = np.minimum(np.clip(under, -3, -1) * size * wider, -1e-4)
        high[week] = np.maximum(np.clip(over, 1, 3) * size * wider, 1e-4)
        for bound in (low, high):
            bound[week] = np.where(np.isnan(bound[week]), bound[monday - 1], bound[week])
    return low, high


def _middle_of_days(values: Floats) -> Floats:
    """Median over the hours of each day; days × subjects."""
    return np.stack([_middle(day) for day in values])
