"""Validation as the service schedules it: verdicts on the stream and on history, edits and what they touch."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from models.edits import OF_EDIT
from models.quality import Quality
from models.reading import Reading, Series, to_ms
from models.verdict import Edit, EditKind, Verdict
from tests.analysis.desk import Desk, SetClock, rollups_of, week

START = datetime(2026, 5, 4, tzinfo=UTC)
HOURS = 96
NOW = START + timedelta(hours=HOURS, minutes=1)
SPAN = (START - timedelta(days=40), NOW + timedelta(days=2))
SPIKED, STUCK, SILENT = START + timedelta(hours=50), START + timedelta(hours=20), START + timedelta(hours=70)


def troubled() -> list[Reading]:
    """A week in which a tank's level jumps once and then stands still, a flow meter is silent and a register falls."""
    readings = []
    frozen = None
    for one in week(START, HOURS):
        if one.device == "d-tank" and one.time == SPIKED:
            one = one._replace(value=9.9)
        if one.device == "d-tank" and STUCK <= one.time < STUCK + timedelta(hours=15):
            frozen = one.value if frozen is None else frozen
            one = one._replace(value=frozen)
        if one.device == "d-b-in" and SILENT <= one.time < SILENT + timedelta(hours=6):
            continue
        readings.append(one)
    return readings


def said(desk: Desk, *devices: str) -> list[tuple[str, str, str, int, int, str]]:
    return [
        (one.device, one.quantity, one.test, one.first_ms, one.last_ms, one.quality.name)
        for device in devices
        for one in desk.records.verdicts(device, *SPAN)
    ]


DEVICES = ("d-tank", "d-b-in", "d-a1-h1", "d-a-in")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened = Desk.open(tmp_path, SetClock(NOW))
    yield opened
    opened.close()


def test_what_is_wrong_is_flagged_with_its_reason_and_counts_nowhere(desk: Desk) -> None:
    readings = troubled()
    desk.store.write(readings)
    desk.analysis.run_once()
    found = {(one.test, one.quality, one.reason): one for one in desk.records.verdicts("d-tank", *SPAN)}
    spike = found["spike", Quality.FAIL, "spike"]
    assert (spike.first_ms, spike.last_ms) == (to_ms(SPIKED), to_ms(SPIKED))
    assert dict(spike.values)["value"] == 9.9
    flat = [one for one in desk.records.verdicts("d-tank", *SPAN) if one.reason == "flat"]
    # A flag ends with the day; the next day's goes on.
    assert [one.quality for one in flat] == [Quality.SUSPECT, Quality.SUSPECT]
    assert flat[0].first_ms <= to_ms(STUCK)
    assert flat[1].last_ms == to_ms(STUCK + timedelta(hours=14, minutes=45))
    gap = [one for one in desk.records.verdicts("d-b-in", *SPAN) if one.test == "gap"]
    assert [(one.first_ms, one.quality) for one in gap] == [
        (to_ms(SILENT) - 900_000 + 900_001 - 900_000, Quality.MISSING)
    ]
    hour = rollups_of(desk.store, *SPAN)["device", "d-tank", "hour", "level_m", SPIKED]
    assert hour.maximum < 5
    # Nothing that came was changed.
    stored = desk.store.readings("d-tank", "level_m", SPIKED, SPIKED + timedelta(seconds=1))
    assert [(one.value, one.quality) for one in stored] == [(9.9, Quality.GOOD)]


def test_any_order_batches_and_restarts_end_in_the_same_verdicts(desk: Desk, tmp_path: Path) -> None:
    readings = troubled()
    desk.store.write(readings)
    desk.analysis.run_once()
    expected = said(desk, *DEVICES)
    assert {test for _, _, test, *_ in expected} >= {"spike", "flat", "gap"}
    shuffled = readings[:]
    random.Random(4).shuffle(shuffled)
    parts = Desk.open(tmp_path / "parts", SetClock(NOW))
    for part in range(4):
        parts.store.write(shuffled[part::4])
        parts.analysis.run_once()
        parts = parts.again()
    assert said(parts, *DEVICES) == expected
    assert rollups_of(parts.store, *SPAN).keys() == rollups_of(desk.store, *SPAN).keys()
    parts.close()


def test_history_is_judged_as_the_stream_is(desk: Desk, tmp_path: Path) -> None:
    readings = troubled()
    desk.store.write(readings)
    desk.analysis.run_once()
    bulk = Desk.open(tmp_path / "bulk", SetClock(NOW))
    columns: dict[tuple[str, str], list[Reading]] = {}
    for one in readings:
        columns.setdefault((one.device, one.quantity), []).append(one)
    bulk.store.write_series(
        Series(
            device,
            quantity,
            np.array([to_ms(one.time) for one in several], np.int64),
            np.array([one.value for one in several], np.float64),
            np.ones(1, np.int8),
            "test",
        )
        for (device, quantity), several in columns.items()
    )
    bulk.analysis.run_once()
    assert said(bulk, *DEVICES) == said(desk, *DEVICES)
    assert bulk.records.dirty_count() == 0
    hour = rollups_of(bulk.store, *SPAN)["device", "d-tank", "hour", "level_m", SPIKED]
    assert hour.maximum < 5
    bulk.close()


def edit(kind: EditKind, hour: int, value: float | None = None, device: str = "d-a-in") -> Edit:
    first = START + timedelta(hours=hour, minutes=1)
    last = first + timedelta(minutes=59)
    return Edit(device, "flow_m3h", to_ms(first), to_ms(last), kind, value, "Eva", NOW, "hydrant test")


def test_an_edit_and_its_undo_compute_exactly_what_they_touch(desk: Desk) -> None:
    desk.store.write(week(START, HOURS))
    desk.analysis.run_once()
    before = rollups_of(desk.store, *SPAN)
    figures = {name: quoted(desk, name) for name in ("a1", "b1")}
    made = desk.records.add_edit(edit(EditKind.REPLACE, 80, 400.0))
    desk.analysis.run_once()
    after = rollups_of(desk.store, *SPAN)
    hour = START + timedelta(hours=80)
    assert after["device", "d-a-in", "hour", "flow_m3h", hour].value == pytest.approx(400.0)
    assert (
        after["zone", "a1", "hour", "net_inflow_m3h", hour].value
        > before["zone", "a1", "hour", "net_inflow_m3h", hour].value + 300
    )
    changed = {key for key in after if after[key] != before.get(key)}
    assert {subject for _, subject, *_ in changed} <= {"d-a-in", "a-in", "a1", "A", "Kraj"}
    assert all(abs(time - hour) <= timedelta(hours=1) for _, _, period, _, time in changed if period == "hour")
    assert quoted(desk, "a1") != figures["a1"]
    assert quoted(desk, "b1") == figures["b1"]
    desk.records.undo_edit(made.id, "Eva", "it was another day", NOW)
    desk.analysis.run_once()
    assert rollups_of(desk.store, *SPAN) == before
    assert quoted(desk, "a1") == figures["a1"]


def quoted(desk: Desk, zone: str) -> list[tuple[datetime, float | None]]:
    return [
        (figure.time, figure.value) for figure in desk.records.figures("zone", [zone], "day", "system_input_m3", *SPAN)
    ]


def test_an_excluded_reading_is_not_used_and_an_accepted_one_is(desk: Desk) -> None:
    desk.store.write(troubled())
    desk.analysis.run_once()
    moment = to_ms(SPIKED)
    accepted = Edit("d-tank", "level_m", moment, moment, EditKind.ACCEPT, None, "Jan", NOW, "it was so")
    desk.records.add_edit(accepted)
    desk.analysis.run_once()
    hour = rollups_of(desk.store, *SPAN)["device", "d-tank", "hour", "level_m", SPIKED]
    assert hour.maximum == 9.9
    assert OF_EDIT[EditKind.ACCEPT] is Quality.GOOD
    desk.records.add_edit(accepted._replace(kind=EditKind.EXCLUDE, at=NOW + timedelta(seconds=1)))
    desk.analysis.run_once()
    hour = rollups_of(desk.store, *SPAN)["device", "d-tank", "hour", "level_m", SPIKED]
    assert hour.maximum < 5


def test_a_silence_that_goes_on_grows_and_ends_with_the_next_reading(desk: Desk) -> None:
    desk.store.write(week(START, HOURS))
    desk.analysis.run_once()
    clock = desk.clock
    assert isinstance(clock, SetClock)

    def gaps() -> list[Verdict]:
        return [one for one in desk.records.verdicts("d-a-in", *SPAN) if one.test == "gap"]

    assert gaps() == []
    for hours in (5, 8):
        clock.moment = NOW + timedelta(hours=hours)
        desk.analysis.run_once()
        assert [(one.first_ms, one.last_ms) for one in gaps()] == [
            (to_ms(START + timedelta(hours=HOURS)) + 1, to_ms(START + timedelta(hours=HOURS + hours)) - 1)
        ]
    back = START + timedelta(hours=HOURS + 7, minutes=30)
    desk.store.write([Reading("d-a-in", "flow_m3h", 41.0, back)])
    desk.analysis.run_once()
    assert [one.last_ms for one in gaps()] == [to_ms(back) - 1]


def test_two_names_of_one_meter_and_a_clock_that_runs_ahead_are_told(desk: Desk) -> None:
    readings = week(START, HOURS)
    twin = [one._replace(device="twin") for one in readings if one.device == "d-a1-h1"]
    desk.store.write([*readings, *twin])
    ahead = [Reading("fast", "pressure_m", 40.0 + step % 3, NOW + timedelta(minutes=45 + step)) for step in range(5)]
    desk.store.write(ahead)
    desk.analysis.run_once()
    twins = [one for one in desk.records.verdicts("twin", *SPAN) if one.test == "duplicate"]
    assert [(one.quality, dict(one.values)["other"]) for one in twins] == [(Quality.SUSPECT, "d-a1-h1")]
    fast = [one for one in desk.records.verdicts("fast", *SPAN) if one.test == "clock"]
    assert [(one.quality, one.reason, dict(one.values)["minutes"]) for one in fast] == [
        (Quality.SUSPECT, "clock_ahead", 49.0)
    ]
