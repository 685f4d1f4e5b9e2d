"""The append log: one commit makes readings durable and readable; draining tells the feed; compaction orders them.

Ingest acknowledges on `append`. `drain` takes what was appended in order of arrival: it finds repeats and other
values, writes revisions and the feed, and only then forgets. Rows stay in the log until there are enough of them to
be moved into `reading` in key order, where a page then takes many rows of one series instead of one.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple

from models.clock import Clock
from models.reading import Reading, from_ms, to_ms
from models.store import Revision
from storage.feed import Feed, Key
from storage.sqlite.database import Database
from storage.sqlite.gate import Gate
from storage.sqlite.names import Names
from storage.sqlite.pace import Pace

Span = tuple[Key, int, int]

DRAIN_READINGS = 20_000
"""Readings resolved and told in one go: some 100 ms. In a backlog more of them share a row of the feed."""

ROW_BYTES = 64
"""A row of the log with its index entry and its share of receipts, measured: 55 to 60 bytes."""

COMPACT_ROWS = 100_000


class Resolved(NamedTuple):
    """What draining found: ids of log rows that repeat a value or bring another one."""

    readings: int
    same: list[int]
    revised: list[int]


class AppendLog:
    """The log of one file. Any number of processes append; one at a time drains, for all."""

    def __init__(self, database: Database, names: Names, feed: Feed, clock: Clock) -> None:
        self._database = database
        self._names = names
        self._feed = feed
        self._clock = clock
        self._gate = Gate(database.path.with_name(database.path.name + "-drain"))
        self._pace = Pace(database)
        self._compacting: tuple[int, int, int] | None = None

    def append(
        self,
        readings: Sequence[Reading],
        received_ms: int | None = None,
        owner: str = "",
        aside: bytes | None = None,
        receipts: bytes | None = None,
    ) -> tuple[int, int]:
        """Durable and readable when it returns.

        aside : notices and refused payloads, kept until `take_asides`; receipts : kept until `forget_receipts`
        Returns the arrival's id and the id of its last reading in the log.
        """
        keys = [(reading.device, reading.quantity) for reading in readings]
        origins = [(reading.flags, reading.source, reading.time_source) for reading in readings]
        series_ids = self._names.add_series(keys)
        origin_ids = self._names.add_origins(origins)
        rows = [
            (series_ids[key], to_ms(reading.time), number(reading.value), int(reading.quality), origin_ids[origin])
            for reading, key, origin in zip(readings, keys, origins, strict=True)
        ]
        with self._database.writing() as connection:
            connection.executemany(
                "INSERT INTO log (series, time_ms, value, quality, origin) VALUES (?, ?, ?, ?, ?)", rows
            )
            last_log = last_log_id(connection)
            cursor = connection.execute(
                "INSERT INTO arrival (last_log, received_ms, owner, receipts) VALUES (?, ?, ?, ?)",
                (last_log, received_ms, owner, receipts),
            )
            if aside is not None:
                connection.execute("INSERT INTO aside (body) VALUES (?)", (aside,))
        return int(cursor.lastrowid or 0), last_log

    def waiting_bytes(self) -> int:
        """Disk that untold readings take, counted by rows."""
        with self._database.reading() as connection:
            return max(last_log_id(connection) - _fed(connection), 0) * ROW_BYTES

    def alone(self) -> AbstractContextManager[None]:
        """Nobody else drains this file meanwhile, in this process or another."""
        return self._gate.entered()

    def drain_step(self) -> Resolved | None:
        """Resolve and tell the oldest arrivals, some thousand readings; None where nothing waits. Call it `alone`."""
        first, last, arrival = self._oldest()
        last_unfed, unfed = self._unfed()
        if arrival is None and not unfed:
            return None
        same, revised, revisions = self._repeats(first, last)
        spans = _joined([*self._spans(first, last, same), *unfed])
        kept = self._feed.publish(spans, revisions)
        self._forget(first, last, arrival, [*same, *revised], last_unfed)
        # Another value that is already known is a repeat too.
        same += [log_id for log_id, new in zip(revised, kept, strict=True) if not new]
        return Resolved(last - first, same, [log_id for log_id, new in zip(revised, kept, strict=True) if new])

    def _oldest(self) -> tuple[int, int, int | None]:
        """Log ids (first, last] of the oldest arrivals that wait, and the last of these arrivals."""
        last_arrival = None
        with self._database.reading() as connection:
            first = last = _fed(connection)
            rows = connection.execute("SELECT id, last_log FROM arrival WHERE drained = 0 ORDER BY id")
            for arrival, last_log in rows:
                if last_arrival is not None and last_log - first > DRAIN_READINGS:
                    break
                last_arrival, last = arrival, last_log
            rows.close()
        return first, last, last_arrival

    def _unfed(self) -> tuple[int, list[Span]]:
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT max(id), series, min(first_ms), max(last_ms) FROM unfed GROUP BY series"
            ).fetchall()
        spans = [(self._names.key(series), first_ms, last_ms) for _, series, first_ms, last_ms in rows]
        return max((row[0] for row in rows), default=0), spans

    def _repeats(self, first: int, last: int) -> tuple[list[int], list[int], list[Revision]]:
        """Log rows in (first, last] whose key was there before: the same value, another value, and as revisions."""
        with self._database.reading() as connection:
            rows = connection.execute(_REPEATS, (first, last)).fetchall()
        same: list[int] = []
        revised: list[int] = []
        revisions: list[Revision] = []
        known_at = self._clock.now()
        for log_id, series, time_ms, value, origin, in_reading, read_value, log_value in rows:
            if value == (read_value if in_reading else log_value):
                same.append(log_id)
                continue
            device, quantity = self._names.key(series)
            source = self._names.origin(origin)[1]
            revised.append(log_id)
            revisions.append(Revision(device, quantity, from_ms(time_ms), known_at, value, source))
        return same, revised, revisions

    def _spans(self, first: int, last: int, same: Sequence[int]) -> list[Span]:
        left_out = set(same)
        with self._database.reading() as connection:
            if left_out:
                query = "SELECT id, series, time_ms FROM log WHERE id > ? AND id <= ?"
                rows = [(s, t, t) for i, s, t in connection.execute(query, (first, last)) if i not in left_out]
            else:
                query = "SELECT series, min(time_ms), max(time_ms) FROM log WHERE id > ? AND id <= ? GROUP BY series"
                rows = connection.execute(query, (first, last)).fetchall()
        return [(self._names.key(series), first_ms, last_ms) for series, first_ms, last_ms in rows]

    def _forget(self, first: int, last: int, arrival: int | None, repeats: Sequence[int], unfed: int) -> None:
        with self._database.writing() as connection:
            if unfed:
                connection.execute("DELETE FROM unfed WHERE id <= ?", (unfed,))
            if arrival is None:
                return
            connection.executemany("DELETE FROM log WHERE id = ?", ((log_id,) for log_id in repeats))
            connection.execute("UPDATE mark SET value = ? WHERE name = 'fed'", (last,))
            add_total(connection, last - first - len(repeats))
            connection.execute("DELETE FROM arrival WHERE drained = 0 AND id <= ? AND receipts IS NULL", (arrival,))
            connection.execute("UPDATE arrival SET drained = 1 WHERE drained = 0 AND id <= ?", (arrival,))

    def take_asides(self, keep: Callable[[bytes], None]) -> int:
        """Hand out what appends brought beside readings, oldest first, then forget it. Call it `alone`."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT id, body FROM aside ORDER BY id LIMIT 1000").fetchall()
        if rows:
            for _, body in rows:
                keep(body)
            with self._database.writing() as connection:
                connection.execute("DELETE FROM aside WHERE id <= ?", (rows[-1][0],))
        return len(rows)

    def receipts(self, owner: str) -> list[tuple[int, bytes]]:
        """Receipts of an owner's appends that were not forgotten, oldest first, with the arrivals' ids."""
        query = "SELECT id, receipts FROM arrival WHERE owner = ? AND receipts IS NOT NULL ORDER BY id"
        with self._database.reading() as connection:
            return connection.execute(query, (owner,)).fetchall()

    def forget_receipts(self, arrivals: Sequence[int]) -> None:
        """Forget the receipts of some arrivals."""
        ids = [(arrival,) for arrival in arrivals]
        with self._database.writing() as connection:
            connection.executemany("UPDATE arrival SET receipts = NULL WHERE id = ?", ids)
            connection.executemany("DELETE FROM arrival WHERE id = ? AND drained = 1", ids)

    def compact(self, *, at_least: int = COMPACT_ROWS) -> int:
        """Move one portion of resolved rows into key order where the log has grown; returns rows moved. `alone`."""
        with self._database.reading() as connection:
            if self._compacting is None:
                fed = _fed(connection)
                (rows,) = connection.execute("SELECT count(*) FROM log WHERE id <= ?", (fed,)).fetchone()
                if rows < at_least or rows == 0:
                    return 0
                self._compacting = (fed, 0, -(2**63))
            fed, series, time_ms = self._compacting
            query = "SELECT series, time_ms FROM log WHERE (series, time_ms) > (?, ?) ORDER BY series, time_ms"
            cut = connection.execute(f"{query} LIMIT 1 OFFSET {self._pace.rows - 1}", (series, time_ms)).fetchone()
        until = cut or (2**62, 2**62)
        where = "WHERE (series, time_ms) > (?, ?) AND (series, time_ms) <= (?, ?) AND id <= ?"
        bounds = (series, time_ms, *until, fed)
        with self._pace.transaction(self._pace.rows) as connection:
            moved = connection.execute(
                "INSERT OR IGNORE INTO reading SELECT series, time_ms, value, quality, origin FROM log "
                f"{where} ORDER BY series, time_ms",
                bounds,
            ).rowcount
            connection.execute(f"DELETE FROM log {where}", bounds)
        self._compacting = (fed, *cut) if cut else None
        return moved

    def waiting(self) -> tuple[int, int | None]:
        """Readings that are not told yet, and when the oldest was received [ms]."""
        with self._database.reading() as connection:
            rows = last_log_id(connection) - _fed(connection)
            (oldest,) = connection.execute("SELECT min(received_ms) FROM arrival WHERE drained = 0").fetchone()
        return max(rows, 0), oldest


_REPEATS = """
SELECT log.id, log.series, log.time_ms, log.value, log.origin,
       reading.series IS NOT NULL, reading.value, earlier.value
FROM log
LEFT JOIN reading ON reading.series = log.series AND reading.time_ms = log.time_ms
LEFT JOIN log AS earlier ON earlier.id = (
    SELECT min(id) FROM log AS other WHERE other.series = log.series AND other.time_ms = log.time_ms
) AND earlier.id < log.id
WHERE log.id > ? AND log.id <= ? AND (reading.series IS NOT NULL OR earlier.id IS NOT NULL)
ORDER BY log.id
"""


def number(value: float | None) -> float | None:
    """A value as it is kept: a finite double, else None.

    >>> number(float("nan")) is None
    True
    """
    return float(value) if value is not None and math.isfinite(value) else None


def last_log_id(connection: sqlite3.Connection) -> int:
    """The newest id that the log ever gave, 0 before its first row."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'log'").fetchone()
    return int(row[0]) if row else 0


def add_total(connection: sqlite3.Connection, new: int) -> None:
    """Count new keys, within the transaction that resolved or wrote them."""
    connection.execute("UPDATE mark SET value = value + ? WHERE name = 'total'", (new,))


def _fed(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT value FROM mark WHERE name = 'fed'").fetchone()[0])


def _joined(spans: Iterable[Span]) -> dict[Key, tuple[int, int]]:
    result: dict[Key, tuple[int, int]] = {}
    for key, first_ms, last_ms in spans:
        known = result.get(key, (first_ms, last_ms))
        result[key] = (min(known[0], first_ms), max(known[1], last_ms))
    return result
