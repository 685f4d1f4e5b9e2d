"""Steps in a row of nights: where night flow rises or falls for good; no chance, no odd night, no trend.

Medians of 7, 14 and 28 nights before and after each night are compared; the largest difference, measured by its chance,
is a step where so large a one is no chance in any place of the window (moving sums, with medians instead: one odd night
moves none). Chance is that of nights that resemble their neighbours (first-order autocorrelation). Then again in the
parts on both sides of it (binary segmentation; after Scott and Knott, Biometrics 1974, not seen here). What a straight
line explains as well as two levels is a trend and no step.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import erfc, sqrt
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LEAST_NIGHTS = 7
"""Nights on both sides of a step: a week, weekdays included."""
SIGNIFICANT = 0.01
"""Probability below which a step is no chance; a region looks at a hundred areas every day."""
LEAST_SHARE = 0.05
"""A step below this share of the level is nothing to send a crew for: meters err by a part of it."""
LINE_BEATS = 0.9
"""Two levels must explain the nights around a step at least so much better than a straight line does."""
MOST_STEPS = 12
SCALES = (7, 14, 28)
"""Nights on each side that are compared: short ones find leaks of a week, long ones small steps."""
NEAR = 28
"""Nights on each side that the size of a step is taken from."""
NORMAL = 1.4826
"""Standard deviation over median absolute deviation of a normal distribution."""
MEDIAN_LOSS = 1.57
"""Variance of a median over that of a mean, of a normal distribution (π / 2)."""
Z95 = 1.96


class Step(NamedTuple):
    """A step: from `day` on (an ordinal) nights are higher or lower by `size_m3h`, with its 95 % interval."""

    day: int
    size_m3h: float
    lower_m3h: float
    upper_m3h: float
    probability: float


class Noise(NamedTuple):
    """What nights do by chance: standard deviation, and correlation of neighbouring nights."""

    sd: float
    r: float

    @property
    def inflation(self) -> float:
        """How many times the variance of a mean of independent nights that of these is."""
        return (1 + self.r) / (1 - self.r)


def noise_of(values: Floats) -> Noise:
    """Chance from differences between near nights, which a step or an odd night hardly moves.

    Of a first-order autoregression the variances of differences over 1, 2 and 3 nights are as 1 : 1 + r : 1 + r + r².
    """
    over = [(NORMAL * float(np.median(np.abs(values[lag:] - values[:-lag])))) ** 2 for lag in (1, 2, 3)]
    if over[0] <= 1e-18:
        return Noise(1e-9, 0.0)
    second, third = over[1] / over[0] - 1, over[2] / over[0] - 1
    r = (second + (sqrt(max(1 + 4 * third, 0.0)) - 1) / 2) / 2
    r = min(max(r + 1 / sqrt(values.size), 0.0), 0.9)
    return Noise(sqrt(over[0] / (2 * (1 - r))), r)


def cuts_of(removed: Floats) -> list[int]:
    """Where steps lie: index of the first night after each."""
    noise = noise_of(removed)
    found: list[int] = []
    parts = [(0, removed.size)]
    while parts and len(found) < MOST_STEPS:
        low, high = parts.pop(0)
        cut = _cut(removed[low:high], noise)
        if cut is not None:
            found.append(low + cut)
            parts += [(low, low + cut), (low + cut, high)]
    return _settled(removed, sorted(found), noise)


def _settled(removed: Floats, cuts: list[int], noise: Noise) -> list[int]:
    """Each step sought again between its neighbours, unknown when it was found; what is none is dropped."""
    kept: list[int] = []
    for k, _ in enumerate(cuts):
        low, high = kept[-1] if kept else 0, cuts[k + 1] if k + 1 < len(cuts) else removed.size
        again = _cut(removed[low:high], noise)
        if again is not None:
            kept.append(low + again)
    return kept


def _cut(part: Floats, noise: Noise) -> int | None:
    """The first night of the other level in a part, None where there is no step."""
    places = [place for nights in SCALES if part.size >= 2 * nights for place in _moved(part, nights, noise)]
    for distance, rough, nights in sorted(places, reverse=True):
        if _probability(distance, part.size) >= SIGNIFICANT:
            break
        low, high = max(rough - nights, 0), rough + nights
        cut = low + _best_split(part[low:high])
        first = max(cut - NEAR, 0)
        # A leak that grows slowly differs as much as a step does, and is none: the next place may be one.
        if _is_step(part[first : cut + NEAR], cut - first):
            return cut
    return None


def _moved(part: Floats, nights: int, noise: Noise) -> list[tuple[float, int, int]]:
    """Where medians of so many nights after and before differ most, in standard deviations: local maxima."""
    medians = np.median(np.lib.stride_tricks.sliding_window_view(part, nights), axis=1)
    difference = np.abs(medians[nights:] - medians[:-nights])
    sd = noise.sd * sqrt(MEDIAN_LOSS * noise.inflation * 2 / nights)
    padded = np.pad(difference, LEAST_NIGHTS, constant_values=-1.0)
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * LEAST_NIGHTS + 1).max(axis=1)
    highest = np.flatnonzero((difference == around) & (difference > 0))
    return [(float(difference[at]) / sd, int(at) + nights, nights) for at in highest]


def _best_split(part: Floats) -> int:
    """Where two levels explain a part best, at least LEAST_NIGHTS from its ends."""
    cuts = range(LEAST_NIGHTS, part.size - LEAST_NIGHTS + 1)
    return min(cuts, key=lambda cut: _distance(part[:cut]) + _distance(part[cut:]))


def _distance(part: Floats) -> float:
    """Sum of distances from the median."""
    return float(np.sum(np.abs(part - np.median(part))))


def _probability(distance: float, nights: int) -> float:
    """That chance shows so large a difference (in standard deviations) anywhere among so many nights and scales.

    Bonferroni's bound: of one place times the number of places.

    >>> round(_probability(4.5, 365), 4)
    0.0074
    """
    return min(1.0, len(SCALES) * nights * erfc(distance / sqrt(2)))


def _is_step(near: Floats, cut: int) -> bool:
    """Whether two levels explain the nights around a cut better than a line does, and differ by enough to matter."""
    before, after = float(np.median(near[:cut])), float(np.median(near[cut:]))
    if abs(after - before) < LEAST_SHARE * abs(before):
        return False
    levels = np.sum(np.abs(near[:cut] - before)) + np.sum(np.abs(near[cut:] - after))
    time = np.arange(near.size, dtype=np.float64)
    rest = near - float(np.median(slopes_of(time, near))) * time
    return bool(levels < LINE_BEATS * np.sum(np.abs(rest - np.median(rest))))


def step_of(days: Ints, removed: Floats, cuts: Sequence[int], k: int) -> Step:
    """The k-th of the steps that begin at `cuts`, its size from the nights near it, at most up to the next step."""
    low, high = cuts[k - 1] if k else 0, cuts[k + 1] if k + 1 < len(cuts) else removed.size
    cut, noise = cuts[k], noise_of(removed)
    before, after = removed[max(low, cut - NEAR) : cut], removed[cut : min(high, cut + NEAR)]
    size = float(np.median(after) - np.median(before))
    half = Z95 * noise.sd * sqrt(MEDIAN_LOSS * noise.inflation * (1 / before.size + 1 / after.size))
    chance = _probability(abs(size) / (half / Z95), removed.size)
    return Step(int(days[cut]), size, size - half, size + half, chance)


def slopes_of(time: Floats, value: Floats) -> Floats:
    """Slopes between all pairs, later − earlier."""
    i, j = np.triu_indices(time.size, 1)
    result: Floats = (value[j] - value[i]) / (time[j] - time[i])
    return result
