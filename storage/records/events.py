"""Events, their log, and the one transaction in which a detector's state moves with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection, select

from models.detector import JsonState
from models.event import AlarmState, CaseState, Event, EventLogEntry
from models.reading import from_ms, to_ms
from storage.engine import reading, writing
from storage.records import event_rows
from storage.records.section import Section, alone, counted, insert
from storage.records.work import put_cursor
from storage.schema import detector_states, event_log, events


class EventRecords(Section):
    """Events and detector states. See models.records.Records."""

    def events(
        self,
        states: Sequence[AlarmState] | None = None,
        cases: Sequence[CaseState] | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        subject: str | None = None,
    ) -> list[Event]:
        """Events by detected_at, newest first; start inclusive, end exclusive, compared with detected_at."""
        statement = select(events).order_by(events.c.detected_ms.desc(), events.c.id)
        if states is not None:
            statement = statement.where(events.c.state.in_([state.value for state in states]))
        if cases is not None:
            statement = statement.where(events.c.case_state.in_([case.value for case in cases]))
        if start is not None:
            statement = statement.where(events.c.detected_ms >= to_ms(start))
        if end is not None:
            statement = statement.where(events.c.detected_ms < to_ms(end))
        if subject is not None:
            statement = statement.where(events.c.subject == subject)
        with reading(self.engine) as connection:
            return [event_rows.event_of(row) for row in connection.execute(statement)]

    def event(self, event_id: str) -> Event | None:
        """One event, or None."""
        with reading(self.engine) as connection:
            return event_rows.one(connection, event_rows.by_id(event_id))

    def event_log(self, event_id: str) -> list[EventLogEntry]:
        """An event's log, oldest first."""
        statement = select(event_log).where(event_log.c.event == event_id)
        with reading(self.engine) as connection:
            rows = connection.execute(statement.order_by(event_log.c.at_ms, event_log.c.id))
            return [EventLogEntry(row.event, from_ms(row.at_ms), row.who, row.what, row.note) for row in rows]

    def events_version(self) -> int:
        """Grows with every change of any event: cheap to poll."""
        with reading(self.engine) as connection:
            return counted(connection, event_rows.VERSION)

    def save_event(self, event: Event, entry: EventLogEntry) -> None:
        """Replace an event and log the transition, in one transaction."""
        with self._alone() as connection:
            event_rows.write(connection, event, entry)

    def change_event(self, event_id: str, change: Callable[[Event], tuple[Event, EventLogEntry]]) -> Event | None:
        """Read an event, change and log it in one transaction, so that nothing a detector says meanwhile is lost."""
        with self._alone() as connection:
            present = event_rows.one(connection, event_rows.by_id(event_id))
            if present is None:
                return None
            changed, entry = change(present)
            event_rows.write(connection, changed, entry)
            return changed

    def detector_state(self, detector: str, subject: str) -> tuple[int, str, JsonState] | None:
        """(version, cursor, state) of a detector on a subject."""
        columns = detector_states.c
        statement = select(columns.version, columns.cursor, columns.state)
        statement = statement.where(columns.detector == detector, columns.subject == subject)
        with reading(self.engine) as connection:
            row = connection.execute(statement).first()
        return None if row is None else (row.version, row.cursor, row.state)

    @contextmanager
    def detecting(self) -> Iterator[SqlDetectorTransaction]:
        """One SQL transaction over detector states, event transitions and named cursors; all or nothing."""
        with self._alone() as connection:
            yield SqlDetectorTransaction(connection)

    @contextmanager
    def _alone(self) -> Iterator[Connection]:
        """A transaction in which no one else writes events: what it reads of them still holds when it commits."""
        with writing(self.engine) as connection:
            alone(connection, events)
            yield connection


class SqlDetectorTransaction:
    """Writes that commit together, or not at all. See models.records.DetectorTransaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def open_event(self, kind: str, subject: str) -> Event | None:
        """The one event of a kind and subject whose case is not closed, or None."""
        found = select(events).where(events.c.kind == kind, events.c.subject == subject)
        statement = found.where(events.c.case_state != CaseState.CLOSED.value)
        return event_rows.one(self._connection, statement)

    def last_event(self, kind: str, subject: str) -> Event | None:
        """The event of a kind and subject last detected, closed or not."""
        found = select(events).where(events.c.kind == kind, events.c.subject == subject)
        newest = found.order_by(events.c.detected_ms.desc(), events.c.id)
        return event_rows.one(self._connection, newest)

    def put_event(self, event: Event, entry: EventLogEntry) -> None:
        """Insert or replace an event and append to its log."""
        event_rows.write(self._connection, event, entry)

    def put_state(self, detector: str, subject: str, version: int, cursor: str, state: JsonState) -> None:
        """Replace a detector's state."""
        row = {"detector": detector, "subject": subject, "version": version, "cursor": cursor, "state": state}
        statement = insert(self._connection, detector_states).values(row)
        changed = {name: statement.excluded[name] for name in ("version", "cursor", "state")}
        self._connection.execute(statement.on_conflict_do_update(index_elements=["detector", "subject"], set_=changed))

    def put_cursor(self, name: str, cursor: str) -> None:
        """Move a named cursor in the same transaction."""
        put_cursor(self._connection, name, cursor)
