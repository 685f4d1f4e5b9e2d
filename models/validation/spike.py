"""Spike: one reading far from both its neighbours, which agree with each other.

Source: U.S. IOOS, QARTOD, Spike Test (test 6): |v₂ − (v₁ + v₃) / 2| against two thresholds. Where a flow has no fixed
threshold it is measured by the series itself: its usual distance from the middle of its neighbours over the day before
and after, and a value that the other readings of those two days come nowhere near.
"""

from __future__ import annotations

import numpy as np

from models.quality import Quality
from models.validation.evidence import Evidence
from models.validation.flags import Flag, Floats, graded, runs

AROUND_MS = 86_400_000
NEIGHBOUR_MS = 3 * 3_600_000
"""Neighbours further away say nothing of a single reading."""
NEIGHBOURS_MS = {"level_m": 30 * 60_000}
"""Of quantities whose neighbours must be nearer: a tank fills and empties within hours, an hourly peak is no spike."""
AGREE = 1 / 3
"""Neighbours agree where they differ by less than this share of the spike's height."""
FEWEST = 12
"""Readings around a spike from which its usual distance is known."""


def judge(evidence: Evidence) -> list[Flag]:
    """Single readings that jump and come back.

    Hand-computed: pressures 50, 81, 52 m: 81 stands 30 m above the middle 51 of its neighbours.

    >>> from models.reading import Series
    >>> times = np.array([0, 15, 30], np.int64) * 60_000
    >>> pressure = Series("1", "pressure_m", times, np.array([50.0, 81.0, 52.0]), np.ones(1, np.int8))
    >>> [(flag.first_ms, flag.quality.name, flag.values) for flag in judge(Evidence(pressure))]
    [(900000, 'SUSPECT', (('value', 81.0), ('usual', 51.0)))]
    """
    limit = evidence.limit("spike")
    time, value = evidence.time_ms, evidence.value
    if limit is None or time.size < 3:
        return []
    middle = (value[:-2] + value[2:]) / 2
    height = np.abs(value[1:-1] - middle)
    gap = np.diff(time)
    nearest = NEIGHBOURS_MS.get(evidence.series.quantity, NEIGHBOUR_MS)
    alone = (np.abs(value[2:] - value[:-2]) < AGREE * height) & (np.maximum(gap[:-1], gap[1:]) <= nearest)
    if limit.unit == "usual":
        scaled = np.zeros(height.size)
        # Only what stands out at all is worth looking around for.
        for i in np.flatnonzero(alone & (height > 0.5 * np.abs(middle))).tolist():
            scaled[i] = _height_over_usual(i + 1, evidence, height)
    else:
        scaled = np.where(alone, height, 0.0)
    quality = np.full(time.size, Quality.GOOD, np.int8)
    quality[1:-1] = graded(scaled, limit.suspect, limit.fail, limit.most)
    weight, usual = np.zeros(time.size), np.full(time.size, np.nan)
    weight[1:-1], usual[1:-1] = height, middle
    return runs(time, quality, "spike", weight, {"value": value, "usual": usual})


def _height_over_usual(i: int, evidence: Evidence, height: Floats) -> float:
    """A spike's height in usual distances of the readings within a day; 0 where others come near its value."""
    time, value = evidence.time_ms, evidence.value
    low, high = np.searchsorted(time, [time[i] - AROUND_MS, time[i] + AROUND_MS + 1])
    others = np.concatenate([value[low : i - 1], value[i + 2 : high]])
    # Its neighbours' distances are distances from it; theirs at the ends of the two days reach beyond them.
    distances = np.concatenate([height[low : max(low, i - 2)], height[i + 1 : max(i + 1, high - 2)]])
    if others.size < FEWEST or distances.size < FEWEST:
        return 0.0
    near = height[i - 1] / 2
    if others.min() - near <= value[i] <= others.max() + near:
        return 0.0
    usual = max(float(np.median(distances)), 1e-3 * abs(float(np.median(others))), 1e-9)
    return float(height[i - 1]) / usual
