from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.calendar import day_edges, edges_of, hour_edges
from models.consumption import Data, device_increments, longest_of, point_volumes, volumes
from models.increments import Increments, clipped, filled
from models.reading import Series, to_ms
from models.register import increments
from models.registry import Assignment, Device, MeteringPoint, Region
from models.rollup import Period, Rollup
from models.rollup_series import of_volumes

T0 = datetime(2026, 5, 4, tzinfo=UTC)
HOUR = 3_600_000
METER = Device("1", "water_meter", q3_m3h=2.5, register_digits=5)


def at(hours: float) -> datetime:
    return T0 + timedelta(hours=hours)


def series(hours: list[float], values: list[float], device: str = "1", quantity: str = "volume_m3") -> Series:
    moments = np.array([to_ms(at(hour)) for hour in hours], np.int64)
    return Series(device, quantity, moments, np.array(values, np.float64), np.ones(1, np.int8))


def data(*many: Series) -> Data:
    return {(one.device, one.quantity): one for one in many}


def region(*assignments: Assignment, devices: tuple[Device, ...] = (METER,)) -> Region:
    return Region(
        "Kraj",
        ("cs",),
        "Europe/Prague",
        False,
        "CZK",
        points=(MeteringPoint("P", "m", "z", "household"),),
        devices=devices,
        assignments=assignments,
    )


def edges(*hours: float) -> np.ndarray:
    return np.array([to_ms(at(hour)) for hour in hours], np.int64)


def rollups(hung: Region, one: Data, start: datetime, end: datetime, period: Period) -> list[Rollup]:
    found = point_volumes(hung, "P", one, edges_of(period, start, end, hung.tz), longest_of(period))
    return list(of_volumes("point", "P", period, "consumption_m3", found).rows())


def between(hours: list[float], values: list[float], start: float, end: float) -> float:
    found = increments(series(hours, values), [METER])
    return float(np.nan_to_num(volumes(found, edges(start, end)).volume_m3[0]))


readings = st.lists(st.tuples(st.integers(0, 5000), st.floats(0, 3)), min_size=2, max_size=30, unique_by=lambda p: p[0])


@given(readings, st.floats(0, 90), st.floats(0, 90), st.floats(0, 90))
def test_adjoining_intervals_add_up(points: list[tuple[int, float]], a: float, b: float, c: float) -> None:
    points.sort()
    hours, values = [m / 60 for m, _ in points], np.cumsum([v for _, v in points]).tolist()
    low, middle, high = sorted((a, b, c))
    whole = between(hours, values, low, high + 1)
    parts = between(hours, values, low, middle + 0.5) + between(hours, values, middle + 0.5, high + 1)
    assert parts == pytest.approx(whole, abs=1e-6)


@given(readings, st.data())
def test_a_reading_on_the_line_between_two_changes_nothing(
    points: list[tuple[int, float]], data_: st.DataObject
) -> None:
    points.sort()
    hours, values = [m / 60 for m, _ in points], np.cumsum([v for _, v in points]).tolist()
    i = data_.draw(st.integers(0, len(hours) - 2))
    middle, value = (hours[i] + hours[i + 1]) / 2, (values[i] + values[i + 1]) / 2
    more = [*hours[: i + 1], middle, *hours[i + 1 :]], [*values[: i + 1], value, *values[i + 1 :]]
    for start in (0.0, 13.0, 40.0):
        assert between(*more, start, start + 17) == pytest.approx(between(hours, values, start, start + 17), abs=1e-6)


def test_between_readings_water_is_spread_evenly_and_marked() -> None:
    found = increments(series([0, 4, 5], [10.0, 12.0, 12.5]), [METER])
    result = volumes(found, edges(0, 1, 4, 5, 6))
    assert result.volume_m3[:3].tolist() == pytest.approx([0.5, 1.5, 0.5])
    assert np.isnan(result.volume_m3[3])
    assert result.coverage.tolist() == [1.0, 1.0, 1.0, 0.0]
    assert result.prorated.tolist() == [True, True, False, False]


def test_hours_don_t_take_what_long_gaps_say_but_days_do() -> None:
    one = data(series([0, 1, 30, 31], [10.0, 10.1, 11.55, 11.6]))
    hung = region(Assignment("1", "P", at(-100)))
    hours = rollups(hung, one, at(0), at(31), "hour")
    assert [row.value for row in hours[:3]] == [pytest.approx(0.1), None, None]
    assert hours[30].value == pytest.approx(0.05)
    days = rollups(hung, one, at(0), at(31), "day")
    assert sum(row.value or 0.0 for row in days) == pytest.approx(1.6)


def test_days_of_23_and_25_hours() -> None:
    for day, length in ((datetime(2026, 3, 29, tzinfo=UTC), 23), (datetime(2026, 10, 25, tzinfo=UTC), 25)):
        hours = [to_ms(day) + i * HOUR for i in range(-48, 72)]
        values = np.arange(len(hours)) * 0.1
        one = Series("1", "volume_m3", np.array(hours, np.int64), values, np.ones(1, np.int8))
        rows = rollups(region(Assignment("1", "P", datetime(2020, 1, 1, tzinfo=UTC))), data(one), day, day, "day")
        [row] = [row for row in rows if row.time < day < row.time + timedelta(hours=20)]
        assert row.value == pytest.approx(length * 0.1)
        assert row.coverage == 1.0
        assert row.time.hour == (23 if length == 23 else 22)


def test_a_point_keeps_its_water_over_a_swap_of_meters() -> None:
    hung = region(
        Assignment("1", "P", at(0), at(2.5), first_index_m3=800.0, final_index_m3=803.5),
        Assignment("2", "P", at(2.5), None, first_index_m3=0.1),
        devices=(METER, Device("2", "water_meter", q3_m3h=2.5)),
    )
    # Each meter went on sending after and before it hung here; that is not this point's water.
    one = data(
        series([0, 1, 2, 3, 4, 5], [800.0, 801.0, 803.0, 810.0, 811.0, 812.0]),
        series([0, 1, 2, 3, 4, 5], [0.0, 0.1, 0.1, 0.6, 1.6, 2.6], "2"),
    )
    found = point_volumes(hung, "P", one, edges(0, 1, 2, 3, 4, 5))
    assert found.volume_m3.tolist() == pytest.approx([1.0, 2.0, 1.0, 1.0, 1.0])
    assert found.coverage.tolist() == pytest.approx([1.0] * 5)


def test_earlier_readings_count_as_far_back_as_the_assignment() -> None:
    one = data(series([0, 1, 2, 3], [5.0, 6.0, 7.0, 8.0]))
    found = point_volumes(region(Assignment("1", "P", at(1.5))), "P", one, edges(0, 1, 2, 3))
    assert np.isnan(found.volume_m3[0])
    assert found.volume_m3[1:].tolist() == pytest.approx([0.5, 1.0])
    assert found.coverage.tolist() == pytest.approx([0.0, 0.5, 1.0])


def test_flow_fills_only_what_the_register_leaves_open() -> None:
    one = data(
        series([0, 1, 2], [5.0, 6.0, 7.0]),
        series([0, 1, 2, 3, 4], [9.0, 9.0, 9.0, 2.0, 2.5], quantity="flow_m3h"),
    )
    found = point_volumes(region(Assignment("1", "P", at(-9))), "P", one, edges(0, 1, 2, 3, 4))
    assert found.volume_m3.tolist() == pytest.approx([1.0, 1.0, 2.0, 2.5])
    assert found.derived.tolist() == [False, False, True, True]


def test_flow_speaks_for_at_most_two_steps() -> None:
    one = data(series([0, 1, 2, 3, 8, 9], [2.0] * 6, quantity="flow_m3h"))
    found = point_volumes(region(Assignment("1", "P", at(-9))), "P", one, edges(*range(10)))
    assert found.coverage.tolist() == [1, 1, 1, 0, 0, 0, 1, 1, 1]


def test_interval_volumes_add_up() -> None:
    one = data(series([0, 1, 2, 3], [0.5, 0.25, 0.5, 0.25], quantity="interval_volume_m3"))
    rows = rollups(region(Assignment("1", "P", at(-9))), one, at(0), at(3), "hour")
    assert [row.value for row in rows] == pytest.approx([0.25, 0.5, 0.25])


def test_a_device_without_registry_row_still_shows_its_consumption() -> None:
    found = device_increments(region(), "new", data(series([0, 1, 2], [5.0, 5.5, 6.5], "new")))
    result = volumes(found, edges(0, 1, 2, 3))
    assert result.volume_m3[:2].tolist() == pytest.approx([0.5, 1.0])
    assert result.coverage.tolist() == [1.0, 1.0, 0.0]


spans = st.lists(st.integers(0, 200), min_size=2, max_size=20, unique=True).map(sorted)


def made(knots: list[int], every: int) -> Increments:
    start, end = np.array(knots[:-1:every], np.int64) * 1000, np.array(knots[1::every], np.int64) * 1000
    n = start.size
    return Increments("1", start, end, (end - start) / 1000.0, np.zeros(n, np.int8), np.zeros(n), np.zeros(n))


@given(spans, spans, st.integers(1, 2), st.integers(1, 2))
def test_filling_covers_the_union_once(a: list[int], b: list[int], every_a: int, every_b: int) -> None:
    if every_a == 2 and len(a) % 2:
        a = a[:-1]
    if every_b == 2 and len(b) % 2:
        b = b[:-1]
    first, second = made(a, every_a), made(b, every_b)
    both = filled(first, second)
    assert (both.start_ms[1:] >= both.end_ms[:-1]).all()
    covered = {
        t for one in (first, second) for s, e in zip(one.start_ms, one.end_ms, strict=True) for t in range(s, e, 1000)
    }
    assert both.volume_m3.sum() == pytest.approx(len(covered))


@given(spans, st.integers(0, 200), st.integers(1, 100))
def test_clipping_keeps_what_lies_inside(knots: list[int], low: int, length: int) -> None:
    found = made(knots, 1)
    start, end = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=low), timedelta(seconds=length)
    inside = clipped(found, [Assignment("1", "P", start, start + end)])
    overlap = max(0, min(low + length, knots[-1]) - max(low, knots[0]))
    assert inside.volume_m3.sum() == pytest.approx(overlap)


def test_many_meters_for_a_year_take_seconds() -> None:
    hours = hour_edges(datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))
    random = np.random.default_rng(1)
    values = np.cumsum(random.exponential(0.01, hours.size))
    days = day_edges(datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), region().tz)
    one = Series("1", "volume_m3", hours, values, np.ones(1, np.int8))
    import time  # monotonic: this is about the machine, not the domain

    began = time.monotonic()
    for _ in range(60):
        found = increments(one, [METER])
        volumes(found, hours)
        volumes(found, days)
    assert (time.monotonic() - began) * 10 < 20


def test_lone_readings_between_gaps_speak_for_two_of_the_usual_steps() -> None:
    hours = [0.0, 1.0, 2.0, 3.0, 30.0, 60.0, 61.0]
    flow = series(hours, [6.0] * 7, quantity="flow_m3h")
    found = device_increments(region(), "1", data(flow))
    assert ((found.end_ms - found.start_ms) / HOUR).tolist() == [1, 1, 1, 1, 2, 2, 1]
    assert found.volume_m3.sum() == pytest.approx(54)
