"""Grades, meters past their verification, the meter that would narrow the answer, and the Czech return, by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from models.balance import (
    Amount,
    balance,
    czech_return,
    figures,
    grades,
    most_narrowing,
    network_of,
    overdue_meters,
)
from models.balance.leakage_sheet import Supplier, people_supplied
from models.calendar import month_bounds
from models.registry import BalanceInput, Region
from tests.models.towns import REGION

START, END = month_bounds(2026, 5, REGION.tz)
FOREVER, OVER = datetime(2030, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
USE = {"a11-h1": Amount(60.0, 1.0), "a11-h2": Amount(20.0, 1.0)}
METERS = {"d-a-inner": Amount(100.0, 1.0)}


def verified(region: Region, **until: datetime) -> Region:
    """Every meter verified for years, some otherwise."""
    devices = tuple(
        replace(item, verified_until=until.get(item.device.removeprefix("d-").replace("-", "_"), FOREVER))
        for item in region.devices
    )
    return replace(region, devices=devices)


def test_the_input_meter_narrows_a_zone_most_and_an_overdue_one_more() -> None:
    # Each meter alone: of one type and year all share ± 2 %: 100 · 0.02 − 80 · 0.02 = 0.4 m³; apart they would not.
    region = verified(REGION)
    result = balance(region, "zone", "a11", START, END, Amount(100.0, 1.0), USE, METERS)
    found = most_narrowing(region, result)
    late = verified(REGION, a11_h1=OVER)
    other = balance(late, "zone", "a11", START, END, Amount(100.0, 1.0), USE, METERS)
    narrowed = most_narrowing(late, other)
    assert narrowed is not None
    assert (narrowed.device, narrowed.point, narrowed.why) == ("d-a11-h1", "a11-h1", "overdue")
    assert narrowed.then_m3 < narrowed.half_width_m3
    assert found is None or found.half_width_m3 < narrowed.half_width_m3
    assert [item.device for item in overdue_meters(late, other)] == ["d-a11-h1"]
    assert overdue_meters(region, result) == ()


def test_a_silent_meter_is_repaired_first() -> None:
    region = verified(REGION)
    use = USE | {"a11-h2": Amount(16.0, 0.8)}
    found = most_narrowing(region, balance(region, "zone", "a11", START, END, Amount(100.0, 1.0), use, METERS))
    assert found is not None
    assert (found.device, found.why) == ("d-a11-h2", "silent")
    assert found.then_m3 < found.half_width_m3 / 2


def test_grades_fall_with_what_is_not_measured() -> None:
    region = verified(REGION)
    network = network_of(region, "zone", "a11", START)
    whole = balance(region, "zone", "a11", START, END, Amount(100.0, 1.0), USE, METERS)
    by_name = {grade.name: grade for grade in grades(region, whole, network)}
    assert (by_name["system_input_m3"].grade, by_name["system_input_m3"].share) == (9, 1.0)
    assert by_name["theft_pct"].grade == 1
    late = verified(REGION, a11_h1=OVER)
    stated = replace(late, balance_inputs=(BalanceInput("Kraj", "theft_pct", 1.0, 1.0, "C", ""),))
    result = balance(stated, "zone", "a11", START, END, Amount(100.0, 1.0), USE, METERS)
    by_name = {grade.name: grade for grade in grades(stated, result, network)}
    # 20 of 80 m³ by a verified meter.
    assert (by_name["household_m3"].share, by_name["household_m3"].grade) == (0.25, 3)
    assert by_name["theft_pct"].grade == 5


def test_apparent_losses_that_nobody_set_are_unknown_not_nothing() -> None:
    unset = balance(REGION, "zone", "a11", START, END, Amount(100.0, 1.0), USE)
    quoted = {one.quantity: one for one in figures(unset, "month")}
    assert (quoted["apparent_m3"].value, quoted["apparent_m3"].reason) == (None, "balance.not_set")
    assert quoted["real_m3"].value == pytest.approx(20.0)
    inputs = (BalanceInput("Kraj", "theft_pct", 2.0, 1.0, "C", ""),)
    some = balance(replace(REGION, balance_inputs=inputs), "zone", "a11", START, END, Amount(100.0, 1.0), USE)
    quoted = {one.quantity: one for one in figures(some, "month")}
    # 2 % of 80 m³.
    assert quoted["theft_m3"].value == quoted["apparent_m3"].value == pytest.approx(1.6)
    assert quoted["real_m3"].value == pytest.approx(18.4)
    assert quoted["data_errors_m3"].reason == "balance.not_set"


def test_the_return_of_a_town_that_hands_over_and_takes() -> None:
    # b1 takes 70 from A, makes 50 itself, hands on 20: VVR 100; its bill 93: unbilled 7, all of it losses over 5 km.
    meters = {"d-a-b": Amount(70.0, 1.0), "d-b-in": Amount(50.0, 1.0), "d-b-out": Amount(20.0, 1.0)}
    result = balance(REGION, "municipality", "B", START, END, Amount(100.0, 1.0), {}, meters)
    found = czech_return(REGION, result, network_of(REGION, "municipality", "B", START))
    assert (found.produced_m3, found.taken_m3, found.handed_m3, found.vvr_m3) == (50.0, 70.0, 20.0, 100.0)
    assert (found.billed_m3, found.unbilled_m3, found.losses_m3) == (
        pytest.approx(93.0),
        pytest.approx(7.0),
        pytest.approx(7.0),
    )
    assert found.unit_leakage_m3kmd == pytest.approx(7.0 / 5.0 / 31.0)
    without = czech_return(
        REGION,
        balance(REGION, "municipality", "B", START, END, Amount(100.0, 1.0), {}),
        network_of(REGION, "municipality", "B", START),
    )
    assert (without.vvr_m3, without.reason) == (None, "balance.no_boundary_meters")


def test_who_must_be_assessed() -> None:
    assert people_supplied(REGION, "region", "Kraj") == 140
    assert Supplier("region", "Kraj", 140, 10_000.0).must_assess
    assert not Supplier("region", "Kraj", 140, 9_999.9).must_assess
