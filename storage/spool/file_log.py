"""A bounded log of its own, for a store that is another server: what waits, in order of arrival, in one SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from models.errors import StoreUnavailableError
from storage.sqlite.database import PAGE_BYTES, WAL_BYTES, Database
from storage.sqlite.gate import Gate

DRAIN_READINGS = 10_000
"""Readings handed to the store in one go."""

_VERSION = 1
_SCHEMA = """
CREATE TABLE batch (
    id INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB NOT NULL, readings INTEGER NOT NULL, received_ms INTEGER
);
CREATE TABLE receipt (batch INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE mark (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO mark VALUES ('waiting', 0)
"""


class Waiting(NamedTuple):
    """What one append brought."""

    number: int
    body: bytes
    readings: int


class FileLog:
    """The log. Its owner appends; the owner, or a neighbour when the owner is gone, drains.

    limit_bytes : of the file and its write-ahead log together; pages of what was drained are used again
    """

    def __init__(self, path: Path, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self._wal_bytes = min(limit_bytes // 4, WAL_BYTES)
        self._path = path
        self._database = Database(path, _SCHEMA, _VERSION, wal_bytes=self._wal_bytes)
        self._gate = Gate(path.with_name("drain"))

    def append(self, body: bytes, readings: int, received_ms: int | None, receipts: bytes | None) -> int:
        """Durable when it returns; its number. Raises StoreUnavailableError (spool.full) and keeps nothing then."""
        with self._database.writing() as connection:
            # A page more a blob for what the last one leaves empty, and some for the tables' own pages.
            pages = _used_pages(connection) + (len(body) + len(receipts or b"")) // (PAGE_BYTES - 64) + 6
            if pages * PAGE_BYTES + self._wal_bytes > self.limit_bytes:
                raise StoreUnavailableError(
                    "spool.full",
                    f"{self._path} has reached {self.limit_bytes} bytes and nothing more is acknowledged; bring the "
                    "store back or allow more room",
                )
            row = (body, readings, received_ms)
            cursor = connection.execute("INSERT INTO batch (body, readings, received_ms) VALUES (?, ?, ?)", row)
            number = int(cursor.lastrowid or 0)
            if receipts is not None:
                connection.execute("INSERT INTO receipt (batch, body) VALUES (?, ?)", (number, receipts))
            connection.execute("UPDATE mark SET value = value + ?", (readings,))
        return number

    def drain_step(self, move: Callable[[Sequence[Waiting]], None]) -> int | None:
        """Hand the oldest batches to `move` and forget them when it returns; readings moved, None if none waited."""
        with self._gate.entered():
            oldest = self._oldest()
            if not oldest:
                return None
            move(oldest)
            moved = sum(batch.readings for batch in oldest)
            # Moved twice is allowed: what a power cut brings back is the same again.
            with self._database.forgetting() as connection:
                connection.execute("DELETE FROM batch WHERE id <= ?", (oldest[-1].number,))
                connection.execute("UPDATE mark SET value = value - ?", (moved,))
        return moved

    def _oldest(self) -> list[Waiting]:
        result: list[Waiting] = []
        readings = 0
        with self._database.reading() as connection:
            rows = connection.execute("SELECT id, body, readings FROM batch ORDER BY id")
            for row in rows:
                if result and readings + row[2] > DRAIN_READINGS:
                    break
                result.append(Waiting(*row))
                readings += row[2]
            rows.close()
        return result

    def receipts(self) -> list[tuple[int, bytes]]:
        """Receipts that were not forgotten, oldest first."""
        with self._database.reading() as connection:
            return connection.execute("SELECT batch, body FROM receipt ORDER BY batch").fetchall()

    def forget_receipts(self, numbers: Sequence[int]) -> None:
        """Forget the receipts of some appends."""
        with self._database.forgetting() as connection:
            connection.executemany("DELETE FROM receipt WHERE batch = ?", ((number,) for number in numbers))

    def waiting(self) -> tuple[int, int | None]:
        """Readings that wait, and when the oldest was received [ms]."""
        with self._database.reading() as connection:
            (readings,) = connection.execute("SELECT value FROM mark").fetchone()
            oldest = connection.execute("SELECT received_ms FROM batch ORDER BY id LIMIT 1").fetchone()
        return readings, oldest[0] if oldest else None

    def size_bytes(self) -> int:
        """What is in use of the limit: pages that hold something, and the write-ahead log."""
        wal = self._path.with_name(self._path.name + "-wal")
        with self._database.reading() as connection:
            pages = _used_pages(connection)
        return pages * PAGE_BYTES + (wal.stat().st_size if wal.exists() else 0)

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def __enter__(self) -> FileLog:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _used_pages(connection: sqlite3.Connection) -> int:
    pages: int = connection.execute("PRAGMA page_count").fetchone()[0]
    free: int = connection.execute("PRAGMA freelist_count").fetchone()[0]
    return pages - free
