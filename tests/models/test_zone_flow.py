from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.boundary import Boundary, boundary
from models.calendar import day_bounds, edges_of, hour_edges
from models.consumption import Data
from models.reading import Series, to_ms
from models.registry import Region
from models.rollup import Period, Rollup, RollupSeries
from models.rollup_series import net_inflow_steps, of_net_inflow, of_sum
from models.zone_flow import keys, net_inflow_series, net_volumes
from tests.models.towns import REGION

T0 = datetime(2026, 5, 4, 22, tzinfo=UTC)
NO_TANK: Region = replace(REGION, reservoirs=REGION.reservoirs[1:])


def series(point: str, quantity: str, values: list[float], step_min: int = 5, since: datetime = T0) -> Series:
    time = to_ms(since) + np.arange(len(values), dtype=np.int64) * step_min * 60_000
    return Series(f"d-{point}", quantity, time, np.array(values, np.float64), np.ones(1, np.int8))


def data(*many: Series) -> Data:
    return {(one.device, one.quantity): one for one in many}


def at(hours: float) -> datetime:
    return T0 + timedelta(hours=hours)


def rollups(
    region: Region, around: Boundary, many: Data, start: datetime, end: datetime, period: Period
) -> list[Rollup]:
    raw = net_inflow_steps(region, around, many, to_ms(start), to_ms(end))
    return list(of_net_inflow(region, around, many, raw, period, edges_of(period, start, end, region.tz)).rows())


def test_boundaries_cancel_transfers_inside() -> None:
    zone = boundary(REGION, "zone", "a1", T0)
    assert (zone.inflows, zone.outflows) == (("a-in",), ("a-b", "a1-a2"))
    assert [tank.reservoir for tank in zone.tanks] == ["vdj"]
    town = boundary(REGION, "municipality", "A", T0)
    assert (town.inflows, town.outflows) == (("a-in",), ("a-b",))
    region = boundary(REGION, "region", "Kraj", T0)
    assert (region.inflows, region.outflows) == (("a-in", "b-in"), ("b-out",))
    assert boundary(REGION, "zone", "none", T0).inflows == ()


def test_a_zone_that_ended_is_no_part_of_the_boundary() -> None:
    zones = (replace(REGION.zones[0], valid_to=T0), *REGION.zones[1:])
    assert boundary(replace(REGION, zones=zones), "municipality", "A", at(-1)).inflows == ("a-in",)
    assert "a-in" not in boundary(replace(REGION, zones=zones), "municipality", "A", T0).inflows


def test_raw_steps_are_inflows_less_outflows() -> None:
    flows = data(
        series("a-in", "flow_m3h", [50.0] * 13),
        series("a-b", "flow_m3h", [10.0] * 13),
        series("a1-a2", "flow_m3h", [5.0] * 6 + [7.0] * 7),
    )
    net = net_inflow_series(NO_TANK, boundary(NO_TANK, "zone", "a1", T0), flows, T0, at(1))
    assert net.time_ms.tolist() == [to_ms(T0) + 300_000 * n for n in range(1, 13)]
    assert net.value.tolist() == pytest.approx([35.0] * 5 + [33.0] * 7)
    assert (net.device, net.quantity) == ("a1", "net_inflow_m3h")


def test_a_step_without_data_of_one_point_is_none() -> None:
    flows = data(
        series("a-in", "flow_m3h", [50.0] * 13),
        series("a-b", "flow_m3h", [10.0] * 7),
        series("a1-a2", "flow_m3h", [5.0] * 13),
    )
    net = net_inflow_series(NO_TANK, boundary(NO_TANK, "zone", "a1", T0), flows, T0, at(1))
    assert np.isnan(net.value).tolist() == [False] * 6 + [True] * 6


def test_a_silence_is_no_steady_flow_although_the_register_ran_on() -> None:
    flow = series("b-in", "flow_m3h", [30.0] * 12)
    later = series("b-in", "flow_m3h", [30.0] * 12, since=at(23))
    time = np.concatenate([flow.time_ms, later.time_ms])
    silent = Series("d-b-in", "flow_m3h", time, np.full(24, 30.0), np.ones(1, np.int8))
    hours = np.array([0.0, 1.0, 23.0, 24.0])
    register = Series(
        "d-b-in", "volume_m3", to_ms(T0) + (hours * 3_600_000).astype(np.int64), 1000 + 30 * hours, np.ones(1, np.int8)
    )
    around = Boundary("zone", "b", ("b-in",), (), ())
    found = net_inflow_series(NO_TANK, around, data(silent, register), T0, at(24))
    value = dict(zip(((found.time_ms - to_ms(T0)) / 3_600_000).tolist(), found.value.tolist(), strict=True))
    assert (value[0.5], value[23.5]) == (30.0, 30.0)
    assert np.isnan(value[12.0])
    whole = net_volumes(NO_TANK, around, data(silent, register), hour_edges(T0, at(24))[[0, -1]])
    assert whole.volume_m3.tolist() == [720.0]


def test_the_multiplier_counts() -> None:
    devices = tuple(replace(item, multiplier=2.0) if item.device == "d-b-in" else item for item in NO_TANK.devices)
    region = replace(NO_TANK, devices=devices, zones=(replace(NO_TANK.zones[3], inflows=("b-in",), outflows=()),))
    net = net_inflow_series(
        region, boundary(region, "zone", "b1", T0), data(series("b-in", "flow_m3h", [5.0] * 4)), T0, at(0.25)
    )
    assert net.value.tolist() == pytest.approx([10.0] * 3)


def test_a_filling_tank_inside_is_no_use() -> None:
    # 60 m³/h flow in, the tank (100 m³ a metre) rises by 0.3 m/h = 30 m³/h: 30 m³/h are used (hand-computed).
    only = (replace(REGION.zones[0], outflows=()),)
    region = replace(REGION, zones=only)
    flows = data(
        series("a-in", "flow_m3h", [60.0] * 37),
        series("tank", "level_m", [round(2 + 0.3 * n / 12, 3) for n in range(37)]),
    )
    around = boundary(region, "zone", "a1", T0)
    net = net_inflow_series(region, around, flows, at(1), at(3))
    assert net.value.tolist() == pytest.approx([30.0] * 24, abs=0.3)
    rows = rollups(region, around, flows, T0, at(3), "hour")
    assert [row.value for row in rows] == pytest.approx([30.0] * 3, abs=0.3)
    assert set(keys(region, around, T0, at(3))) >= {
        ("d-a-in", "flow_m3h"),
        ("d-a-in", "volume_m3"),
        ("d-tank", "level_m"),
    }


def test_hours_prefer_registers_and_days_too() -> None:
    zone = (replace(NO_TANK.zones[0], outflows=()),)
    region = replace(NO_TANK, zones=zone)
    around = boundary(region, "zone", "a1", T0)
    flows = data(
        series("a-in", "volume_m3", [100 + 10 * n / 12 for n in range(12 * 24 + 1)]),
        series("a-in", "flow_m3h", [12.0] * (12 * 24 + 1)),
    )
    hours = rollups(region, around, flows, T0, at(24), "hour")
    assert [row.value for row in hours] == pytest.approx([10.0] * 24)
    assert (hours[3].minimum, hours[3].maximum, hours[3].coverage) == (12.0, 12.0, 1.0)
    [day] = rollups(region, around, flows, T0, at(24), "day")
    assert day.value == pytest.approx(10.0)
    assert day.time == day_bounds(date(2026, 5, 5), region.tz)[0]


def test_what_is_not_covered_has_no_value() -> None:
    around = boundary(NO_TANK, "zone", "a1", T0)
    rows = rollups(NO_TANK, around, data(series("a-in", "flow_m3h", [50.0] * 13)), T0, at(2), "hour")
    assert [(row.value, row.coverage) for row in rows] == [(None, 0.0), (None, 0.0)]


def test_a_transfer_that_turns_round_through_a_net_register() -> None:
    devices = tuple(replace(item, register_kind="net") if item.device == "d-a-b" else item for item in NO_TANK.devices)
    region = replace(NO_TANK, devices=devices)
    registers = data(
        series("a-in", "volume_m3", [0, 50, 100], 60),
        series("a-b", "volume_m3", [100, 90, 95], 60),
        series("a1-a2", "volume_m3", [0, 0, 0], 60),
        series("b-in", "volume_m3", [0, 5, 10], 60),
        series("b-out", "volume_m3", [0, 0, 0], 60),
    )
    edges = hour_edges(T0, at(2))
    a1 = net_volumes(region, boundary(region, "zone", "a1", T0), registers, edges)
    b1 = net_volumes(region, boundary(region, "zone", "b1", T0), registers, edges)
    whole = net_volumes(region, boundary(region, "region", "Kraj", T0), registers, edges)
    assert a1.volume_m3.tolist() == pytest.approx([60.0, 45.0])
    assert b1.volume_m3.tolist() == pytest.approx([-5.0, 10.0])
    assert whole.volume_m3.tolist() == pytest.approx([55.0, 55.0])


def test_what_flows_back_on_a_register_of_its_own_is_taken_off() -> None:
    zone = (replace(NO_TANK.zones[0], outflows=()),)
    region = replace(NO_TANK, zones=zone)
    registers = data(series("a-in", "volume_m3", [0, 50, 100], 60), series("a-in", "reverse_volume_m3", [7, 7, 12], 60))
    found = net_volumes(region, boundary(region, "zone", "a1", T0), registers, hour_edges(T0, at(2)))
    assert found.volume_m3.tolist() == pytest.approx([50.0, 45.0])
    assert ("d-a-in", "reverse_volume_m3") in keys(region, boundary(region, "zone", "a1", T0), T0, at(2))


@given(st.lists(st.lists(st.floats(0, 100), min_size=13, max_size=13), min_size=5, max_size=5))
def test_zones_without_transfers_add_up_to_the_region(flows: list[list[float]]) -> None:
    points = ("a-in", "a-b", "a1-a2", "b-in", "b-out")
    many = data(*(series(point, "flow_m3h", values) for point, values in zip(points, flows, strict=True)))
    edges = hour_edges(T0, at(1))
    parts = [
        net_volumes(NO_TANK, boundary(NO_TANK, "zone", name, T0), many, edges).volume_m3[0]
        for name in ("a1", "a2", "b1")
    ]
    towns = [
        net_volumes(NO_TANK, boundary(NO_TANK, "municipality", name, T0), many, edges).volume_m3[0] for name in "AB"
    ]
    region = net_volumes(NO_TANK, boundary(NO_TANK, "region", "Kraj", T0), many, edges).volume_m3[0]
    assert sum(parts) == pytest.approx(region, abs=1e-6)
    assert sum(towns) == pytest.approx(region, abs=1e-6)


def test_sums_of_points_state_how_many_spoke() -> None:
    edges = hour_edges(T0, at(3))

    def part(values: list[float], coverage: list[float]) -> RollupSeries:
        empty = np.full(3, np.nan)
        value, share = np.array(values), np.array(coverage)
        return RollupSeries("point", "P", "hour", "consumption_m3", edges[:-1], value, empty, empty, share)

    parts = [part([1.0, 2.0, np.nan], [1, 1, 0]), part([0.5, np.nan, np.nan], [1, 0, 0])]
    rows = list(of_sum("zone", "a1", "metered_m3", edges, "hour", parts, 2).rows())
    assert [(row.value, row.coverage) for row in rows] == [(1.5, 1.0), (2.0, 0.5), (None, 0.0)]
