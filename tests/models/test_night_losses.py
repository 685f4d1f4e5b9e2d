from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.calendar import day_bounds
from models.favad import NightDay
from models.legitimate_night_use import (
    Area,
    Metered,
    NightUse,
    Rate,
    assumptions,
    class_night_use,
    legitimate_night_use,
    logged_in_hour_m3,
)
from models.meter_error import Z95
from models.night_flow import NIGHT_FIGURES, NightFlow
from models.night_losses import (
    Night,
    ZoneFactor,
    area_factor,
    day_figures,
    day_rollup,
    real_losses,
    stated_factor,
)
from models.night_months import month_figures
from models.records import Figure
from models.registry import BalanceInput, Operation
from models.rollup import Rollup
from tests.models.towns import REGION

PRAGUE = ZoneInfo("Europe/Prague")
DAY = date(2026, 5, 5)
AT = datetime(2026, 5, 5, 1, tzinfo=UTC)


def night(mnf: float | None, use: float = 4.0, factor: float = 20.0, sd: float = 0.0) -> Night:
    flow = NightFlow(DAY, mnf, None if mnf is None else AT, 0.0, None, 1.0)
    return Night(flow, sd, 0.0, NightUse(use, sd, 1.0, 0.0), NightDay(factor, sd, 50.0, 1.0))


def test_losses_are_what_neither_customers_nor_an_even_day_explain() -> None:
    # Hand-computed: (10 − 4) m³/h · 20 h/d.
    assert real_losses(night(10.0))[:3] == (120.0, 120.0, 120.0)


def test_what_lacks_is_named() -> None:
    whole = night(10.0)
    assert real_losses(night(None)).reason == "night_flow.too_little_data"
    assert real_losses(whole._replace(use=None)).reason == "legitimate_night_use.no_people"
    assert real_losses(whole._replace(factor=None)).reason == "night_day_factor.no_pressure"
    lacking = whole._replace(factor=NightDay(None, 0.0, None, 0.2, "night_day_factor.pressure_incomplete"))
    assert real_losses(lacking).reason == "night_day_factor.pressure_incomplete"
    # Within its doubt more use than flow is a loss of nothing; beyond it there is no figure.
    near = real_losses(night(3.9, sd=0.2))
    assert near.value_m3 == 0.0
    assert near.upper_m3 is not None
    assert near.upper_m3 > 0
    assert real_losses(night(1.0, sd=0.2)).reason == "real_losses_night.use_exceeds_flow"


@given(st.floats(5, 100), st.floats(0, 5), st.floats(5, 60), st.floats(0, 1))
def test_the_interval_holds_the_value_and_grows_with_doubt(mnf: float, use: float, factor: float, sd: float) -> None:
    found, wider = real_losses(night(mnf, use, factor, sd)), real_losses(night(mnf, use, factor, 2 * sd))
    assert found.value_m3 == pytest.approx((mnf - use) * factor)
    assert found.lower_m3 is not None
    assert found.upper_m3 is not None
    assert wider.upper_m3 is not None
    assert 0 <= found.lower_m3 <= found.value_m3 + 1e-9 <= found.upper_m3 + 2e-9  # type: ignore[operator] # a number above
    assert wider.upper_m3 >= found.upper_m3


def test_a_factor_that_people_state_stands_in_only_where_pressure_lacks() -> None:
    row = BalanceInput("a1", "night_day_factor_h", 30.0, 2.0, "C", "odhad")
    region = replace(REGION, balance_inputs=(row,))
    lacking, known = NightDay(None, 0.0, None, 0.0, "night_day_factor.no_point"), NightDay(20.0, 1.0, 50.0, 1.0)
    found = stated_factor(region, "a1", AT, lacking, 24.0)
    assert (found.factor_h, found.coverage, found.reason) == (30.0, 0.0, "")
    assert found.sd_h == pytest.approx(2.0 / Z95)
    assert stated_factor(region, "a1", AT, lacking, 23.0).factor_h == pytest.approx(30.0 * 23 / 24)
    assert stated_factor(region, "a1", AT, known, 24.0) is known
    assert stated_factor(region, "b1", AT, lacking, 24.0).reason == "night_day_factor.no_point"


def test_a_towns_factor_is_that_of_where_it_leaks() -> None:
    zones = [ZoneFactor(200.0, 20.0, 1.0, 10.0), ZoneFactor(150.0, 30.0, 1.0, 5.0), ZoneFactor(None, None, 0.0, 4.0)]
    found = area_factor(zones)
    # Hand-computed: 350 m³/d from 10 + 5 m³/h; 15 of 19 km are known.
    assert found.factor_h == pytest.approx(350 / 15)
    assert found.coverage == pytest.approx(15 / 19)
    assert area_factor(zones[1:]).reason == "night_day_factor.pressure_incomplete"
    assert area_factor(zones[2:]).reason == "night_day_factor.no_pressure"
    # Nothing leaks: the mains say where it would.
    none = area_factor([ZoneFactor(0.0, 20.0, 0.0, 10.0), ZoneFactor(0.0, 26.0, 0.0, 5.0)])
    assert none.factor_h == pytest.approx(22.0)


def test_measured_use_is_taken_as_it_is_and_a_sample_at_its_mean() -> None:
    assumed = Rate(0.6, 0.6, 300.0)
    whole = class_night_use(Metered(0.5, 100.0, 100.0), assumed, 0.0)
    assert (whole.value_m3h, whole.covered, whole.assumed_m3h) == (0.5, 1.0, 0.0)
    half = class_night_use(Metered(0.25, 50.0, 100.0), assumed, 0.0)
    assert (half.value_m3h, half.covered, half.assumed_m3h) == (0.5, 0.5, 0.0)
    assert half.sd_m3h > whole.sd_m3h
    # Five meters are no sample: 95 connections by assumption, 0.6 L/h of 300 · 95/100 people.
    few = class_night_use(Metered(0.01, 5.0, 100.0), assumed, 0.0)
    assert few.assumed_m3h == pytest.approx(0.6 * 285 / 1000)
    assert few.value_m3h == pytest.approx(0.01 + 0.171)
    assert few.sd_m3h == pytest.approx(0.171 / Z95, rel=0.05)


@given(st.floats(0, 2), st.floats(0, 200), st.floats(1, 200), st.floats(0, 500))
def test_use_is_never_below_what_meters_counted(
    volume: float, covered: float, connections: float, people: float
) -> None:
    found = class_night_use(Metered(volume, covered, connections), Rate(0.6, 0.6, people), 0.02)
    assert found.value_m3h >= volume - 1e-12
    assert 0 <= found.assumed_m3h <= found.value_m3h + 1e-12
    assert found.sd_m3h >= 0


def test_assumptions_are_the_subjects_own_before_the_regions() -> None:
    rows = (
        BalanceInput(REGION.name, "night_use_l_person_h", 2.0, 0.5, "B", "kraj"),
        BalanceInput("A", "night_use_l_connection_h", 8.0, 3.0, "B", "město"),
        BalanceInput(REGION.name, "night_use_l_other_h", 20.0, 10.0, "B", "kraj"),
    )
    who = Area(19.0, 1.0, 30.0)
    region = replace(REGION, balance_inputs=rows)
    mine, other = assumptions(region, "a1", AT, who), assumptions(region, "b1", AT, who)
    assert (mine.homes, mine.others) == (Rate(8.0, 3.0, 19.0), Rate(20.0, 10.0, 1.0))
    assert mine.sources == ("město", "kraj")
    assert other.homes == Rate(2.0, 0.5, 30.0)
    assert assumptions(REGION, "a1", AT, who).homes == Rate(0.6, 0.6, 30.0)


def test_parts_of_night_use_add_up() -> None:
    assumed = assumptions(REGION, "a1", AT, Area(100.0, 2.0, 300.0))
    found = legitimate_night_use(
        [(Metered(0.5, 100.0, 100.0), assumed.homes)], Metered(0.0, 0.0, 2.0), 0.3, 0.2, assumed
    )
    # Hand-computed: 0.5 measured, 2 · 50 L/h assumed, 0.3 own use, 0.2 flushing.
    assert found.value_m3h == pytest.approx(1.1)
    assert found.assumed_m3h == pytest.approx(0.1)
    assert found.covered == pytest.approx(100 / 102)


def test_flushing_counts_with_its_share_of_the_hour() -> None:
    hour = timedelta(hours=1)
    logged = [
        Operation(AT - hour, AT + hour, "flushing", "a1", "", 10.0),
        Operation(AT + hour / 2, AT + 2 * hour, "fire", "a1", "", 3.0),
        Operation(AT - 5 * hour, AT - 4 * hour, "flushing", "a1", "", 7.0),
        Operation(AT, None, "repair", "a1", "", 5.0),
        Operation(AT, AT + hour, "shutdown", "a1", "", None),
    ]
    assert logged_in_hour_m3(logged, AT) == pytest.approx(10 / 2 + 3 / 3)


def test_figures_of_a_day_are_quoted_when_it_is_over() -> None:
    start = day_bounds(DAY, PRAGUE)[0]
    found = {figure.quantity: figure for figure in day_figures("zone", "a1", night(10.0, sd=0.1), PRAGUE, True)}
    assert tuple(found) == tuple(NIGHT_FIGURES)
    assert {figure.time for figure in found.values()} == {start}
    assert found["night_flow_m3h"].lower == pytest.approx(10 - Z95 * 0.1, abs=1e-6)
    assert found["real_losses_night_m3"].value == 120.0
    early = [figure.quantity for figure in day_figures("zone", "a1", night(10.0), PRAGUE, False)]
    assert early == ["night_flow_m3h", "legitimate_night_use_m3h"]


def test_a_months_losses_are_its_volume() -> None:
    starts = [day_bounds(date(2026, 5, day), PRAGUE)[0] for day in range(1, 32)]

    def of(quantity: str, value: float, half: float, days: int) -> list[Figure]:
        return [
            Figure("zone", "a1", "day", quantity, start, value, value - half, value + half, 1.0)
            for start in starts[:days]
        ]

    def month(quantity: str, value: float, half: float, days: int, rollups: Sequence[Rollup] = ()) -> Figure:
        given = {quantity: of(quantity, value, half, days)}
        [found] = month_figures("zone", "a1", 2026, 5, given, rollups, PRAGUE)
        return found

    flow = month("night_flow_m3h", 5.0, 0.1, 31)
    assert (flow.value, flow.coverage) == (5.0, 1.0)
    assert flow.upper == pytest.approx(5.1)
    whole = month("real_losses_night_m3", 12.0, 2.0, 31)
    assert (whole.value, whole.lower, whole.upper) == (372.0, 310.0, 434.0)
    most = month("real_losses_night_m3", 12.0, 2.0, 20)
    assert (most.value, most.coverage) == (372.0, pytest.approx(20 / 31, abs=1e-6))
    few = month("real_losses_night_m3", 12.0, 2.0, 9)
    assert (few.value, few.reason) == (None, "night_flow.too_few_nights")
    assert month("real_losses_night_m3", 12.0, 2.0, 0).value is None
    # 1.2 m³ of the half-width is shared by all days, 1.6 is each day's own: √(1.2² + 1.6² / 31) · 31 days.
    own = [Rollup("zone", "a1", "day", "real_losses_night_m3", start, 12.0, 10.8, 13.2) for start in starts]
    surer = month("real_losses_night_m3", 12.0, 2.0, 31, own)
    assert surer.upper == pytest.approx(372 + 31 * (1.2**2 + 1.6**2 / 31) ** 0.5)


def test_what_each_day_errs_by_alone_is_left_out_of_its_rollup() -> None:
    flow = NightFlow(DAY, 10.0, AT, 0.0, None, 1.0)
    use = NightUse(4.0, 0.5, 1.0, 0.0, 0.4)
    given = Night(flow, 0.3, 0.2, use, NightDay(20.0, 0.0, 50.0, 1.0), (0.6, 0.1))
    whole, row = real_losses(given), day_rollup("zone", "a1", given, PRAGUE)
    assert whole.upper_m3 == pytest.approx(120 + Z95 * 20 * (0.3**2 + 0.2**2 + 0.6**2 + 0.1**2 + 0.5**2) ** 0.5)
    # Of the variances 0.2² and 0.1² of the flow and 0.4² of the use are the day's own.
    assert row.maximum == pytest.approx(120 + Z95 * 20 * (0.3**2 + 0.6**2 + 0.5**2 - 0.4**2) ** 0.5, abs=1e-5)
    [measured, *_] = day_figures("zone", "a1", given, PRAGUE, True)
    assert measured.upper == pytest.approx(10 + Z95 * (0.3**2 + 0.2**2) ** 0.5, abs=1e-5)
    assert day_rollup("zone", "a1", given._replace(use=None), PRAGUE).value is None
