"""Forecast of hourly demand: a weekly profile, corrected by gradient-boosted trees that learned from the table's past.

    demand(h) = scale · (profile(h) + correction(what was known at the origin, h))                              (1)

scale and profile : models.forecast.features; robust means of the weeks before, so the trees only learn what differs
correction : trees (histogram gradient boosting: Friedman, Greedy Function Approximation, Annals of Statistics 29, 2001)
    fitted to the absolute error, so that faults and leaks of the past hardly move them; for all columns of the table
    together, for the first day and for the rest of the week apart
interval : quantiles of the errors that each past week gave when the trees had not seen it, relative to the profile's
    usual error at that hour (split conformal prediction over blocks of time: Lei et al., JASA 113, 2018; not seen here)

With less than LEAST_MOMENTS days to learn from, (1) has no trees: the correction is what the last week differed from
the profile, and what the last day differed from the week, fading; with less than two weeks it is the hour's median of
what there is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.errors import VodaError
from models.forecast.features import SCALE_HOURS, WEEK, Moment, moment_of
from models.forecast.grid import Grid

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LONGEST_H = WEEK
DAY_H = 24
LEAST_MOMENTS = 40
BLOCKS = 3
"""Models that are averaged; each has not seen every third stretch of the past."""
STRETCH_MOMENTS = 14
STRANGE = 1.5
"""Differences from the profile beyond so many scales teach nothing (a fault of the sensor)."""
HOURS_A_MOMENT = 48
"""Hours of the rest of the week that are drawn from each past moment to learn from."""
SHARE = 0.8
"""Of true values inside the interval."""
FADING_H = 48.0
TREES = {
    "loss": "absolute_error",
    "learning_rate": 0.05,
    "max_iter": 300,
    "max_leaf_nodes": 63,
    "min_samples_leaf": 60,
    "max_features": 0.5,
    "early_stopping": False,
}
"""Chosen by rolling weeks of ten real districts; see docs/models.md."""

Progress = Callable[[float, float], None]


class Forecast(NamedTuple):
    """Mean and interval; arrays of hours × columns in the columns' units."""

    time: pd.DatetimeIndex
    mean: Floats
    lower: Floats
    upper: Floats


class _Learned(NamedTuple):
    """Rows to learn from. moment : counts the past origins, in order of time; column : of the grid."""

    table: Floats
    target: Floats
    spread: Floats
    column: Ints
    moment: Ints


class _Interval(NamedTuple):
    """Bounds of the error of each column, relative to the profile's usual error."""

    low: Floats
    high: Floats


def forecast(grid: Grid, horizon: int, progress: Progress = lambda done, whole: None, seed: int = 0) -> Forecast:
    """Forecast of the hours after the grid's known ones; no mean is ever missing.

    grid : models.forecast.grid.grid_of with the same horizon; seed : of the trees' draws
    Raises VodaError forecast.horizon outside 1–168 h, forecast.extra where scikit-learn is not installed.
    """
    if not 1 <= horizon <= LONGEST_H:
        raise VodaError("forecast.horizon", f"a horizon of {horizon} h can't be had; give 1 to {LONGEST_H}")
    columns = range(len(grid.columns))
    rows = [_by_profile(grid, column, horizon) for column in columns]
    mean, lower, upper = (np.stack(parts, axis=1) for parts in zip(*rows, strict=True))
    spans = [span for span in ((0, min(DAY_H, horizon)), (DAY_H, horizon)) if span[0] < span[1]]
    for place, (first, last) in enumerate(spans):
        ahead = np.arange(first, last)
        learned = _learn_from(grid, np.arange(first, LONGEST_H if first else DAY_H), seed)
        now = {column: moment for column in columns if (moment := moment_of(grid, column, grid.known, ahead))}
        if learned is None or not now:
            continue
        corrections, interval = _trees(learned, now, seed, _part_of(progress, place, len(spans)))
        for column, one in now.items():
            expected = one.profile + corrections[column]
            mean[ahead, column] = one.scale * expected
            lower[ahead, column] = one.scale * (expected + interval.low[column] * one.spread)
            upper[ahead, column] = one.scale * (expected + interval.high[column] * one.spread)
    progress(len(spans), len(spans))
    return Forecast(grid.time[grid.known : grid.known + horizon], mean, lower, upper)


def _part_of(progress: Progress, place: int, whole: int) -> Callable[[float], None]:
    return lambda done: progress(place + done, whole)


def _learn_from(grid: Grid, hours: Ints, seed: int) -> _Learned | None:
    """Past moments at the same hour of the day as the forecast's, and what came then; None where there are too few."""
    origins = np.arange(grid.known % DAY_H, grid.known - int(hours[-1]), DAY_H)
    origins = origins[origins >= SCALE_HOURS]
    draw = np.random.default_rng(seed)
    found: list[_Learned] = []
    for count, origin in enumerate(map(int, origins)):
        some = hours if hours.size <= DAY_H else np.sort(draw.choice(hours, min(HOURS_A_MOMENT, hours.size), False))
        for column in range(len(grid.columns)):
            one = moment_of(grid, column, origin, some)
            if one is None:
                continue
            target = grid.values[origin + some, column] / one.scale - one.profile
            kept = np.isfinite(target) & (np.abs(target) < STRANGE)
            if kept.any():
                size = int(kept.sum())
                parts = one.table[kept].astype(np.float32), target[kept], one.spread[kept]
                found.append(_Learned(*parts, np.full(size, column), np.full(size, count)))
    if len({int(part.moment[0]) for part in found}) < LEAST_MOMENTS:
        return None
    return _Learned(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def _trees(
    learned: _Learned, now: dict[int, Moment], seed: int, progress: Callable[[float], None]
) -> tuple[dict[int, Floats], _Interval]:
    """Corrections by column as the mean of models that each left out every third stretch, and what these taught."""
    try:
        from sklearn.ensemble import HistGradientBoostingRegressor
    except ImportError:
        raise VodaError("forecast.extra", "forecasts need scikit-learn: pip install 'smartvoda[learning]'") from None
    block = learned.moment // STRETCH_MOMENTS % BLOCKS
    error = np.full(learned.target.size, np.nan)
    corrections = {column: np.zeros(one.profile.size) for column, one in now.items()}
    for number in range(BLOCKS):
        seen, unseen = block != number, block == number
        model = HistGradientBoostingRegressor(
            **TREES, categorical_features=[learned.table.shape[1] - 1], random_state=seed + number
        )
        model.fit(learned.table[seen], learned.target[seen])
        if unseen.any():
            error[unseen] = learned.target[unseen] - model.predict(learned.table[unseen])
        for column, one in now.items():
            corrections[column] += model.predict(one.table.astype(np.float32)) / BLOCKS
        progress((number + 1) / BLOCKS)
    return corrections, _interval(learned, error)


def _interval(learned: _Learned, error: Floats) -> _Interval:
    """Quantiles of unseen errors of each column, relative to the profile's usual error."""
    ratio = error / learned.spread
    every = ratio[np.isfinite(ratio)]
    size = int(learned.column.max()) + 1
    bounds = np.tile(np.quantile(every, [(1 - SHARE) / 2, (1 + SHARE) / 2]), (size, 1))
    for column in range(size):
        own = ratio[(learned.column == column) & np.isfinite(ratio)]
        if own.size >= LEAST_MOMENTS * DAY_H:
            bounds[column] = np.quantile(own, [(1 - SHARE) / 2, (1 + SHARE) / 2])
    return _Interval(bounds[:, 0], bounds[:, 1])


def _by_profile(grid: Grid, column: int, horizon: int) -> tuple[Floats, Floats, Floats]:
    """Mean and interval without trees, from whatever there is of the column."""
    hours = np.arange(horizon)
    one = moment_of(grid, column, grid.known, hours)
    if one is not None:
        week, day = _differs(grid, column, WEEK), _differs(grid, column, DAY_H)
        mean = one.scale * (one.profile + week + (day - week) * np.exp(-hours / FADING_H))
        around = one.scale * one.spread * _HALF_WIDTH
        return mean, mean - around, mean + around
    past, clock = grid.values[: grid.known, column], grid.hour[: grid.known]
    known = np.isfinite(past)
    middle = float(np.median(past[known])) if known.any() else 0.0
    by_hour = [
        np.median(past[known & (clock == hour)]) if (known & (clock == hour)).any() else middle for hour in range(24)
    ]
    mean = np.array(by_hour)[grid.hour[grid.known + hours]]
    spread = float(np.quantile(np.abs(past[known] - middle), SHARE)) if known.any() else 0.0
    return mean, mean - spread, mean + spread


def _differs(grid: Grid, column: int, span_h: int) -> float:
    """How much the last hours differed from the profile before them, relative to the scale; 0 where nothing says it."""
    recent = grid.values[grid.known - span_h : grid.known, column]
    before = moment_of(grid, column, grid.known - span_h, np.arange(span_h))
    if before is None or not np.isfinite(recent).any():
        return 0.0
    return float(np.nanmedian(recent / before.scale - before.profile))


_HALF_WIDTH = 1.2816 / 0.7979
"""An 80 % interval's half-width over the mean absolute error of a normal distribution."""
