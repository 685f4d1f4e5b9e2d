"""Forecasts of hourly demand: what they learn, what they do with little, and what no table makes them do."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from models.errors import VodaError
from models.forecast.demand import Forecast, forecast
from models.forecast.grid import grid_of
from models.sensor_table import SensorTable, sensor_table
from models.site import Site, site_of

PRAGUE = Site(timezone="Europe/Prague", country="CZ")
WEEKS = 13
HORIZON = 24


def demand(weeks: float = WEEKS, first: str = "2026-02-02", noise: float = 0.03, leak_h: int = 0) -> pd.DataFrame:
    """Two districts that share a habit: two peaks a day, calmer Sundays; days that resemble the one before, noise.

    leak_h : for so many hours at the end 8 m³/h more flow in the first one
    """
    local = pd.date_range(first, periods=int(weeks * 168), freq="h", tz="Europe/Prague")
    hour, sunday = local.hour.to_numpy(), local.day_of_week.to_numpy() == 6
    draw = np.random.default_rng(7)
    shape = 1 + 0.5 * np.sin((hour - 7) / 24 * 2 * np.pi) + 0.2 * np.sin((hour - 3) / 12 * 2 * np.pi) - 0.15 * sunday
    drift = np.zeros((len(local) // 24 + 2, 2))
    for day in range(1, len(drift)):
        drift[day] = 0.6 * drift[day - 1] + draw.normal(0, 0.02, 2)
    drift = np.repeat(drift, 24, axis=0)[: len(local)] * (noise > 0)
    values = np.array([20.0, 5.0]) * (shape[:, None] + drift) * (1 + draw.normal(0, noise, (len(local), 2)))
    if leak_h:
        values[-leak_h:, 0] += 8.0
    return pd.DataFrame(values, index=local.tz_convert("UTC"), columns=["a_m3h", "b_m3h"])


def table_of(values: pd.DataFrame, site: Site = PRAGUE) -> SensorTable:
    """As it would be read from a file whose times carry the local offset."""
    local = values.index.tz_convert(ZoneInfo(site.timezone or "UTC"))
    raw = values.map(lambda value: "" if np.isnan(value) else repr(float(value)))
    raw.insert(0, "time", [moment.isoformat() for moment in local])
    return sensor_table(raw.reset_index(drop=True), "t.csv")


def forecast_of(values: pd.DataFrame, horizon: int = HORIZON, site: Site = PRAGUE) -> Forecast:
    return forecast(grid_of(table_of(values, site), site, horizon, None, "t.csv"), horizon)


@pytest.fixture(scope="module")
def learned() -> tuple[pd.DataFrame, Forecast]:
    whole = demand()
    return whole.iloc[-HORIZON:], forecast_of(whole.iloc[:-HORIZON])


def test_it_is_nearer_than_last_weeks_hours(learned: tuple[pd.DataFrame, Forecast]) -> None:
    truth, found = learned
    last_week = demand().to_numpy()[-HORIZON - 168 : -168]
    error = np.abs(found.mean - truth.to_numpy()).mean(axis=0)
    assert (error < 0.9 * np.abs(last_week - truth.to_numpy()).mean(axis=0)).all()
    assert list(found.time) == list(truth.index)


def test_the_interval_holds_about_what_it_says(learned: tuple[pd.DataFrame, Forecast]) -> None:
    truth, found = learned
    inside = (found.lower <= truth.to_numpy()) & (truth.to_numpy() <= found.upper)
    assert 0.55 <= inside.mean() <= 0.99
    assert (found.lower <= found.mean).all()
    assert (found.mean <= found.upper).all()


def test_a_leak_that_goes_on_goes_on_in_the_forecast() -> None:
    whole = demand(8, leak_h=72 + 24)
    found = forecast_of(whole.iloc[:-24], 24)
    more = (found.mean - demand(8).to_numpy()[-24:])[:, 0].mean()
    assert 4.0 < more < 9.0


@pytest.mark.parametrize("hours", [1, 5, 30, 400, 8 * 168])
def test_however_short_the_past_every_hour_has_a_mean(hours: int) -> None:
    found = forecast_of(demand().iloc[:hours])
    for values in (found.mean, found.lower, found.upper):
        assert np.isfinite(values).all()
    assert (found.lower <= found.upper).all()


def test_gaps_are_no_matter_and_no_value_is_taken_from_a_gap() -> None:
    gappy = demand(8)
    gappy = gappy.drop(gappy.index[200:260])
    gappy.iloc[500:620, 0] = np.nan
    found = forecast_of(gappy)
    assert np.isfinite(found.mean).all()
    assert np.abs(found.mean - demand().to_numpy()[8 * 168 : 8 * 168 + HORIZON]).mean() < 4.0


def test_a_habit_moves_with_the_clock_change() -> None:
    """Noise-free habit by the local clock, forecast over the night in which summer time begins."""
    habit = demand(8, "2026-02-02", noise=0.0)
    cut = habit.index.get_loc(pd.Timestamp("2026-03-28T23:00", tz="UTC"))
    with_zone = forecast_of(habit.iloc[:cut], 24)
    error = np.abs(with_zone.mean - habit.to_numpy()[cut : cut + 24])[:, 0]
    shifted = np.abs(habit.to_numpy()[cut - 168 : cut - 144] - habit.to_numpy()[cut : cut + 24])[:, 0]
    assert error.max() < 0.7 * shifted.max()


def test_rows_every_quarter_hour_become_hours() -> None:
    quarters = demand(3).resample("15min").ffill()
    fine, coarse = forecast_of(quarters, 6), forecast_of(demand(3).iloc[: 3 * 168], 6)
    assert np.allclose(fine.mean, coarse.mean)


@pytest.mark.parametrize(
    ("rows", "code", "where"),
    [
        ([("2026-01-01T00:00Z", "1"), ("2026-01-01T00:00Z", "2")], "table.order", "row 3"),
        ([("2026-01-01T01:00Z", "1"), ("2026-01-01T00:00Z", "2")], "table.order", "row 3"),
        ([("2026-01-01T00:00Z", "1"), ("1st of May", "2")], "table.time", "row 3: '1st of May'"),
        ([("2026-01-01T00:00Z", "1"), ("2026-01-01T01:00Z", "1,5")], "table.number", "row 3, column a_m3h: '1,5'"),
        ([("2026-01-01T00:00Z", "inf"), ("2026-01-01T01:00Z", "1")], "table.number", "row 2, column a_m3h"),
        ([("2026-01-01T00:00Z", ""), ("2026-01-01T01:00Z", "")], "table.column_empty", "column a_m3h"),
        ([], "table.empty", "no row"),
    ],
)
def test_a_bad_table_names_row_and_column(rows: list[tuple[str, str]], code: str, where: str) -> None:
    with pytest.raises(VodaError) as error:
        sensor_table(pd.DataFrame(rows, columns=["time", "a_m3h"], dtype="str"), "t.csv")
    assert error.value.code == code
    assert where in error.value.message


def test_rows_further_apart_than_an_hour_or_beside_it_are_said() -> None:
    days = demand(4).resample("D").mean()
    with pytest.raises(VodaError, match=r"table\.step.*an hour"):
        forecast_of(days)
    beside = demand(1)
    beside.index = beside.index.where(np.arange(168) != 100, beside.index + timedelta(minutes=7))
    with pytest.raises(VodaError, match=r"table\.step: t\.csv, row 102"):
        forecast_of(beside)


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ({"timezone": "Europe/Nowhere"}, "timezone"),
        ({"country": "Utopia"}, "country"),
        ({"columns": {"a": {"unit": "furlong"}}}, "columns.a.unit"),
        ({"time_step_minutes": 0}, "time_step_minutes"),
    ],
)
def test_a_bad_site_names_its_entry(said: dict[str, object], where: str) -> None:
    with pytest.raises(VodaError, match=rf"site\.invalid: site\.toml: {where}"):
        site_of(said, "site.toml")


def test_a_horizon_beyond_a_week_is_refused() -> None:
    with pytest.raises(VodaError, match=r"forecast\.horizon"):
        forecast_of(demand(2), 169)
