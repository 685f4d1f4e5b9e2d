"""What is known at the hour at which a forecast is made, for each hour ahead of it.

Everything is relative to the column's scale, the median of its last four weeks, so that one model learns from all.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.forecast.grid import Grid

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

WEEK = 168
SCALE_HOURS = 4 * WEEK
PROFILE_HOURS = 8 * WEEK
LEAST_HOURS = 300
"""Of the last four weeks; with fewer measured nothing is learned from that moment."""
WEEK_DECAY = 0.7
"""What a week counts less than the one after it in a profile."""
PARTS_OF_DAY = ((0, 6), (6, 10), (10, 14), (14, 18), (18, 24))


class Moment(NamedTuple):
    """What is known of a column at one hour.

    scale : in the column's unit; profile : of each hour ahead, relative; spread : usual error of the profile at that
    hour, relative; table : hours ahead × features
    """

    scale: float
    profile: Floats
    spread: Floats
    table: Floats


def moment_of(grid: Grid, column: int, origin: int, hours: Ints) -> Moment | None:
    """What is known before hour `origin` (its place in the grid) about `hours` ahead of it (0 = origin itself).

    None where too little was measured before it.
    """
    past = grid.values[max(0, origin - PROFILE_HOURS) : origin, column]
    recent = past[-SCALE_HOURS:]
    if origin < SCALE_HOURS or np.isfinite(recent).sum() < LEAST_HOURS:
        return None
    middle = float(np.nanmedian(recent))
    scale = max(abs(middle), float(np.nanmedian(np.abs(recent - middle))), 1e-9)
    first = origin - past.size
    relative = past / scale
    profiles = _Profiles.of(relative, grid.hour[first:origin], grid.day_type[first:origin], grid.weekday[first:origin])
    ahead = origin + hours
    clock, kind, weekday = grid.hour[ahead], grid.day_type[ahead], grid.weekday[ahead]
    profile = profiles.by_type[kind, clock]
    residual = relative - profiles.by_type[grid.day_type[first:origin], grid.hour[first:origin]]
    spread = np.maximum(_by_hour(np.abs(residual), grid.hour[first:origin])[clock], 1e-4)
    lags = _lags(grid, column, origin, hours) / scale
    parts = [
        hours,
        clock,
        weekday,
        kind,
        *_season(grid, ahead),
        grid.holiday[ahead],
        grid.holiday[ahead - WEEK],
        grid.holiday[np.minimum(ahead + 24, len(grid.holiday) - 1)],
        profile,
        profiles.by_weekday[weekday, clock],
        spread,
        *lags.T,
        _median(lags),
        *_recent(residual, hours),
        *(np.full(hours.size, value) for value in (*_state(residual, relative), scale)),
        *_weather(grid, origin, ahead),
        np.full(hours.size, column),
    ]
    return Moment(scale, profile, spread, np.column_stack(parts))


class _Profiles(NamedTuple):
    """Weighted means of the last eight weeks, later ones counting more: (type × hour), (weekday × hour)."""

    by_type: Floats
    by_weekday: Floats

    @classmethod
    def of(cls, relative: Floats, hour: Ints, day_type: Ints, weekday: Ints) -> _Profiles:
        known = np.isfinite(relative)
        weight = WEEK_DECAY ** (np.arange(relative.size)[::-1] / WEEK)
        weight, value = weight[known], relative[known]
        every = _mean(weight, value, hour[known], 24, np.full(24, np.average(value, weights=weight)))
        by_type = _mean(weight, value, 24 * day_type[known] + hour[known], 72, np.tile(every, 3)).reshape(3, 24)
        prior = by_type[[0, 0, 0, 0, 0, 1, 2]].ravel()
        key = 24 * weekday[known] + hour[known]
        total, count = np.bincount(key, weight * value, WEEK), np.bincount(key, weight, WEEK)
        # One week's worth of the day's type steadies the few values of a weekday.
        return cls(by_type, ((total + prior) / (count + 1)).reshape(7, 24))


def _mean(weight: Floats, value: Floats, key: Ints, size: int, otherwise: Floats) -> Floats:
    total, count = np.bincount(key, weight * value, size), np.bincount(key, weight, size)
    return np.where(count > 0, total / np.where(count > 0, count, 1.0), otherwise)


def _by_hour(value: Floats, hour: Ints) -> Floats:
    """Mean of what is known at each hour of the day; of all where nothing is."""
    known = np.isfinite(value)
    every = np.full(24, value[known].mean())
    return _mean(np.ones(int(known.sum())), value[known], hour[known], 24, every)


def _season(grid: Grid, ahead: Ints) -> tuple[Floats, Floats]:
    turn = 2 * np.pi * grid.year_day[ahead] / 365.25
    return np.sin(turn), np.cos(turn)


def _lags(grid: Grid, column: int, origin: int, hours: Ints) -> Floats:
    """The same hour one to eight weeks before, as far as it lies before the origin; hours × 8."""
    weeks = 1 + hours // WEEK
    places = (origin + hours)[:, None] - WEEK * (weeks[:, None] + np.arange(8)[None, :])
    return np.where(places >= 0, grid.values[np.maximum(places, 0), column], np.nan)


def _median(lags: Floats) -> Floats:
    known = np.isfinite(lags)
    middle = np.full(lags.shape[0], np.nan)
    some = known.any(axis=1)
    middle[some] = np.nanmedian(lags[some], axis=1)
    return middle


def _recent(residual: Floats, hours: Ints) -> list[Floats]:
    """Differences from the profile at the same hour of the day: yesterday's, of two days, of seven."""
    week = residual[-WEEK:].reshape(7, 24)
    of_day = hours % 24
    return [week[-1][of_day], _mean_known(week[-2:])[of_day], _mean_known(week)[of_day]]


def _state(residual: Floats, relative: Floats) -> list[float]:
    """Differences from the profile lately and by parts of the last day; last nights' lowest; levels of weeks before."""
    week = residual[-WEEK:].reshape(7, 24)
    spans = [_one(residual[-span:]) for span in (1, 3, 6, 24, 72, WEEK)]
    parts = [_one(week[-1][first:last]) for first, last in PARTS_OF_DAY]
    lowest = relative[-24:]
    levels = [_one(relative[relative.size - WEEK * (back + 1) : relative.size - WEEK * back]) for back in range(4)]
    return [
        *spans,
        *(_one(day) for day in week),
        *parts,
        float(np.nanmin(lowest)) if np.isfinite(lowest).any() else np.nan,
        *levels,
        _one(relative[: -4 * WEEK]),
        float(np.nanstd(residual[-SCALE_HOURS:])),
    ]


def _weather(grid: Grid, origin: int, ahead: Ints) -> list[Floats]:
    """The hour's weather, its day's mean and greatest, and how the day differs from the week before the forecast."""
    result: list[Floats] = []
    for first in range(0, grid.weather.shape[1], 3):
        value, day_mean, day_most = (grid.weather[ahead, first + place] for place in range(3))
        result += [value, day_mean, day_most, day_mean - _one(grid.weather[max(0, origin - WEEK) : origin, first])]
    return result


def _one(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else np.nan


def _mean_known(rows: Floats) -> Floats:
    known = np.isfinite(rows)
    count = known.sum(axis=0)
    return np.where(count > 0, np.where(known, rows, 0.0).sum(axis=0) / np.maximum(count, 1), np.nan)
