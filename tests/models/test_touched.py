"""A change of the registry touches those whose figures it has a part in, then and there, and nobody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.boundary import boundary, valid_zones, zones_inside
from models.reading import EPOCH
from models.registry import Assignment, BalanceInput, Billing, Device, MeteringPoint, Operation, Region
from models.rollup import Level
from models.touched import ALWAYS, EVERYTHING, NOTHING_STORED, Reach, Touch, of_device, touched
from tests.models.towns import REGION, SINCE

DAY = timedelta(days=1)
DAYS = [datetime(2026, 5, 1, tzinfo=UTC) + n * DAY for n in range(10)]
AREAS: list[tuple[Level, str]] = [
    *(("zone", zone.zone) for zone in REGION.zones),
    ("municipality", "A"),
    ("municipality", "B"),
    ("region", "Kraj"),
]  # type: ignore[list-item]  # levels
AROUND_A11 = {("zone", "a11"), ("zone", "a1"), ("municipality", "A"), ("region", "Kraj")}
AROUND_A1 = AROUND_A11 - {("zone", "a11")}
B1 = {("zone", "b1"), ("municipality", "B"), ("region", "Kraj")}


def with_row(region: Region, name: str, old: Any, new: Any) -> Region:
    rows = tuple(new if row is old else row for row in getattr(region, name) if new is not None or row is not old)
    return replace(region, **{name: rows if old is not None else (*rows, new)})


def hung(device: str) -> Assignment:
    return next(item for item in REGION.assignments if item.device == device)


def areas_of(touches: tuple[Touch, ...]) -> set[tuple[Level, str]]:
    return {(touch.level, touch.subject) for touch in touches if touch.level not in ("device", "point")}


def spans_of(touches: tuple[Touch, ...]) -> set[Reach]:
    return {touch.reach for touch in touches}


def test_nothing_changed_touches_nothing() -> None:
    assert touched(REGION, REGION) == (False, ())


def test_a_corrected_end_touches_the_time_between_the_two_ends() -> None:
    item = hung("d-a11-h1")
    old = with_row(REGION, "assignments", item, replace(item, end=DAYS[3]))
    new = with_row(REGION, "assignments", item, replace(item, end=DAYS[5]))
    found = touched(old, new).touches
    assert spans_of(found) == {Reach(DAYS[3], DAYS[5])}
    assert areas_of(found) == AROUND_A11
    subjects = {(touch.level, touch.subject) for touch in found} - areas_of(found)
    assert subjects == {("device", "d-a11-h1"), ("point", "a11-h1")}
    assert all(touch.rows == ("assignments.csv: d-a11-h1",) for touch in found)


def test_an_exchange_touches_both_meters_and_their_point_from_its_day_on() -> None:
    item = hung("d-a1-h1")
    other = Assignment("new", "a1-h1", DAYS[4], first_index_m3=0.0)
    assignments = tuple(replace(one, end=DAYS[4]) if one is item else one for one in REGION.assignments)
    found = touched(REGION, replace(REGION, assignments=(*assignments, other))).touches
    assert spans_of(found) == {Reach(DAYS[4], ALWAYS)}
    assert {touch.subject for touch in found if touch.level == "device"} == {"d-a1-h1", "new"}
    assert areas_of(found) == AROUND_A1


def test_an_index_touches_the_edge_at_which_it_was_read() -> None:
    item = replace(hung("d-a1-h1"), end=DAYS[4])
    old = with_row(REGION, "assignments", hung("d-a1-h1"), item)
    new = with_row(old, "assignments", item, replace(item, final_index_m3=12.0))
    assert spans_of(touched(old, new).touches) == {Reach(DAYS[4], DAYS[4])}


def test_a_transfer_s_meter_touches_both_zones() -> None:
    item = hung("d-a-b")
    found = touched(REGION, with_row(REGION, "assignments", item, replace(item, end=DAYS[1]))).touches
    assert areas_of(found) == AROUND_A1 | B1


def test_a_multiplier_that_holds_from_a_day_on_touches_from_that_day_on() -> None:
    item = REGION.device["d-a11-h1"]
    devices = tuple(replace(one, valid_to=DAYS[2]) if one is item else one for one in REGION.devices)
    new = replace(REGION, devices=(*devices, replace(item, multiplier=10.0, valid_from=DAYS[2])))
    found = touched(REGION, new).touches
    assert spans_of(found) == {Reach(DAYS[2], ALWAYS)}
    assert areas_of(found) == AROUND_A11


def test_a_zone_s_length_of_mains_touches_only_what_is_quoted_and_its_inflow_the_water_too() -> None:
    zone = REGION.zone["a11"]
    found = touched(REGION, with_row(REGION, "zones", zone, replace(zone, mains_km=7.0))).touches
    assert areas_of(found) == AROUND_A11
    assert all(touch.quoted_only for touch in found)
    found = touched(REGION, with_row(REGION, "zones", zone, replace(zone, inflows=("a-in",)))).touches
    assert not any(touch.quoted_only for touch in found)
    assert touched(REGION, with_row(REGION, "zones", zone, replace(zone, name="Another"))).touches == ()


def test_a_zone_that_moves_touches_where_it_was_and_where_it_comes() -> None:
    zone = REGION.zone["a11"]
    found = touched(REGION, with_row(REGION, "zones", zone, replace(zone, parent="b1", municipality="B"))).touches
    assert areas_of(found) == AROUND_A11 | B1


def test_bills_operations_and_settings_touch_what_is_quoted_of_their_time() -> None:
    bill = Billing(DAYS[0], DAYS[5], "a11", "", "household", 9.0, "")
    found = touched(REGION, replace(REGION, billing=(*REGION.billing, bill))).touches
    assert (areas_of(found), spans_of(found)) == (AROUND_A11, {Reach(DAYS[0], DAYS[5])})
    flushing = Operation(DAYS[1], None, "flushing", "b1", "", 5.0)
    found = touched(REGION, replace(REGION, operations=(*REGION.operations, flushing))).touches
    assert (areas_of(found), spans_of(found)) == (B1, {Reach(DAYS[1], DAYS[1])})
    everywhere = BalanceInput("Kraj", "theft_pct", 1.0, 1.0, "", "", DAYS[2])
    found = touched(REGION, replace(REGION, balance_inputs=(everywhere,))).touches
    assert (areas_of(found), spans_of(found)) == (set(AREAS), {Reach(DAYS[2], ALWAYS)})
    town = touched(REGION, replace(REGION, balance_inputs=(replace(everywhere, subject="B"),))).touches
    assert areas_of(town) == B1
    assert all(touch.quoted_only for touch in (*found, *town))


def test_a_tank_touches_its_zone_and_people_and_sources_touch_nothing_stored() -> None:
    tank, dam = REGION.reservoir["vdj"], REGION.reservoir["dam"]
    assert (
        areas_of(touched(REGION, with_row(REGION, "reservoirs", tank, replace(tank, full_m=6.0))).touches) == AROUND_A1
    )
    assert touched(REGION, with_row(REGION, "reservoirs", dam, replace(dam, full_m=541.0))).touches == ()
    town = REGION.municipalities[0]
    more = with_row(REGION, "municipalities", town, replace(town, population_supplied=1))
    assert touched(REGION, replace(more, sources=(), currency="EUR")) == (False, ())


def test_another_time_zone_touches_everything() -> None:
    for changes in ({"timezone": "UTC"}, {"name": "Other"}):
        assert touched(REGION, replace(REGION, **changes)).everything  # type: ignore[arg-type]  # texts


def test_every_part_of_a_region_is_known_here() -> None:
    from models.touched import _KINDS

    assert {*_KINDS, *NOTHING_STORED, *EVERYTHING} == set(Region.__dataclass_fields__)


def test_readings_touch_the_points_where_their_device_hung_then() -> None:
    moved = replace(
        REGION,
        assignments=(Assignment("m", "a11-h1", SINCE, DAYS[4]), Assignment("m", "b-in", DAYS[4])),
    )
    found = of_device(moved, "m", Reach(DAYS[1], DAYS[2]))
    assert {touch.subject for touch in found} == {"m", "a11-h1", "a11", "a1", "A", "Kraj"}
    assert spans_of(tuple(found)) == {Reach(DAYS[1], DAYS[2])}
    both = of_device(moved, "m", Reach(DAYS[3], DAYS[5]))
    assert {touch.subject: touch.reach for touch in both}["b1"] == Reach(DAYS[4], DAYS[5])
    assert {touch.subject: touch.reach for touch in both}["a11"] == Reach(DAYS[3], DAYS[4])
    assert {touch.subject: touch.reach for touch in both}["Kraj"] == Reach(DAYS[3], DAYS[5])


# -- whatever is changed: who is not touched is made of the same -----------------------------------------------------

moments = st.sampled_from(DAYS)
spans = st.tuples(moments, moments).filter(lambda pair: pair[0] < pair[1])


@st.composite
def changed_regions(draw: st.DrawFn, region: Region = REGION) -> Region:
    """Some rows moved, ended, added, taken away."""
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(("assignments", "devices", "zones", "points", "billing", "operations")))
        rows = getattr(region, kind)
        # Two rows of a zone for one time are refused by the check of regions.
        row = draw(st.sampled_from(rows)) if rows and (kind == "zones" or draw(st.booleans())) else None
        new = None if row is not None and draw(st.integers(0, 3)) == 0 else draw(_rows(kind, row, region))
        if row is not None or new is not None:
            region = with_row(region, kind, row, new)
    return region


@st.composite
def _rows(draw: st.DrawFn, kind: str, row: Any, region: Region) -> Any:
    start, end = draw(spans)
    points = st.sampled_from([point.point for point in REGION.points])
    zones = st.sampled_from([zone.zone for zone in REGION.zones])
    if kind == "assignments":
        if row is not None:
            return replace(row, end=end, final_index_m3=draw(st.none() | st.just(5.0)))
        return Assignment(draw(st.sampled_from([d.device for d in region.devices])), draw(points), start, end)
    if kind == "devices":
        if row is not None:
            return replace(row, multiplier=draw(st.sampled_from((1.0, 10.0))), valid_to=draw(st.none() | st.just(end)))
        return Device(draw(st.sampled_from([d.device for d in region.devices])), "meter", valid_from=start)
    if kind == "zones":
        assert row is not None
        changes: dict[str, Any] = draw(
            st.sampled_from(
                (
                    {"connections": 7},
                    {"inflows": ("b-in",)},
                    {"municipality": "B"},
                    {"parent": "a2"},
                    {"valid_from": start},
                    {"valid_to": end},
                    {"name": "x"},
                )
            )
        )
        return replace(row, **changes)
    if kind == "points":
        if row is not None:
            return replace(row, zone=draw(zones))
        return MeteringPoint(f"new{draw(st.integers(0, 3))}", "A", draw(zones), "household")
    if kind == "billing":
        return Billing(start, end, draw(zones), "", "household", draw(st.sampled_from((1.0, 2.0))), "")
    return Operation(start, draw(st.none() | st.just(end)), "fire", draw(zones), "", draw(st.sampled_from((1.0, 2.0))))


def made_of(region: Region, level: Level, subject: str, moment: datetime) -> tuple[object, ...]:
    """What an area's water at a moment is made of: its border, its customers, what hangs there, how it is read."""
    border = boundary(region, level, subject, moment)
    _, inside = zones_inside(region, level, subject, moment)
    customers = sorted(
        (point.point, point.role, point.zone) for point in region.points if point.zone in inside and point.zone
    )
    points = [
        *border.inflows,
        *border.outflows,
        *(tank.level_point for tank in border.tanks),
        *(c[0] for c in customers),
    ]
    measured = []
    for point in points:
        for item in region.assignments_of_point.get(point, ()):
            if item.covers(moment):
                rows = [
                    (row.multiplier, row.register_digits, row.q3_m3h)
                    for row in region.rows_of_device.get(item.device, ())
                    if (row.valid_from or EPOCH) <= moment < (row.valid_to or ALWAYS)
                ]
                measured.append((point, item.device, rows))
    return (sorted(border.inflows), sorted(border.outflows), sorted(inside), customers, sorted(map(repr, measured)))


def balanced_with(region: Region, level: Level, subject: str, moment: datetime) -> tuple[object, ...]:
    """What the balance of an area has beside its water: its zones' rows, bills and operations."""
    _, inside = zones_inside(region, level, subject, moment)
    valid = valid_zones(region, moment)
    zones = [replace(valid[name], name="") for name in sorted(inside)]
    bills = sorted(repr(row) for row in region.billing if row.zone in inside and row.start <= moment < row.end)
    operations = sorted(
        repr(row)
        for row in region.operations
        if row.zone in inside and (row.start == moment or row.start <= moment < (row.end or row.start))
    )
    return (zones, bills, operations)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(old=changed_regions(), data=st.data())
def test_who_is_not_touched_is_made_of_the_same(old: Region, data: st.DataObject) -> None:
    new = data.draw(changed_regions(old))
    found = touched(old, new).touches
    for level, subject in AREAS:
        mine = [touch for touch in found if (touch.level, touch.subject) == (level, subject)]
        for moment in DAYS:
            here = [touch for touch in mine if touch.reach.start <= moment <= touch.reach.end]
            if not any(not touch.quoted_only for touch in here):
                assert made_of(old, level, subject, moment) == made_of(new, level, subject, moment), (level, subject)
            if not here:
                assert balanced_with(old, level, subject, moment) == balanced_with(new, level, subject, moment)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(old=changed_regions(), data=st.data())
def test_the_way_back_touches_the_same(old: Region, data: st.DataObject) -> None:
    new = data.draw(changed_regions(old))

    def said(touches: tuple[Touch, ...]) -> set[tuple[object, ...]]:
        return {tuple(touch[:4]) for touch in touches}

    assert said(touched(old, new).touches) == said(touched(new, old).touches)


@pytest.mark.parametrize("reach", [Reach(DAYS[0], DAYS[0])])
def test_a_moment_is_a_span_too(reach: Reach) -> None:
    assert {touch.reach for touch in of_device(REGION, "d-a1-h1", reach)} == {reach}
