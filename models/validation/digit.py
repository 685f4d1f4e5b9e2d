"""Digit error of a camera meter: one wheel read wrong, for a reading or some hours, then right again.

Source: own rule, from what optical reading of roller counters does: a wheel between two digits is read as the wrong
one, so that the register is off by a digit times a power of ten, and by nothing else.
"""

from __future__ import annotations

import numpy as np

from models.quality import Quality
from models.register_limits import limits_of
from models.validation.evidence import Evidence
from models.validation.flags import Flag, Floats, runs

CAMERAS = ("camera", "ai_on_the_edge", "ai-on-the-edge")
"""Words in a device's kind or type, or dialects, by which a camera is known."""
LONGEST_MS = 6 * 3_600_000
MOST_READINGS = 48
PLACES = tuple(range(6, -4, -1))
"""Powers of ten of the wheels looked at, the highest first."""
SLOW_M3H = 1.0
"""What may run an hour through a meter whose Q3 nobody wrote down."""


def judge(evidence: Evidence) -> list[Flag]:
    """Readings that fit between their neighbours once one digit is put right. Only for devices known as cameras.

    Hand-computed: 123.45, 193.46, 123.47 m³: with the second wheel's 9 read as 2 it would be 123.46.

    >>> from models.reading import Series
    >>> times = np.arange(3) * 600_000
    >>> register = Series("1", "volume_m3", times, np.array([123.45, 193.46, 123.47]), np.ones(1, np.int8))
    >>> [(flag.first_ms, flag.quality.name, flag.values) for flag in judge(Evidence(register, kind="camera"))]
    [(600000, 'FAIL', (('value', 193.46), ('off', 70.0)))]
    """
    value, time = evidence.series.value, evidence.time_ms
    if evidence.limit("digit") is None or not is_camera(evidence) or time.size < 3:
        return []
    limits = limits_of(evidence.devices, evidence.series.quantity, time)
    hours = np.diff(time) / 3.6e6
    passed = np.where(np.isfinite(limits.overload), limits.overload, SLOW_M3H * hours) + limits.dip
    change = np.diff(value)
    off = np.zeros(time.size)
    done = 0
    for i in np.flatnonzero((change < -limits.dip) | (change > passed)).tolist():
        if i < done:
            continue
        back = _back(i, evidence, float(limits.dip[i]), passed)
        if back is None:
            continue
        found = _digit(value[i + 1 : back], value[i] - limits.dip[i], value[back] + limits.dip[i])
        if found:
            off[i + 1 : back] = found
            done = back
    quality = np.where(off != 0, Quality.FAIL, Quality.GOOD).astype(np.int8)
    return runs(time, quality, "digit", np.abs(off), {"value": value, "off": off})


def is_camera(evidence: Evidence) -> bool:
    """Whether a camera reads the register."""
    words = (evidence.kind, evidence.dialect, *(row.type.lower() for row in evidence.devices))
    return any(camera in word for word in words for camera in CAMERAS)


def _back(i: int, evidence: Evidence, dip: float, passed: Floats) -> int | None:
    """The first reading after i + 1 that i's can lead to; None where none comes soon."""
    time, value = evidence.time_ms, evidence.series.value
    allowed = float(passed[i])
    for j in range(i + 2, min(i + 2 + MOST_READINGS, time.size)):
        if time[j] - time[i] > LONGEST_MS:
            return None
        allowed += float(passed[j - 1])
        if -dip <= value[j] - value[i] <= allowed:
            return j
    return None


def _digit(wrong: Floats, low: float, high: float) -> float:
    """The digit times its power of ten by which all of some values are off; 0 where no single digit is."""
    for place in PLACES:
        unit = 10.0**place
        digit = round(float(wrong[0] - (low + high) / 2) / unit)
        shifted = wrong - digit * unit
        if 1 <= abs(digit) <= 9 and high - low < unit and np.all((shifted >= low) & (shifted <= high)):
            return digit * unit
    return 0.0
