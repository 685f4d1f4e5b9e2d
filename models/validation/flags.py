"""What a test says: stretches of a series with a quality and the reason.

A stretch ends at midnight UTC at the latest (gaps excepted), so that a day can be judged again by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.quality import Quality

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int8]

DAY_MS = 86_400_000
DIGITS = 6
"""Decimals of the values in a reason: enough to compare, few enough to be the same on every machine."""

Values = tuple[tuple[str, float | str], ...]


class Flag(NamedTuple):
    """What one test says of a stretch of one series.

    first_ms, last_ms : both inclusive; where two readings contradict each other and nobody knows which is wrong,
        the milliseconds strictly between them: the volume is flagged, neither reading is
    reason : a stable word, the key of the sentence on screen; values : what that sentence names
    """

    first_ms: int
    last_ms: int
    quality: Quality
    reason: str
    values: Values = ()


def graded(excess: Floats, suspect: float | Floats, fail: float | Floats, most: Quality = Quality.FAIL) -> Codes:
    """GOOD, SUSPECT or FAIL of each reading: SUSPECT above `suspect`, FAIL above `fail`, GOOD where NaN.

    most : the gravest quality that may be said

    >>> graded(np.array([1.0, 2.0, 3.0, np.nan]), 1.5, 2.5).tolist()
    [1, 3, 4, 1]
    """
    with np.errstate(invalid="ignore"):
        grades = np.where(excess > fail, Quality.FAIL, np.where(excess > suspect, Quality.SUSPECT, Quality.GOOD))
    if most is Quality.SUSPECT:
        grades = np.where(grades == Quality.FAIL, Quality.SUSPECT, grades)
    elif most is Quality.UNKNOWN:
        grades = np.where(grades != Quality.GOOD, Quality.UNKNOWN, grades)
    return grades.astype(np.int8)


def runs(
    time_ms: Ints, quality: Codes, reason: str, weight: Floats, values: Mapping[str, Floats | float]
) -> list[Flag]:
    """Neighbouring readings of one quality and day as one flag, with the values of the one that weighs most.

    >>> times, grades = np.array([1, 2, 3, 4], np.int64), np.array([1, 3, 3, 4], np.int8)
    >>> found = runs(times, grades, "above", np.array([0.0, 5.0, 7.0, 9.0]), {"value": np.array([0.0, 5.0, 7.0, 9.0])})
    >>> [(flag.first_ms, flag.last_ms, flag.quality.name, flag.values) for flag in found]
    [(2, 3, 'SUSPECT', (('value', 7.0),)), (4, 4, 'FAIL', (('value', 9.0),))]
    """
    at = np.flatnonzero(quality != Quality.GOOD)
    if not at.size:
        return []
    joined = (np.diff(at) == 1) & (np.diff(quality[at]) == 0) & (np.diff(time_ms[at] // DAY_MS) == 0)
    bounds = np.concatenate([[0], np.flatnonzero(~joined) + 1, [at.size]])
    found = []
    for low, high in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        members = at[low:high]
        worst = int(members[np.argmax(weight[members])])
        said = tuple(
            (name, rounded(column if isinstance(column, float) else column[worst])) for name, column in values.items()
        )
        first, last = int(time_ms[members[0]]), int(time_ms[members[-1]])
        found.append(Flag(first, last, Quality(int(quality[worst])), reason, said))
    return found


def between(start_ms: int, end_ms: int, quality: Quality, reason: str, values: Values) -> Flag:
    """A flag on what lies strictly between two readings."""
    return Flag(start_ms + 1, max(end_ms - 1, start_ms + 1), quality, reason, values)


def rounded(value: float | np.float64) -> float:
    """A value as reasons keep it.

    >>> rounded(0.1234567891)
    0.123457
    """
    return round(float(value), DIGITS)
