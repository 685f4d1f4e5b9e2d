"""Unit wrong by a power of ten: litres taken for cubic metres, bar for metres of water, a multiplier set twice.

Source: own rule. A whole distribution that moves by 10, 100 or 1000 from one day to the next is a changed unit; no use
of water does that to its nights and its peaks alike.
"""

from __future__ import annotations

import numpy as np

from models.quality import Quality
from models.register_limits import limits_of
from models.validation.evidence import Evidence
from models.validation.flags import DAY_MS, Flag, Floats, runs

POWERS = (-3, -2, -1, 1, 2, 3)
SHARES = np.array([0.1, 0.25, 0.5, 0.75, 0.9])
"""Quantiles of a day that must all have moved alike."""
TOLERANCE = 0.08
"""In powers of ten: 1 bar is 10.2 m, and no day is quite like the others."""
BASE_DAYS = 14
FEWEST_DAYS = 5
FEWEST_IN_DAY = 12
WHOLE_DAY_MS = 18 * 3_600_000
"""A day that is shorter says too little of its distribution."""
KNOWN_FOR_MS = 7 * DAY_MS
"""So long a register's readings are flagged after its jump: until then a person has seen it, or it is what it is."""


def judge(evidence: Evidence) -> list[Flag]:
    """Days of a rate or level whose values are all 10, 100 or 1000 times those of the days before, or a fraction.

    Of a register: readings after a jump to 10, 100 or 1000 times its value, or a fraction.
    Hand-computed: 12.345 m³ and an hour later 12 346: a thousand times 12.346.

    >>> from models.reading import Series
    >>> register = Series("1", "volume_m3", np.array([0, 3_600_000]), np.array([12.345, 12346.0]), np.ones(1, np.int8))
    >>> [(flag.first_ms, flag.quality.name, flag.values) for flag in judge(Evidence(register))]
    [(3600000, 'FAIL', (('factor', 1000.0), ('value', 12346.0)))]
    """
    limit = evidence.limit("unit")
    if limit is None or evidence.time_ms.size < 2:
        return []
    power = _of_register(evidence) if evidence.series.quantity == "volume_m3" else _of_days(evidence)
    if not power.any():
        return []
    factor = 10.0**power
    wrong = np.where(10.0 ** np.abs(power) >= limit.fail, Quality.FAIL, Quality.SUSPECT)
    quality = np.where(power != 0, wrong, Quality.GOOD).astype(np.int8)
    return runs(evidence.time_ms, quality, "unit", np.zeros(factor.size), {"factor": factor, "value": evidence.value})


def _of_days(evidence: Evidence) -> Floats:
    """The power of ten by which each reading's day differs from the fortnight before, 0 where it does not."""
    time, value = evidence.time_ms, evidence.value
    day = time // DAY_MS
    bounds = np.concatenate([[0], np.flatnonzero(np.diff(day)) + 1, [time.size]])
    days = day[bounds[:-1]]
    shape = np.full((days.size, SHARES.size), np.nan)
    for k, (low, high) in enumerate(zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)):
        if high - low >= FEWEST_IN_DAY and time[high - 1] - time[low] >= WHOLE_DAY_MS:
            shape[k] = np.quantile(value[low:high], SHARES)
    power = np.zeros(time.size)
    whole = np.flatnonzero(np.isfinite(shape[:, 0]) & (shape[:, 0] > 0))
    for n, k in enumerate(whole.tolist()):
        base = whole[max(0, n - BASE_DAYS) : n]
        base = base[days[base] >= days[k] - BASE_DAYS]
        if base.size < FEWEST_DAYS:
            continue
        moved = np.log10(shape[k] / np.median(shape[base], axis=0))
        nearest = round(float(moved[SHARES.size // 2]))
        if nearest in POWERS and np.all(np.abs(moved - nearest) <= TOLERANCE):
            power[bounds[k] : bounds[k + 1]] = nearest
    return power


def _of_register(evidence: Evidence) -> Floats:
    """The power of ten by which readings after a jump differ from those before it, 0 elsewhere."""
    time, value = evidence.time_ms, evidence.series.value
    power = np.zeros(time.size)
    limits = limits_of(evidence.devices, evidence.series.quantity, time)
    hours = np.diff(time) / 3.6e6
    # Where the meter's Q3 is not known it may have passed a cubic metre an hour.
    passed = np.where(np.isfinite(limits.overload), limits.overload, hours) + limits.dip
    with np.errstate(invalid="ignore", divide="ignore"):
        nearest = np.round(np.log10(value[1:] / value[:-1]))
    # Below a unit of its own step a small register jumps by powers of ten when water runs at all.
    jumped = np.isfinite(nearest) & np.isin(nearest, POWERS) & (np.minimum(value[1:], value[:-1]) > 4 * passed)
    for i in np.flatnonzero(jumped).tolist():
        as_before = value[i + 1] / 10.0 ** nearest[i]
        if not -limits.dip[i] <= as_before - value[i] <= passed[i]:
            continue
        end = int(np.searchsorted(time, time[i + 1] + KNOWN_FOR_MS))
        power[i + 1 : end] = power[i] + nearest[i]
    return power
