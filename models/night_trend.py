"""What a row of nights says: the season taken off, the trend of the rest with its interval, and steps in it.

    night flow = level of its segment + trend · t + season(t) + weekday(t) + rest                              (1)

Season: one wave a year, fitted once the window holds most of a year (LEAST_YEAR days), two from two years on; weekdays
from eight weeks on; both together with (1)'s other terms by robust regression, so that neither a leak nor an odd night
bends them. In a shorter window the season is not known: then nothing is taken off, and the course says so.

Steps are found in what remains (models.night_steps), and the season again with them, until nothing changes.

Trend: the median of the slopes between all pairs of nights of one segment, with the interval that Kendall's statistic
gives it (after H. Theil 1950 and P. K. Sen, JASA 1968, not seen here), widened for autocorrelation and where the season
and a straight line look alike over the window.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from models.night_steps import NORMAL, Z95, Step, cuts_of, noise_of, slopes_of, step_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Season = Literal["none", "weekdays", "year"]

YEAR = 365.2425
LEAST_COURSE = 28
"""Nights below which nothing is said."""
LEAST_WEEKS = 56
"""Days from which weekdays can be told apart."""
LEAST_YEAR = 330
"""Days from which a year's wave can be told from a straight line, if not sharply."""
TWO_YEARS = 700
LEAST_TREND = 90
"""Nights from which a slope is worth telling: a season of three months."""


class Trend(NamedTuple):
    """A slope [m³/h per year] between steps, with its 95 % interval."""

    per_year: float
    lower: float
    upper: float

    @property
    def certain(self) -> bool:
        """Whether the interval leaves no doubt of the direction."""
        return self.lower > 0 or self.upper < 0


class Course(NamedTuple):
    """The nights of a window and what they say.

    day : ordinals of local days with a known night flow; value_m3h : as measured
    removed_m3h : without season and weekday; level_m3h : level and trend of (1), what is left without chance
    season : what was taken off; trend : None in a short window; steps : in order of time
    """

    day: Ints
    value_m3h: Floats
    removed_m3h: Floats
    level_m3h: Floats
    season: Season
    trend: Trend | None
    steps: tuple[Step, ...]


def course(day: Sequence[int] | Ints, value_m3h: Sequence[float] | Floats) -> Course | None:
    """The course of nights in order of their days (ordinals; unknown nights left out or NaN); None below LEAST_COURSE.

    Hand-made: 60 nights at 10 ± 0.2, then 40 at 14 ± 0.2.

    >>> nights = np.where(np.arange(100) < 60, 10.0, 14.0) + 0.2 * np.array([1.0, -1.0, 0.5, -0.5] * 25)
    >>> found = course(np.arange(737_000, 737_100), nights)
    >>> [(step.day - 737_000, round(step.size_m3h, 1)) for step in found.steps], found.season, found.trend.certain
    ([(60, 4.0)], 'weekdays', False)
    """
    days, values = np.asarray(day, np.int64), np.asarray(value_m3h, np.float64)
    known = np.isfinite(values)
    days, values = days[known], values[known]
    if days.size < LEAST_COURSE:
        return None
    season, waves = _season_of(days)
    cuts: list[int] = []
    seasonal = np.zeros(values.size)
    for _ in range(4):
        seasonal = _seasonal(days, values, cuts, season, waves)
        found = cuts_of(values - seasonal)
        if found == cuts:
            break
        cuts = found
    removed = values - seasonal
    trend = _trend(days, values, removed, cuts, season, waves)
    slope = trend.per_year / YEAR if trend else 0.0
    return Course(
        days,
        values,
        removed,
        _level(days, removed, cuts, slope),
        season,
        trend,
        tuple(step_of(days, removed, cuts, k) for k in range(len(cuts))),
    )


def _season_of(days: Ints) -> tuple[Season, int]:
    """What of a season a window can tell, and how many waves a year."""
    span = int(days[-1] - days[0]) + 1
    # With long gaps a wave would be fitted to what isn't there.
    if span >= LEAST_YEAR and days.size >= 0.7 * span:
        return "year", 2 if span >= TWO_YEARS else 1
    return ("weekdays", 0) if days.size >= LEAST_WEEKS else ("none", 0)


def _terms(days: Ints, cuts: Sequence[int], season: Season, waves: int) -> tuple[Floats, Floats]:
    """Columns of (1): those of the season and weekday, centred; and those of level and trend."""
    columns: list[Floats] = []
    if season != "none":
        columns += [(days % 7 == weekday).astype(np.float64) for weekday in range(1, 7)]
    for wave in range(1, waves + 1):
        angle = 2 * np.pi * wave * days / YEAR
        columns += [np.sin(angle), np.cos(angle)]
    seasonal = np.stack(columns, axis=1) if columns else np.empty((days.size, 0))
    time = (days - days.mean()) / YEAR
    levels = [np.ones(days.size), time] + [(np.arange(days.size) >= cut).astype(np.float64) for cut in cuts]
    return seasonal - seasonal.mean(axis=0), np.stack(levels, axis=1)


def _seasonal(days: Ints, values: Floats, cuts: Sequence[int], season: Season, waves: int) -> Floats:
    """The season's and weekdays' part of each night, with mean 0."""
    seasonal, level = _terms(days, cuts, season, waves)
    if seasonal.shape[1] == 0:
        return np.zeros(values.size)
    fitted, _ = _robust(np.concatenate([seasonal, level], axis=1), values)
    result: Floats = seasonal @ fitted[: seasonal.shape[1]]
    return result


def _robust(terms: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Coefficients and rest of a regression whose large residuals count less (Huber's weights, 1.345)."""
    weight: Floats = np.ones(values.size)
    fitted: Floats = np.zeros(terms.shape[1])
    for _ in range(12):
        root = np.sqrt(weight)
        fitted = np.linalg.lstsq(terms * root[:, None], values * root, rcond=None)[0].astype(np.float64)
        rest = values - terms @ fitted
        scale = NORMAL * float(np.median(np.abs(rest)))
        if scale <= 1e-12:
            break
        weight = np.minimum(1.0, 1.345 * scale / np.maximum(np.abs(rest), 1e-12))
    return fitted, values - terms @ fitted


def _segments(size: int, cuts: Sequence[int]) -> list[slice]:
    return [slice(low, high) for low, high in pairwise([0, *cuts, size])]


def _trend(
    days: Ints, values: Floats, removed: Floats, cuts: Sequence[int], season: Season, waves: int
) -> Trend | None:
    """Theil's slope over pairs of the same segment with Sen's interval; None below LEAST_TREND nights."""
    if days.size < LEAST_TREND:
        return None
    time = days / YEAR
    parts = _segments(days.size, cuts)
    slopes = np.sort(np.concatenate([slopes_of(time[part], removed[part]) for part in parts]))
    slope = float(np.median(slopes))
    sizes = np.array([part.stop - part.start for part in parts], np.float64)
    kendall = float(np.sum(sizes * (sizes - 1) * (2 * sizes + 5)) / 18) * noise_of(removed).inflation
    reach = Z95 * sqrt(kendall)
    low = int(max((slopes.size - reach) / 2, 0))
    high = int(min((slopes.size + reach) / 2, slopes.size - 1))
    half = _regression_half(days, values, cuts, season, waves)
    return Trend(slope, min(float(slopes[low]), slope - half), max(float(slopes[high]), slope + half))


def _regression_half(days: Ints, values: Floats, cuts: Sequence[int], season: Season, waves: int) -> float:
    """Half-width of the slope's interval in the regression of (1): wide where season and line look alike."""
    seasonal, level = _terms(days, cuts, season, waves)
    terms = np.concatenate([seasonal, level], axis=1)
    _, rest = _robust(terms, values)
    scale = NORMAL * float(np.median(np.abs(rest)))
    covariance = np.linalg.pinv(terms.T @ terms)
    at = seasonal.shape[1] + 1
    return Z95 * scale * sqrt(max(float(covariance[at, at]), 0.0) * noise_of(rest).inflation)


def _level(days: Ints, removed: Floats, cuts: Sequence[int], slope: float) -> Floats:
    """Level and trend of each night: in each segment the trend through its median."""
    result = np.empty(removed.size)
    for part in _segments(removed.size, cuts):
        time = days[part] - float(days[part].mean())
        result[part] = np.median(removed[part] - slope * time) + slope * time
    return result
