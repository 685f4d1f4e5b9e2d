"""What people change from pages: POSTs of buttons with data-action (see assets/base.js).

Each asks for the header X-Voda, which a form of another site can't send.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from fastapi import Body, FastAPI, Request
from fastapi.responses import JSONResponse

from dashboard import sentences
from dashboard.i18n import Words, mark
from dashboard.rendering import make_visit
from dashboard.visit import Rooms, Visit
from models import event_rules
from models.errors import VodaError
from models.event import CaseState, Event

COMMAND_TOPIC = "smartvoda/simulator/command"
BURST_M3H = 20.0


class Done(NamedTuple):
    """What was done, in one sentence, and the page on which to go on."""

    message: str
    go: str


Act = Callable[[Visit, dict[str, Any]], str | Done]
"""Does something and says in one sentence what was done; raises VodaError where it could not."""


def add_actions(app: FastAPI, rooms: Rooms) -> None:
    """Register every action."""
    add_action(app, rooms, "/actions/burst", burst)
    add_action(app, rooms, "/actions/repair", repair)
    add_action(app, rooms, "/actions/events/{event}/acknowledge", acknowledge)
    add_action(app, rooms, "/actions/events/{event}/case", step_case)


def add_action(app: FastAPI, rooms: Rooms, path: str, act: Act) -> None:
    """Register one action: a POST that does something and says so, or says why it can't."""

    def endpoint(request: Request, values: dict[str, Any] = Body(default_factory=dict)) -> JSONResponse:  # noqa: B008 - FastAPI's way to say "the body"
        if request.headers.get("x-voda") != "1":
            return JSONResponse({"code": "action.foreign", "message": "header X-Voda is missing"}, status_code=403)
        try:
            visit = make_visit(rooms, dict(request.query_params), request.cookies, request.path_params)
        except VodaError as error:
            return JSONResponse({"code": error.code, "message": error.message}, status_code=503)
        try:
            done = act(visit, values)
            return JSONResponse(done._asdict() if isinstance(done, Done) else {"message": done})
        except VodaError as error:
            return JSONResponse(
                {"code": error.code, "message": _sentence(visit.words, error)}, status_code=_status(error)
            )

    app.add_api_route(path, endpoint, methods=["POST"], include_in_schema=False)


def _status(error: VodaError) -> int:
    return 404 if error.code.endswith(".unknown") else 409


SENTENCES: dict[str, str] = {
    "event.not_unacknowledged": mark("Someone has already acknowledged this event."),
    "event.no_such_step": mark("This step can't be taken from where the case is now."),
    "event.cause_missing": mark("An event is closed with its cause: write it in the note."),
    "burst.not_simulated": mark("Pipes burst on command only in a simulated region."),
    "rule.empty": mark("Nothing is picked yet, or nothing comes out of it."),
    "rule.unit_missing": mark("Choose the unit first."),
    "rule.wrong": mark("The rule can't be followed. Look at the page's own note."),
    "edit.why_missing": mark("Write why: whoever reads the figures later will ask."),
    "edit.bad_time": mark("Write the dates and times from and to."),
    "edit.bad_number": mark("Write the value as a number, for example 123,456."),
    "edit.unknown": mark("There is no such edit, or it was taken back already."),
    "assign.no_point": mark("There is no such metering point. Choose one of the list."),
    "assign.bad_time": mark("Write the date and time from which the device counts; it may not lie ahead."),
    "assign.bad_number": mark("Write the register in cubic metres, for example 123,456."),
}
"""Codes of errors that people meet here → what the screen says."""


def _sentence(words: Words, error: VodaError) -> str:
    if error.code in SENTENCES:
        return words.say(SENTENCES[error.code])
    return words.say("This could not be done: {reason}", reason=error.message)


def acknowledge(visit: Visit, values: dict[str, Any]) -> str:
    """Acknowledge an event in the name of a person."""
    event = _changed(
        visit, lambda event: event_rules.acknowledged(event, person_of(values), visit.now, note_of(values))
    )
    return visit.words.say("Acknowledged: {title}", title=sentences.title(event, visit.words))


def step_case(visit: Visit, values: dict[str, Any]) -> str:
    """Take an event's case a step further."""
    try:
        case = CaseState(str(values.get("case")))
    except ValueError:
        raise VodaError("event.no_such_step", f"there is no case state {values.get('case')!r}") from None
    _changed(visit, lambda event: event_rules.stepped(event, case, person_of(values), visit.now, note_of(values)))
    return visit.words.say("Written down: {step}", step=visit.words.say(sentences.CASES[case]))


def _changed(visit: Visit, change: Callable[[Event], event_rules.Transition]) -> Event:
    """The event after a person's step, read and written in one transaction: a detector may speak meanwhile."""
    identifier = visit.params.get("event", "")
    event = visit.records.change_event(identifier, change)
    if event is None:
        raise VodaError("event.unknown", f"there is no event {identifier!r}")
    return event


def person_of(values: dict[str, Any]) -> str:
    """The name that was typed; until there is a log-in, whoever sits there is the operator."""
    return str(values.get("who") or "").strip()[:60] or "operator"


def note_of(values: dict[str, Any]) -> str:
    """The reason that was typed, or empty."""
    return str(values.get("note") or "").strip()[:400]


def burst(visit: Visit, values: dict[str, Any]) -> str:
    """Burst a pipe in a simulated zone."""
    zone = _simulated_zone(visit, values)
    _publish(visit, {"command": "burst", "zone": zone, "flow_m3h": float(values.get("flow_m3h", BURST_M3H))})
    return visit.words.say("A pipe bursts in zone {zone}.", zone=visit.region.zone[zone].name)


def repair(visit: Visit, values: dict[str, Any]) -> str:
    """Repair what was burst in a simulated zone."""
    zone = _simulated_zone(visit, values)
    _publish(visit, {"command": "repair", "zone": zone})
    return visit.words.say("The pipe in zone {zone} is repaired.", zone=visit.region.zone[zone].name)


def _simulated_zone(visit: Visit, values: dict[str, Any]) -> str:
    zone = str(values.get("zone", ""))
    if zone not in visit.region.zone:
        raise VodaError("zone.unknown", f"there is no zone {zone!r}")
    if not visit.region.simulated or visit.rooms.config.publish is None:
        raise VodaError("burst.not_simulated", "pipes burst on command only in a simulated region")
    return zone


def _publish(visit: Visit, command: dict[str, object]) -> None:
    publish = visit.rooms.config.publish
    if publish is not None:
        publish(COMMAND_TOPIC, json.dumps(command).encode())
