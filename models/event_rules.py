"""What happens to events: pure transitions of the alarm and of the case.

A finding of a detector and an action of a person each turn an event into its successor, with the line for its log.
Nothing here deletes, and nothing raises an event for the past except as `found_later`, which notifies nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from models.detector import Finding
from models.errors import VodaError
from models.event import AlarmState, CaseState, Event, EventLogEntry

REOPENS_WITHIN = timedelta(hours=24)
"""A recurrence so soon after the end of a closed event belongs to it."""
QUIET_NIGHTS = 3
"""Nights without the signal after a repair before a case is verified."""

WATCH = "smartvoda"
"""Who is written in the log where the system itself judged."""


class Transition(NamedTuple):
    """An event's successor and what its log says of the change."""

    event: Event
    entry: EventLogEntry


class Judged(NamedTuple):
    """What a finding is applied to.

    level, subject : of the event; standing : its not-closed event; last : its newest event, closed or not
    for_the_past : the finding speaks of what was over before it could be told (late data, replay)
    """

    level: str
    subject: str
    standing: Event | None
    last: Event | None
    for_the_past: bool = False


class Signal(StrEnum):
    """What moves an alarm: the process on one side, a person on the other."""

    RAISED = "raised"
    RETURNED = "returned"
    ACKNOWLEDGE = "acknowledge"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    SUPPRESS = "suppress"
    UNSUPPRESS = "unsuppress"
    REMOVE = "remove_from_service"
    RESTORE = "return_to_service"


_S = AlarmState
ALARM: dict[tuple[AlarmState, Signal], AlarmState] = {
    (_S.NORMAL, Signal.RAISED): _S.UNACKNOWLEDGED,
    (_S.RETURNED_UNACKNOWLEDGED, Signal.RAISED): _S.UNACKNOWLEDGED,
    (_S.UNACKNOWLEDGED, Signal.RETURNED): _S.RETURNED_UNACKNOWLEDGED,
    (_S.ACKNOWLEDGED, Signal.RETURNED): _S.NORMAL,
    (_S.UNACKNOWLEDGED, Signal.ACKNOWLEDGE): _S.ACKNOWLEDGED,
    (_S.RETURNED_UNACKNOWLEDGED, Signal.ACKNOWLEDGE): _S.NORMAL,
    **{(state, Signal.SHELVE): _S.SHELVED for state in (_S.UNACKNOWLEDGED, _S.ACKNOWLEDGED, _S.NORMAL)},
    (_S.RETURNED_UNACKNOWLEDGED, Signal.SHELVE): _S.SHELVED,
    **{(state, Signal.SUPPRESS): _S.SUPPRESSED for state in (_S.UNACKNOWLEDGED, _S.ACKNOWLEDGED, _S.NORMAL)},
    (_S.RETURNED_UNACKNOWLEDGED, Signal.SUPPRESS): _S.SUPPRESSED,
    **{(state, Signal.REMOVE): _S.OUT_OF_SERVICE for state in (_S.UNACKNOWLEDGED, _S.ACKNOWLEDGED, _S.NORMAL)},
    (_S.RETURNED_UNACKNOWLEDGED, Signal.REMOVE): _S.OUT_OF_SERVICE,
}
"""Where each signal leads; a pair that is absent leaves the state as it is.

Source: ANSI/ISA-18.2-2016, alarm state transition diagram: shelved, suppressed by design and out of service take no
notice of the process; leaving them leads back to what the process then is (see `left_aside`).
"""
ASIDE: dict[Signal, AlarmState] = {
    Signal.UNSHELVE: _S.SHELVED,
    Signal.UNSUPPRESS: _S.SUPPRESSED,
    Signal.RESTORE: _S.OUT_OF_SERVICE,
}

_C = CaseState
CASE_STEPS: dict[CaseState, frozenset[CaseState]] = {
    _C.NEW: frozenset({_C.INVESTIGATING, _C.LOCATED, _C.CREW_SENT, _C.REPAIRED, _C.CLOSED}),
    _C.INVESTIGATING: frozenset({_C.LOCATED, _C.CREW_SENT, _C.REPAIRED, _C.CLOSED}),
    _C.LOCATED: frozenset({_C.INVESTIGATING, _C.CREW_SENT, _C.REPAIRED, _C.CLOSED}),
    _C.CREW_SENT: frozenset({_C.INVESTIGATING, _C.LOCATED, _C.REPAIRED, _C.CLOSED}),
    _C.REPAIRED: frozenset({_C.INVESTIGATING, _C.VERIFIED, _C.CLOSED}),
    _C.VERIFIED: frozenset({_C.INVESTIGATING, _C.CLOSED}),
    _C.CLOSED: frozenset({_C.INVESTIGATING}),
}
"""Steps that a person may take; from closed only back to work."""


def after(state: AlarmState, signal: Signal, standing: bool) -> AlarmState:
    """The alarm's state after a signal; `standing`: whether the process is in alarm just now.

    >>> after(AlarmState.UNACKNOWLEDGED, Signal.RETURNED, standing=False).value
    'returned_unacknowledged'
    >>> after(AlarmState.SHELVED, Signal.UNSHELVE, standing=True).value
    'unacknowledged'
    """
    if signal in ASIDE:
        if state is not ASIDE[signal]:
            return state
        return AlarmState.UNACKNOWLEDGED if standing else AlarmState.NORMAL
    return ALARM.get((state, signal), state)


def judged(finding: Finding, at: Judged, new_id: Callable[[], str]) -> Transition | None:
    """What a finding makes of a subject's events; None where it changes nothing.

    A recurrence while an event is not closed belongs to it; after closing, one within 24 h of its end reopens it, a
    later one is a new event. A closed event was judged by a person: what began before its end raises nothing.
    """
    if finding.action == "clear":
        return _cleared(finding, at)
    if at.standing is not None:
        return _continued(at.standing, finding, at.for_the_past)
    if at.last is not None:
        if finding.action == "update" or at.last.end is None or finding.start < at.last.end:
            return None
        if finding.time - at.last.end <= REOPENS_WITHIN:
            return _reopened(at.last, finding, at.for_the_past)
    return _raised(finding, at, new_id)


def _raised(finding: Finding, at: Judged, new_id: Callable[[], str]) -> Transition:
    event = Event(
        id=new_id(),
        kind=finding.kind,
        level=at.level,
        subject=at.subject,
        priority=finding.priority,
        state=AlarmState.NORMAL if at.for_the_past else AlarmState.UNACKNOWLEDGED,
        case=CaseState.NEW,
        detected_at=finding.time,
        start=finding.start,
        end=None,
        loss_m3h=finding.loss_m3h,
        loss_m3=finding.loss_m3,
        score=finding.score,
        why=finding.why,
        found_later=at.for_the_past,
    )
    return _logged(event, finding.time, "found_later" if at.for_the_past else "raised")


def _continued(event: Event, finding: Finding, for_the_past: bool) -> Transition:
    if not for_the_past and (awake := awakened(event, finding.time)):
        # Found in the past, and the signal goes on at the live edge.
        event = awake.event
    evidence = replace(
        event,
        priority=finding.priority,
        loss_m3h=finding.loss_m3h,
        loss_m3=finding.loss_m3,
        score=finding.score,
        why=finding.why,
    )
    if event.end is None:
        return _logged(evidence, finding.time, "updated")
    state = event.state if event.found_later else after(event.state, Signal.RAISED, standing=True)
    case = CaseState.INVESTIGATING if event.case in (CaseState.REPAIRED, CaseState.VERIFIED) else event.case
    return _logged(replace(evidence, end=None, state=state, case=case), finding.time, "recurred")


def _reopened(event: Event, finding: Finding, for_the_past: bool) -> Transition:
    successor = replace(
        event,
        priority=finding.priority,
        state=event.state if for_the_past else after(event.state, Signal.RAISED, standing=True),
        case=CaseState.INVESTIGATING,
        end=None,
        loss_m3h=finding.loss_m3h,
        loss_m3=finding.loss_m3,
        score=finding.score,
        why=finding.why,
    )
    return _logged(successor, finding.time, "reopened")


def _cleared(finding: Finding, at: Judged) -> Transition | None:
    event = at.standing or at.last
    if event is None or event.end is not None:
        return None
    state = event.state if event.found_later else after(event.state, Signal.RETURNED, standing=False)
    loss_m3 = event.loss_m3 if finding.loss_m3 is None else finding.loss_m3
    loss_m3h = None if event.loss_m3h is None else 0.0
    ended = replace(event, end=finding.end or finding.time, state=state, loss_m3=loss_m3, loss_m3h=loss_m3h)
    return _logged(replace(ended, why=finding.why), finding.time, "ended")


def awakened(event: Event, at: datetime) -> Transition | None:
    """An event found in the past that still stands at the live edge becomes an alarm like any other."""
    if not event.found_later or event.end is not None or event.case is CaseState.CLOSED:
        return None
    successor = replace(event, found_later=False, state=after(event.state, Signal.RAISED, standing=True))
    return _logged(successor, at, "raised")


def closed_as_history(event: Event, at: datetime) -> Transition | None:
    """An event of the past that is over was over before anyone watched: no one has to close it."""
    if not event.found_later or event.end is None or event.case is CaseState.CLOSED:
        return None
    return _logged(replace(event, case=CaseState.CLOSED), at, "closed_as_history")


def explained_by_late_data(event: Event, at: datetime) -> Transition:
    """Late data no longer show what raised the event: it stays, and says so."""
    return _logged(event, at, "explained_by_late_data")


def acknowledged(event: Event, who: str, at: datetime, note: str = "") -> Transition:
    """A person has taken notice. Raises VodaError event.not_unacknowledged where there is nothing to acknowledge."""
    state = after(event.state, Signal.ACKNOWLEDGE, event.end is None)
    if state is event.state:
        raise VodaError(
            "event.not_unacknowledged", f"event {event.id} is {event.state.value}; only an unacknowledged one can be"
        )
    return _by(replace(event, state=state, acknowledged_by=who, acknowledged_at=at), who, at, "acknowledged", note)


def set_aside(event: Event, signal: Signal, who: str, at: datetime, note: str = "") -> Transition:
    """A person shelves, suppresses or takes out of service, or ends that. Raises VodaError event.no_such_step."""
    state = after(event.state, signal, event.end is None)
    if state is event.state:
        raise VodaError(
            "event.no_such_step", f"event {event.id} is {event.state.value}: {signal.value} changes nothing"
        )
    return _by(replace(event, state=state), who, at, signal.value, note)


def stepped(event: Event, case: CaseState, who: str, at: datetime, note: str = "") -> Transition:
    """A person takes the case a step further; closing needs a cause in the note and acknowledges.

    Raises VodaError event.no_such_step or event.cause_missing.
    """
    if case not in CASE_STEPS[event.case]:
        raise VodaError("event.no_such_step", f"event {event.id}: no step from {event.case.value} to {case.value}")
    if case is CaseState.CLOSED and not note.strip():
        raise VodaError(
            "event.cause_missing", f"event {event.id} can only be closed with its cause; say it in the note"
        )
    successor = replace(event, case=case)
    if case is CaseState.CLOSED:
        state = after(event.state, Signal.ACKNOWLEDGE, event.end is None)
        if state is not event.state:
            successor = replace(successor, state=state, acknowledged_by=who, acknowledged_at=at)
    return _by(successor, who, at, case.value, note)


def verified(event: Event, quiet_nights: int, at: datetime) -> Transition | None:
    """A repaired case is verified after three nights without the signal; None until then."""
    if event.case is not CaseState.REPAIRED or event.end is None or quiet_nights < QUIET_NIGHTS:
        return None
    return _logged(replace(event, case=CaseState.VERIFIED), at, "verified")


def _logged(event: Event, at: datetime, what: str) -> Transition:
    return Transition(event, EventLogEntry(event.id, at, WATCH, what))


def _by(event: Event, who: str, at: datetime, what: str, note: str) -> Transition:
    return Transition(event, EventLogEntry(event.id, at, who, what, note))
