"""From readings to events: found, kept through kill -9 and downtime, late data, people's steps."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

import pytest

from models.event import AlarmState, CaseState, EventKind
from models.event_rules import stepped
from models.reading import Reading, from_ms
from tests.analysis.desk import Desk, FileClock, SetClock, as_series, readings_of
from tests.models.detectors.water import Inflow

DAYS = 45
METER, ZONE = "d-a1-a2", "a2"
BEGIN = 40 * 288
"""Step at which the water begins to run."""
MORE_M3H = 25.0
INFLOW = Inflow(DAYS, 5)
TIMES = INFLOW.time_ms.tolist()
FLOW = [round(value, 3) for value in INFLOW.flow_m3h.tolist()]


def moment(step: int) -> datetime:
    return from_ms(TIMES[step])


def steps(first: int, last: int, more_m3h: float = 0.0) -> list[Reading]:
    return readings_of(METER, "flow_m3h", TIMES[first:last], [value + more_m3h for value in FLOW[first:last]])


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """History until shortly before the burst, prepared."""
    desk = Desk.open(tmp_path / "data", SetClock(moment(BEGIN - 12)))
    desk.store.write_series([as_series(METER, "flow_m3h", TIMES[: BEGIN - 12], FLOW[: BEGIN - 12])])
    desk.analysis.run_once()
    yield desk
    desk.close()


def set_now(folder: Path, now: datetime) -> None:
    """The time that another process sees, replaced at once."""
    (folder / "next").write_text(now.isoformat())
    (folder / "next").replace(folder / "now")


def live(desk: Desk, first: int, last: int, more_m3h: float = 0.0, at_once: int = 1) -> None:
    """Readings as they come, time with them."""
    for step in range(first, last, at_once):
        end = min(step + at_once, last)
        desk.clock.moment = moment(end - 1) + timedelta(seconds=20)  # type: ignore[union-attr]
        desk.store.write(steps(step, end, more_m3h))
        desk.analysis.run_once()


def bursts(desk: Desk) -> list:
    return [event for event in desk.records.events() if event.kind is EventKind.BURST]


def test_a_burst_is_found_live_stands_and_ends(desk: Desk) -> None:
    assert bursts(desk) == []
    live(desk, BEGIN - 12, BEGIN)
    live(desk, BEGIN, BEGIN + 18, MORE_M3H)
    found = bursts(desk)
    assert len(found) == 1
    assert (found[0].state, found[0].subject, found[0].end) == (AlarmState.UNACKNOWLEDGED, ZONE, None)
    assert found[0].detected_at - moment(BEGIN - 1) <= timedelta(minutes=30)
    assert found[0].loss_m3h == pytest.approx(MORE_M3H, rel=0.4)
    live(desk, BEGIN + 18, BEGIN + 48, 0.0, at_once=6)
    ended = bursts(desk)
    assert [(event.id, event.state) for event in ended] == [(found[0].id, AlarmState.RETURNED_UNACKNOWLEDGED)]
    assert [entry.what for entry in desk.records.event_log(found[0].id)].count("raised") == 1


def test_downtime_is_caught_up_and_the_burst_is_told_as_of_then(desk: Desk) -> None:
    live(desk, BEGIN - 12, BEGIN)
    other = desk.again()
    other.store.write(steps(BEGIN, BEGIN + 40, MORE_M3H))
    other.clock.moment = moment(BEGIN + 39)  # type: ignore[union-attr]
    other.analysis.run_once()
    (burst,) = bursts(other)
    assert (burst.state, burst.found_later) == (AlarmState.UNACKNOWLEDGED, False)
    assert burst.detected_at - moment(BEGIN - 1) <= timedelta(minutes=30)


def test_what_stood_before_the_first_start_is_an_alarm_and_what_was_over_is_history(tmp_path: Path) -> None:
    more = [MORE_M3H if BEGIN <= step < BEGIN + 60 or step >= BEGIN + 800 else 0.0 for step in range(BEGIN + 900)]
    flow = [value + extra for value, extra in zip(FLOW, more, strict=False)]
    desk = Desk.open(tmp_path, SetClock(moment(BEGIN + 899)))
    desk.store.write_series([as_series(METER, "flow_m3h", TIMES[: BEGIN + 900], flow)])
    desk.analysis.prepare(moment(BEGIN + 899))
    standing, over = bursts(desk)
    assert (over.state, over.case, over.found_later) == (AlarmState.NORMAL, CaseState.CLOSED, True)
    assert (standing.state, standing.case, standing.end) == (AlarmState.UNACKNOWLEDGED, CaseState.NEW, None)
    again = desk.again()
    again.analysis.run_once()
    assert {event.id for event in bursts(again)} == {standing.id, over.id}
    again.close()


def test_late_data_find_a_burst_of_the_past_and_tell_nobody(desk: Desk) -> None:
    late = range(BEGIN, BEGIN + 60)
    live(desk, BEGIN - 12, BEGIN)
    live(desk, BEGIN + 60, BEGIN + 84, at_once=6)
    assert bursts(desk) == []
    desk.store.write(steps(late[0], late[-1] + 1, MORE_M3H))
    desk.analysis.run_once()
    (found,) = bursts(desk)
    assert (found.found_later, found.state, found.case) == (True, AlarmState.NORMAL, CaseState.CLOSED)
    assert abs(found.start - moment(BEGIN)) <= timedelta(minutes=40)
    assert found.end is not None


class StopAfterLook(Event):
    """Set between the look at the feed and the work behind it."""

    looks = 0

    def is_set(self) -> bool:
        self.looks += 1
        return self.looks > 1


def test_a_stop_before_late_data_were_judged_forgets_none(desk: Desk) -> None:
    live(desk, BEGIN - 12, BEGIN)
    live(desk, BEGIN + 60, BEGIN + 84, at_once=6)
    desk.store.write(steps(BEGIN, BEGIN + 60, MORE_M3H))
    desk.analysis.run(StopAfterLook())
    assert bursts(desk) == []
    again = desk.again()
    again.analysis.run_once()
    (found,) = bursts(again)
    assert (found.found_later, found.case) == (True, CaseState.CLOSED)
    again.close()


def test_what_late_data_began_goes_on_at_the_live_edge(desk: Desk) -> None:
    live(desk, BEGIN - 12, BEGIN)
    live(desk, BEGIN + 30, BEGIN + 31, MORE_M3H)
    desk.store.write(steps(BEGIN, BEGIN + 30, MORE_M3H))
    desk.analysis.run_once()
    # It stands now: an alarm at once, not only when the next reading comes.
    (burst,) = bursts(desk)
    assert (burst.found_later, burst.state, burst.end) == (False, AlarmState.UNACKNOWLEDGED, None)
    live(desk, BEGIN + 31, BEGIN + 50, MORE_M3H, at_once=6)
    (burst,) = bursts(desk)
    assert (burst.found_later, burst.state, burst.end) == (False, AlarmState.UNACKNOWLEDGED, None)


def test_a_closed_case_is_reopened_by_a_return_within_a_day(desk: Desk) -> None:
    live(desk, BEGIN - 12, BEGIN)
    live(desk, BEGIN, BEGIN + 12, MORE_M3H, at_once=3)
    live(desk, BEGIN + 12, BEGIN + 36, 0.0, at_once=6)
    (first,) = bursts(desk)
    now = desk.clock.now()
    desk.records.change_event(first.id, lambda one: tuple(stepped(one, CaseState.CLOSED, "novak", now, "hydrant")))
    live(desk, BEGIN + 100, BEGIN + 136, 0.0, at_once=12)
    live(desk, BEGIN + 136, BEGIN + 148, MORE_M3H, at_once=3)
    (again,) = bursts(desk)
    assert (again.id, again.case, again.state) == (first.id, CaseState.INVESTIGATING, AlarmState.UNACKNOWLEDGED)


def test_silence_of_a_meter_is_its_own_event_and_no_leak(desk: Desk) -> None:
    live(desk, BEGIN - 12, BEGIN, at_once=6)
    for minutes in range(1, 60, 3):
        desk.clock.moment = moment(BEGIN) + timedelta(minutes=minutes)  # type: ignore[union-attr]
        desk.store.write([Reading("d-a1-h1", "volume_m3", 1.0 + minutes, desk.clock.now())])
        desk.analysis.run_once()
    silent = [event for event in desk.records.events() if event.kind is EventKind.DATA_STOPPED]
    assert [(event.level, event.subject, event.loss_m3h) for event in silent] == [("point", "a1-a2", None)]
    live(desk, BEGIN + 12, BEGIN + 14)
    (back,) = [event for event in desk.records.events() if event.kind is EventKind.DATA_STOPPED]
    assert back.end is not None


def test_kill_9_at_ten_moments_of_a_burst_one_event_same_id(desk: Desk) -> None:
    folder = desk.folder
    set_now(folder, moment(BEGIN - 12))
    writer = Desk.open(folder, FileClock(folder / "now"), writer="ingest")
    chance, ids, step = random.Random(9), set(), BEGIN - 12
    for _ in range(10):
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.analysis.analysis_process", str(folder)], stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        process.stdout.readline()
        for _ in range(4):
            more = MORE_M3H if BEGIN <= step < BEGIN + 20 else 0.0
            set_now(folder, moment(step))
            writer.store.write(steps(step, step + 1, more))
            step += 1
            time.sleep(chance.uniform(0.0, 0.25))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        ids |= {event.id for event in bursts(writer)}
    writer.store.write(steps(step, step + 24))
    writer.close()
    desk.clock.moment = moment(step + 24)  # type: ignore[union-attr]
    final = desk.again()
    final.analysis.run_once()
    (burst,) = bursts(final)
    log = [entry.what for entry in final.records.event_log(burst.id)]
    assert ids <= {burst.id}
    assert log.count("raised") == 1
    assert log.count("ended") == 1
    assert burst.state is AlarmState.RETURNED_UNACKNOWLEDGED
    final.close()
