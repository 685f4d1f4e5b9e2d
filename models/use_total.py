"""Use of a longer period from its days: its volume, how much of it is known and estimated, and how sure it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np

from models.calendar import day_bounds, local_day, month_bounds
from models.meter_error import combine, interval_of, part_of, sd_m3
from models.reading import to_ms
from models.registry import Device, Region
from models.rollup import Rollup


class Total(NamedTuple):
    """Use in [start, end), of which `end` may be still to come.

    value_m3 : None where nothing is known; lower_m3, upper_m3 : 95 % interval
    coverage : share of the time that has passed of it which the value stands for; estimated : share of the value
    partial : the period is not over
    """

    start: datetime
    end: datetime
    value_m3: float | None
    lower_m3: float | None
    upper_m3: float | None
    coverage: float
    estimated: float
    partial: bool


def of_row(row: Rollup, end: datetime, now: datetime) -> Total:
    """An hour or local day as it was computed; what has not passed of it can't be covered yet."""
    share = min(1.0, max((now - row.time) / (end - row.time), 0.0))
    coverage = min(1.0, row.coverage / share) if share > 0 else 0.0
    return Total(row.time, end, row.value, row.minimum, row.maximum, coverage, row.estimated, now < end)


def of_months(region: Region, device: Device | None, days: Sequence[Rollup], now: datetime) -> list[Total]:
    """Local months from day rollups, in order of time. What a meter errs by is common to its days, the rest is not."""
    months: dict[tuple[int, int], list[Rollup]] = {}
    for row in days:
        day = local_day(row.time, region.tz)
        months.setdefault((day.year, day.month), []).append(row)
    return [
        _total(region, device, rows, month_bounds(year, month, region.tz), now)
        for (year, month), rows in sorted(months.items())
    ]


def of_years(region: Region, device: Device | None, days: Sequence[Rollup], now: datetime) -> list[Total]:
    """Local years from day rollups."""
    years: dict[int, list[Rollup]] = {}
    for row in days:
        years.setdefault(local_day(row.time, region.tz).year, []).append(row)
    return [
        _total(region, device, rows, (month_bounds(year, 1, region.tz)[0], month_bounds(year, 12, region.tz)[1]), now)
        for year, rows in sorted(years.items())
    ]


def _total(
    region: Region, device: Device | None, rows: Sequence[Rollup], bounds: tuple[datetime, datetime], now: datetime
) -> Total:
    start, end = bounds
    known = [row for row in rows if row.value is not None]
    if not known:
        return Total(start, end, None, None, None, 0.0, 0.0, now < end)
    parts = [part_of(device, row.value or 0.0, row.minimum, row.maximum, to_ms(row.time)) for row in known]
    whole = combine((1.0, part) for part in parts)
    lower, upper = interval_of(np.array([whole.volume_m3]), np.array([sd_m3(whole)]))
    covered = 0.0
    for row in known:
        first, last = day_bounds(local_day(row.time, region.tz), region.tz)
        covered += row.coverage * (last - first).total_seconds()
    amount = sum(abs(row.value or 0.0) for row in known)
    estimated = sum(abs(row.value or 0.0) * row.estimated for row in known)
    return Total(
        start,
        end,
        whole.volume_m3,
        float(lower[0]),
        float(upper[0]),
        min(1.0, covered / (min(end, now) - start).total_seconds()),
        estimated / amount if amount > 0 else max(row.estimated for row in known),
        now < end,
    )
