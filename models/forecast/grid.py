"""What a forecast is made of: hours of demand with their local calendar, and weather that may reach further."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import holidays
import numpy as np
import numpy.typing as npt
import pandas as pd

from models.errors import VodaError
from models.sensor_table import SensorTable, on_steps
from models.site import Site

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

HOUR = timedelta(hours=1)
WORKDAY, SATURDAY, SUNDAY = 0, 1, 2


class Grid(NamedTuple):
    """Hours from the table's first to the last one wanted.

    time : starts of the hours, UTC; offset_min : how far the local clock is ahead
    values : hours × columns, NaN where nothing is known (all of the future); known : hours of the table
    hour, weekday : local, a public holiday counts as Sunday (6); day_type : of three
    day : local day, counted; year_day : 1–366; holiday : bool
    weather : hours × (value, day's mean, day's greatest) of each weather column, NaN where unknown
    """

    time: pd.DatetimeIndex
    offset_min: Floats
    columns: list[str]
    values: Floats
    known: int
    hour: Ints
    weekday: Ints
    day_type: Ints
    day: Ints
    year_day: Ints
    holiday: npt.NDArray[np.bool_]
    weather: Floats


def grid_of(table: SensorTable, site: Site, horizon: int, weather: SensorTable | None, where: str) -> Grid:
    """Hours of a table and `horizon` hours after its last row.

    Rows more often than hourly become the means of their hours. Local time is the site's zone, else what the rows'
    offsets say (after the last row its offset goes on).
    Raises VodaError table.step where rows are further apart than an hour or lie beside the steps.
    """
    if table.step > HOUR:
        raise VodaError("table.step", f"{where}: its rows are {table.step} apart; a forecast needs one an hour or more")
    values = _hourly(table, where)
    time = pd.date_range(values.index[0], periods=len(values) + horizon, freq=HOUR)
    offset_min = _offset_min(time, table, site)
    local = time.tz_localize(None) + pd.to_timedelta(offset_min, unit="min")
    days = pd.Series(local.date)
    free = holidays.country_holidays(site.country) if site.country else {}
    holiday = days.map(lambda day: day in free).to_numpy(bool)
    weekday = np.where(holiday, 6, local.day_of_week.to_numpy()).astype(np.int64)
    full = np.full((len(time), values.shape[1]), np.nan)
    full[: len(values)] = values.to_numpy()
    day = pd.factorize(days)[0].astype(np.int64)
    return Grid(
        time,
        offset_min,
        list(values.columns),
        full,
        len(values),
        local.hour.to_numpy().astype(np.int64),
        weekday,
        np.select([weekday == 6, weekday == 5], [SUNDAY, SATURDAY], WORKDAY).astype(np.int64),
        day,
        local.day_of_year.to_numpy().astype(np.int64),
        holiday,
        _weather(weather, time, day),
    )


def _hourly(table: SensorTable, where: str) -> pd.DataFrame:
    if timedelta() < table.step < HOUR:
        return table.values.resample("h").mean()
    return on_steps(table, HOUR, where)


def _offset_min(time: pd.DatetimeIndex, table: SensorTable, site: Site) -> Floats:
    """How far the local clock is ahead of UTC in each hour."""
    if site.timezone:
        local = time.tz_convert(ZoneInfo(site.timezone)).tz_localize(None)
        return np.asarray((local - time.tz_localize(None)) / timedelta(minutes=1), np.float64)
    hours = table.offset_min.resample("h").last().ffill()
    return hours.reindex(time, method="ffill").bfill().to_numpy(np.float64)


def _weather(weather: SensorTable | None, time: pd.DatetimeIndex, day: Ints) -> Floats:
    if weather is None:
        return np.empty((len(time), 0))
    hourly = weather.values.resample("h").mean().reindex(time)
    by_day = hourly.groupby(day)
    parts = [hourly, by_day.transform("mean"), by_day.transform("max")]
    return np.stack([part.to_numpy() for part in parts], axis=2).reshape(len(time), -1)
