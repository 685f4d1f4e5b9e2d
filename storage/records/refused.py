"""Refused payloads, kept up to a size; the oldest go first, and how many went is counted.

One that is understood later stays where it was, beside what came out of it. Of two the understood one goes first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, delete, exists, func, insert, or_, select, update

from models.reading import from_ms, to_ms
from models.records import Outcome, Refused, UnderstoodLater
from models.topic_filter import fits, literal_start
from storage.columns import storable
from storage.engine import reading, writing
from storage.records.section import Section, count_up, counted, in_batches
from storage.schema import refused as refused_table
from storage.schema import understood_later

ROW_BYTES = 64
"""What a row costs beside its texts and payload, roughly: so that empty payloads can't fill the disk either."""

_KEPT_BYTES = "refused_bytes"
_DROPPED = "refused_dropped"
_BATCH = 500

_is_understood = exists().where(understood_later.c.id == refused_table.c.id)


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
            freed_bytes, _ = _drop_oldest(connection, excess_bytes, _is_understood)
            more_bytes, dropped = _drop_oldest(connection, excess_bytes - freed_bytes, ~_is_understood)
            if rows[too_old:]:
                connection.execute(insert(refused_table), rows[too_old:])
            count_up(connection, _KEPT_BYTES, -freed_bytes - more_bytes)
            count_up(connection, _DROPPED, dropped + too_old)

    def refused(self, limit: int = 200, topic_filter: str = "#") -> list[Refused]:
        """The newest payloads that are refused still, of topics that fit an MQTT filter."""
        statement = select(refused_table).where(~_is_understood).order_by(refused_table.c.id.desc())
        if topic_filter == "#":
            statement = statement.limit(limit)
        else:
            statement = statement.where(refused_table.c.topic.startswith(literal_start(topic_filter), autoescape=True))
        found: list[Refused] = []
        with reading(self.engine) as connection:
            for row in connection.execute(statement.execution_options(yield_per=100)):
                if topic_filter == "#" or fits(topic_filter, row.topic):
                    found.append(_refused(row))
                    if len(found) >= limit:
                        break
        return found

    def refused_counts(self) -> tuple[int, int]:
        """How many are refused still and kept, and how many were dropped for room."""
        with reading(self.engine) as connection:
            kept = connection.execute(select(func.count()).select_from(refused_table).where(~_is_understood))
            return kept.scalar_one(), counted(connection, _DROPPED)

    def refused_otherwise(self, tried_with: str, limit: int, limit_bytes: int) -> list[Refused]:
        """The oldest payloads that other keys, rules or decoders refused, at least one where there is one."""
        columns, present = refused_table.c, storable(tried_with)
        # Said so that both databases seek in the index, which has the rows of one kind together.
        other = or_(columns.tried_with < present, columns.tried_with > present)
        small = select(columns.id, columns.size_bytes).where(columns.tried_with != "", other)
        with reading(self.engine) as connection:
            ids: list[int] = []
            size_bytes = 0
            for row in connection.execute(small.order_by(columns.tried_with, columns.id).limit(limit)):
                size_bytes += row.size_bytes
                if ids and size_bytes > limit_bytes:
                    break
                ids.append(row.id)
            rows = connection.execute(select(refused_table).where(columns.id.in_(ids)).order_by(columns.id)).all()
        return [_refused(row) for row in rows]

    def decoded_again(self, outcomes: Sequence[Outcome], tried_with: str, who: str, why: str, at: datetime) -> None:
        """Write down what came out of refused payloads; those that are understood are kept, and no longer refused."""
        still = [
            {"of": outcome.id, "new_code": outcome.code, "new_reason": outcome.reason}
            for outcome in outcomes
            if outcome.code
        ]
        understood = {outcome.id: outcome for outcome in outcomes if not outcome.code}
        row, table = refused_table.c.id == bindparam("of"), refused_table
        with writing(self.engine) as connection:
            if still:
                again = update(table).where(row, table.c.tried_with != "")
                again = again.values(tried_with=tried_with, code=bindparam("new_code"), reason=bindparam("new_reason"))
                connection.execute(again, still)
            # Another instance may have had one meanwhile, and room may have been made.
            left = table.c.id.in_(understood), table.c.tried_with != ""
            ids = connection.execute(select(table.c.id).where(*left).with_for_update()).scalars().all()
            if ids:
                connection.execute(update(table).where(row).values(tried_with=""), [{"of": one} for one in ids])
                rows = [_understood_row(understood[one], who, why, at) for one in ids]
                connection.execute(insert(understood_later), rows)

    def understood_later(self, limit: int = 200) -> list[UnderstoodLater]:
        """Payloads that were refused first and are understood now, the last understood first."""
        later = understood_later.c
        newest = select(understood_later).order_by(later.at_ms.desc(), later.id.desc()).limit(limit)
        with reading(self.engine) as connection:
            rows = connection.execute(newest).all()
            ids = [row.id for row in rows]
            payloads = connection.execute(select(refused_table).where(refused_table.c.id.in_(ids))).all()
        refused = {row.id: _refused(row) for row in payloads}
        return [
            UnderstoodLater(
                refused[row.id],
                from_ms(row.at_ms),
                row.who,
                row.why,
                Outcome(row.id, "", "", row.dialect, row.readings, row.notices, tuple(row.devices)),
            )
            for row in rows
        ]


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
        "tried_with": item.tried_with,
        "arrived": item.arrived,
    }


def _refused(row: Row[Any]) -> Refused:
    received = from_ms(row.received_ms)
    return Refused(row.id, row.topic, received, row.code, row.reason, row.payload, row.tried_with, row.arrived)


def _understood_row(outcome: Outcome, who: str, why: str, at: datetime) -> dict[str, Any]:
    return {
        "id": outcome.id,
        "at_ms": to_ms(at),
        "who": who,
        "why": why,
        "dialect": outcome.dialect,
        "readings": outcome.readings,
        "notices": outcome.notices,
        "devices": [storable(device) for device in outcome.devices],
    }


def _drop_oldest(connection: Connection, excess_bytes: int, which: ColumnElement[bool]) -> tuple[int, int]:
    """Drop the oldest rows of a kind until so many bytes are free; gives bytes and rows."""
    if excess_bytes <= 0:
        return 0, 0
    freed_bytes, ids = 0, []
    sizes = select(refused_table.c.id, refused_table.c.size_bytes).where(which).order_by(refused_table.c.id)
    with connection.execute(sizes.execution_options(yield_per=1000)) as rows:
        for row in rows:
            freed_bytes += row.size_bytes
            ids.append(row.id)
            if freed_bytes >= excess_bytes:
                break
    _delete(connection, ids)
    return freed_bytes, len(ids)


def _delete(connection: Connection, ids: Iterable[int]) -> None:
    for some in in_batches(ids, _BATCH):
        connection.execute(delete(understood_later).where(understood_later.c.id.in_(some)))
        connection.execute(delete(refused_table).where(refused_table.c.id.in_(some)))
