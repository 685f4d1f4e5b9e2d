"""The region's inflow of the last day, though some zones are silent: those are taken as expected."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import numpy as np

from dashboard.views.inflow import HALF_HOUR_MS, Line
from dashboard.views.last_day import DAY, Spark
from models.partial_sum import sum_with_expectations
from models.reading import to_ms

HOUR = timedelta(hours=1)
HOUR_MS = 3_600_000


def region_line(zones: Iterable[Spark], now: datetime) -> Line:
    """Hourly sums over the outermost zones; an hour of which too little is known is left out."""
    first = to_ms((now - DAY - HOUR).replace(minute=0, second=0, microsecond=0))
    grid = np.arange(first, to_ms(now), HOUR_MS, dtype=np.int64) + HALF_HOUR_MS
    parts = [
        (_on(grid, zone.line.time_ms, zone.line.value), _on(grid, zone.band.time_ms, zone.band.expected))
        for zone in zones
    ]
    found = sum_with_expectations(parts)
    if found.value.size == 0:
        return Line(grid[:0], found.value)
    known = ~np.isnan(found.value)
    return Line(grid[known], found.value[known])


def _on(grid: np.ndarray, time_ms: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Values at the times of a grid, NaN where there is none."""
    result = np.full(grid.size, np.nan)
    _, here, there = np.intersect1d(grid, time_ms, return_indices=True)
    result[here] = value[there]
    return result


def silent_zones(zones: Sequence[Spark]) -> list[str]:
    """Zones whose data have stopped or never came."""
    return [zone.subject for zone in zones if zone.stale_since is not None or zone.last_m3h is None]
