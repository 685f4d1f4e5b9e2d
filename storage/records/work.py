"""The queue of hours to compute, named cursors, and the small facts that services tell each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, bindparam, delete, func, select

from models.clock import Clock
from models.reading import from_ms, to_ms
from models.rollup import Level
from storage.engine import reading, writing
from storage.records.section import Section, in_batches, insert
from storage.schema import cursors, dirty_hours, facts

BATCH_ROWS = 10_000
"""Rows a transaction of the queue writes, so that no one waits long for it."""

_ANY_GENERATION = 2**63 - 1


class _Hour(NamedTuple):
    level: str
    hour_ms: int
    subject: str


class WorkRecords(Section):
    """Dirty hours, cursors and facts. See models.records.Records."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        super().__init__(engine, clock)
        self._taken: dict[_Hour, int] = {}  # The generation at which this process last took an hour.

    def mark_dirty(self, work: Iterable[tuple[Level, str, datetime]]) -> None:
        """Queue (level, subject, hour) for recomputing; a repeat joins."""
        for batch in in_batches(work, BATCH_ROWS):
            with writing(self.engine) as connection:
                statement = insert(connection, dirty_hours)
                again = {"generation": dirty_hours.c.generation + 1}
                key = ["level", "hour_ms", "subject"]
                connection.execute(statement.on_conflict_do_update(index_elements=key, set_=again), _rows(batch))

    def take_dirty(self, level: Level, limit: int) -> list[tuple[Level, str, datetime]]:
        """The newest queued hours first (the live edge before backfill), without removing them."""
        columns = dirty_hours.c
        statement = select(columns.subject, columns.hour_ms, columns.generation).where(columns.level == level)
        statement = statement.order_by(columns.hour_ms.desc(), columns.subject.desc()).limit(limit)
        with reading(self.engine) as connection:
            rows = connection.execute(statement).all()
        self._taken.update({_Hour(level, row.hour_ms, row.subject): row.generation for row in rows})
        return [(level, row.subject, from_ms(row.hour_ms)) for row in rows]

    def done_dirty(self, work: Iterable[tuple[Level, str, datetime]]) -> None:
        """Remove computed work; what was marked again since it was taken stays queued."""
        columns = dirty_hours.c
        statement = delete(dirty_hours).where(
            columns.level == bindparam("level"),
            columns.hour_ms == bindparam("hour_ms"),
            columns.subject == bindparam("subject"),
            columns.generation <= bindparam("generation"),
        )
        for batch in in_batches(work, BATCH_ROWS):
            # Work that this process never took is done whatever its generation.
            rows = [{**row, "generation": self._taken.get(_Hour(**row), _ANY_GENERATION)} for row in _rows(batch)]
            with writing(self.engine) as connection:
                connection.execute(statement, rows)
            for level, subject, hour in batch:
                self._taken.pop(_Hour(level, to_ms(hour), subject), None)

    def dirty_count(self) -> int:
        """How many hours wait."""
        with reading(self.engine) as connection:
            return connection.execute(select(func.count()).select_from(dirty_hours)).scalar_one()

    def cursor(self, name: str) -> str:
        """A named cursor of a consumer of the feed, "" at first."""
        with reading(self.engine) as connection:
            return connection.execute(select(cursors.c.cursor).where(cursors.c.name == name)).scalar() or ""

    def set_cursor(self, name: str, cursor: str) -> None:
        """Remember a named cursor."""
        with writing(self.engine) as connection:
            put_cursor(connection, name, cursor)

    def set_fact(self, name: str, value: Mapping[str, object]) -> None:
        """Tell other processes something small (spool state, backfill progress, a service's heartbeat)."""
        with writing(self.engine) as connection:
            statement = insert(connection, facts).values(name=name, value=dict(value))
            connection.execute(
                statement.on_conflict_do_update(index_elements=["name"], set_={"value": statement.excluded.value})
            )

    def facts(self) -> dict[str, dict[str, object]]:
        """Everything that services told, by name."""
        with reading(self.engine) as connection:
            return {row.name: row.value for row in connection.execute(select(facts))}


def put_cursor(connection: Connection, name: str, cursor: str) -> None:
    """Remember a named cursor in someone's transaction."""
    statement = insert(connection, cursors).values(name=name, cursor=cursor)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"cursor": statement.excluded.cursor})
    )


def _rows(work: Iterable[tuple[Level, str, datetime]]) -> list[dict[str, Any]]:
    """Rows of the queue, each once, in one order for everyone: two writers never wait for each other's."""
    return [hour._asdict() for hour in sorted({_Hour(level, to_ms(hour), subject) for level, subject, hour in work})]
