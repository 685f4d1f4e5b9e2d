"""Bulk writing of history: rows in key order go straight into `reading`, a bounded transaction at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import repeat
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.reading import Series, from_ms
from models.store import Revision, Written
from storage.feed import Feed
from storage.sqlite.append_log import add_total
from storage.sqlite.database import Database
from storage.sqlite.names import Names
from storage.sqlite.pace import LEAST_ROWS, Pace

GATHER_ROWS = 250_000
TELL_ROWS = 1_000_000

Times = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]


class Piece(NamedTuple):
    """A part of a series, small enough for one transaction."""

    series: int
    device: str
    quantity: str
    source: str
    origin: int
    time_ms: Times
    value: Values
    quality: npt.NDArray[np.int8]


class Bulk:
    """The bulk path of one file. `tell` makes the feed say what was written."""

    def __init__(self, database: Database, names: Names, feed: Feed) -> None:
        self._names = names
        self._feed = feed
        self._pace = Pace(database)

    def write(self, series: Iterable[Series], now_ms: int) -> Iterator[Written]:
        """Write series by series; yields after each million rows and at the end, when the feed should be told."""
        new = same = revised = rows = 0
        for group in self._grouped(self._pieces(series)):
            done = self._write_group(group, now_ms)
            new, same, revised = new + done.new, same + done.same, revised + done.revised
            rows += sum(len(piece.time_ms) for piece in group)
            if rows >= TELL_ROWS:
                yield Written(new, same, revised)
                new = same = revised = rows = 0
        yield Written(new, same, revised)

    def _pieces(self, series: Iterable[Series]) -> Iterator[Piece]:
        for several in _gathered(series):
            # Names are committed before rows speak of them; many at once, since each commit waits for the disk.
            keys = self._names.add_series((item.device, item.quantity) for item in several)
            origins = self._names.add_origins(((), item.source, "payload") for item in several)
            for item in several:
                origin = origins[(), item.source, "payload"]
                quality = np.broadcast_to(item.quality, item.time_ms.shape)
                value = np.where(np.isfinite(item.value), item.value, np.nan)
                number = keys[item.device, item.quantity]
                for begin in range(0, len(item.time_ms), LEAST_ROWS):
                    part = slice(begin, begin + LEAST_ROWS)
                    rows = (item.time_ms[part], value[part], quality[part])
                    yield Piece(number, item.device, item.quantity, item.source, origin, *rows)

    def _grouped(self, pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
        """Pieces together up to a transaction's rows."""
        group: list[Piece] = []
        rows = 0
        for piece in pieces:
            if group and rows + len(piece.time_ms) > self._pace.rows:
                yield group
                group, rows = [], 0
            group.append(piece)
            rows += len(piece.time_ms)
        if group:
            yield group

    def _write_group(self, group: list[Piece], now_ms: int) -> Written:
        new = same = 0
        revisions: list[Revision] = []
        with self._pace.transaction(sum(len(piece.time_ms) for piece in group)) as connection:
            for piece in group:
                fresh, other = self._sift(connection, piece)
                touched = piece.time_ms[fresh | other]
                if len(touched):
                    _insert(connection, piece, fresh)
                    span = (piece.series, int(touched[0]), int(touched[-1]))
                    connection.execute("INSERT INTO unfed (series, first_ms, last_ms) VALUES (?, ?, ?)", span)
                new += int(np.count_nonzero(fresh))
                same += len(piece.time_ms) - len(touched)
                revisions += _revisions(piece, other, now_ms)
            add_total(connection, new)
        kept = self._feed.publish({}, revisions)
        return Written(new, same + kept.count(False), kept.count(True))

    def _sift(
        self, connection: sqlite3.Connection, piece: Piece
    ) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """Which rows are new, and which bring another value for a key that is there."""
        fresh = np.ones(len(piece.time_ms), dtype=np.bool_)
        other = np.zeros(len(piece.time_ms), dtype=np.bool_)
        span = (piece.series, int(piece.time_ms[0]), int(piece.time_ms[-1]))
        for table, order in (("log", "id DESC"), ("reading", "time_ms")):
            query = f"SELECT time_ms, ifnull(value, 9e999) FROM {table} WHERE series = ? AND time_ms BETWEEN ? AND ?"
            rows = connection.execute(f"{query} ORDER BY {order}", span).fetchall()
            if not rows:
                continue
            # Of several rows of a key the last assignment stands: the log's first arrival, then `reading`.
            found = dict(rows)
            times = np.fromiter(found.keys(), np.int64, len(found))
            values = np.fromiter(found.values(), np.float64, len(found))
            _, ours, theirs = np.intersect1d(piece.time_ms, times, assume_unique=True, return_indices=True)
            fresh[ours] = False
            stored = values[theirs]
            stored[np.isinf(stored)] = np.nan
            other[ours] = ~((piece.value[ours] == stored) | (np.isnan(piece.value[ours]) & np.isnan(stored)))
        return fresh, other


def _insert(connection: sqlite3.Connection, piece: Piece, fresh: npt.NDArray[np.bool_]) -> None:
    values: list[float | None] = piece.value[fresh].tolist()
    if bool(np.isnan(piece.value[fresh]).any()):
        values = [None if value != value else value for value in values]
    connection.executemany(
        "INSERT INTO reading (series, time_ms, value, quality, origin) VALUES (?, ?, ?, ?, ?)",
        zip(
            repeat(piece.series),
            piece.time_ms[fresh].tolist(),
            values,
            piece.quality[fresh].tolist(),
            repeat(piece.origin),
            strict=False,
        ),
    )


def _revisions(piece: Piece, other: npt.NDArray[np.bool_], now_ms: int) -> list[Revision]:
    known_at = from_ms(now_ms)
    return [
        Revision(
            piece.device, piece.quantity, from_ms(time_ms), known_at, None if value != value else value, piece.source
        )
        for time_ms, value in zip(piece.time_ms[other].tolist(), piece.value[other].tolist(), strict=True)
    ]


def _gathered(series: Iterable[Series]) -> Iterator[list[Series]]:
    """Series together up to some hundred thousand rows; empty ones left out."""
    several: list[Series] = []
    rows = 0
    for item in series:
        if len(item.time_ms) == 0:
            continue
        if not bool(np.all(np.diff(item.time_ms) > 0)):
            raise ValueError(f"{item.device} {item.quantity}: times must be ascending and unique")
        several.append(item)
        rows += len(item.time_ms)
        if rows >= GATHER_ROWS:
            yield several
            several, rows = [], 0
    if several:
        yield several
