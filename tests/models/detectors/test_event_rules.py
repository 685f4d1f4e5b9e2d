"""Findings and people's steps, table by table."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count, product

import pytest

from models.detector import Finding
from models.errors import VodaError
from models.event import AlarmState, CaseState, Event, EventKind, Priority, Why
from models.event_rules import (
    CASE_STEPS,
    Judged,
    Signal,
    acknowledged,
    after,
    awakened,
    closed_as_history,
    explained_by_late_data,
    judged,
    set_aside,
    stepped,
    verified,
)

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
S, C = AlarmState, CaseState
WHY = Why("burst.inflow_above_expected")


def hour(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def finding(action: str, at: float, start: float | None = None, end: float | None = None) -> Finding:
    began = hour(at - 0.5 if start is None else start)
    over = None if end is None else hour(end)
    return Finding(action, EventKind.BURST, hour(at), began, over, Priority.HIGH, 12.0, 6.0, 0.9, WHY)  # type: ignore[arg-type]


def event(**changes: object) -> Event:
    first = judged(finding("raise", 0), Judged("zone", "bynov", None, None), lambda: "first")
    assert first is not None
    return replace(first.event, **changes)  # type: ignore[arg-type]


def apply(one: Finding, standing: Event | None = None, last: Event | None = None, past: bool = False):
    numbers = count(1)
    return judged(one, Judged("zone", "bynov", standing, last or standing, past), lambda: f"new-{next(numbers)}")


def test_a_finding_raises_an_unacknowledged_new_event() -> None:
    raised = apply(finding("raise", 0))
    assert (raised.event.id, raised.event.state, raised.event.case) == ("new-1", S.UNACKNOWLEDGED, C.NEW)
    assert (raised.event.detected_at, raised.event.start, raised.event.end) == (hour(0), hour(-0.5), None)
    assert (raised.entry.what, raised.entry.event) == ("raised", "new-1")


def test_for_the_past_it_notifies_nobody_until_it_is_seen_to_stand() -> None:
    found = apply(finding("raise", 0), past=True).event
    assert (found.state, found.found_later) == (S.NORMAL, True)
    ended = apply(finding("clear", 2, end=1), found, past=True).event
    assert (ended.state, ended.end) == (S.NORMAL, hour(1))
    assert closed_as_history(ended, hour(2)).event.case is C.CLOSED
    awake = awakened(found, hour(3)).event
    assert (awake.state, awake.found_later, awake.id) == (S.UNACKNOWLEDGED, False, found.id)
    assert awakened(ended, hour(3)) is None
    assert awakened(event(), hour(3)) is None
    assert closed_as_history(event(end=hour(1)), hour(2)) is None


@pytest.mark.parametrize(
    ("state", "returned", "recurred"),
    [
        (S.UNACKNOWLEDGED, S.RETURNED_UNACKNOWLEDGED, S.UNACKNOWLEDGED),
        (S.ACKNOWLEDGED, S.NORMAL, S.UNACKNOWLEDGED),
        (S.SHELVED, S.SHELVED, S.SHELVED),
        (S.SUPPRESSED, S.SUPPRESSED, S.SUPPRESSED),
        (S.OUT_OF_SERVICE, S.OUT_OF_SERVICE, S.OUT_OF_SERVICE),
    ],
)
def test_the_signal_returns_and_recurs_within_one_event(state: S, returned: S, recurred: S) -> None:
    ended = apply(finding("clear", 3, end=2), event(state=state)).event
    assert (ended.state, ended.end, ended.case, ended.loss_m3h) == (returned, hour(2), C.NEW, 0.0)
    again = apply(finding("raise", 100), ended)
    assert (again.event.state, again.event.end, again.event.id) == (recurred, None, "first")
    assert again.entry.what == "recurred"


@pytest.mark.parametrize("case", list(C))
def test_a_case_is_never_closed_by_the_signal_and_reopened_by_a_return_after_repair(case: C) -> None:
    if case is C.CLOSED:
        return
    ended = apply(finding("clear", 3), event(case=case)).event
    assert ended.case is case
    again = apply(finding("raise", 4), ended).event
    assert again.case is (C.INVESTIGATING if case in (C.REPAIRED, C.VERIFIED) else case)


@pytest.mark.parametrize(
    ("end", "start", "at", "what"),
    [
        (1.0, 20.0, 20.5, "reopened"),
        (1.0, 24.5, 25.0, "reopened"),
        (1.0, 25.0, 25.5, "raised"),
        (1.0, 0.5, 2.0, None),  # began before the end that a person has judged
        (None, 20.0, 20.5, None),  # closed while it stood: a person said that this is no alarm
    ],
)
def test_after_closing_a_recurrence_within_a_day_reopens(
    end: float | None, start: float, at: float, what: str | None
) -> None:
    closed = event(case=C.CLOSED, state=S.NORMAL, end=None if end is None else hour(end))
    result = apply(finding("raise", at, start=start), None, closed)
    assert (None if result is None else result.entry.what) == what
    if what == "reopened":
        assert (result.event.id, result.event.state, result.event.case) == ("first", S.UNACKNOWLEDGED, C.INVESTIGATING)
    if what == "raised":
        assert result.event.id == "new-1"


def test_an_update_changes_the_evidence_and_a_closed_event_takes_none() -> None:
    updated = apply(finding("update", 1)._replace(loss_m3h=15.0), event(state=S.ACKNOWLEDGED))
    assert (updated.event.loss_m3h, updated.event.state, updated.entry.what) == (15.0, S.ACKNOWLEDGED, "updated")
    assert apply(finding("update", 1), None, event(case=C.CLOSED)) is None


def test_the_end_of_a_closed_event_is_noted_so_that_a_return_can_be_told() -> None:
    closed = event(case=C.CLOSED, state=S.ACKNOWLEDGED)
    ended = apply(finding("clear", 5, end=4), None, closed).event
    assert (ended.end, ended.case) == (hour(4), C.CLOSED)
    assert apply(finding("clear", 6), None, ended) is None
    assert apply(finding("clear", 6)) is None


ISA = {
    S.NORMAL: {
        "raised": S.UNACKNOWLEDGED,
        "shelve": S.SHELVED,
        "suppress": S.SUPPRESSED,
        "remove_from_service": S.OUT_OF_SERVICE,
    },
    S.UNACKNOWLEDGED: {
        "returned": S.RETURNED_UNACKNOWLEDGED,
        "acknowledge": S.ACKNOWLEDGED,
        "shelve": S.SHELVED,
        "suppress": S.SUPPRESSED,
        "remove_from_service": S.OUT_OF_SERVICE,
    },
    S.ACKNOWLEDGED: {
        "returned": S.NORMAL,
        "shelve": S.SHELVED,
        "suppress": S.SUPPRESSED,
        "remove_from_service": S.OUT_OF_SERVICE,
    },
    S.RETURNED_UNACKNOWLEDGED: {
        "raised": S.UNACKNOWLEDGED,
        "acknowledge": S.NORMAL,
        "shelve": S.SHELVED,
        "suppress": S.SUPPRESSED,
        "remove_from_service": S.OUT_OF_SERVICE,
    },
    S.SHELVED: {"unshelve": S.UNACKNOWLEDGED},
    S.SUPPRESSED: {"unsuppress": S.UNACKNOWLEDGED},
    S.OUT_OF_SERVICE: {"return_to_service": S.UNACKNOWLEDGED},
}


@pytest.mark.parametrize(("state", "signal"), list(product(S, Signal)), ids=lambda one: one.value)
def test_the_alarm_moves_as_isa_18_2_draws_it(state: S, signal: Signal) -> None:
    assert after(state, signal, standing=True) is ISA[state].get(signal.value, state)


def test_what_was_set_aside_comes_back_as_the_process_is() -> None:
    shelved = set_aside(event(), Signal.SHELVE, "novak", hour(1), "ventil").event
    assert shelved.state is S.SHELVED
    assert set_aside(shelved, Signal.UNSHELVE, "novak", hour(2)).event.state is S.UNACKNOWLEDGED
    over = apply(finding("clear", 3), shelved).event
    assert set_aside(over, Signal.UNSHELVE, "novak", hour(4)).event.state is S.NORMAL
    with pytest.raises(VodaError, match=r"event\.no_such_step"):
        set_aside(event(), Signal.UNSHELVE, "novak", hour(1))


def test_a_person_acknowledges_once() -> None:
    done = acknowledged(event(), "novak", hour(1), "jedu tam")
    assert (done.event.state, done.event.acknowledged_by, done.event.acknowledged_at) == (
        S.ACKNOWLEDGED,
        "novak",
        hour(1),
    )
    assert (done.entry.who, done.entry.what, done.entry.note) == ("novak", "acknowledged", "jedu tam")
    with pytest.raises(VodaError, match=r"event\.not_unacknowledged"):
        acknowledged(done.event, "novak", hour(2))


@pytest.mark.parametrize(("before", "step"), list(product(C, C)), ids=lambda one: one.value)
def test_a_case_goes_only_the_steps_of_its_table(before: C, step: C) -> None:
    one = event(case=before)
    if step in CASE_STEPS[before]:
        assert stepped(one, step, "novak", hour(1), "příčina").event.case is step
    else:
        with pytest.raises(VodaError, match=r"event\.no_such_step"):
            stepped(one, step, "novak", hour(1), "příčina")


def test_closing_needs_a_cause_and_acknowledges() -> None:
    with pytest.raises(VodaError, match=r"event\.cause_missing"):
        stepped(event(), C.CLOSED, "novak", hour(1), " ")
    closed = stepped(event(end=hour(0.5), state=S.RETURNED_UNACKNOWLEDGED), C.CLOSED, "novak", hour(1), "hydrant").event
    assert (closed.state, closed.acknowledged_by) == (S.NORMAL, "novak")


def test_three_quiet_nights_verify_a_repair() -> None:
    repaired = event(case=C.REPAIRED, end=hour(1))
    assert verified(repaired, 2, hour(60)) is None
    assert verified(repaired, 3, hour(84)).event.case is C.VERIFIED
    assert verified(event(case=C.REPAIRED), 3, hour(84)) is None
    assert verified(event(case=C.LOCATED, end=hour(1)), 3, hour(84)) is None


def test_late_data_that_explain_an_event_are_noted_and_change_nothing() -> None:
    one = event()
    told = explained_by_late_data(one, hour(9))
    assert (told.event, told.entry.what) == (one, "explained_by_late_data")
