"""The fan of a dam's storage: where it begins, how far it reaches, in what it is written."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from dashboard.figures.storage_fan import fan_chart
from dashboard.i18n import Words
from dashboard.views.storage_fan import BEFORE_D, StorageFan, storage_fan
from models.calendar import day_bounds, local_day
from models.reading import from_ms
from models.storage_forecast import StorageForecast, storage_forecast

PRAGUE = ZoneInfo("Europe/Prague")
TODAY = day_bounds(date(2026, 9, 20), PRAGUE)[0]
FULL_M3 = 20e6


def storage(days: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    turn = 2 * np.pi * np.arange(days) / 365.25
    return FULL_M3 * (0.6 + 0.2 * np.cos(turn) + 0.05 * np.cos(turn / 3.3))


def made(silent_days: int = 0) -> tuple[StorageFan, StorageForecast]:
    known = storage(4 * 366 + 180)
    last = known.size - 1 - silent_days
    known[last + 1 :] = np.nan
    found = storage_forecast(known, last, 90, 0.0, FULL_M3)
    assert found is not None
    return storage_fan(known, last, found, TODAY, PRAGUE), found


@pytest.mark.parametrize("silent_days", [0, 2])
def test_a_fan_begins_at_the_last_measured_storage_and_widens(silent_days: int) -> None:
    fan, found = made(silent_days)
    assert len(fan.line.time_ms) == BEFORE_D
    assert fan.line.time_ms[-1] == fan.band.time_ms[0]
    assert fan.band.lower[0] == fan.band.upper[0] == fan.line.value[-1]
    width = fan.band.upper - fan.band.lower
    assert 0.0 < width[1] < width[30]
    assert fan.years == found.years == 4


@pytest.mark.parametrize("silent_days", [0, 2])
def test_each_day_stands_at_its_middle_also_across_the_change_of_the_clock(silent_days: int) -> None:
    """From 20 September ninety days reach across 25 October, which has 25 hours."""
    fan, _ = made(silent_days)
    days = [local_day(from_ms(int(at)), PRAGUE) for at in np.concatenate([fan.line.time_ms, fan.band.time_ms[1:]])]
    last = date(2026, 9, 19) - timedelta(days=silent_days)
    assert days == [last + timedelta(days=k) for k in range(1 - BEFORE_D, 91)]
    hours = {from_ms(int(at)).astimezone(PRAGUE).strftime("%H:%M") for at in fan.band.time_ms}
    assert hours == {"12:00", "11:30"}


def test_leads_are_quoted_where_the_middle_lies() -> None:
    fan, found = made()
    assert fan.leads.value.tolist() == found.quantiles_m3(np.array([0.5]))[0, [6, 29, 89]].tolist()
    assert local_day(from_ms(int(fan.leads.time_ms[1])), PRAGUE) == date(2026, 10, 19)


def test_the_figure_writes_millions_and_marks_what_was_measured_last() -> None:
    fan, _ = made()
    now = datetime(2026, 9, 20, 6, tzinfo=UTC)
    figure = fan_chart(fan, now, (1e6, "million m³"), [], Words("en", PRAGUE))
    by_role = {trace.meta["role"]: trace for trace in figure.data}
    assert by_role["observed"].y[-1] == pytest.approx(fan.line.value[-1] / 1e6, abs=1e-4)
    assert by_role["band-upper"].y[-1] == pytest.approx(fan.band.upper[-1] / 1e6, abs=1e-4)
    assert by_role["compare"].y[-1] == pytest.approx(fan.band.expected[-1] / 1e6, abs=1e-4)
    assert by_role["last"].meta["paint"] == "last"
    assert not by_role["outside"].x
    assert len(by_role["dots"].x) == 3
