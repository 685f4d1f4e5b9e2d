"""Events and their log as rows, and the statements that read and write one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, Select, select
from sqlalchemy import insert as plain_insert
from sqlalchemy.exc import IntegrityError

from models.errors import VodaError
from models.event import AlarmState, CaseState, Event, EventKind, EventLogEntry, Priority, Why
from models.reading import from_ms, to_ms
from storage.records.section import count_up, insert
from storage.schema import event_log, events

VERSION = "events"
"""The counter that grows with every change of any event."""


def write(connection: Connection, event: Event, entry: EventLogEntry) -> None:
    """Insert or replace an event, append to its log, count the change.

    Raises VodaError (event.already_open) where another event of its kind and subject is not closed.
    """
    row = _row(event)
    statement = insert(connection, events).values(row)
    changed = {name: statement.excluded[name] for name in row if name != "id"}
    try:
        connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=changed))
    except IntegrityError as error:
        message = (
            f"{event.kind.value} of {event.subject!r} already has an event that is not closed, so {event.id} can't be "
            "open too; let the recurrence belong to that one, or close it first"
        )
        raise VodaError("event.already_open", message) from error
    logged = {"event": event.id, "at_ms": to_ms(entry.at), "who": entry.who, "what": entry.what, "note": entry.note}
    connection.execute(plain_insert(event_log).values(logged))
    count_up(connection, VERSION)


def one(connection: Connection, statement: Select[Any]) -> Event | None:
    """The first event of a query over the table, or None."""
    row = connection.execute(statement.limit(1)).first()
    return None if row is None else event_of(row)


def by_id(event_id: str) -> Select[Any]:
    """The query for one event."""
    return select(events).where(events.c.id == event_id)


def event_of(row: Row[Any]) -> Event:
    """The event of a row."""
    return Event(
        id=row.id,
        kind=EventKind(row.kind),
        level=row.level,
        subject=row.subject,
        priority=Priority(row.priority),
        state=AlarmState(row.state),
        case=CaseState(row.case_state),
        detected_at=from_ms(row.detected_ms),
        start=from_ms(row.start_ms),
        end=None if row.end_ms is None else from_ms(row.end_ms),
        loss_m3h=row.loss_m3h,
        loss_m3=row.loss_m3,
        score=row.score,
        why=Why(row.why_code, row.why_values),
        found_later=row.found_later,
        acknowledged_by=row.acknowledged_by,
        acknowledged_at=None if row.acknowledged_ms is None else from_ms(row.acknowledged_ms),
    )


def _row(event: Event) -> dict[str, Any]:
    return {
        "id": event.id,
        "kind": event.kind.value,
        "level": event.level,
        "subject": event.subject,
        "priority": event.priority.value,
        "state": event.state.value,
        "case_state": event.case.value,
        "detected_ms": to_ms(event.detected_at),
        "start_ms": to_ms(event.start),
        "end_ms": None if event.end is None else to_ms(event.end),
        "loss_m3h": event.loss_m3h,
        "loss_m3": event.loss_m3,
        "score": event.score,
        "why_code": event.why.code,
        "why_values": dict(event.why.values),
        "found_later": event.found_later,
        "acknowledged_by": event.acknowledged_by,
        "acknowledged_ms": None if event.acknowledged_at is None else to_ms(event.acknowledged_at),
    }
