"""The change feed in SQL: which readings arrived since someone last looked.

A row says that readings of a device and quantity arrived in [first, last]; `seq` counts per writer without gaps. A
cursor holds the last seq seen of every writer, so that what a slow writer commits late is not skipped because a quick
one is ahead. Order of a write: the readings, then the feed, then whoever waits forgets. After a crash a range may
come twice, none is missed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from models.clock import Clock
from models.errors import VodaError
from models.reading import from_ms, to_ms
from models.store import Change, Changes, Revision
from storage import revisions
from storage.engine import reading, writing
from storage.schema import changes, counters

Key = tuple[str, str]
Spans = Mapping[Key, tuple[int, int]]
"""First and last time [ms] of what arrived, by (device, quantity)."""

READINGS = "readings"
"""Counter of the readings that a writer added, for a store that can't count by itself."""

JOIN_AFTER = timedelta(days=7)
JOIN_EVERY_S = 3600.0

_HEAD = "feed"


class Feed:
    """The feed, written under one writer's name and read for all."""

    def __init__(self, engine: Engine, writer: str, clock: Clock) -> None:
        self.engine = engine
        self.writer = writer
        self._clock = clock
        self._own = (0, 0)
        self._next_join = 0.0

    def publish(self, spans: Spans, other_values: Sequence[Revision] = (), new_readings: int = 0) -> list[bool]:
        """Tell of a batch in one transaction: revisions, the feed, the count. Returns which revisions were new."""
        if not spans and not other_values and not new_readings:
            return []
        self._join_old()
        with writing(self.engine) as connection:
            kept = revisions.add(connection, other_values)
            head = self.append(connection, spans)
            if new_readings:
                add_to_counter(connection, READINGS, self.writer, new_readings)
        # Only what is committed is surely ours: another process of this name may take the numbers of a rollback.
        first = head - len(spans) + 1
        self._own = (self._own[0] if self._own[1] == first - 1 else first, head)
        return kept

    def append(self, connection: Connection, spans: Spans) -> int:
        """One row a device and quantity, within the caller's transaction. Returns the writer's head."""
        # Raising the head first makes a second process of the same name wait: seq grows in the order of commits.
        head = add_to_counter(connection, _HEAD, self.writer, len(spans))
        if not spans:
            return head
        known_ms = to_ms(self._clock.now())
        connection.execute(
            insert(changes),
            [
                {
                    "writer": self.writer,
                    "seq": seq,
                    "device": device,
                    "quantity": quantity,
                    "first_ms": first_ms,
                    "last_ms": last_ms,
                    "known_ms": known_ms,
                }
                for seq, ((device, quantity), (first_ms, last_ms)) in enumerate(spans.items(), head - len(spans) + 1)
            ],
        )
        return head

    def past_own(self, cursor: str) -> str:
        """A cursor moved over the rows after it that this object has written itself."""
        first, last = self._own
        seen = read_cursor(cursor)
        if first - 1 <= seen.get(self.writer, 0) < last:
            seen[self.writer] = last
        return write_cursor(seen)

    def changes(self, cursor: str, limit: int) -> Changes:
        """At most `limit` rows after a cursor, oldest first per writer; every writer gets its share of the limit."""
        seen = read_cursor(cursor)
        ranges: list[Change] = []
        with reading(self.engine) as connection:
            # A cursor ahead of the feed is of another database: from there on nothing would ever come.
            heads = _heads(connection)
            seen = {writer: min(seq, heads[writer]) for writer, seq in seen.items() if writer in heads}
            behind = sorted(
                (head - seen.get(writer, 0), writer) for writer, head in heads.items() if head > seen.get(writer, 0)
            )
            for place, (_, writer) in enumerate(behind):
                share = (limit - len(ranges)) // (len(behind) - place)
                found = list(_after(connection, writer, seen.get(writer, 0), share))
                ranges += found
                if found:
                    seen[writer] = found[-1].seq
        return Changes(ranges, write_cursor(seen))

    def head(self) -> str:
        """The cursor after everything committed."""
        with reading(self.engine) as connection:
            return write_cursor(_heads(connection))

    def join(self, before: datetime) -> int:
        """Join rows known before a time into one a writer, device and quantity, so that the feed stays small.

        The joined row takes the newest seq and the whole span: who has read to somewhere in between reads more than
        needed, never less. Returns rows removed.
        """
        with writing(self.engine) as connection:
            return sum(_join_of(connection, writer, head, to_ms(before)) for writer, head in _heads(connection).items())

    def _join_old(self) -> None:
        if time.monotonic() >= self._next_join:
            self.join(self._clock.now() - JOIN_AFTER)
            self._next_join = time.monotonic() + JOIN_EVERY_S


def add_to_counter(connection: Connection, name: str, writer: str, amount: int) -> int:
    """Add to a counter within a transaction and return its new value; it starts at 0."""
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    row = dialect.insert(counters).values(name=name, writer=writer, value=amount)
    statement = row.on_conflict_do_update(
        index_elements=[counters.c.name, counters.c.writer], set_={"value": counters.c.value + row.excluded.value}
    ).returning(counters.c.value)
    return int(connection.execute(statement).scalar_one())


def read_cursor(cursor: str) -> dict[str, int]:
    """The last seq seen by writer. Raises VodaError (store.cursor) for what is no cursor."""
    if not cursor:
        return {}
    try:
        parsed = json.loads(cursor)
        return {str(writer): int(seq) for writer, seq in parsed.items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise VodaError("store.cursor", f"{cursor[:80]!r} is no cursor of the feed; begin from its head") from error


def write_cursor(seen: Mapping[str, int]) -> str:
    """A cursor as a string: one line of ASCII, so that it may be the id of a server-sent event."""
    return json.dumps(dict(sorted(seen.items())), separators=(",", ":")) if seen else ""


def _heads(connection: Connection) -> dict[str, int]:
    query = select(counters.c.writer, counters.c.value).where(counters.c.name == _HEAD)
    return {row.writer: row.value for row in connection.execute(query)}


def _join_of(connection: Connection, writer: str, head: int, before_ms: int) -> int:
    last = _last_before(connection, writer, head, before_ms)
    old = (changes.c.writer == writer, changes.c.seq <= last)
    key = (changes.c.device, changes.c.quantity)
    joined = connection.execute(
        select(
            changes.c.writer,
            *key,
            func.max(changes.c.seq).label("seq"),
            func.min(changes.c.first_ms).label("first_ms"),
            func.max(changes.c.last_ms).label("last_ms"),
            func.max(changes.c.known_ms).label("known_ms"),
        )
        .where(*old)
        .group_by(changes.c.writer, *key)
    ).all()
    many = connection.execute(select(func.count()).where(*old)).scalar_one()
    if many == len(joined):
        return 0
    connection.execute(delete(changes).where(*old))
    connection.execute(insert(changes), [row._asdict() for row in joined])
    return many - len(joined)


def _last_before(connection: Connection, writer: str, head: int, before_ms: int) -> int:
    """The last seq known before a time, found by halving: a writer's seq grows with the time it became known."""
    low, high = 0, head
    while low < high:
        middle = (low + high + 1) // 2
        query = select(changes.c.known_ms).where(changes.c.writer == writer, changes.c.seq <= middle)
        known_ms = connection.execute(query.order_by(changes.c.seq.desc()).limit(1)).scalar()
        if known_ms is None or known_ms < before_ms:
            low = middle
        else:
            high = middle - 1
    return low


_AFTER = (
    select(changes)
    .where(changes.c.writer == bindparam("writer"), changes.c.seq > bindparam("seq"))
    .order_by(changes.c.seq)
    .limit(bindparam("share"))
)


def _after(connection: Connection, writer: str, seq: int, share: int) -> Iterator[Change]:
    for row in connection.execute(_AFTER, {"writer": writer, "seq": seq, "share": share}):
        yield Change(
            row.writer,
            row.seq,
            row.device,
            row.quantity,
            from_ms(row.first_ms),
            from_ms(row.last_ms),
            from_ms(row.known_ms),
        )
