from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.calendar import HOUR_MS, instant
from models.increments import Increments
from models.night_flow import NightFlow, large_user_points, mean_night_flow_m3h, night_flow, night_rollups, users
from models.reading import Series, from_ms, to_ms
from tests.models.towns import REGION

PRAGUE = ZoneInfo("Europe/Prague")
DAY = date(2026, 5, 5)


def net(day: date, flow: list[float] | np.ndarray, step_min: int = 5, since: time = time(0)) -> Series:
    start = to_ms(instant(day, since, PRAGUE))
    moments = start + (np.arange(len(flow), dtype=np.int64) + 1) * step_min * 60_000
    return Series("z", "net_inflow_m3h", moments, np.array(flow, np.float64), np.ones(1, np.int8))


def user(day: date, hourly_m3: list[float]) -> Increments:
    start = to_ms(instant(day, time(0), PRAGUE)) + np.arange(len(hourly_m3), dtype=np.int64) * HOUR_MS
    n = len(hourly_m3)
    return Increments("u", start, start + HOUR_MS, np.array(hourly_m3), np.zeros(n, np.int8), np.zeros(n), np.zeros(n))


def test_a_large_user_in_that_hour_is_taken_off_a_small_one_stays() -> None:
    flow = np.full(72, 20.0)
    flow[24:36] = 10.0  # 02:00–03:00
    night = night_flow(net(DAY, flow), DAY, PRAGUE, [user(DAY, [0, 0, 4.0, 9.0, 0, 0]), user(DAY, [0.3] * 6)])
    assert night.mnf_m3h == pytest.approx(6.0)
    assert night.large_users_m3h == pytest.approx(4.0)
    assert night.at == instant(DAY, time(2), PRAGUE)
    assert night.mean_02_04_m3h == pytest.approx(15.0)


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 3), (date(2026, 10, 25), 5)])
def test_nights_that_lose_or_gain_an_hour(day: date, hours: int) -> None:
    start = instant(day, time(1), PRAGUE)
    flow = np.full(12 * 8, 30.0)
    since = (start - instant(day, time(0), PRAGUE)) // timedelta(minutes=5)
    flow[since : since + 12 * hours] = 20.0
    flow[since + 12 * hours - 12 : since + 12 * hours] = 8.0  # the last hour before five
    night = night_flow(net(day, flow), day, PRAGUE)
    assert night.coverage == 1.0
    assert night.mnf_m3h == pytest.approx(8.0)
    assert night.at == instant(day, time(4), PRAGUE)
    # 02–04 of the clock: one hour in March (03–04 summer time), three in October.
    assert night.mean_02_04_m3h == pytest.approx(20.0)
    [mnf, middle] = night_rollups("zone", "z", night, PRAGUE)
    assert mnf.time == middle.time == instant(day, time(0), PRAGUE)


def test_water_outside_the_window_does_not_count() -> None:
    flow = [1.0] * 12 + [20.0] * 48 + [1.0] * 12
    assert night_flow(net(DAY, flow), DAY, PRAGUE).mnf_m3h == pytest.approx(20.0)


def test_hourly_steps_give_whole_hours() -> None:
    night = night_flow(net(DAY, [9, 30, 20, 10, 40, 50], 60), DAY, PRAGUE)
    assert (night.mnf_m3h, night.mean_02_04_m3h) == (10.0, 15.0)
    assert night.at == instant(DAY, time(3), PRAGUE)


def test_a_thinly_covered_night_has_no_figure() -> None:
    flow = np.full(72, 20.0)
    flow[14:32] = np.nan
    night = night_flow(net(DAY, flow), DAY, PRAGUE)
    assert night.mnf_m3h is None
    assert night.coverage < 0.75
    empty = night_flow(net(DAY, []), DAY, PRAGUE)
    assert (empty.mnf_m3h, empty.mean_02_04_m3h, empty.coverage) == (None, None, 0.0)
    assert [row.value for row in night_rollups("zone", "z", empty, PRAGUE)] == [None, None]


@given(st.lists(st.floats(0, 100), min_size=72, max_size=72))
def test_the_lowest_hour_is_the_lowest_of_all_that_begin_with_a_step(flow: list[float]) -> None:
    night = night_flow(net(DAY, flow), DAY, PRAGUE)
    hours = [float(np.mean(flow[i : i + 12])) for i in range(12, 60 - 11)]
    assert night.mnf_m3h == pytest.approx(min(hours), abs=1e-6)
    assert night.mean_02_04_m3h == pytest.approx(float(np.mean(flow[24:48])), abs=1e-6)


def test_candidates_are_customers_who_are_no_households() -> None:
    assert large_user_points(REGION, ["a1", "a11"]) == ["a1-o1"]
    start = to_ms(instant(DAY, time(0), PRAGUE))
    register = Series("d-a1-o1", "volume_m3", start + np.arange(7) * HOUR_MS, np.arange(7) * 3.0, np.ones(1, np.int8))
    [found] = users(REGION, ["a1-o1"], {("d-a1-o1", "volume_m3"): register}, DAY)
    night = night_flow(net(DAY, [20.0] * 72), DAY, PRAGUE, [found])
    assert night.mnf_m3h == pytest.approx(17.0)


def test_the_mean_of_nights_needs_half_of_them() -> None:
    assert mean_night_flow_m3h([4.0, None, 6.0]) == 5.0
    assert mean_night_flow_m3h([4.0, None, None]) is None
    assert mean_night_flow_m3h([]) is None


def test_rollups_show_what_was_taken_off() -> None:
    night = NightFlow(DAY, 6.0, datetime(2026, 5, 5, tzinfo=UTC), 4.0, 15.0, 1.0)
    [mnf, middle] = night_rollups("zone", "z", night, PRAGUE)
    assert (mnf.value, mnf.maximum, middle.value) == (6.0, 10.0, 15.0)
    assert from_ms(to_ms(mnf.time)) == mnf.time
