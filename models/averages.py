"""Time-weighted mean, extremes and coverage of rates, levels, measures and states; sums of interval values.

A rate is the mean of the step that ends at its time and speaks for at most two steps. A level or measure runs straight
from one reading to the next, a state stays until the next, unless too long a gap lies between.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.calendar import HOUR_MS, Edges
from models.consumption import volumes
from models.flow_volume import flow_increments, interval_increments
from models.quantity import QUANTITIES
from models.reading import Series
from models.register import usable

Floats = npt.NDArray[np.float64]

SHORT_GAP_MS = int(2.5 * HOUR_MS)
"""Between two readings no further apart the value is taken to run on."""
LONG_GAP_MS = 50 * HOUR_MS
"""So it is between readings that always come so rarely (a daily battery), up to twice their usual distance."""
STATE_GAP_MS = 26 * HOUR_MS
"""A state that is sent when it changes, and once a day."""


class Averages(NamedTuple):
    """Mean, minimum, maximum and coverage of the periods between edges; NaN where there is nothing."""

    mean: Floats
    minimum: Floats
    maximum: Floats
    coverage: Floats


def averages(series: Series, edges_ms: Edges) -> Averages:
    """Averages of a series over adjoining periods, by the kind of its quantity; of interval values the sums.

    The series should reach three days before the first edge and after the last where there are readings.

    >>> hours = np.array([0, 2], np.int64) * HOUR_MS
    >>> level = Series("1", "level_m", hours, np.array([2.0, 4.0]), np.ones(1, np.int8))
    >>> averages(level, np.array([0, 1, 2, 3], np.int64) * HOUR_MS).mean.tolist()
    [2.5, 3.5, nan]
    """
    kind = QUANTITIES[series.quantity].kind
    if kind == "rate":
        return _of_rates(series, edges_ms)
    if kind == "interval":
        return _of_intervals(series, edges_ms)
    time, value = usable(series)
    lowest, highest = _extremes(time, value, edges_ms, closed_end=False)
    if time.size < 2:
        nothing = np.zeros(edges_ms.size - 1)
        return Averages(nothing + np.nan, lowest, highest, nothing)
    joined = np.diff(time) <= STATE_GAP_MS if kind == "state" else bridged(time)
    knots = np.unique(np.concatenate([time, edges_ms]))
    begin, end = knots[:-1], knots[1:]
    holder = np.searchsorted(time, begin, side="right") - 1
    seen = (holder >= 0) & (holder < time.size - 1)
    seen[seen] = joined[holder[seen]]
    period = np.searchsorted(edges_ms, begin, side="right") - 1
    seen &= (period >= 0) & (period < edges_ms.size - 1)
    begin, end, holder, period = begin[seen], end[seen], holder[seen], period[seen]
    height = value[holder] if kind == "state" else np.interp((begin + end) / 2, time, value)
    n = edges_ms.size - 1
    width = (end - begin).astype(np.float64)
    covered = np.bincount(period, width, n)[:n]
    area = np.bincount(period, width * height, n)[:n]
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = area / covered
    return Averages(mean, lowest, highest, covered / np.diff(edges_ms))


def bridged(time_ms: Edges) -> npt.NDArray[np.bool_]:
    """Whether the value runs on over each gap between readings: a short one, or one that is usual just there."""
    gap = np.diff(time_ms)
    before = np.concatenate([gap[1:2], gap[:-1]])
    after = np.concatenate([gap[1:], gap[-2:-1]])
    usual = np.minimum(before, after) if gap.size > 1 else np.zeros_like(gap)
    result: npt.NDArray[np.bool_] = (gap <= SHORT_GAP_MS) | ((gap <= LONG_GAP_MS) & (gap <= 2 * usual))
    return result


def _of_rates(series: Series, edges_ms: Edges) -> Averages:
    found = volumes(flow_increments(series, ()), edges_ms)
    lowest, highest = _extremes(*usable(series), edges_ms, closed_end=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = found.volume_m3 / (np.diff(edges_ms) / HOUR_MS * found.coverage)
    return Averages(mean, lowest, highest, found.coverage)


def _of_intervals(series: Series, edges_ms: Edges) -> Averages:
    found = volumes(interval_increments(series, ()), edges_ms)
    lowest, highest = _extremes(*usable(series), edges_ms, closed_end=True)
    return Averages(found.volume_m3, lowest, highest, found.coverage)


def _extremes(time: Edges, value: Floats, edges_ms: Edges, closed_end: bool) -> tuple[Floats, Floats]:
    """Least and greatest reading of each period; closed_end: a reading at a period's end belongs to it."""
    n = edges_ms.size - 1
    lowest, highest = np.full(n, np.inf), np.full(n, -np.inf)
    period = np.searchsorted(edges_ms, time, side="left" if closed_end else "right") - 1
    inside = (period >= 0) & (period < n)
    np.minimum.at(lowest, period[inside], value[inside])
    np.maximum.at(highest, period[inside], value[inside])
    lowest[np.isinf(lowest)] = np.nan
    highest[np.isinf(highest)] = np.nan
    return lowest, highest
