"""What every part of the records stands on: the engine, the clock, and statements that both databases speak."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

from sqlalchemy import Connection, Engine, Table, select, text
from sqlalchemy.dialects import postgresql, sqlite

from models.clock import Clock
from storage.schema import counters

Item = TypeVar("Item")


class Section:
    """One part of the records; all parts of one SqlRecords share engine and clock."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self.engine = engine
        self._clock = clock


def insert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that knows ON CONFLICT, in the connection's dialect."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def alone(connection: Connection, table: Table) -> None:
    """Until the transaction ends no other one writes the table; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f'LOCK TABLE "{table.name}" IN SHARE ROW EXCLUSIVE MODE'))


def count_up(connection: Connection, name: str, by: int = 1) -> None:
    """Add to a counter; others who count it wait until the transaction ends."""
    statement = insert(connection, counters).values(name=name, writer="", value=by)
    grown = counters.c.value + statement.excluded.value
    connection.execute(statement.on_conflict_do_update(index_elements=["name", "writer"], set_={"value": grown}))


def counted(connection: Connection, name: str) -> int:
    """What a counter says; 0 before anyone counted."""
    statement = select(counters.c.value).where(counters.c.name == name, counters.c.writer == "")
    return connection.execute(statement).scalar() or 0


def in_batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Lists of at most `size`, in order."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
