"""Events, their log, and detectors' transactions."""

from __future__ import annotations

import dataclasses

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from models.errors import VodaError
from models.event import AlarmState, CaseState, Event, EventKind, EventLogEntry, Why
from storage.records import SqlRecords
from storage.records.event_rows import _row
from storage.schema import events as events_table
from tests.storage.records.samples import DAY, HOSTILE, HOUR, NOON, entry, event


def test_an_event_comes_back_whole(records: SqlRecords) -> None:
    saved = event(
        end=NOON + HOUR,
        loss_m3h=None,
        found_later=True,
        acknowledged_by='Jana "dispečink"',
        acknowledged_at=NOON,
        why=Why("burst.inflow_above_expected", {name or "empty": name for name in HOSTILE} | {"excess": 1.5e-7}),
    )
    records.save_event(saved, entry())
    assert records.event("e1") == saved
    assert records.events() == [saved]
    assert records.event("e2") is None


def test_hostile_subjects_have_events_of_their_own(records: SqlRecords) -> None:
    for number, name in enumerate(HOSTILE):
        records.save_event(event(f"e{number}", name), entry(f"e{number}", note=name))
    for number, name in enumerate(HOSTILE):
        assert [found.id for found in records.events(subject=name)] == [f"e{number}"]
        assert records.event_log(f"e{number}")[0].note == name


def test_events_are_found_by_state_case_and_time_newest_first(records: SqlRecords) -> None:
    first = event("e1", "a", detected_at=NOON - DAY, case=CaseState.CLOSED, state=AlarmState.NORMAL)
    second = event("e2", "b", detected_at=NOON, state=AlarmState.ACKNOWLEDGED, case=CaseState.CREW_SENT)
    third = event("e3", "c", detected_at=NOON + HOUR)
    for saved in (third, first, second):
        records.save_event(saved, entry(saved.id))
    assert records.events() == [third, second, first]
    assert records.events(states=[AlarmState.ACKNOWLEDGED, AlarmState.NORMAL]) == [second, first]
    assert records.events(cases=[CaseState.NEW]) == [third]
    assert records.events(states=[]) == []
    assert records.events(start=NOON, end=NOON + HOUR) == [second]
    assert records.events(subject="a", cases=[CaseState.NEW]) == []


def test_the_log_is_told_in_order_of_time(records: SqlRecords) -> None:
    entries = [entry(what="raised", at=NOON), entry(what="acknowledged", at=NOON + 2 * HOUR, who="Jana", note="jedu")]
    for logged in entries:
        records.save_event(event(), logged)
    late = entry(what="ended", at=NOON + HOUR)
    records.save_event(event(), late)
    assert records.event_log("e1") == [entries[0], late, entries[1]]
    assert records.event_log("e2") == []


def test_every_change_moves_the_version(records: SqlRecords) -> None:
    seen = [records.events_version()]
    records.save_event(event(), entry())
    seen.append(records.events_version())
    with records.detecting() as transaction:
        transaction.put_event(event(loss_m3=9.0), entry(what="updated"))
    seen.append(records.events_version())
    with records.detecting() as transaction:
        transaction.put_cursor("burst", "7")
    assert seen[0] < seen[1] < seen[2] == records.events_version()


def test_a_person_changes_what_is_there_now(records: SqlRecords) -> None:
    records.save_event(event(), entry())

    def acknowledge(present: Event) -> tuple[Event, EventLogEntry]:
        changed = dataclasses.replace(present, state=AlarmState.ACKNOWLEDGED, acknowledged_by="Jana")
        return changed, entry(what="acknowledged", who="Jana")

    records.save_event(event(loss_m3h=20.0), entry(what="updated"))
    changed = records.change_event("e1", acknowledge)
    assert changed == event(loss_m3h=20.0, state=AlarmState.ACKNOWLEDGED, acknowledged_by="Jana")
    assert records.event("e1") == changed
    assert [logged.what for logged in records.event_log("e1")] == ["raised", "updated", "acknowledged"]
    assert records.change_event("unknown", acknowledge) is None


def test_a_second_open_event_of_a_kind_and_subject_is_refused(records: SqlRecords) -> None:
    records.save_event(event("e1"), entry("e1"))

    def raise_another() -> None:
        with records.detecting() as transaction:
            transaction.put_state("burst", "bynov", 1, "8", {})
            transaction.put_event(event("e2"), entry("e2"))

    with pytest.raises(VodaError) as refusal:
        raise_another()
    assert refusal.value.code == "event.already_open"
    assert records.events() == [event("e1")]
    assert records.detector_state("burst", "bynov") is None


def test_the_database_itself_holds_one_open_event(records: SqlRecords) -> None:
    records.save_event(event("e1"), entry("e1"))
    with pytest.raises(IntegrityError), records.engine.begin() as connection:
        connection.execute(insert(events_table), _row(event("e2", case=CaseState.VERIFIED)))
    with records.engine.begin() as connection:
        connection.execute(insert(events_table), _row(event("e3", case=CaseState.CLOSED)))
        connection.execute(insert(events_table), _row(event("e4", kind=EventKind.PRESSURE_LOW)))
    assert len(records.events()) == 3


def test_open_and_last_event(records: SqlRecords) -> None:
    closed = event("e1", case=CaseState.CLOSED, detected_at=NOON - DAY, end=NOON - HOUR)
    older = event("e0", case=CaseState.CLOSED, detected_at=NOON - 2 * DAY, end=NOON)
    with records.detecting() as transaction:
        assert transaction.open_event("burst", "bynov") is None
        assert transaction.last_event("burst", "bynov") is None
        transaction.put_event(closed, entry("e1"))
        transaction.put_event(older, entry("e0"))
        assert transaction.open_event("burst", "bynov") is None
        assert transaction.last_event("burst", "bynov") == closed
        # What the transaction wrote it sees, and another subject is none of its business.
        present = event("e2")
        transaction.put_event(present, entry("e2"))
        assert transaction.open_event("burst", "bynov") == present
        assert transaction.last_event("burst", "bynov") == present
        assert transaction.open_event("burst", "Bynov") is None
        assert transaction.open_event("tank_low", "bynov") is None


def test_a_returned_signal_does_not_close_the_case(records: SqlRecords) -> None:
    returned = event(state=AlarmState.RETURNED_UNACKNOWLEDGED, end=NOON, case=CaseState.VERIFIED)
    records.save_event(returned, entry())
    with records.detecting() as transaction:
        assert transaction.open_event("burst", "bynov") == returned


def test_a_detector_state_is_replaced(records: SqlRecords) -> None:
    state = {"mean": 1.25, "seen": ["a", None, True], "name": HOSTILE[1], "nested": {HOSTILE[3]: -3}}
    with records.detecting() as transaction:
        transaction.put_state("burst", "bynov", 1, "c1", state)
        transaction.put_state("burst", HOSTILE[0], 1, "c1", {})
    assert records.detector_state("burst", "bynov") == (1, "c1", state)
    with records.detecting() as transaction:
        transaction.put_state("burst", "bynov", 2, "c2", {})
    assert records.detector_state("burst", "bynov") == (2, "c2", {})
    assert records.detector_state("burst", "zone") is None


def test_an_error_undoes_everything_of_the_transaction(records: SqlRecords) -> None:

    def fail() -> None:
        with records.detecting() as transaction:
            transaction.put_event(event(), entry())
            transaction.put_state("burst", "bynov", 1, "c1", {"n": 1})
            transaction.put_cursor("analysis", "c1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert records.events() == []
    assert records.event_log("e1") == []
    assert records.events_version() == 0
    assert records.detector_state("burst", "bynov") is None
    assert records.cursor("analysis") == ""


def test_a_state_that_is_not_json_is_refused_on_either_database(records: SqlRecords) -> None:
    with pytest.raises(Exception, match="JSON compliant"), records.detecting() as transaction:
        transaction.put_state("burst", "bynov", 1, "c1", {"mean": float("nan")})
    assert records.detector_state("burst", "bynov") is None
