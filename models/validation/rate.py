"""Rate of change: a value that moves faster than water does.

Source: U.S. IOOS, QARTOD, Rate of Change Test (test 7), with fixed limits by kind of device in place of a multiple of
the standard deviation: a tank's walls do not widen on a calm day. A register's rise is judged by what its meter can
pass, twice Q4 over the time between the readings and an hour (models.register_limits; Q4 = 1.25 Q3, ISO 4064-1:2014).
"""

from __future__ import annotations

import numpy as np

from models.increments import Step
from models.quality import Quality
from models.register import increments
from models.validation.evidence import Evidence
from models.validation.flags import Flag, between, graded, rounded, runs

LONGEST_MS = 6 * 3_600_000
"""Over a longer silence a mean rate says nothing of the steps in it."""
SMALL = 0.1
"""A step of less than so much of the limit's hour is the sensor's resolution, however short the time."""

CAME_BACK = 1 / 3
"""A step that ends within this share of its height from the reading before the last leads back from a lone jump."""


def judge(evidence: Evidence) -> list[Flag]:
    """Readings reached too fast; of a register the volume between the readings, since either may be the wrong one.

    The reading at the end of the step is flagged, but not one that comes back from a lone jump to where it was.

    Hand-computed: a tank's level rises 1.5 m in a quarter of an hour, 6 m/h: above 4, suspect.

    >>> from models.reading import Series
    >>> times = np.array([0, 15, 30], np.int64) * 60_000
    >>> level = Series("1", "level_m", times, np.array([2.0, 3.5, 3.5]), np.ones(1, np.int8))
    >>> [(flag.first_ms, flag.quality.name, flag.values) for flag in judge(Evidence(level, kind="tank_station"))]
    [(900000, 'SUSPECT', (('rate', 6.0), ('limit', 4.0)))]
    """
    limit = evidence.limit("rate")
    if limit is None or evidence.time_ms.size < 2:
        return []
    if evidence.series.quantity == "volume_m3":
        return _of_register(evidence)
    step_ms = np.diff(evidence.time_ms)
    change = np.abs(np.diff(evidence.value))
    rate = np.full(evidence.time_ms.size, np.nan)
    judged = (step_ms <= LONGEST_MS) & (change > SMALL * limit.suspect)
    came_back = np.zeros(change.size, np.bool_)
    came_back[1:] = np.abs(evidence.value[2:] - evidence.value[:-2]) < CAME_BACK * change[1:]
    judged &= ~came_back
    rate[1:][judged] = change[judged] / (step_ms[judged] / 3.6e6)
    quality = graded(rate, limit.suspect, limit.fail, limit.most)
    crossed = np.where(quality == Quality.FAIL, limit.fail, limit.suspect)
    return runs(evidence.time_ms, quality, "rate", rate, {"rate": rate, "limit": crossed})


def _of_register(evidence: Evidence) -> list[Flag]:
    """Rises that the register's own rules can't explain: no swap, no lone reading beside it."""
    found = increments(evidence.series, evidence.devices, evidence.assignments)
    odd = np.flatnonzero((found.step == Step.UNRESOLVED) & (found.after > found.before))
    flags = []
    for i in odd.tolist():
        values = tuple(
            (name, rounded(column[i])) for name, column in (("before", found.before), ("after", found.after))
        )
        start, end = int(found.start_ms[i]), int(found.end_ms[i])
        flags.append(between(start, end, Quality.SUSPECT, "rate_register", values))
    return flags
