from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from models.region_check import check
from models.region_diff import diff
from models.region_files import parse, render
from models.registry import Assignment, BalanceInput, Billing, Operation, Region, Source, Supply
from tests.models.regions import regions
from tests.models.towns import REGION, point, zone


def day(number: int) -> datetime:
    return datetime(2026, 1, number, tzinfo=UTC)


def changed(attribute: str, index: int, **values: Any) -> Region:
    items = list(getattr(REGION, attribute))
    items[index] = replace(items[index], **values)
    return replace(REGION, **{attribute: tuple(items)})


def added(attribute: str, *items: Any) -> Region:
    return replace(REGION, **{attribute: (*getattr(REGION, attribute), *items)})


def found(region: Region) -> set[tuple[str, str, int | None, str]]:
    return {(problem.code, problem.file, problem.row, problem.column) for problem in check(region)}


def test_a_region_in_order_has_no_problem() -> None:
    assert check(REGION) == []


ROWS = {name: len(getattr(REGION, name)) for name in ("zones", "points", "assignments", "billing", "supplies")}


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        (changed("zones", 2, inflows=()), ("region.zone_without_inflow", "zones.csv", 4, "inflows")),
        (changed("zones", 0, mains_km=-1.0), ("region.out_of_range", "zones.csv", 2, "mains_km")),
        (changed("zones", 0, parent="a11"), ("region.zone_cycle", "zones.csv", 2, "parent")),
        (changed("zones", 0, parent="a1"), ("region.zone_cycle", "zones.csv", 2, "parent")),
        (changed("zones", 3, parent="a1"), ("region.parent_elsewhere", "zones.csv", 5, "parent")),
        (changed("zones", 0, azp_point="x"), ("region.unknown_reference", "zones.csv", 2, "azp_point")),
        (changed("zones", 0, azp_point="a-in"), ("region.role_disagrees", "zones.csv", 2, "azp_point")),
        (changed("zones", 0, inflows=("a1-h1",)), ("region.role_disagrees", "zones.csv", 2, "inflows")),
        (changed("zones", 0, inflows=("a-in", "a-b")), ("region.inflow_is_outflow", "zones.csv", 2, "outflows")),
        (
            changed("zones", 2, inflows=("a1-a2", "a-in")),
            ("region.point_in_two_zones", "metering_points.csv", 2, "point"),
        ),
        (changed("zones", 3, outflows=()), ("region.role_disagrees", "metering_points.csv", 7, "role")),
        (changed("zones", 0, municipality="X"), ("region.unknown_reference", "zones.csv", 2, "municipality")),
        (
            added("points", point("p|q", "A", "a1", "other")),
            ("region.bad_identifier", "metering_points.csv", 15, "point"),
        ),
        (added("zones", zone("a1", "A", ("a-in",))), ("region.duplicate", "zones.csv", 6, "zone")),
        (
            added("assignments", Assignment("d-a-in", "b-in", day(1))),
            ("region.device_twice", "assignments.csv", ROWS["assignments"] + 2, "from"),
        ),
        (
            added("assignments", Assignment("d-b-out", "a-in", day(1))),
            ("region.point_with_two_meters", "assignments.csv", ROWS["assignments"] + 2, "point"),
        ),
        (
            changed("assignments", 0, end=datetime(2024, 1, 1, tzinfo=UTC)),
            ("region.ends_before_it_begins", "assignments.csv", 2, "to"),
        ),
        (changed("assignments", 0, device="x"), ("region.unknown_reference", "assignments.csv", 2, "device")),
        (
            replace(REGION, assignments=REGION.assignments[1:]),
            ("region.point_without_device", "zones.csv", 2, "inflows"),
        ),
        (
            changed("reservoirs", 0, curve=((0.0, 0.0), (2.0, 300.0), (5.0, 200.0))),
            ("region.curve_falls", "reservoirs.toml", 1, "curve"),
        ),
        (changed("reservoirs", 0, full_m=6.0), ("region.curve_incomplete", "reservoirs.toml", 1, "curve")),
        (changed("reservoirs", 0, full_m=-6.0), ("region.full_below_bottom", "reservoirs.toml", 1, "full_m")),
        (changed("reservoirs", 0, curve=()), ("region.curve_too_short", "reservoirs.toml", 1, "curve")),
        (changed("reservoirs", 0, level_point="a-in"), ("region.role_disagrees", "reservoirs.toml", 1, "level_point")),
        (
            changed("reservoirs", 0, level_point=""),
            ("region.reservoir_without_level", "reservoirs.toml", 1, "level_point"),
        ),
        (
            changed("reservoirs", 0, zone="", municipality=""),
            ("region.tank_without_zone", "reservoirs.toml", 1, "zone"),
        ),
        (
            changed("reservoirs", 0, rule_curve=((9, 1.0), (9, 2.0))),
            ("region.curve_falls", "reservoirs.toml", 1, "rule_curve"),
        ),
        (
            changed("reservoirs", 0, dead_m=2.0, flood_m=1.5),
            ("region.spaces_crossed", "reservoirs.toml", 1, "flood_m"),
        ),
        (
            changed("reservoirs", 0, dead_m=2.0, rule_curve=((1, 1.0), (200, 3.0))),
            ("region.spaces_crossed", "reservoirs.toml", 1, "rule_curve"),
        ),
        (
            changed("reservoirs", 0, crest_m=99.0),
            ("region.curve_incomplete", "reservoirs.toml", 1, "curve"),
        ),
        (added("supplies", Supply("spring", "A", 0.2)), ("region.share_above_one", "supplies.csv", 2, "share")),
        (
            added(
                "billing",
                Billing(datetime(2026, 5, 10, tzinfo=UTC), day(31).replace(month=7), "b1", "", "household", 1, ""),
            ),
            ("region.billing_overlap", "billing.csv", 3, "from"),
        ),
        (
            added("billing", Billing(day(1), day(2), "b1", "B", "household", 1, "")),
            ("region.billing_subject", "billing.csv", 3, "zone"),
        ),
        (
            added("billing", Billing(day(1), day(2), "b1", "", "x", -1.0, "")),
            ("region.out_of_range", "billing.csv", 3, "volume_m3"),
        ),
        (
            added("operations", Operation(day(1), None, "fire", "x", "", 1.0)),
            ("region.unknown_reference", "operations.csv", 4, "zone"),
        ),
        (added("sources", Source("a/+/x")), ("region.duplicate", "sources.toml", 3, "topic_filter")),
        (added("sources", Source("a/#/x")), ("region.bad_topic_filter", "sources.toml", 3, "topic_filter")),
        (added("sources", Source("a/b+")), ("region.bad_topic_filter", "sources.toml", 3, "topic_filter")),
        (added("sources", Source("c", quantity="tlak")), ("region.bad_quantity", "sources.toml", 3, "quantity")),
        (added("sources", Source("c", quantity="level_m", unit="bar")), ("region.bad_unit", "sources.toml", 3, "unit")),
        (added("sources", Source("c", unit="sáh")), ("region.bad_unit", "sources.toml", 3, "unit")),
        (
            added("sources", Source("c", mapping=(("a", "level_m bar"),))),
            ("region.bad_mapping", "sources.toml", 3, "mapping"),
        ),
        (
            added("sources", Source("c", mapping=(("a[", "level_m"),))),
            ("region.bad_mapping", "sources.toml", 3, "mapping"),
        ),
        (added("sources", Source("c", device="{x}")), ("region.bad_device_pattern", "sources.toml", 3, "device")),
        (added("sources", Source("c", rate_step_s=0)), ("region.out_of_range", "sources.toml", 3, "rate_step_s")),
        (
            added("sources", Source("c", rate_kind="mean", rate_stamp="start")),
            ("region.missing_key", "sources.toml", 3, "rate_step_s"),
        ),
        (added("sources", Source("a/7/x")), ("region.hidden_source", "sources.toml", 3, "topic_filter")),
        (added("sources", Source("c", timezone="Mars")), ("region.bad_timezone", "sources.toml", 3, "timezone")),
        (
            added("balance_inputs", BalanceInput("x", "system_input_error_pct", 0, 1, "", "")),
            ("region.unknown_reference", "balance_inputs.csv", 2, "subject"),
        ),
        (
            changed("municipalities", 0, population_supplied=101),
            ("region.more_supplied_than_live", "municipalities.csv", 2, "population_supplied"),
        ),
    ],
)
def test_a_disagreement_is_found_at_its_place(region: Region, expected: tuple[str, str, int, str]) -> None:
    assert expected in found(region)
    for problem in check(region):
        assert "\n" not in problem.message


def test_an_index_may_fall_only_where_the_register_can_wrap() -> None:
    fallen = changed("assignments", 0, first_index_m3=900.0, final_index_m3=3.0)
    assert found(fallen) == set()
    devices = (replace(REGION.devices[0], register_digits=None), *REGION.devices[1:])
    assert found(replace(fallen, devices=devices)) == {("region.index_falls", "assignments.csv", 2, "final_index_m3")}


def test_rows_of_one_device_may_follow_each_other() -> None:
    first = replace(REGION.devices[0], valid_to=day(5))
    second = replace(REGION.devices[0], valid_from=day(5), multiplier=10.0)
    assert check(replace(REGION, devices=(first, second, *REGION.devices[1:]))) == []
    overlapping = replace(second, valid_from=day(4))
    assert "region.duplicate" in {
        p.code for p in check(replace(REGION, devices=(first, overlapping, *REGION.devices[1:])))
    }


def test_a_fixed_offset_is_a_time_zone_of_a_source() -> None:
    assert check(added("sources", Source("c", timezone="+01:00"))) == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(regions)
def test_any_region_can_be_checked(region: Region) -> None:
    for problem in check(region):
        assert problem.code.startswith("region.")
        assert problem.message


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(regions)
def test_what_is_rendered_and_parsed_differs_in_nothing(region: Region) -> None:
    again, _ = parse(render(region))
    assert again is not None
    assert diff(region, again) == []


def test_differences_name_row_and_column() -> None:
    other = replace(
        changed("zones", 0, mains_km=5.5),
        supplies=(Supply("spring", "B", 0.25), REGION.supplies[0]),
        name="Jiný",
        sources=REGION.sources[::-1],
    )
    assert [str(change) for change in diff(REGION, other)] == [
        "region.toml: name Kraj → Jiný",
        "zones.csv: a1: mains_km 5 → 5.5",
        "supplies.csv: − dam B (source=dam, municipality=B, share=0.5)",
        "supplies.csv: + spring B (source=spring, municipality=B, share=0.25)",
        "sources.toml: order a/+/x | b/# → b/# | a/+/x",
    ]
    assert diff(REGION, REGION) == []
