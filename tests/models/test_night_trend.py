from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.night_trend import YEAR, Course, course

FIRST = date(2025, 1, 6).toordinal()


def days(count: int) -> npt.NDArray[np.int64]:
    return np.arange(FIRST, FIRST + count)


def chance(count: int, sd: float, r: float = 0.0, seed: int = 3) -> npt.NDArray[np.float64]:
    """A first-order autoregression."""
    rng = np.random.default_rng(seed)
    shocks = rng.normal(0, sd * np.sqrt(1 - r * r), count)
    result = np.zeros(count)
    for i in range(1, count):
        result[i] = r * result[i - 1] + shocks[i]
    return result


def found(values: npt.NDArray[np.float64]) -> Course:
    result = course(days(values.size), values)
    assert result is not None
    return result


def test_a_step_is_marked_on_its_night_with_its_size() -> None:
    values = 20 + chance(180, 0.5)
    values[100:] += 4
    result = found(values)
    [step] = result.steps
    assert abs(step.day - (FIRST + 100)) <= 1
    assert step.lower_m3h < 4 < step.upper_m3h
    assert step.probability < 0.001
    assert result.level_m3h[150] - result.level_m3h[50] == pytest.approx(4, abs=0.5)


def test_a_leak_that_is_repaired_is_two_steps() -> None:
    values = 20 + chance(365, 0.5, 0.3)
    values[200:225] += 4
    result = found(values)
    assert [round((step.day - FIRST) / 5) * 5 for step in result.steps] == [200, 225]
    assert result.steps[0].size_m3h > 0 > result.steps[1].size_m3h


def test_a_slow_leak_hides_no_step_elsewhere() -> None:
    """The largest difference is the growth of a leak, which is no step: smaller ones that are steps are found still."""
    values = 60 + chance(365, 1.0, 0.3)
    values[50:110] += np.minimum(np.arange(60), 50) * 0.8
    for first, last, size in ((160, 190, 12.0), (230, 250, 15.0), (300, 330, 9.0)):
        values[first:last] += size
    days_found = [step.day - FIRST for step in found(values).steps]
    for moment in (110, 160, 190, 230, 250, 300, 330):
        assert any(abs(day - moment) <= 1 for day in days_found), moment


@given(st.integers(0, 89), st.floats(-1000, 1000), st.integers(1, 3))
@settings(max_examples=40, deadline=None)
def test_odd_nights_are_no_step(at: int, size: float, nights: int) -> None:
    values = 20 + chance(90, 0.5)
    values[at : at + nights] += size
    assert found(values).steps == ()


def test_chance_alone_gives_neither_step_nor_certain_trend_more_often_than_stated() -> None:
    rounds = 60
    results = [found(20 + chance(120, 0.6, (0.0, 0.3, 0.6)[seed % 3], seed)) for seed in range(rounds)]
    # 1 % and 5 % are stated: of 60 more than 4 and 9 would be (binomially) rarer than one in two hundred.
    assert sum(bool(result.steps) for result in results) <= 3
    assert sum(result.trend is not None and result.trend.certain for result in results) <= 9


def test_the_years_wave_and_weekdays_are_taken_off() -> None:
    day = days(730)
    wave = 2.0 * np.sin(2 * np.pi * day / YEAR)
    weekend = np.where(day % 7 == 0, 1.0, 0.0)
    result = found(20 + wave + weekend + chance(730, 0.3))
    assert result.season == "year"
    assert result.steps == ()
    assert float(np.std(result.removed_m3h)) < 0.4
    assert float(np.mean(result.removed_m3h)) == pytest.approx(float(np.mean(result.value_m3h)))


def test_a_short_window_keeps_its_season_and_says_so() -> None:
    result = found(20 + chance(40, 0.5))
    assert (result.season, result.trend) == ("none", None)
    assert result.removed_m3h.tolist() == result.value_m3h.tolist()
    assert found(20 + chance(80, 0.5)).season == "weekdays"
    assert course(days(20), np.full(20, 5.0)) is None


def test_a_slow_rise_is_a_trend_and_no_step() -> None:
    values = 20 + 3 * np.arange(365) / YEAR + chance(365, 0.6, 0.3)
    result = found(values)
    assert result.steps == ()
    assert result.trend is not None
    assert result.trend.lower < 3 < result.trend.upper
    assert result.trend.certain


def test_over_one_year_season_and_line_look_alike_and_the_interval_says_so() -> None:
    flat = chance(365, 0.5)
    one, two = found(20 + flat).trend, found(20 + chance(730, 0.5)).trend
    assert one is not None
    assert two is not None
    assert one.upper - one.lower > 3 * (two.upper - two.lower)


@given(st.floats(-5, 5), st.floats(0.1, 50))
@settings(max_examples=25, deadline=None)
def test_units_and_level_change_no_finding(shift: float, scale: float) -> None:
    values = 20 + chance(120, 0.4)
    values[70:] += 5
    plain, moved = found(values), found((values + shift) * scale)
    assert [step.day for step in moved.steps] == [step.day for step in plain.steps]
    assert moved.steps[0].size_m3h == pytest.approx(plain.steps[0].size_m3h * scale, rel=1e-6)
    assert plain.trend is not None
    assert moved.trend is not None
    assert moved.trend.per_year == pytest.approx(plain.trend.per_year * scale, rel=1e-6, abs=1e-6)


def test_missing_nights_are_left_out() -> None:
    values = 20 + chance(150, 0.5)
    values[80:] += 4
    values[60:70] = np.nan
    result = found(values)
    assert result.day.size == 140
    assert [abs(step.day - FIRST - 80) <= 1 for step in result.steps] == [True]


def test_equal_nights_have_no_step_and_no_trend() -> None:
    result = found(np.full(100, 7.0))
    assert result.steps == ()
    assert result.trend is not None
    assert not result.trend.certain
    assert result.level_m3h.tolist() == pytest.approx([7.0] * 100)
