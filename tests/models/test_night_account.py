from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import numpy as np
import numpy.typing as npt
import pytest

from models.boundary import boundary
from models.calendar import HOUR_MS, day_bounds, instant
from models.consumption import Data
from models.meter_error import Z95
from models.night_account import (
    AROUND,
    Customers,
    Hours,
    customers,
    keys,
    night_span,
    nights,
    with_area_factor,
    with_factor,
)
from models.night_doubt import LOWEST_OF_FOUR, hour_doubt
from models.night_flow import night_flows
from models.night_losses import Night, real_losses
from models.reading import Series, from_ms, to_ms
from models.records import Figure
from models.registry import Assignment, BalanceInput, Device, MeteringPoint, Region
from models.rollup import Rollup
from models.zone_flow import MeterSteps, blur_ms, centred, net_inflow_with_meters
from tests.models.towns import REGION

DAY = date(2026, 5, 5)
TZ = REGION.tz
FIVE = 300_000


def series(device: str, quantity: str, time_ms: npt.NDArray[np.int64], value: npt.NDArray[np.float64]) -> Series:
    return Series(device, quantity, time_ms, value, np.ones(1, np.int8))


def steps(day: date = DAY, before_h: float = 6, after_h: float = 12) -> npt.NDArray[np.int64]:
    """Ends of steps of five minutes from the evening before to noon."""
    start = to_ms(instant(day, time(), TZ))
    return np.arange(start - int(before_h * HOUR_MS), start + int(after_h * HOUR_MS), FIVE, dtype=np.int64) + FIVE


def flow(device: str, m3h: float | npt.NDArray[np.float64], day: date = DAY) -> dict[tuple[str, str], Series]:
    at = steps(day)
    return {(device, "flow_m3h"): series(device, "flow_m3h", at, np.broadcast_to(m3h, at.shape).astype(np.float64))}


def hourly_register(device: str, m3_an_hour: float) -> dict[tuple[str, str], Series]:
    at = steps()[::12] - FIVE
    return {(device, "volume_m3"): series(device, "volume_m3", at, 100 + m3_an_hour * np.arange(at.size))}


def home_hours(zone: str, m3: float, coverage: float = 1.0) -> dict[str, Hours]:
    start = instant(DAY, time(), TZ)
    rows = [
        Rollup("zone", zone, "hour", "household_m3", start + timedelta(hours=h), m3, coverage=coverage)
        for h in range(8)
    ]
    return {zone: Hours.of(rows)}


def one(region: Region, zone: str, data: Data, homes: dict[str, Hours]) -> Night:
    start = night_span([DAY], region)[0]
    who = customers(region, "zone", zone, start)
    [found] = nights(region, boundary(region, "zone", zone, start), who, [DAY], data, homes)
    return found


def without_tanks(region: Region) -> Region:
    return replace(region, reservoirs=tuple(item for item in region.reservoirs if item.kind == "dam"))


def test_customers_of_an_area_count_what_lies_inside() -> None:
    moment = night_span([DAY], REGION)[0]
    town = customers(REGION, "municipality", "A", moment)
    assert [zone.zone for zone in town.zones] == ["a1", "a2"]
    assert town.households == {"a1": 3}
    assert (town.others, town.own_use) == (("a1-o1",), ("a1-own",))
    # 20 and 10 connections, of which one is no household; 30 people each.
    assert town.area == (29.0, 1.0, 60.0)


def test_night_use_comes_from_the_meters_of_that_hour() -> None:
    region = without_tanks(REGION)
    data = flow("d-a-inner", 2.0)
    found = one(region, "a11", data, home_hours("a11", 0.4))
    assert found.flow.mnf_m3h == pytest.approx(2.0)
    assert found.use is not None
    # Two households, both metered.
    assert (found.use.value_m3h, found.use.covered, found.use.assumed_m3h) == (pytest.approx(0.4), 1.0, 0.0)
    half = one(region, "a11", data, home_hours("a11", 0.2, 0.5))
    assert half.use is not None
    # One meter is no sample: the other connection's half of 30 people at 0.6 L/h.
    assert half.use.value_m3h == pytest.approx(0.2 + 0.6 * 15 / 1000)
    assert half.use.covered == pytest.approx(0.5)


def test_a_large_user_is_taken_off_once_and_small_ones_are_legitimate_use() -> None:
    region = without_tanks(REGION)
    base = {**flow("d-a-in", 20.0), **flow("d-a-b", 2.0), **flow("d-a1-a2", 3.0)}
    small = one(region, "a1", {**base, **hourly_register("d-a1-o1", 0.3)}, home_hours("a1", 0.1))
    large = one(region, "a1", {**base, **hourly_register("d-a1-o1", 4.0)}, home_hours("a1", 0.1))
    assert small.flow.mnf_m3h == pytest.approx(15.0)
    assert large.flow.mnf_m3h == pytest.approx(11.0)
    assert small.use is not None
    assert large.use is not None
    # Three household points of 19 connections are metered, the rest assumed: 0.1 + 0.6 · 30 · 16/19 L.
    homes = 0.1 + 0.6 * 30 * 16 / 19 / 1000
    assert small.use.value_m3h == pytest.approx(homes + 0.3)
    assert large.use.value_m3h == pytest.approx(homes)


def test_own_use_and_flushing_are_no_leak() -> None:
    region = without_tanks(replace(REGION, operations=()))
    base = {**flow("d-a-in", 20.0), **flow("d-a-b", 2.0), **flow("d-a1-a2", 3.0)}
    plain, own = one(region, "a1", base, {}), one(region, "a1", {**base, **hourly_register("d-a1-own", 1.5)}, {})
    assert plain.use is not None
    assert own.use is not None
    assert own.use.value_m3h - plain.use.value_m3h == pytest.approx(1.5)


def test_nobody_supplied_is_not_known() -> None:
    region = without_tanks(replace(REGION, zones=tuple(replace(zone, population_served=0) for zone in REGION.zones)))
    assert one(region, "a2", flow("d-a1-a2", 2.0), {}).use is None
    assert real_losses(one(region, "a2", flow("d-a1-a2", 2.0), {})).reason == "legitimate_night_use.no_people"


def test_nights_together_are_the_nights_one_by_one() -> None:
    """Whatever is read at once, also over the night that loses an hour: a slice changes no figure."""
    region = without_tanks(REGION)
    days = [date(2026, 3, 27) + timedelta(days=k) for k in range(4)]
    start = to_ms(instant(days[0], time(), TZ)) - 6 * HOUR_MS
    at = np.arange(start, start + 5 * 24 * HOUR_MS, FIVE, dtype=np.int64) + FIVE
    rng = np.random.default_rng(11)
    value = 3 + rng.gamma(2.0, 0.5, at.size)
    value[rng.random(at.size) < 0.05] = np.nan
    hours = at[::12]
    data = {
        ("d-a-inner", "flow_m3h"): series("d-a-inner", "flow_m3h", at, value),
        ("d-a11-o", "volume_m3"): series("d-a11-o", "volume_m3", hours, np.cumsum(rng.gamma(2.0, 0.3, hours.size))),
    }
    customer = MeteringPoint("a11-o", "A", "a11", "other")
    hung = Assignment("d-a11-o", "a11-o", REGION.assignments[0].start)
    region = replace(region, points=(*region.points, customer), assignments=(*region.assignments, hung))
    who = customers(region, "zone", "a11", instant(days[0], time(1), TZ))
    border = boundary(region, "zone", "a11", instant(days[0], time(1), TZ))
    rows = [
        Rollup("zone", "a11", "hour", "household_m3", from_ms(int(hour)), float(rng.gamma(1.0, 0.1)))
        for hour in np.arange(start, start + 5 * 24 * HOUR_MS, HOUR_MS)
    ]
    homes = {"a11": Hours.of(rows)}
    together = nights(region, border, who, days, data, homes)
    alone = [nights(region, border, who, [day], data, homes)[0] for day in days]
    assert any(one.flow.large_users_m3h > 0 for one in together)
    for one, other in zip(together, alone, strict=True):
        assert one.flow.at == other.flow.at
        assert one.flow.mnf_m3h == pytest.approx(other.flow.mnf_m3h)
        assert one.use is not None
        assert other.use is not None
        assert tuple(one.use) == pytest.approx(tuple(other.use))
        assert (one.shared_sd, *one.lowest) == pytest.approx((other.shared_sd, *other.lowest))


def tank_night(day: date = DAY) -> tuple[dict[tuple[str, str], Series], npt.NDArray[np.int64]]:
    """A tank of 100 m²: a pump puts 30 m³/h into the zone for half of each hour, customers and leaks take 10 m³/h."""
    at = steps(day)
    pumped = np.where((at // 1_800_000) % 2 == 0, 30.0, 0.0)
    level = 2.0 + np.cumsum(pumped - 10.0) / 12 / 100
    data = {**flow("d-a-in", pumped, day), **flow("d-a-b", 0.0, day), **flow("d-a1-a2", 0.0, day)}
    data["d-tank", "level_m"] = series("d-tank", "level_m", at, np.round(level, 2))
    return data, at


@pytest.mark.parametrize("day", [DAY, date(2026, 3, 29), date(2026, 10, 25)])
def test_a_tank_that_fills_and_empties_is_not_seen_in_the_night_flow(day: date) -> None:
    data, _ = tank_night(day)
    start = night_span([day], REGION)[0]
    border = boundary(REGION, "zone", "a1", start)
    net, _ = net_inflow_with_meters(REGION, border, data, start - AROUND, night_span([day], REGION)[1] + AROUND)
    [found] = night_flows(centred(net, border), [day], TZ, (), blur_ms(border))
    # Levels are read to the centimetre: 1 m³ in an hour.
    assert found.mnf_m3h == pytest.approx(10.0, abs=0.6)
    assert found.coverage == 1.0


def test_with_a_tank_no_water_outside_the_window_counts() -> None:
    at = steps()
    local = [from_ms(int(end)).astimezone(TZ) for end in at]
    outside = np.array(
        [not (moment.hour in (1, 2, 3, 4) or (moment.hour, moment.minute) == (5, 0)) for moment in local]
    )
    outside |= np.array([(moment.hour, moment.minute) == (1, 0) for moment in local])
    data = {**flow("d-a-in", np.where(outside, 0.0, 10.0)), **flow("d-a-b", 0.0), **flow("d-a1-a2", 0.0)}
    data["d-tank", "level_m"] = series("d-tank", "level_m", at, np.full(at.size, 2.0))
    found = one(REGION, "a1", data, {})
    assert found.flow.mnf_m3h == pytest.approx(10.0)


def test_doubt_is_that_of_all_that_flows_through() -> None:
    at = np.array([to_ms(instant(DAY, time(2), TZ))])
    ends = at[0] + np.arange(1, 13) * FIVE
    volume = np.tile(np.array([100.0, 90.0]) / 12, (12, 1))
    meters = MeterSteps(("a-in", "a-b"), (1.0, -1.0), ends, volume)
    border = boundary(without_tanks(REGION), "zone", "a1", from_ms(int(at[0])))
    limit = 2 * 0.01 / np.sqrt(3)  # flow meters, class 1 in service: nobody says that they are verified
    alike = hour_doubt(without_tanks(REGION), border, meters, np.array([10.0]), at)
    assert alike.shared[0] == pytest.approx(10 * limit)
    devices = tuple(replace(item, type="other") if item.device == "d-a-b" else item for item in REGION.devices)
    apart = hour_doubt(without_tanks(replace(REGION, devices=devices)), border, meters, np.array([10.0]), at)
    assert apart.shared[0] == pytest.approx(np.hypot(100, 90) * limit)
    said = (BalanceInput("a1", "system_input_error_pct", 0.0, 1.96, "A", "kalibrace"),)
    stated = hour_doubt(without_tanks(replace(REGION, balance_inputs=said)), border, meters, np.array([10.0]), at)
    assert stated.shared[0] == pytest.approx(0.1, rel=1e-4)


def test_flow_meters_at_the_border_are_of_class_1() -> None:
    at = np.array([to_ms(instant(DAY, time(2), TZ))])
    meters = MeterSteps(("a-inner",), (1.0,), at[0] + np.arange(1, 13) * FIVE, np.full((12, 1), 1.0))
    until = datetime(2030, 1, 1, tzinfo=TZ)
    devices = (Device("d-a-inner", "flow_meter", verified_until=until),)
    region = replace(without_tanks(REGION), devices=devices)
    border = boundary(region, "zone", "a11", from_ms(int(at[0])))
    assert hour_doubt(region, border, meters, np.array([12.0]), at).shared[0] == pytest.approx(12 * 0.01 / np.sqrt(3))


def test_the_lowest_of_four_hours_is_low_by_chance() -> None:
    drawn = np.random.default_rng(5).normal(size=(20_000, 48))
    total = np.cumsum(np.pad(drawn, ((0, 0), (1, 0))), axis=1)
    lowest = ((total[:, 12:] - total[:, :-12]) / np.sqrt(12)).min(axis=1)
    assert float(-np.mean(lowest)) == pytest.approx(LOWEST_OF_FOUR[0], abs=0.02)
    assert float(np.std(lowest)) == pytest.approx(LOWEST_OF_FOUR[1], abs=0.02)


def test_a_noisy_night_is_doubted_more_than_a_calm_one() -> None:
    region = without_tanks(REGION)
    chance = np.random.default_rng(4).normal(0, 0.3, steps().size)
    calm, noisy = (
        one(region, "a11", flow("d-a-inner", 2.0), {}),
        one(region, "a11", flow("d-a-inner", 2.0 + chance), {}),
    )
    hour = 0.3 / np.sqrt(12)
    assert calm.lowest == (0.0, 0.0)
    assert noisy.lowest == pytest.approx((LOWEST_OF_FOUR[0] * hour, LOWEST_OF_FOUR[1] * hour), rel=0.3)
    # What was measured is as sure as its meter; what leaks on the whole is not.
    assert noisy.shared_sd == pytest.approx(calm.shared_sd, rel=0.1)


def test_losses_of_a_day_follow_from_its_pressure() -> None:
    region = without_tanks(replace(REGION, zones=tuple(replace(zone, azp_point="p", n1=1.0) for zone in REGION.zones)))
    found = one(region, "a11", flow("d-a-inner", 2.0), home_hours("a11", 0.4))
    start, _ = day_bounds(DAY, TZ)
    heads = [60.0 if hour < 6 or hour >= 22 else 50.0 for hour in range(24)]
    rows = [
        Rollup("device", "d", "hour", "pressure_m", start + timedelta(hours=hour), head)
        for hour, head in enumerate(heads)
    ]
    whole = with_factor(region, region.zone["a11"], found, Hours.of(rows))
    assert whole.factor is not None
    assert whole.factor.factor_h == pytest.approx(8 + 16 * 50 / 60)
    assert real_losses(whole).value_m3 == pytest.approx(1.6 * (8 + 16 * 50 / 60))
    without = with_factor(REGION, REGION.zone["a11"], found, Hours.of(rows))
    assert without.factor is not None
    assert without.factor.reason == "night_day_factor.no_point"


def test_a_towns_factor_comes_from_the_figures_of_its_zones() -> None:
    found = one(without_tanks(REGION), "a11", flow("d-a-inner", 2.0), home_hours("a11", 0.4))
    start = day_bounds(DAY, TZ)[0]

    def figure(zone: str, quantity: str, value: float) -> Figure:
        return Figure("zone", zone, "day", quantity, start, value, value - 1, value + 1, 1.0)

    known: dict[str, Sequence[Figure]] = {
        "night_day_factor_h": [figure("a1", "night_day_factor_h", 20.0), figure("a2", "night_day_factor_h", 30.0)],
        "real_losses_night_m3": [figure("a1", "real_losses_night_m3", 200), figure("a2", "real_losses_night_m3", 150)],
    }
    zones = [REGION.zone["a1"], REGION.zone["a2"]]
    town = with_area_factor(REGION, "A", found, zones, known)
    assert town.factor is not None
    assert town.factor.factor_h == pytest.approx(350 / 15)
    assert town.factor.sd_h == pytest.approx(1 / Z95)


def test_keys_are_those_of_border_and_customers_who_are_no_households() -> None:
    start, end = night_span([DAY], REGION)
    border = boundary(REGION, "zone", "a11", start)
    nobody = keys(REGION, border, Customers((), {}, (), (), ()), start, end)
    everybody = keys(REGION, boundary(REGION, "zone", "a1", start), customers(REGION, "zone", "a1", start), start, end)
    assert {device for device, _ in nobody} == {"d-a-inner"}
    assert {device for device, _ in everybody} == {"d-a-in", "d-a-b", "d-a1-a2", "d-tank", "d-a1-o1", "d-a1-own"}
