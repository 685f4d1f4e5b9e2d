"""Local time of a region: hours of the day, kinds of days, seasons. Counted in whole hours and days since 1970 UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import holidays
import numpy as np

from ingest.simulator.chance import Floats, Ints
from models.reading import EPOCH

HOUR_S = 3600
DAY_H = 24
WORKDAY, SATURDAY, SUNDAY = 0, 1, 2
"""Kinds of days; a public holiday is lived as a Sunday."""

_ONE_DAY = date(1970, 1, 1).toordinal()
_SCHOOL_BREAKS = ((7, 1, 8, 31), (12, 23, 12, 31), (1, 1, 1, 2))


class Hours(NamedTuple):
    """What the calendar says of each hour in a span.

    hour : index since 1970 UTC; local : hour of the local day
    day : local day since 1970; kind : WORKDAY, SATURDAY or SUNDAY
    season : day of the year as an angle [rad]; school : whether schools are open that day (0 or 1)
    month : local months since year 0 (year * 12 + month - 1)
    """

    hour: Ints
    local: Ints
    day: Ints
    kind: Ints
    season: Floats
    school: Floats
    month: Ints


@dataclass(frozen=True)
class Almanac:
    """The calendar of one time zone with Czech public holidays."""

    timezone: str

    def hours(self, first: int, last: int) -> Hours:
        """The calendar of the hours [first, last)."""
        hour = np.arange(first, last, dtype=np.int64)
        local_hour = hour + _offsets(self.timezone, first, last)
        day = local_hour // DAY_H
        begin, end = int(day[0]), int(day[-1]) + 1
        facts = np.array([_day_facts(number) for number in range(begin, end)])
        of_day = facts[day - begin]
        return Hours(
            hour,
            local_hour % DAY_H,
            day,
            of_day[:, 0].astype(np.int64),
            of_day[:, 1] * (2 * np.pi / 365.25),
            of_day[:, 2],
            of_day[:, 3].astype(np.int64),
        )

    def month_hours(self, month: int) -> tuple[int, int]:
        """First hour and the hour after the last of a local month (year * 12 + month - 1)."""
        first, last = (self._month_start(number) for number in (month, month + 1))
        return first, last

    def _month_start(self, month: int) -> int:
        local = datetime(month // 12, month % 12 + 1, 1, tzinfo=ZoneInfo(self.timezone))
        return int((local - EPOCH).total_seconds()) // HOUR_S


def hour_of(moment: datetime) -> int:
    """The hour in which a moment lies, since 1970 UTC."""
    return int((moment - EPOCH).total_seconds() // HOUR_S)


def _offsets(timezone: str, first: int, last: int) -> Ints:
    """Hours by which local time is ahead of UTC, for each hour; looked up at the day's ends where nothing changes."""
    result = np.empty(last - first, dtype=np.int64)
    for day in range(first // DAY_H, (last - 1) // DAY_H + 1):
        values = _day_offsets(timezone, day)
        begin, end = max(first, day * DAY_H), min(last, (day + 1) * DAY_H)
        result[begin - first : end - first] = values[begin - day * DAY_H : end - day * DAY_H]
    return result


@lru_cache(maxsize=2048)
def _day_offsets(timezone: str, day: int) -> Ints:
    start, end = _offset(timezone, day * DAY_H), _offset(timezone, (day + 1) * DAY_H)
    if start == end:
        return np.full(DAY_H, start, dtype=np.int64)
    return np.array([_offset(timezone, hour) for hour in range(day * DAY_H, (day + 1) * DAY_H)], dtype=np.int64)


def _offset(timezone: str, hour: int) -> int:
    offset = (EPOCH + timedelta(hours=hour)).astimezone(ZoneInfo(timezone)).utcoffset()
    return int(offset.total_seconds()) // HOUR_S if offset else 0


@lru_cache(maxsize=4096)
def _day_facts(day: int) -> tuple[int, int, int, int]:
    local = date.fromordinal(_ONE_DAY + day)
    holiday = local in _holidays(local.year)
    kind = SUNDAY if holiday or local.weekday() == 6 else SATURDAY if local.weekday() == 5 else WORKDAY
    broken = any((m1, d1) <= (local.month, local.day) <= (m2, d2) for m1, d1, m2, d2 in _SCHOOL_BREAKS)
    school = int(kind == WORKDAY and not broken)
    return kind, local.timetuple().tm_yday, school, local.year * 12 + local.month - 1


@lru_cache(maxsize=64)
def _holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("CZ", years=year))
