"""A meter that fell silent is estimated while it is, and no longer once it is heard; kinds' profiles are kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from analysis.estimates import PROFILES, Estimates
from models.reading import Reading
from models.registry import Assignment, Device, MeteringPoint
from models.rollup import Rollup
from tests.analysis.desk import Desk, SetClock
from tests.models.towns import REGION

START = datetime(2026, 2, 2, tzinfo=UTC)
HEARD_H = 8 * 24
NOW = START + timedelta(hours=HEARD_H + 72)


def readings(first: int, last: int) -> list[Reading]:
    return [
        Reading("d-a1-h1", "volume_m3", round(0.02 * hour, 6), START + timedelta(hours=hour), source="test")
        for hour in range(first, last)
    ]


def hours(desk: Desk) -> dict[datetime, Rollup]:
    rows = desk.store.rollups("point", ["a1-h1"], "hour", "consumption_m3", START, NOW)["a1-h1"]
    return {row.time: row for row in rows}


def test_a_silent_meter_is_estimated_until_it_is_heard(tmp_path: Path) -> None:
    clock = SetClock(START + timedelta(hours=HEARD_H))
    desk = Desk.open(tmp_path, clock)
    desk.store.write(readings(0, HEARD_H + 1))
    desk.analysis.run_once()
    assert max(hours(desk)) < clock.now()
    clock.moment = NOW
    desk.analysis.run_once()
    found = hours(desk)
    guessed = [found[START + timedelta(hours=hour)] for hour in range(HEARD_H, HEARD_H + 46)]
    assert all(row.estimated == 1 and row.value == pytest.approx(0.02, rel=0.1) for row in guessed)
    assert all((row.minimum or 0.0) < 0.7 * (row.value or 0.0) for row in guessed), "an open gap's interval is wide"
    assert START + timedelta(hours=HEARD_H + 47) not in found
    metered = desk.store.rollups("zone", ["a1"], "hour", "metered_m3", START, NOW)["a1"]
    assert any(row.estimated == 1 for row in metered)
    desk.store.write(readings(HEARD_H + 1, HEARD_H + 73))
    desk.analysis.run_once()
    found = hours(desk)
    desk.close()
    assert all(row.estimated == 0 for row in found.values())
    assert sum(row.value or 0.0 for row in found.values()) == pytest.approx(0.02 * (HEARD_H + 72), abs=1e-4)


def test_editions_are_learned_from_measured_hours_and_kept(tmp_path: Path) -> None:
    names = [f"more-{k}" for k in range(6)]
    region = replace(
        REGION,
        points=(*REGION.points, *(MeteringPoint(name, "A", "a1", "household") for name in names)),
        devices=(*REGION.devices, *(Device(f"d-{name}", "water_meter", q3_m3h=2.5) for name in names)),
        assignments=(
            *REGION.assignments,
            *(Assignment(f"d-{name}", name, START - timedelta(days=99)) for name in names),
        ),
    )
    desk = Desk.open(tmp_path, SetClock(NOW), region)
    works = desk.analysis._open(NOW)
    assert works is not None
    customers = works.estimates._kinds()
    points = [point for several in customers.values() for point in several]
    desk.store.write_rollups(
        Rollup("point", point, "hour", "consumption_m3", NOW - timedelta(hours=k), 0.01 * (1 + (k % 24 == 5)))
        for point in points
        for k in range(1, 24 * 20)
    )
    assert len(customers["household|2.5"]) == 6
    enough = {key: several for key, several in customers.items() if len(several) >= 5}
    works.estimates.step(NOW)
    kept = desk.records.facts().get(PROFILES, {})
    assert set(kept) == set(enough) == {"household|2.5"}
    again = Estimates(desk.records, works.topology, works.rollups, works.newest)
    assert set(again.rollups.likes) == set(enough)
    again.step(NOW + timedelta(days=1, hours=1))
    assert desk.records.facts().get(PROFILES, {}) == kept, "a quarter has not passed"
    desk.close()


def habit(hour: int) -> float:
    """A register that counts 0.2 m³ at five in the morning, little at other hours."""
    days, rest = divmod(hour, 24)
    return round(days * 0.3 + 0.004 * rest + (0.2 if rest > 5 else 0.0), 6)


def read_at(hour: int) -> Reading:
    return Reading("d-a1-h1", "volume_m3", habit(hour), START + timedelta(hours=hour), source="test")


def test_a_late_reading_changes_how_a_later_gap_is_filled_as_if_it_had_come_in_time(tmp_path: Path) -> None:
    kept = [hour for hour in range(20 * 24) if not 15 * 24 < hour < 15 * 24 + 12]
    late = [hour for hour in kept if 9 * 24 < hour <= 9 * 24 + 8]
    now = START + timedelta(days=20)
    found = []
    for name, batches in (("once", [kept]), ("late", [[hour for hour in kept if hour not in late], late])):
        desk = Desk.open(tmp_path / name, SetClock(now))
        for batch in batches:
            desk.store.write([read_at(hour) for hour in batch])
            desk.analysis.run_once()
        found.append(desk.store.rollups("point", ["a1-h1"], "hour", "consumption_m3", START, now)["a1-h1"])
        desk.close()
    once, other = found
    gap = [row for row in once if row.estimated == 1]
    assert len(gap) == 12
    assert max(gap, key=lambda row: row.value or 0.0).time.hour == 5, "filled by its own habit"
    assert [row.time for row in once] == [row.time for row in other]
    for a, b in zip(once, other, strict=True):
        assert (a.value, a.estimated) == pytest.approx((b.value, b.estimated), abs=1e-7), a.time


def test_a_counter_that_answers_again_takes_back_what_the_other_s_run_was_thought_to_be(tmp_path: Path) -> None:
    now = START + timedelta(hours=12)
    values = [100.0, 100.1, 100.2, 40_000.0, 40_000.7, 40_001.4, 40_002.1, 101.0, 101.1]
    given = [
        Reading("d-a1-h1", "volume_m3", value, START + timedelta(hours=hour), source="test")
        for hour, value in enumerate(values)
    ]
    found = []
    for name, batches in (("once", [given]), ("one by one", [[one] for one in given])):
        desk = Desk.open(tmp_path / name, SetClock(now))
        for batch in batches:
            desk.store.write(batch)
            desk.analysis.run_once()
        points = desk.store.rollups("point", ["a1-h1"], "hour", "consumption_m3", START, now)["a1-h1"]
        zones = desk.store.rollups("zone", ["a1"], "hour", "metered_m3", START, now)["a1"]
        found.append([[(row.time, row.value) for row in rows if row.coverage > 0] for rows in (points, zones)])
        desk.close()
    assert found[0] == found[1]
    assert sum(value or 0.0 for _, value in found[0][0]) == pytest.approx(1.1)
