from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.averages import averages
from models.calendar import HOUR_MS
from models.reading import Series
from models.rollup_series import of_averages

T0 = datetime(2026, 5, 4, tzinfo=UTC)


def series(quantity: str, minutes: list[float], values: list[float]) -> Series:
    base = int(T0.timestamp() * 1000)
    moments = np.array([base + round(minute * 60_000) for minute in minutes], np.int64)
    return Series("1", quantity, moments, np.array(values, np.float64), np.ones(1, np.int8))


def hours(*at: float) -> np.ndarray:
    return np.array([int(T0.timestamp() * 1000) + round(hour * HOUR_MS) for hour in at], np.int64)


def test_a_level_is_weighted_by_time_not_by_readings() -> None:
    # 2 m for 40 minutes, then a straight rise to 4 m in 20 minutes: 2·40/60 + 3·20/60 (hand-computed).
    found = averages(series("level_m", [0, 10, 20, 30, 40, 60], [2, 2, 2, 2, 2, 4]), hours(0, 1))
    assert found.mean[0] == pytest.approx(2 + 1 / 3)
    assert (found.minimum[0], found.maximum[0], found.coverage[0]) == (2.0, 2.0, 1.0)


def test_a_mean_flow_belongs_to_the_step_before_its_time() -> None:
    found = averages(series("flow_m3h", [0, 15, 30, 45, 60, 75], [9, 1, 2, 3, 4, 50]), hours(0, 1))
    assert found.mean[0] == pytest.approx(2.5)
    assert (found.minimum[0], found.maximum[0]) == (1.0, 4.0)


def test_a_state_holds_until_the_next() -> None:
    found = averages(series("pump_on", [-300, 15, 30, 240], [0, 1, 0, 1]), hours(0, 1, 2))
    assert found.mean.tolist() == pytest.approx([0.25, 0.0])


def test_rain_adds_up() -> None:
    found = averages(series("rain_mm", [0, 60, 120, 180], [1, 2, 0.5, 0]), hours(0, 1, 2, 3))
    assert found.mean.tolist() == pytest.approx([2.0, 0.5, 0.0])


def test_a_long_gap_is_not_covered_but_a_usual_one_is() -> None:
    silent = averages(series("pressure_m", [*range(0, 60, 5), *range(600, 660, 5)], [40.0] * 24), hours(*range(11)))
    assert silent.coverage[1:10].tolist() == [0.0] * 9
    assert np.isnan(silent.mean[5])
    daily = averages(series("battery_v", [0, 1440, 2880, 4320], [3.6, 3.5, 3.5, 3.4]), hours(0, 24, 48, 72))
    assert daily.coverage.tolist() == [1.0, 1.0, 1.0]
    assert daily.mean.tolist() == pytest.approx([3.55, 3.5, 3.45])


def test_a_single_reading_is_an_extreme_but_no_mean() -> None:
    [row] = of_averages("device", "1", "hour", series("ph", [30], [7.2]), hours(0, 1), 1.0, 0.0).rows()
    assert (row.value, row.minimum, row.maximum, row.coverage) == (None, 7.2, 7.2, 0.0)


def test_multiplier_and_mounting_height_count() -> None:
    [row] = of_averages("point", "P", "hour", series("level_m", [0, 60], [1, 2]), hours(0, 1), 2.0, 10.0).rows()
    assert (row.value, row.minimum) == (13.0, 12.0)


@pytest.mark.parametrize("quantity", ["pressure_m", "flow_m3h", "pump_on"])
@given(
    values=st.lists(st.floats(0, 1), min_size=3, max_size=40),
    step=st.integers(1, 60),
    cuts=st.lists(st.integers(1, 179), max_size=4, unique=True),
)
def test_means_lie_between_extremes_and_parts_make_the_whole(
    quantity: str, values: list[float], step: int, cuts: list[int]
) -> None:
    one = series(quantity, [step * i for i in range(len(values))], values)
    whole = averages(one, hours(0, 3))
    parts = averages(one, hours(0, *(cut / 60 for cut in sorted(cuts)), 3))
    weight = parts.coverage * np.diff(hours(0, *(cut / 60 for cut in sorted(cuts)), 3))
    assert weight.sum() / (3 * HOUR_MS) == pytest.approx(whole.coverage[0])
    if whole.coverage[0] > 0:
        assert np.nansum(parts.mean * weight) / weight.sum() == pytest.approx(whole.mean[0], abs=1e-9)
        assert min(values) - 1e-9 <= whole.mean[0] <= max(values) + 1e-9
