"""Other values for keys that already have one.

The rule: the first value that arrived is the current one and stays; every other value is kept here with when it
became known, for people to see. Nothing raw is changed by a device that says otherwise later; who prefers another
value says so by an edit, which is a row of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, select
from sqlalchemy.dialects import postgresql, sqlite

from models.reading import from_ms, to_ms
from models.store import Revision
from storage.columns import storable
from storage.engine import reading
from storage.schema import revisions


def add(connection: Connection, rows: Sequence[Revision]) -> list[bool]:
    """Keep revisions within the caller's transaction; a repeat changes nothing. Returns which were new."""
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(revisions).on_conflict_do_nothing().returning(revisions.c.id)
    added: list[bool] = []
    for row in rows:
        kept = connection.execute(
            statement.values(
                device=row.device,
                quantity=row.quantity,
                time_ms=to_ms(row.time),
                known_ms=to_ms(row.known_at),
                value=row.value,
                source=row.source,
            )
        )
        added.append(kept.first() is not None)
    return added


def between(engine: Engine, device: str, quantity: str, start: datetime, end: datetime) -> list[Revision]:
    """Revisions of a device and quantity in [start, end), in order of time and of when they were known."""
    table = revisions.c
    query = (
        select(revisions)
        .where(table.device == storable(device), table.quantity == storable(quantity))
        .where(table.time_ms >= to_ms(start), table.time_ms < to_ms(end))
        .order_by(table.time_ms, table.known_ms, table.id)
    )
    with reading(engine) as connection:
        return [
            Revision(row.device, row.quantity, from_ms(row.time_ms), from_ms(row.known_ms), row.value, row.source)
            for row in connection.execute(query)
        ]
