"""Clock: a device whose time runs ahead of the world's, or away from it.

A payload's time can't lie ahead of its arrival; how far behind it lies is the way's delay, of which only the change
says something of the clock. Source: QARTOD, Timing/Gap Test (test 1) asks for a plausible time stamp; the slope is the
median of slopes between pairs (after Theil 1950 and Sen 1968, not seen here), which one late message does not move.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from models.quality import Quality
from models.quantity import QUANTITIES
from models.validation.flags import DAY_MS, Flag, rounded
from models.validation.thresholds import limit

FEWEST_DAYS = 7
REMEMBERED_DAYS = 14
LEAST_CHANGE_S = 60.0
"""A drift that has not made a minute yet is within what a network's delays do."""


def noted(days: Mapping[int, int], time_ms: int, known_ms: int) -> dict[int, int]:
    """Smallest delays (arrival − payload time, negative where it lay ahead) by UTC day with one more arrival.

    What arrives more than a day late was kept somewhere and says nothing of the clock.

    >>> noted({0: 500}, 1000, 1200), noted({}, 0, 40 * DAY_MS)
    ({0: 200}, {})
    """
    day = time_ms // DAY_MS
    delay_ms = known_ms - time_ms
    if delay_ms > DAY_MS:
        return dict(days)
    result = {**days, day: min(delay_ms, days.get(day, delay_ms))}
    newest = max(result)
    return {day: delay for day, delay in sorted(result.items()) if day > newest - REMEMBERED_DAYS}


def judge(days: Mapping[int, int], quantity: str) -> list[Flag]:
    """Flags on whole days of one quantity of a device, from the device's smallest delays by day.

    Ahead of arrival by more than the table's suspect minutes is doubtful (UNKNOWN), by more than its fail minutes
    SUSPECT; a register stays UNKNOWN, and so does a drift: the volumes are right, only their times slip.
    Hand-computed: an hour ahead on one day; a clock that loses 20 s a day for ten days.

    >>> [(flag.quality.name, flag.reason, flag.values) for flag in judge({0: -3_600_000}, "flow_m3h")]
    [('SUSPECT', 'clock_ahead', (('minutes', 60.0),))]
    >>> drifting = judge({day: 5000 + 20_000 * day for day in range(10)}, "volume_m3")
    >>> drifting[-1].reason, drifting[-1].values
    ('clock_drift', (('seconds_a_day', -20.0),))
    """
    offset, drift = limit("clock_offset", "", ""), limit("clock_drift", "", "")
    found: list[Flag] = []
    volumes = quantity in QUANTITIES and QUANTITIES[quantity].kind in ("register", "interval", "count")
    if offset is None or drift is None or not days:
        return found
    for day, delay_ms in sorted(days.items()):
        ahead = -delay_ms / 60_000
        if ahead > offset.suspect:
            quality = Quality.SUSPECT if ahead > offset.fail and not volumes else Quality.UNKNOWN
            found.append(_whole_day(day, quality, "clock_ahead", "minutes", ahead))
    numbers = np.array(sorted(days), np.int64)
    slope = drift_s_per_day(numbers, np.array([days[day] for day in numbers.tolist()], np.int64))
    if slope is not None and abs(slope) > drift.suspect:
        # A clock that is slow stamps its readings ever longer before they arrive.
        found.append(_whole_day(int(numbers[-1]), Quality.UNKNOWN, "clock_drift", "seconds_a_day", -slope))
    return found


def drift_s_per_day(day: npt.NDArray[np.int64], delay_ms: npt.NDArray[np.int64]) -> float | None:
    """Slope of the smallest delays [s/d]; None where they are too few, or lie on no line.

    Source: after Sen, Estimates of the regression coefficient based on Kendall's tau, 1968, not seen here.

    >>> drift_s_per_day(np.arange(8), 1000 * np.array([0, 30, 60, 90, 7000, 150, 180, 210]))
    30.0
    """
    if day.size < FEWEST_DAYS:
        return None
    i, j = np.triu_indices(day.size, 1)
    slope = float(np.median((delay_ms[j] - delay_ms[i]) / 1000 / (day[j] - day[i])))
    change = abs(slope) * float(day[-1] - day[0])
    rest = delay_ms / 1000 - slope * day
    spread = float(np.median(np.abs(rest - np.median(rest))))
    return slope if change > LEAST_CHANGE_S and spread < change / 4 else None


def _whole_day(day: int, quality: Quality, reason: str, name: str, value: float) -> Flag:
    return Flag(day * DAY_MS, (day + 1) * DAY_MS - 1, quality, reason, ((name, rounded(value)),))
