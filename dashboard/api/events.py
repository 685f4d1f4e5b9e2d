"""GET /api/v1/events."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from dashboard.api.parameters import time_of, words_of
from dashboard.api.readings import Problem
from dashboard.visit import Rooms
from models.event import AlarmState, CaseState, Event
from models.reading import iso_z


class WhyJson(BaseModel):
    """A reason: a code and its numbers and names."""

    code: str
    values: dict[str, float | str]


class EventJson(BaseModel):
    """One event; times are UTC, `end` is null while it stands."""

    id: str
    kind: str
    level: str
    subject: str
    priority: str
    state: str
    case: str
    detected_at: str
    start: str
    end: str | None
    loss_m3h: float | None
    loss_m3: float | None
    score: float
    found_later: bool
    why: WhyJson


class Events(BaseModel):
    """Events, newest first."""

    events: list[EventJson]


def event_json(event: Event) -> dict[str, object]:
    """An event as the interface writes it."""
    return {
        "id": event.id,
        "kind": event.kind.value,
        "level": event.level,
        "subject": event.subject,
        "priority": event.priority.value,
        "state": event.state.value,
        "case": event.case.value,
        "detected_at": iso_z(event.detected_at),
        "start": iso_z(event.start),
        "end": None if event.end is None else iso_z(event.end),
        "loss_m3h": event.loss_m3h,
        "loss_m3": event.loss_m3,
        "score": event.score,
        "found_later": event.found_later,
        "why": {"code": event.why.code, "values": event.why.values},
    }


def router(rooms: Rooms) -> APIRouter:
    """The path, bound to its rooms."""
    paths = APIRouter(tags=["events"])

    @paths.get("/events", response_model=Events, responses={400: {"model": Problem}})
    def events(
        state: Annotated[str | None, Query(description="comma list of alarm states")] = None,
        case: Annotated[str | None, Query(description="comma list of case states")] = None,
        start: Annotated[str | None, Query(alias="from", description="inclusive, of detected_at")] = None,
        end: Annotated[str | None, Query(alias="to", description="exclusive, of detected_at")] = None,
    ) -> dict[str, list[dict[str, object]]]:
        """Events by the time they were found."""
        states = words_of(state, [item.value for item in AlarmState], "state")
        cases = words_of(case, [item.value for item in CaseState], "case")
        found = rooms.records.events(
            states=None if states is None else [AlarmState(word) for word in states],
            cases=None if cases is None else [CaseState(word) for word in cases],
            start=None if start is None else time_of(start, "from"),
            end=None if end is None else time_of(end, "to"),
        )
        return {"events": [event_json(event) for event in found]}

    return paths
