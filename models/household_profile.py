"""How a household's use spreads over the hours of working days and weekends: what a bill is prorated by.

Computed here from the hourly readings of 46 household meters in Alicante, March 2016 to February 2017 (DAIAD project,
trial A, github.com/DAIAD/data, CC BY-SA 4.0): mean over the meters, negative hours as nothing, by local hour. Spanish
evenings are later than Czech ones; over whole days only the weekend differs.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from models.calendar import HOUR_MS
from models.reading import from_ms, to_ms

WORKING_DAY = (
    1.05, 0.60, 0.31, 0.18, 0.12, 0.12, 0.15, 0.62, 1.61, 1.43, 1.33, 1.28,
    1.22, 1.10, 1.01, 1.06, 1.07, 1.04, 1.04, 1.17, 1.52, 1.82, 1.77, 1.45,
)  # fmt: skip
WEEKEND = (
    0.88, 0.59, 0.39, 0.25, 0.17, 0.13, 0.13, 0.17, 0.34, 0.73, 1.33, 1.90,
    2.12, 1.98, 1.62, 1.36, 1.24, 1.02, 1.07, 1.15, 1.29, 1.42, 1.40, 1.16,
)  # fmt: skip
"""Use in each local hour over the mean of all hours."""

DAY_SD = 0.12
"""Standard deviation of a day's use around the profile and the month's level, of the same 46 meters together (0.116);
of n days it falls as 1/√n (7 days: 0.046, 14 days: 0.027)."""

Floats = npt.NDArray[np.float64]


def share_of(start: datetime, end: datetime, first: datetime, last: datetime, tz: ZoneInfo) -> float:
    """Share of what is used in [first, last) that falls into [start, end), by the profile.

    Hand-computed: of a working day the hour from 21:00 has 1.82 of 26.07, more than a 24th.

    >>> from datetime import UTC
    >>> day = datetime(2026, 5, 5, tzinfo=UTC)
    >>> round(share_of(day.replace(hour=21), day.replace(hour=22), day, day.replace(day=6), ZoneInfo("UTC")), 4)
    0.0756
    """
    if last <= first:
        return 1.0 if start <= first < end else 0.0
    if start <= first and last <= end:
        return 1.0
    begin, until = max(start, first), min(end, last)
    if until <= begin:
        return 0.0
    edges, whole = _running(to_ms(first) // HOUR_MS, -(-to_ms(last) // HOUR_MS), tz)
    at = np.interp([to_ms(begin), to_ms(until), to_ms(first), to_ms(last)], edges, whole)
    return float((at[1] - at[0]) / (at[3] - at[2]))


@lru_cache(maxsize=64)
def _running(first_hour: int, last_hour: int, tz: ZoneInfo) -> tuple[Floats, Floats]:
    """Use since the first hour at the edges of hours [ms]."""
    local = [from_ms(hour * HOUR_MS).astimezone(tz) for hour in range(first_hour, last_hour)]
    weights = [(WEEKEND if moment.weekday() >= 5 else WORKING_DAY)[moment.hour] for moment in local]
    edges = np.arange(first_hour, last_hour + 1, dtype=np.float64) * HOUR_MS
    return edges, np.concatenate([[0.0], np.cumsum(weights)])
