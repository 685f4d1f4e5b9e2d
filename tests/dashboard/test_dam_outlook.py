"""What lies ahead of a dam and how a tank was worked, as their pages say it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from dashboard.config import DashboardConfig
from dashboard.views.tank_work import tank_work
from dashboard.visit import Rooms
from models.calendar import day_edges
from models.reading import Series, to_ms
from models.records import Figure
from models.registry import BalanceInput, Reservoir
from models.reservoir import stage_m
from models.rollup import RollupSeries
from models.tank_operation import CHEAP_FROM, CHEAP_TO
from tests.dashboard.conftest import NOW
from tests.dashboard.filled import Filled
from tests.dashboard.said import page

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def rooms(filled: Filled) -> Rooms:
    return Rooms(filled.store, filled.records, filled.clock, DashboardConfig())


def of_kind(filled: Filled, kind: str) -> Reservoir:
    return next(item for item in filled.region.reservoirs if item.kind == kind)


def station(filled: Filled, point: str) -> str:
    return next(iter(filled.region.devices_at(point, NOW - DAY, NOW))).device


def tell_years(filled: Filled, dam: Reservoir, years: int) -> None:
    """A storage that falls in summer and fills in winter, the same each year but for a few per cent."""
    edges = day_edges(NOW - years * 365.25 * DAY - 40 * DAY, NOW, filled.region.tz)
    turn = 2 * np.pi * np.arange(edges.size - 1) / 365.25
    full = dam.curve[-1][1]
    stored = full * (0.7 + 0.2 * np.cos(turn) + 0.01 * np.sin(turn / 3))
    level = stage_m(dam, stored)
    nothing, one = np.full(level.size, np.nan), np.ones(level.size)
    device = station(filled, dam.level_point)
    for quantity in ("stage_m", "level_m"):
        series = RollupSeries("device", device, "day", quantity, edges[:-1], level, nothing, nothing, one)
        filled.store.write_rollup_series([series])


def test_a_dam_with_few_years_says_why_there_is_no_forecast(filled: Filled, rooms: Rooms) -> None:
    text = page(rooms, f"/reservoirs/{of_kind(filled, 'dam').reservoir}").text
    assert "Předpověď není: potřebuje hladiny 2 dřívějších let" in text
    assert "Stav podle dispečerského grafu" in text


def test_a_dam_with_years_shows_what_lies_ahead_in_bands(filled: Filled, rooms: Rooms) -> None:
    dam = of_kind(filled, "dam")
    tell_years(filled, dam, 4)
    made = page(rooms, f"/reservoirs/{dam.reservoir}", "en")
    assert "80 % of the courses" in made.text
    assert "So few years differ too little" in made.text
    for days in (7, 30, 90):
        assert f"{days} days" in made.text
    assert "No forecast" not in made.text
    assert "Fuller than in earlier years at this time" in made.text


def test_leakage_of_a_linked_town_is_told_in_days_of_the_dam(filled: Filled, rooms: Rooms) -> None:
    linked = {item.source: item.municipality for item in filled.region.supplies}
    dam = next(item for item in filled.region.reservoirs if item.kind == "dam" and item.reservoir in linked)
    town = next(item for item in filled.region.supplies if item.source == dam.reservoir).municipality
    before = page(rooms, f"/reservoirs/{dam.reservoir}").text
    assert "Úniky zásobovaných měst" not in before
    month = NOW.replace(day=1, hour=0, minute=0) - timedelta(hours=1)
    figure = Figure("municipality", town, "month", "real_m3", month, 12_000.0, 11_000.0, 13_000.0, 1.0)
    filled.records.supersede_figures([figure])
    assert "Úniky zásobovaných měst" in page(rooms, f"/reservoirs/{dam.reservoir}").text
    assert "Úniky ve dnech odběru z nádrže" in page(rooms, f"/municipalities/{town}").text
    drinking = {item.municipality for item in filled.region.supplies if item.source in filled.region.reservoir}
    unlinked = next(item.code for item in filled.region.municipalities if item.code not in drinking)
    other = Figure("municipality", unlinked, "month", "real_m3", month, 12_000.0, 11_000.0, 13_000.0, 1.0)
    filled.records.supersede_figures([other])
    assert "Úniky ve dnech" not in page(rooms, f"/municipalities/{unlinked}").text


def test_a_tank_says_how_it_was_worked(filled: Filled, rooms: Rooms) -> None:
    tank = of_kind(filled, "tank")
    device = station(filled, tank.level_point)
    hours = to_ms(NOW) + np.arange(-8 * 24, 1, dtype=np.int64) * 3_600_000
    clock = (hours // 3_600_000 + 1) % 24
    on = np.where((clock >= 22) | (clock < 4), 1.0, 0.0)
    filled.store.write_series([Series(device, "pump_on", hours, on, np.ones(1, np.int8), "test")])
    text = page(rooms, f"/tanks/{tank.reservoir}").text
    assert "Jak se provozoval" in text
    assert "Čerpadlo běželo 42,0 h" in text
    assert "Čerpáno v levném tarifu hodiny tarifu nejsou zadány" in text
    said = [
        BalanceInput(filled.region.name, name, hour, 0.0, "C", "") for name, hour in ((CHEAP_FROM, 22), (CHEAP_TO, 6))
    ]
    work = tank_work(filled.store, replace(filled.region, balance_inputs=tuple(said)), tank, NOW)
    assert work.pump is not None
    assert work.pump.cheap == 1.0


def test_what_the_balance_leaves_open_is_told_whole(filled: Filled, rooms: Rooms) -> None:
    """Hand-computed: 1 000 m³ a day more are stored at equal flows of 300 m³/h: 30 000 m³ of 216 000, 13.9 %."""
    dam = of_kind(filled, "dam")
    edges = day_edges(NOW - 40 * DAY, NOW, filled.region.tz)
    days = edges.size - 1
    level = stage_m(dam, dam.curve[-1][1] * 0.7 + 1000.0 * np.arange(days))
    flow, nothing, one = np.full(days, 300.0), np.full(days, np.nan), np.ones(days)
    values = {"stage_m": level, "level_m": level, "inflow_m3h": flow, "outflow_m3h": flow}
    device = station(filled, dam.level_point)
    told = [
        RollupSeries("device", device, "day", name, edges[:-1], value, nothing, nothing, one)
        for name, value in values.items()
    ]
    filled.store.write_rollup_series(told)
    text = page(rooms, f"/reservoirs/{dam.reservoir}", "en").text
    assert "Inflow 0.22 million m³" in text
    assert "Storage change less inflow and release +30,000 m³" in text
    assert "Share of the inflow 13.9%" in text
