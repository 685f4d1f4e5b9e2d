from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.balance import Amount, Balance, amounts, balance, customer_points, figures
from models.billing import billed, operations_m3, overlap
from models.calendar import day_bounds, day_edges, month_bounds, starts
from models.comparison import compare, compare_towns, connections_of, elapsed, per_person_day, same_days_before, use_of
from models.registry import BalanceInput, Billing, Region
from models.rollup import Rollup
from tests.models.towns import REGION

TZ = REGION.tz
START, END = month_bounds(2026, 5, TZ)
FULL = Amount(1000.0, 1.0)


def bill(zone: str, town: str, volume: float, name: str = "household") -> Billing:
    return Billing(START, END, zone, town, name, volume, "read")


def with_bills(*rows: Billing) -> Region:
    return replace(REGION, billing=rows)


def test_a_fully_metered_zone_by_hand() -> None:
    # a11: two connections, both remote. SIV 100, use 60 + 20: NRW 20; no own use logged there: losses 20.
    use = {"a11-h1": Amount(60.0, 1.0), "a11-h2": Amount(20.0, 1.0)}
    result = balance(REGION, "zone", "a11", START, END, Amount(100.0, 1.0), use)
    assert (result.household_m3, result.other_m3, result.nrw_m3, result.losses_m3) == (80.0, 0.0, 20.0, 20.0)
    assert (result.covered, result.reason) == (1.0, "")
    assert (result.unbilled_m3, result.apparent_m3, result.real_m3) == (0.0, 0.0, 20.0)


def test_below_ninety_per_cent_covered_there_is_no_nrw_but_the_share() -> None:
    use = {"a11-h1": Amount(60.0, 1.0), "a11-h2": Amount(15.0, 0.79)}
    result = balance(REGION, "zone", "a11", START, END, Amount(100.0, 1.0), use)
    assert result.nrw_m3 is result.losses_m3 is result.household_m3 is None
    assert (result.reason, result.covered) == ("balance.too_few_covered", pytest.approx(0.895))
    just = balance(REGION, "zone", "a11", START, END, Amount(100.0, 1.0), use | {"a11-h2": Amount(16.0, 0.8)})
    assert just.reason == ""
    assert just.household_m3 == pytest.approx(76 / 0.9)
    # The uncovered tenth may be nothing or twice its estimate.
    assert just.estimated_m3("billed_m3") == pytest.approx(76 / 9)
    assert just.half_width_m3("nrw_m3") > 76 / 9


def test_a_billing_row_of_the_zone_covers_all_of_its_class() -> None:
    result = balance(REGION, "zone", "b1", START, END, Amount(120.0, 1.0), {})
    assert (result.covered, result.household_m3, result.nrw_m3) == (1.0, pytest.approx(93.0), pytest.approx(27.0))
    other_month = balance(REGION, "zone", "b1", *month_bounds(2026, 6, TZ), Amount(120.0, 1.0), {})
    assert (other_month.nrw_m3, other_month.covered) == (None, 0.0)


def test_a_bill_takes_the_place_of_the_meters_it_contains() -> None:
    use = {"a11-h1": Amount(60.0, 1.0), "a11-h2": Amount(20.0, 1.0)}
    result = balance(with_bills(bill("a11", "", 82.0)), "zone", "a11", START, END, Amount(100.0, 1.0), use)
    assert result.household_m3 == pytest.approx(82.0)


def test_a_municipality_s_row_serves_the_municipality_never_its_zones() -> None:
    region = with_bills(bill("", "A", 500.0), bill("", "A", 100.0, "industry"))
    zone = balance(region, "zone", "a1", START, END, FULL, {})
    assert (zone.nrw_m3, zone.reason) == (None, "balance.too_few_covered")
    town = balance(region, "municipality", "A", START, END, FULL, {})
    assert (town.household_m3, town.other_m3, town.nrw_m3) == (
        pytest.approx(500.0),
        pytest.approx(100.0),
        pytest.approx(400.0),
    )
    assert town.covered == 1.0


def test_the_region_sums_its_towns() -> None:
    region = with_bills(bill("", "A", 500.0), bill("", "A", 100.0, "industry"), bill("b1", "", 93.0))
    result = balance(region, "region", "Kraj", START, END, FULL, {})
    assert result.nrw_m3 == pytest.approx(1000 - 693)
    half = balance(with_bills(bill("", "A", 500.0)), "region", "Kraj", START, END, FULL, {})
    assert half.reason == "balance.too_few_covered"
    # 29 households of A (one of 30 connections is `other`) of 40 connections in all.
    assert half.covered == pytest.approx(29 / 40)


def test_a_zone_s_bill_does_not_speak_for_the_zone_inside() -> None:
    region = with_bills(bill("a1", "", 300.0))
    use = {"a1-o1": Amount(50.0, 1.0), "a11-h1": Amount(10.0, 1.0), "a11-h2": Amount(10.0, 1.0)}
    result = balance(region, "zone", "a1", START, END, FULL, use)
    assert result.household_m3 == pytest.approx(320.0)
    assert result.nrw_m3 == pytest.approx(1000 - 320 - 50)
    # 20 connections: 2 inside a11, 1 other, 17 households of its own.
    assert balance(region, "zone", "a1", START, END, FULL, {}).covered == pytest.approx(17 / 20)


def test_own_use_is_metered_and_logged_and_fire_apart() -> None:
    region = with_bills(bill("a1", "", 300.0), bill("a11", "", 20.0), bill("a1", "", 50.0, "other"))
    result = balance(region, "zone", "a1", START, END, FULL, {"a1-own": Amount(7.0, 1.0)})
    assert (result.own_use_m3, result.fire_m3) == (pytest.approx(13.0), pytest.approx(4.0))
    assert result.nrw_m3 == pytest.approx(630.0)
    assert result.losses_m3 == pytest.approx(613.0)
    [first, _] = [day_bounds(date(2026, 5, 4), TZ), None]
    assert operations_m3(REGION, ["a1"], *first) == (6.0, 0.0)
    assert operations_m3(REGION, ["a11"], START, END) == (0.0, 0.0)


def test_an_incomplete_inflow_gives_no_nrw() -> None:
    use = {"a11-h1": Amount(60.0, 1.0), "a11-h2": Amount(20.0, 1.0)}
    result = balance(REGION, "zone", "a11", START, END, Amount(100.0, 0.85), use)
    assert (result.nrw_m3, result.reason, result.system_input_m3) == (None, "balance.inflow_incomplete", 100.0)
    none = balance(REGION, "zone", "a11", START, END, Amount(0.0, 0.0), use)
    assert (none.system_input_m3, none.reason) == (None, "balance.no_inflow")


def test_known_errors_replace_the_default() -> None:
    inputs = (BalanceInput("a11", "system_input_error_pct", 0.0, 0.5, "A", "test bench"),)
    use = {"a11-h1": Amount(60.0, 1.0), "a11-h2": Amount(20.0, 1.0)}
    result = balance(replace(REGION, balance_inputs=inputs), "zone", "a11", START, END, Amount(100.0, 1.0), use)
    assert result.half_width_m3("system_input_m3") == pytest.approx(0.5, abs=1e-5)


def test_figures_say_why_there_is_none() -> None:
    good = {f.quantity: f for f in figures(balance(REGION, "zone", "b1", START, END, Amount(124.0, 1.0), {}), "month")}
    assert good["nrw_pct"].value == pytest.approx(25.0)
    assert good["nrw_m3"].reason == ""
    assert good["nrw_m3"].lower is not None
    bad = {f.quantity: f for f in figures(balance(REGION, "zone", "a1", START, END, FULL, {}), "month")}
    assert (bad["nrw_m3"].value, bad["nrw_m3"].reason) == (None, "balance.too_few_covered")
    assert bad["nrw_m3"].coverage == pytest.approx(0.0)
    assert bad["system_input_m3"].value == 1000.0
    assert all((f.value is None) == bool(f.reason) for f in (*good.values(), *bad.values()))


volumes = st.floats(0, 1e5)


@given(volumes, volumes, volumes, st.floats(0.9, 1.0))
def test_terms_add_up(siv: float, first: float, second: float, coverage: float) -> None:
    use = {"a11-h1": Amount(first, 1.0), "a11-h2": Amount(second, coverage)}
    result = balance(REGION, "zone", "a11", START, END, Amount(siv, 1.0), use)
    assert result.household_m3 is not None
    assert result.other_m3 is not None
    assert result.nrw_m3 is not None
    assert result.household_m3 + result.other_m3 + result.nrw_m3 == pytest.approx(siv, abs=1e-6)
    assert result.losses_m3 == pytest.approx(result.nrw_m3 - result.unbilled_m3, abs=1e-6)
    assert result.real_m3 is not None
    assert result.apparent_m3 is not None
    assert result.apparent_m3 + result.real_m3 == pytest.approx(result.losses_m3, abs=1e-6)


@given(st.integers(0, 30), st.integers(1, 31))
def test_billed_volume_is_the_sum_of_its_days(first: int, length: int) -> None:
    rows = [bill("z", "", 310.0)]
    edges = starts(day_edges(START, END + timedelta(days=9), TZ))
    first_day, last_day = edges[first], edges[min(first + length, len(edges) - 1)]
    whole = billed(rows, first_day, last_day)
    days = [day for day in edges if first_day <= day < last_day]
    assert sum(billed(rows, day, day + timedelta(days=1)).volume_m3 for day in days) == pytest.approx(whole.volume_m3)
    assert whole.share == pytest.approx(overlap(START, END, first_day, last_day))


def test_customers_of_a_subject_include_those_of_zones_inside() -> None:
    assert set(customer_points(REGION, "zone", "a1", START, END)) == {"a1-h1", "a1-o1", "a1-own", "a11-h1", "a11-h2"}
    assert customer_points(REGION, "zone", "b1", START, END) == []


def test_amounts_from_rollups_know_short_days_and_gaps() -> None:
    start, end = day_bounds(date(2026, 3, 28), TZ)[0], day_bounds(date(2026, 3, 30), TZ)[1]
    days = starts(day_edges(start, end, TZ))
    means = [Rollup("zone", "z", "day", "net_inflow_m3h", day, 10.0) for day in days]
    assert amounts({"z": means}, start, end)["z"] == Amount(710.0, 1.0)
    unknown = [means[0], means[1]._replace(value=None, coverage=0.0), means[2]]
    assert amounts({"z": unknown}, start, end)["z"] == Amount(710.0, pytest.approx(48 / 71))
    volumes_ = [Rollup("point", "p", "day", "consumption_m3", day, 2.0, coverage=0.5) for day in days]
    assert amounts({"p": volumes_}, start, end)["p"] == Amount(6.0, pytest.approx(0.5))
    assert amounts({"p": []}, start, end)["p"] == Amount(0.0, 0.0)


def town(code: str, household: float | None, covered: float = 1.0, nrw: float | None = 10.0) -> Balance:
    other = None if household is None else 31.0
    return Balance(
        level="municipality", subject=code, start=START, end=START + timedelta(days=31), system_input_m3=500.0,
        household_m3=household, other_m3=other, own_use_m3=0, fire_m3=0, nrw_m3=nrw, losses_m3=nrw, covered=covered,
        household_covered=covered, input_coverage=1.0, reason="" if nrw is not None else "balance.too_few_covered",
    )  # fmt: skip


def test_towns_are_compared_per_person_and_connection() -> None:
    balances = {"A": town("A", 251.1), "B": town("B", None, 0.5, None)}
    first, second = compare(
        REGION, {name: use_of(one) for name, one in balances.items()}, {"A": [3.0] * 31, "B": [None] * 31}
    )
    assert (first.name, second.name) == ("Áčkov", "Béčkov")
    assert first.household_lpd.value == pytest.approx(251_100 / 31 / 90)
    assert first.billed_lpd.value == pytest.approx(282_100 / 31 / 90)
    assert first.night_flow_lch.value == pytest.approx(3000 / 30)
    assert first.nrw_pct.value == pytest.approx(2.0)
    assert connections_of(REGION, "A", START) == 30
    assert (second.household_lpd.value, second.household_lpd.reason) == (None, "comparison.too_few_covered")
    assert (second.night_flow_lch.value, second.night_flow_lch.reason) == (None, "comparison.too_few_nights")
    assert (second.nrw_pct.value, second.nrw_pct.coverage) == (None, 0.5)


def test_towns_are_compared_from_stored_days() -> None:
    start, end = day_bounds(date(2026, 5, 1), TZ)[0], day_bounds(date(2026, 5, 2), TZ)[1]
    days = starts(day_edges(start, end, TZ))

    def rows(level: str, subject: str, quantity: str, value: float) -> list[Rollup]:
        return [Rollup(level, subject, "day", quantity, day, value) for day in days]  # type: ignore[arg-type]

    inflow = {"B": rows("municipality", "B", "net_inflow_m3h", 1.0)}
    nights = {"B": rows("municipality", "B", "night_flow_m3h", 0.2)[:1]}
    first, second = compare_towns(REGION, start, end, inflow, {}, nights)
    assert first.household_lpd.value is None
    # b1's bill: 93 m³ for May's 31 days, 50 persons supplied: 60 L, by the profile a little less on a Friday and a
    # Saturday; 10 connections, one of two nights known.
    assert second.household_lpd.value == pytest.approx(59.898, abs=1e-3)
    assert second.night_flow_lch == (pytest.approx(20.0), 0.5, "")
    assert second.nrw_pct.value == pytest.approx(100 * (48 - 5.9898) / 48, rel=1e-4)


def test_periods_are_cut_to_days_that_are_over() -> None:
    now = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)  # 25 November, half past midnight in Prague
    period = elapsed(date(2026, 11, 1), date(2026, 11, 30), now, TZ)
    assert period is not None
    assert (period[1] - period[0]).days == 24
    assert elapsed(date(2026, 11, 25), date(2026, 11, 30), now, TZ) is None
    before = same_days_before(*period, TZ)
    assert before[1] - before[0] == period[1] - period[0]
    assert per_person_day(2790.0, 1000, 31.0) == pytest.approx(90.0)
