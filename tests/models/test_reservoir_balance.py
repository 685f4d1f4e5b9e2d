from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.reservoir_balance import NO_WEATHER, Weather, closure, inflow_by_balance, residual_m3

volumes = st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3)


@given(volumes, volumes, volumes, volumes)
def test_an_inflow_by_balance_leaves_nothing_unexplained(
    change: list[float], outflow: list[float], rain: list[float], evaporation: list[float]
) -> None:
    surface, weather = np.array([2e5, 3e5, 4e5]), Weather(np.abs(rain) / 1e4, np.abs(evaporation) / 1e4)
    found = inflow_by_balance(np.array(change), np.array(outflow), surface, weather)
    left = residual_m3(np.array(change), found.volume_m3, np.array(outflow), surface, weather)
    assert left == pytest.approx(np.zeros(3), abs=1e-6)


def test_a_negative_inflow_is_marked_and_kept() -> None:
    found = inflow_by_balance(np.array([-5000.0, 100.0, np.nan]), np.array([3000.0, 300.0, 1.0]))
    assert found.volume_m3[:2].tolist() == [-2000.0, 400.0]
    assert found.negative.tolist() == [True, False, False]
    assert found.missing == ("rain_mm", "evaporation_mm")


def test_rain_counts_only_with_a_surface_and_is_named_where_nobody_measures_it() -> None:
    change, out, rain = np.array([0.0]), np.array([1000.0]), Weather(rain_mm=np.array([10.0]))
    with_surface = inflow_by_balance(change, out, np.array([50_000.0]), rain)
    # 10 mm on 5 ha are 500 m³ that no stream brought.
    assert with_surface.volume_m3.tolist() == [500.0]
    assert with_surface.missing == ("evaporation_mm",)
    without = inflow_by_balance(change, out, None, rain)
    assert without.volume_m3.tolist() == [1000.0]
    assert without.missing == NO_WEATHER.missing


def test_the_residual_is_what_is_left_day_by_day_and_is_not_spread() -> None:
    # Three days, hand-computed; on the second a spill of 700 m³ that no meter saw.
    storage = np.array([10_000.0, 10_400.0, 9_900.0, 10_100.0])
    inflow, outflow = np.array([900.0, 800.0, 600.0]), np.array([500.0, 600.0, 400.0])
    left = residual_m3(np.diff(storage), inflow, outflow)
    assert left.tolist() == [0.0, -700.0, 0.0]
    closed = closure(left, inflow)
    assert (closed.steps, closed.inflow_m3, closed.residual_m3) == (3, 2300.0, -700.0)
    assert closed.worst_pct == pytest.approx(87.5)
    assert closed.residual_pct == pytest.approx(-100 * 700 / 2300)


def test_a_balance_of_nothing_says_nothing() -> None:
    nothing = closure(np.array([np.nan]), np.array([1.0]))
    assert nothing.steps == 0
    assert nothing.residual_pct is None
    assert np.isnan(nothing.worst_pct)
    assert closure(np.array([5.0]), np.array([0.0])).worst_pct == np.inf
