"""Whatever comes, in whatever order, in however many pieces: the same rollups."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from analysis.backlog import touched_hours
from models.reading import Reading
from models.records import Figure
from tests.analysis.desk import Desk, SetClock, rollups_of, week
from tests.models.towns import REGION

START = datetime(2026, 3, 27, tzinfo=UTC)
HOURS = 72  # the night that loses an hour lies inside
NOW = START + timedelta(hours=HOURS, minutes=1)
SPAN = (START - timedelta(days=2), NOW + timedelta(days=2))


class Computed:
    """Readings and what was computed of them; without a representation: it would be half a megabyte."""

    def __init__(self, readings: list[Reading], rollups: dict) -> None:
        self.readings, self.rollups = readings, rollups


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Computed:
    """All readings at once, computed at once."""
    readings = week(START, HOURS)
    desk = Desk.open(tmp_path_factory.mktemp("once"), SetClock(NOW))
    desk.store.write(readings)
    desk.analysis.run_once()
    found = rollups_of(desk.store, *SPAN)
    desk.close()
    return Computed(readings, found)


def test_every_level_has_hours_and_days(once: Computed) -> None:
    kinds = {(level, period, quantity) for level, _, period, quantity, _ in once.rollups}
    for level in ("zone", "municipality", "region"):
        assert {(level, "hour", "net_inflow_m3h"), (level, "day", "net_inflow_m3h")} <= kinds
        assert {(level, "hour", "metered_m3"), (level, "day", "household_m3"), (level, "hour", "own_use_m3")} <= kinds
    assert {("device", "hour", "flow_m3h"), ("device", "day", "level_m"), ("point", "hour", "consumption_m3")} <= kinds
    assert ("zone", "day", "night_flow_m3h") in kinds


def test_how_a_device_fares_has_days_and_no_hours(tmp_path: Path) -> None:
    desk = Desk.open(tmp_path, SetClock(NOW))
    moments = [START + timedelta(hours=hours) for hours in (4, 28, 52)]
    desk.store.write([Reading("d-a1-h1", "battery_v", 3.6, moment, source="test") for moment in moments])
    desk.analysis.run_once()
    days = desk.store.rollups("device", ["d-a1-h1"], "day", "battery_v", *SPAN)["d-a1-h1"]
    assert [row.value for row in days if row.coverage > 0][1:3] == [3.6, 3.6]
    assert desk.store.rollups("device", None, "hour", "battery_v", *SPAN) == {}
    desk.close()


def test_a_town_s_net_inflow_is_that_of_its_own_boundary(once: Computed) -> None:
    hour = START + timedelta(hours=30)
    rows = {subject: once.rollups["zone", subject, "hour", "net_inflow_m3h", hour].value for subject in ("a1", "a2")}
    town = once.rollups["municipality", "A", "hour", "net_inflow_m3h", hour].value
    assert town == pytest.approx(rows["a1"] + rows["a2"], abs=1e-6)


def test_customers_of_a_zone_inside_count_in_all_that_lie_around_it(once: Computed) -> None:
    hour = START + timedelta(hours=30)
    used = {
        point: once.rollups["point", point, "hour", "consumption_m3", hour].value
        for point in ("a1-h1", "a1-o1", "a11-h1", "a11-h2")
    }
    inner = used["a11-h1"] + used["a11-h2"]
    for level, subject in (("zone", "a1"), ("municipality", "A"), ("region", "Kraj")):
        metered = once.rollups[level, subject, "hour", "metered_m3", hour].value
        assert metered == pytest.approx(sum(used.values()), abs=1e-6), subject
        assert once.rollups[level, subject, "hour", "household_m3", hour].value == pytest.approx(
            used["a1-h1"] + inner, abs=1e-6
        )
    assert once.rollups["zone", "a11", "hour", "metered_m3", hour].value == pytest.approx(inner, abs=1e-6)


@settings(
    max_examples=4, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 10_000), parts=st.integers(2, 6), restart=st.booleans())
def test_any_order_batches_and_restarts_end_in_the_same_rollups(
    once: Computed, tmp_path_factory: pytest.TempPathFactory, seed: int, parts: int, restart: bool
) -> None:
    readings, expected = once.readings, once.rollups
    chance = random.Random(seed)
    shuffled = readings[:]
    chance.shuffle(shuffled)
    desk = Desk.open(tmp_path_factory.mktemp("parts"), SetClock(NOW))
    for part in range(parts):
        desk.store.write(shuffled[part::parts])
        desk.analysis.run_once()
        if restart:
            desk = desk.again()
    found = rollups_of(desk.store, *SPAN)
    desk.close()
    assert set(found) == set(expected)
    different = {key: (found[key], expected[key]) for key in expected if not _same(found[key], expected[key])}
    assert not different, list(different.items())[:3]


def _same(one: object, other: object) -> bool:
    pairs = zip(one[5:], other[5:], strict=True)  # type: ignore[index]
    return all((a is None) == (b is None) and (a is None or a == pytest.approx(b, abs=2e-6)) for a, b in pairs)


def test_a_late_reading_changes_only_what_it_touches(once: Computed, tmp_path: Path) -> None:
    readings, expected = once.readings, once.rollups
    late = next(one for one in readings if one.device == "d-a1-h1" and one.time == START + timedelta(hours=40))
    desk = Desk.open(tmp_path, SetClock(NOW))
    desk.store.write([one for one in readings if one is not late])
    desk.analysis.run_once()
    before = rollups_of(desk.store, *SPAN)
    desk.store.write([late])
    desk.analysis.run_once()
    after = rollups_of(desk.store, *SPAN)
    desk.close()
    assert all(_same(after[key], expected[key]) for key in expected)
    changed = {key for key in after if after[key] != before.get(key)}
    assert changed
    subjects = {"d-a1-h1", "a1-h1", "a1", "A", "Kraj"}
    for _, subject, period, quantity, time in changed:
        assert subject in subjects
        assert quantity != "net_inflow_m3h"
        if period == "hour":
            assert abs(time - late.time) <= timedelta(hours=1)


def test_touched_is_from_the_reading_before_to_the_one_after(tmp_path: Path) -> None:
    desk = Desk.open(tmp_path, SetClock(NOW))
    series = [Reading("x", "volume_m3", float(hour), START + timedelta(hours=hour)) for hour in range(0, 60, 5)]
    desk.store.write([*series, Reading("y", "volume_m3", 1.0, START)])
    cursor = desk.store.head()
    desk.store.write([Reading("x", "volume_m3", 27.0, START + timedelta(hours=27, minutes=30))])
    changes = desk.store.changes(cursor).ranges
    hours = {(hour - START) // timedelta(hours=1) for _, device, hour in touched_hours(desk.store, changes, {})}
    desk.close()
    # Two readings on each side (20, 25 and 30, 35), with the hour that a reading on the hour ends.
    assert hours == set(range(19, 36))


def test_hours_between_two_registers_are_estimated_until_they_are_read(tmp_path: Path) -> None:
    desk = Desk.open(tmp_path, SetClock(NOW))
    early, late = START + timedelta(minutes=30), START + timedelta(hours=8, minutes=30)
    desk.store.write([Reading("d-a1-h1", "volume_m3", 1.0, early), Reading("d-a1-h1", "volume_m3", 2.0, late)])
    desk.analysis.run_once()
    rows = desk.store.rollups("point", ["a1-h1"], "hour", "consumption_m3", *SPAN)["a1-h1"]
    gap = [row for row in rows if START <= row.time <= START + timedelta(hours=8)]
    assert len(gap) == 9
    assert sum(row.value or 0.0 for row in gap) == pytest.approx(1.0, abs=1e-6)
    assert all(row.estimated == 1.0 for row in gap)
    assert all((row.minimum or 0.0) <= (row.value or 0.0) <= (row.maximum or 0.0) for row in gap)
    before = [row for row in rows if row.time < START]
    assert all((row.value, row.coverage, row.estimated) == (None, 0.0, 0.0) for row in before)
    read = [Reading("d-a1-h1", "volume_m3", 1 + hour / 8, early + timedelta(hours=hour)) for hour in range(1, 8)]
    desk.store.write(read)
    desk.analysis.run_once()
    rows = desk.store.rollups("point", ["a1-h1"], "hour", "consumption_m3", *SPAN)["a1-h1"]
    desk.close()
    measured = [row for row in rows if START + timedelta(hours=1) <= row.time < START + timedelta(hours=8)]
    assert [(row.value, row.estimated) for row in measured] == [(0.125, 0.0)] * 7


# -- a change of the registry, and why figures changed ---------------------------------------------------------------


def _says(figure: Figure) -> tuple[object, ...]:
    return (figure.value is None, figure.reason, pytest.approx(figure.value or 0.0, abs=1e-5))


def _figures(desk: Desk) -> dict[tuple[object, ...], Figure]:
    found = {}
    for level in ("zone", "municipality", "region"):
        for quantity in ("system_input_m3", "household_m3", "night_flow_m3h"):
            for figure in desk.records.figures(level, None, "day", quantity, *SPAN):  # type: ignore[arg-type]  # words
                if figure.value is not None:
                    found[level, figure.subject, quantity, figure.time] = figure
    return found


def test_an_assignment_added_later_ends_in_the_same_and_touches_only_its_own(tmp_path: Path) -> None:
    of = ("d-a-in", "d-a-inner", "d-a1-h1", "d-a11-h1", "d-a11-h2")
    readings = [one for one in week(START, HOURS) if one.device in of]
    late = "d-a11-h1"
    without = replace(REGION, assignments=tuple(item for item in REGION.assignments if item.device != late))
    desk = Desk.open(tmp_path / "later", SetClock(NOW), without)
    for one in range(0, HOURS * 60, 36 * 60):
        first, last = START + timedelta(minutes=one), START + timedelta(minutes=one + 36 * 60)
        desk.store.write([item for item in readings if first <= item.time < last])
        desk.analysis.run_once()
    before, quoted = rollups_of(desk.store, *SPAN), _figures(desk)
    assert isinstance(desk.clock, SetClock)
    desk.clock.moment = printed = NOW + timedelta(minutes=1)
    desk.records.save_region(REGION, "Jana", "added", desk.clock.moment)
    desk.clock.moment += timedelta(minutes=1)
    desk.analysis.run_once()
    after, now_quoted = rollups_of(desk.store, *SPAN), _figures(desk)
    changes = [c for c in desk.records.changed_figures("zone", None, printed, desk.clock.moment) if c.causes]
    desk.close()
    once = Desk.open(tmp_path / "once", SetClock(NOW), REGION)
    for one in range(0, HOURS * 60, 36 * 60):
        first, last = START + timedelta(minutes=one), START + timedelta(minutes=one + 36 * 60)
        once.store.write([item for item in readings if first <= item.time < last])
        once.analysis.run_once()
    expected, expected_quoted = rollups_of(once.store, *SPAN), _figures(once)
    once.close()
    assert set(after) == set(expected)
    assert all(_same(after[key], expected[key]) for key in expected if not str(key[3]).startswith("expected_"))
    assert {key: _says(one)[:2] for key, one in now_quoted.items()} == {
        key: _says(one)[:2] for key, one in expected_quoted.items()
    }
    changed = {key[1] for key in after if after[key] != before.get(key)}
    assert changed <= {late, "a11-h1", "a11", "a1", "A", "Kraj"}
    assert quoted.keys() <= now_quoted.keys()
    assert changes
    assert {c.after.subject for c in changes} <= {"a11", "a1"}
    assert {cause.code for c in changes for cause in c.causes} == {"cause.registry"}
    assert {cause.values["who"] for c in changes for cause in c.causes} == {"Jana"}


def test_a_late_reading_is_the_cause_of_what_it_changes(tmp_path: Path) -> None:
    readings = week(START, HOURS)
    gap = [
        one
        for one in readings
        if one.device == "d-a-in" and START + timedelta(hours=55) < one.time < START + timedelta(hours=58)
    ]
    clock = SetClock(NOW)
    desk = Desk.open(tmp_path, clock)
    held = set(map(id, gap))
    desk.store.write([one for one in readings if id(one) not in held])
    desk.analysis.run_once()
    printed = clock.moment
    clock.moment += timedelta(hours=1)
    desk.store.write(gap)
    desk.analysis.run_once()
    changes = desk.records.changed_figures("zone", None, printed, clock.moment)
    desk.close()
    input_changes = [one for one in changes if one.after.quantity == "system_input_m3"]
    assert {one.after.subject for one in input_changes} <= {"a1"}
    late = [cause for one in changes for cause in one.causes if cause.code == "cause.late_readings"]
    assert late
    assert {tuple(cause.values["devices"]) for cause in late} == {("d-a-in",)}  # type: ignore[arg-type]  # names
