"""How a tank is worked: pump states that fall silent, tariffs past midnight and clock changes, levels with holes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from models.reading import to_ms
from models.registry import BalanceInput, Region, Reservoir
from models.tank_operation import (
    CHEAP_FROM,
    CHEAP_TO,
    HOUR_MS,
    CheapHours,
    Overflow,
    cheap_hours,
    counter_increase,
    overflow,
    pump_work,
)

PRAGUE = ZoneInfo("Europe/Prague")
TANK = Reservoir("t", "T", "tank", "z", "m", "p", "", "", "", 0, 4, "", ((0.0, 0.0), (4.0, 600.0)))
DAY_H = 24


def states(*hours_and_on: tuple[float, bool]) -> tuple[np.ndarray, np.ndarray]:
    time = np.array([round(hour * HOUR_MS) for hour, _ in hours_and_on], np.int64)
    return time, np.array([on for _, on in hours_and_on])


def test_a_pump_that_runs_since_before_the_span_did_not_start_in_it() -> None:
    time, on = states((-2, True), (3, False), (10, True))
    work = pump_work(time, on, 0, DAY_H * HOUR_MS, None, UTC)
    assert (work.hours, work.starts, work.known, work.cheap) == (17.0, 1, 1.0, None)


def test_a_state_is_not_believed_for_longer_than_it_is_repeated() -> None:
    """Hand-computed: on at 0 h and silent for three days: 26 of 72 hours are known."""
    time, on = states((0, True))
    work = pump_work(time, on, 0, 72 * HOUR_MS, None, UTC)
    assert work.hours == 26.0
    assert work.known == pytest.approx(26 / 72)


@pytest.mark.parametrize(
    ("day", "hours"),
    [((2026, 3, 28), 7.0), ((2026, 10, 24), 9.0), ((2026, 6, 1), 8.0)],
    ids=["the night of 23 hours", "the night of 25 hours", "any night"],
)
def test_cheap_hours_past_midnight_follow_the_clock(day: tuple[int, int, int], hours: float) -> None:
    """From 22 to 6 local time a night has 8 hours, 7 when the clock goes forward, 9 when it goes back."""
    start = to_ms(datetime(*day, 12, tzinfo=PRAGUE))
    assert CheapHours(22.0, 6.0).inside_ms(start, start + 25 * HOUR_MS, PRAGUE) == hours * HOUR_MS


def test_a_tank_takes_its_own_tariff_before_the_town_s_and_the_region_s() -> None:
    moment = datetime(2026, 5, 1, tzinfo=UTC)

    def said(subject: str, first: float, last: float) -> tuple[BalanceInput, ...]:
        return tuple(
            BalanceInput(subject, name, hour, 0.0, "C", "") for name, hour in ((CHEAP_FROM, first), (CHEAP_TO, last))
        )

    region = Region("R", ("cs",), "Europe/Prague", simulated=True, currency="CZK")
    assert cheap_hours(region, TANK, moment) is None
    region = replace(region, balance_inputs=said("R", 22, 6))
    assert cheap_hours(region, TANK, moment) == CheapHours(22.0, 6.0)
    region = replace(region, balance_inputs=(*region.balance_inputs, *said("t", 1, 5)))
    assert cheap_hours(region, TANK, moment) == CheapHours(1.0, 5.0)
    half = replace(region, balance_inputs=said("R", 22, 6)[:1])
    assert cheap_hours(half, TANK, moment) is None


def test_a_hole_between_two_full_levels_is_no_overflow() -> None:
    """Hand-computed: full in the first and the last hour of ten, eight hours silent: 2 h of 2 h known."""
    time = np.array([0, 1, 9, 10], np.int64) * HOUR_MS
    assert overflow(time, np.full(4, 4.2), 4.0, 0, 10 * HOUR_MS) == Overflow(2.0, 0.2)


def test_without_levels_overflow_is_not_known() -> None:
    nothing = np.array([], np.int64)
    assert overflow(nothing, nothing.astype(np.float64), 4.0, 0, HOUR_MS).known == 0.0


def test_overflow_ignores_levels_that_are_no_numbers_and_those_outside_the_span() -> None:
    time = np.array([-1, 0, 1, 2, 3], np.int64) * HOUR_MS
    level = np.array([9.0, 3.0, np.nan, 3.0, 9.0])
    assert overflow(time, level, 4.0, 0, 2 * HOUR_MS) == Overflow(0.0, 1.0)


def test_a_counter_that_began_anew_loses_nothing_it_had_counted() -> None:
    assert counter_increase([100.0, 110.0, 2.0, 5.0]) == 13.0
    assert counter_increase([100.0]) is None
