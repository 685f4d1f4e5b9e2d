"""Refused payloads, kept up to a size; the oldest go first, and how many went is counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from models.reading import from_ms, to_ms
from models.records import Refused
from storage.engine import reading, writing
from storage.records.section import Section, count_up, counted
from storage.schema import refused as refused_table

ROW_BYTES = 64
"""What a row costs beside its texts and payload, roughly: so that empty payloads can't fill the disk either."""

_KEPT_BYTES = "refused_bytes"
_DROPPED = "refused_dropped"


class RefusedRecords(Section):
    """Payloads no one understood. See models.records.Records."""

    def add_refused(self, refused: Sequence[Refused], limit_bytes: int) -> None:
        """Keep refused payloads; the oldest beyond limit_bytes are dropped and counted. Their ids are ignored."""
        if not refused:
            return
        rows = [_row(item) for item in refused]
        new_bytes, too_old = sum(row["size_bytes"] for row in rows), 0
        while new_bytes > limit_bytes:
            new_bytes -= rows[too_old]["size_bytes"]
            too_old += 1
        with writing(self.engine) as connection:
            count_up(connection, _KEPT_BYTES, new_bytes)
            kept_bytes = counted(connection, _KEPT_BYTES)
            # Where there is no room for all of the new ones, whatever is older goes first.
            excess_bytes = kept_bytes - new_bytes if too_old else kept_bytes - limit_bytes
            freed_bytes, dropped = _drop_oldest(connection, excess_bytes)
            if rows[too_old:]:
                connection.execute(insert(refused_table), rows[too_old:])
            count_up(connection, _KEPT_BYTES, -freed_bytes)
            count_up(connection, _DROPPED, dropped + too_old)

    def refused(self, limit: int = 200) -> list[Refused]:
        """The newest refused payloads first."""
        statement = select(refused_table).order_by(refused_table.c.id.desc()).limit(limit)
        with reading(self.engine) as connection:
            return [
                Refused(row.id, row.topic, from_ms(row.received_ms), row.code, row.reason, row.payload)
                for row in connection.execute(statement)
            ]

    def refused_counts(self) -> tuple[int, int]:
        """How many are kept and how many were dropped for room."""
        with reading(self.engine) as connection:
            kept = connection.execute(select(func.count()).select_from(refused_table)).scalar_one()
            return kept, counted(connection, _DROPPED)


def _row(item: Refused) -> dict[str, Any]:
    texts = (item.topic, item.code, item.reason)
    size_bytes = ROW_BYTES + len(item.payload) + sum(len(text.encode(errors="replace")) for text in texts)
    return {
        "topic": item.topic,
        "received_ms": to_ms(item.received),
        "code": item.code,
        "reason": item.reason,
        "payload": item.payload,
        "size_bytes": size_bytes,
    }


def _drop_oldest(connection: Connection, excess_bytes: int) -> tuple[int, int]:
    """Drop the oldest rows until so many bytes are free; gives bytes and rows."""
    if excess_bytes <= 0:
        return 0, 0
    freed_bytes, dropped, last = 0, 0, 0
    sizes = select(refused_table.c.id, refused_table.c.size_bytes).order_by(refused_table.c.id)
    with connection.execute(sizes.execution_options(yield_per=1000)) as rows:
        for row in rows:
            freed_bytes, dropped, last = freed_bytes + row.size_bytes, dropped + 1, row.id
            if freed_bytes >= excess_bytes:
                break
    connection.execute(delete(refused_table).where(refused_table.c.id <= last))
    return freed_bytes, dropped
