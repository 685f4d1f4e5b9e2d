from __future__ import annotations

from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.calendar import HOUR_MS, day_bounds, instant
from models.favad import NightDay, leakage_ratio, night_day, night_day_factor
from models.reading import to_ms

PRAGUE = ZoneInfo("Europe/Prague")
DAY = date(2026, 5, 5)
HEADS = st.floats(2.0, 120.0)


def around(day: date, pressure_of_clock: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.int64], ...]:
    """Hours of a local day with pressures by local hour of the clock, and one hour before and after."""
    start, end = day_bounds(day, PRAGUE)
    count = round((end - start) / timedelta(hours=1))
    hours = to_ms(start) + np.arange(-1, count + 1, dtype=np.int64) * HOUR_MS
    clock = [(start + timedelta(hours=int(k))).astimezone(PRAGUE).hour for k in range(-1, count + 1)]
    return hours, pressure_of_clock[clock]


def of_day(day: date, by_clock: npt.NDArray[np.float64], at: time, n1: float = 1.0, n1_sd: float = 0.0) -> NightDay:
    hours, pressure = around(day, by_clock)
    start, end = (to_ms(edge) for edge in day_bounds(day, PRAGUE))
    return night_day(hours, pressure, np.ones(hours.size), to_ms(instant(day, at, PRAGUE)), start, end, n1, n1_sd)


def gravity() -> npt.NDArray[np.float64]:
    """60 m from 22:00 to 06:00, 50 m by day."""
    return np.where((np.arange(24) >= 22) | (np.arange(24) < 6), 60.0, 50.0)


def reduced() -> npt.NDArray[np.float64]:
    """A valve lowers pressure to 30 m from 23:00 to 05:00."""
    return np.where((np.arange(24) >= 23) | (np.arange(24) < 5), 30.0, 50.0)


def test_gravity_supply_is_below_24_and_night_reduction_above() -> None:
    # Hand-computed: 8 + 16 · 50/60, and 6 + 18 · 50/30.
    below, above = of_day(DAY, gravity(), time(3)), of_day(DAY, reduced(), time(3))
    assert below.factor_h == pytest.approx(8 + 16 * 50 / 60)
    assert above.factor_h == pytest.approx(36.0)
    assert below.factor_h is not None
    assert below.factor_h < 24 < above.factor_h  # type: ignore[operator] # both were compared with numbers


@pytest.mark.parametrize(("day", "night"), [(date(2026, 3, 29), 7), (date(2026, 10, 25), 9)])
def test_days_of_23_and_25_hours_count_the_hours_they_have(day: date, night: int) -> None:
    # The night of the clock loses an hour in March (02–03) and has one twice in October.
    found = of_day(day, gravity(), time(4))
    assert found.factor_h == pytest.approx(night + 16 * 50 / 60)
    assert found.coverage == pytest.approx(1.0)


def test_an_hour_over_two_stored_ones_takes_its_share_of_each() -> None:
    found = of_day(DAY, reduced(), time(4, 30))
    assert found.night_pressure_m == pytest.approx(40.0)


def test_pressure_that_lacks_gives_no_factor_and_says_why() -> None:
    hours, pressure = around(DAY, gravity())
    start, end = (to_ms(edge) for edge in day_bounds(DAY, PRAGUE))
    at = to_ms(instant(DAY, time(3), PRAGUE))
    none = night_day(hours[:0], pressure[:0], pressure[:0], at, start, end, 1.0, 0.1)
    assert (none.factor_h, none.coverage, none.reason) == (None, 0.0, "night_day_factor.no_pressure")
    few = np.ones(hours.size)
    few[10:18] = 0.0
    half = night_day(hours, pressure, few, at, start, end, 1.0, 0.1)
    assert (half.factor_h, half.reason) == (None, "night_day_factor.pressure_incomplete")
    without_night = np.ones(hours.size)
    without_night[4] = 0.0
    assert night_day(hours, pressure, without_night, at, start, end, 1.0, 0.1).factor_h is None
    drained = of_day(DAY, np.where(np.arange(24) == 3, 0.2, 50.0), time(3))
    assert drained.reason == "night_day_factor.pressure_incomplete"


def test_the_doubt_of_n1_is_the_slope_of_the_factor() -> None:
    step = 1e-5
    values = [of_day(DAY, gravity(), time(3), n1).factor_h for n1 in (1.0 - step, 1.0 + step)]
    slope = (values[1] - values[0]) / (2 * step)  # type: ignore[operator] # both are numbers
    assert of_day(DAY, gravity(), time(3), 1.0, 0.25).sd_h == pytest.approx(0.25 * abs(slope), rel=1e-6)


@given(st.lists(HEADS, min_size=24, max_size=24), HEADS, st.floats(0.5, 1.5))
def test_bounds_of_the_factor(heads: list[float], night: float, n1: float) -> None:
    pressure = np.array(heads)
    found = night_day_factor(pressure, night, n1)
    low, high = (24 * (edge / night) ** n1 for edge in (pressure.min(), pressure.max()))
    assert low - 1e-6 <= found <= high + 1e-6 * high
    # Equal pressure all day: 24 hours of the night's leak rate, whatever N1 is.
    assert night_day_factor(np.full(24, night), night, n1) == pytest.approx(24.0)
    # A leak rate of any hour scales by (1): NDF from another reference is the same leakage.
    other = night_day_factor(pressure, 2 * night, n1) * leakage_ratio(2 * night, night, n1)
    assert other == pytest.approx(found)


@given(HEADS, HEADS, HEADS, st.floats(0.5, 1.5))
def test_ratios_of_leakage_chain(a: float, b: float, c: float, n1: float) -> None:
    assert leakage_ratio(a, b, n1) * leakage_ratio(b, c, n1) == pytest.approx(leakage_ratio(a, c, n1))


@pytest.mark.parametrize(("reference", "n1"), [(0.0, 1.0), (-3.0, 1.0), (50.0, -0.1)])
def test_what_cannot_be_is_refused(reference: float, n1: float) -> None:
    with pytest.raises(ValueError, match="N1"):
        leakage_ratio(40.0, reference, n1)
    with pytest.raises(ValueError, match="N1"):
        night_day_factor(np.full(24, 40.0), reference, n1)
