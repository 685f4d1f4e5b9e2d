"""The queue of hours to compute.

It can grow by a hundred thousand rows at a first start. Its statements are the databases' own, in their fastest way
of many rows (SQLite: one prepared statement, PostgreSQL: arrays), a tenth of the time of SQLAlchemy's row by row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, func, select

from models.clock import Clock
from models.reading import from_ms, to_ms
from models.rollup import Level
from storage.columns import storable
from storage.engine import reading, writing
from storage.records.section import Section, alone, in_batches
from storage.schema import dirty_hours

BATCH_ROWS = 20_000
"""Rows a transaction of the queue writes, so that no one waits long for it."""

_ANY_GENERATION = 2**63 - 1

_MARK = """
    INSERT INTO dirty_hours (level, hour_ms, subject) {rows}
    ON CONFLICT (level, hour_ms, subject) DO UPDATE SET generation = dirty_hours.generation + 1
"""
_MARK_BY_DATABASE = {
    "sqlite": _MARK.format(rows="VALUES (?, ?, ?)"),
    "postgresql": _MARK.format(rows="SELECT * FROM unnest(%s::text[], %s::bigint[], %s::text[])"),
}
_DONE_BY_DATABASE = {
    "sqlite": "DELETE FROM dirty_hours WHERE level = ? AND hour_ms = ? AND subject = ? AND generation <= ?",
    "postgresql": """
        DELETE FROM dirty_hours AS queued
        USING unnest(%s::text[], %s::bigint[], %s::text[], %s::bigint[]) AS done (level, hour_ms, subject, generation)
        WHERE queued.level = done.level AND queued.hour_ms = done.hour_ms AND queued.subject = done.subject
            AND queued.generation <= done.generation
    """,
}


class _Hour(NamedTuple):
    level: str
    hour_ms: int
    subject: str


class DirtyRecords(Section):
    """Hours to compute. See models.records.Records."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        super().__init__(engine, clock)
        self._taken: dict[_Hour, int] = {}  # The generation at which this process last took an hour.

    def mark_dirty(self, work: Iterable[tuple[Level, str, datetime]]) -> None:
        """Queue (level, subject, hour) for recomputing; a repeat joins."""
        for batch in in_batches(work, BATCH_ROWS):
            hours = _hours(batch)
            with writing(self.engine) as connection:
                _many(connection, _MARK_BY_DATABASE, hours)

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
        for batch in in_batches(work, BATCH_ROWS):
            hours = _hours(batch)
            # Work that this process never took is done whatever its generation.
            done = [(*hour, self._taken.get(hour, _ANY_GENERATION)) for hour in hours]
            with writing(self.engine) as connection:
                _many(connection, _DONE_BY_DATABASE, done)
            for hour in hours:
                self._taken.pop(hour, None)

    def dirty_count(self) -> int:
        """How many hours wait."""
        with reading(self.engine) as connection:
            return connection.execute(select(func.count()).select_from(dirty_hours)).scalar_one()


def _hours(work: Iterable[tuple[Level, str, datetime]]) -> list[_Hour]:
    """Hours of work, each once: PostgreSQL touches no row twice in a statement."""
    return list({_Hour(level, to_ms(hour), storable(subject)): None for level, subject, hour in work})


def _many(connection: Connection, statements: dict[str, str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Run a statement for many rows."""
    alone(connection, dirty_hours)
    name = connection.dialect.name
    if name == "postgresql":
        connection.exec_driver_sql(statements[name], tuple(list(column) for column in zip(*rows, strict=True)))
    else:
        connection.exec_driver_sql(statements[name], list(rows))
