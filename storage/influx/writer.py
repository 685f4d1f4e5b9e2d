"""Writing readings to InfluxDB so that the first value of a key stays and every other becomes a revision."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from sqlalchemy import delete, func, select

from models.clock import Clock
from models.quality import Quality
from models.reading import EPOCH, MILLISECOND, Reading, Series, from_ms, to_ms
from models.store import Revision, Written
from storage.columns import storable
from storage.engine import writing
from storage.feed import READINGS, Feed, add_to_counter
from storage.influx import lines
from storage.influx.queries import Key, Queries, Values
from storage.influx.server import Server
from storage.rejected import RejectedRowsError
from storage.schema import counters
from storage.sqlite.append_log import number

STEP_READINGS = 10_000
SERIES_STEP = 20_000

_OPEN = "readings_open"
"""Counter that is above 0 while a writer may have written what it did not count yet."""

FullKey = tuple[str, str, int]
Spans = dict[Key, list[int]]
"""First and last time [ms] of what is written of each series."""


class Row(NamedTuple):
    """A reading on its way: its key, its value and other fields as they are stored, and what it came in."""

    key: FullKey
    value: float | None
    tail: str
    origin: Reading | Series


class Sifted(NamedTuple):
    """Rows of a batch. ahead : surely new, since they lie after all that is known of their series; others may be there

    spans : of those ahead
    """

    ahead: list[Row]
    others: list[Row]
    spans: Spans


class Writer:
    """The only writer of readings of one store; one call at a time."""

    def __init__(self, server: Server, queries: Queries, feed: Feed, clock: Clock) -> None:
        self._server = server
        self._queries = queries
        self._feed = feed
        self._clock = clock
        self._newest_ms: dict[Key, int] | None = None
        self._seen = ""
        self._uncounted: set[FullKey] = set()
        self._in_flight: Sequence[Row] = []

    def write(self, readings: Sequence[Reading]) -> Written:
        """Write readings of any order."""
        written = Written(0, 0, 0)
        rejected: list[tuple[Reading, str]] = []
        for begin in range(0, len(readings), STEP_READINGS):
            part = readings[begin : begin + STEP_READINGS]
            done = self._write(_rows(part), rejected)
            written = Written(*(a + b for a, b in zip(written, done, strict=True)))
        if rejected:
            raise RejectedRowsError(rejected)
        return written

    def write_series(self, series: Iterable[Series]) -> Written:
        """Write columns."""
        written = Written(0, 0, 0)
        rejected: list[tuple[Reading, str]] = []
        for rows in _stepped(series):
            done = self._write(rows, rejected)
            written = Written(*(a + b for a, b in zip(written, done, strict=True)))
        if rejected:
            raise RejectedRowsError(rejected)
        return written

    def _write(self, rows: Sequence[Row], rejected: list[tuple[Reading, str]]) -> Written:
        if self._in_flight:
            # What a failed call had in flight is there or not: rows of it that are found were never counted.
            self._uncounted.update(row.key for row in self._in_flight)
            self._in_flight = []
        newest_ms = self._known()
        fresh, others, spans = _sift(rows, newest_ms)
        other: list[Row] = []
        same = counted = 0
        if others:
            stored = self._stored(fresh, others, newest_ms)
            for row in others:
                if row.key not in stored:
                    fresh.append(row)
                    stored[row.key] = row.value
                elif stored[row.key] != row.value:
                    other.append(row)
                elif row.key in self._uncounted:
                    # Written by a call that failed before it could count and tell.
                    self._uncounted.discard(row.key)
                    counted += 1
                else:
                    same += 1
        refused = self._put(fresh)
        rejected += [(_reading(row), reason) for row, reason in refused.values()]
        told = {key: (first_ms, last_ms) for key, (first_ms, last_ms) in spans.items()}
        if others or refused:
            # A repeat may be what a killed writer wrote and could not tell: all that came is told.
            told = _spans(row.key for row in rows if row.key not in refused)
        new = counted + len(fresh) - len(refused)
        kept = self._feed.publish(told, [self._revision(row) for row in other], new)
        self._in_flight = []
        if self._uncounted:
            self._uncounted.difference_update(row.key for row in fresh)
        for key, (_, last_ms) in told.items():
            newest_ms[key] = max(newest_ms.get(key, last_ms), last_ms)
        self._seen = self._feed.past_own(self._seen)
        return Written(new, same + kept.count(False), kept.count(True))

    def _stored(self, ahead: Sequence[Row], others: Sequence[Row], newest_ms: Mapping[Key, int]) -> Values:
        """Values of keys that others may have: what the server holds, and what comes before them in this batch."""
        keys = {row.key for row in others}
        known = {key for key in keys if key[2] <= newest_ms.get(key[:2], key[2] - 1)}
        return self._queries.values(known) | {row.key: row.value for row in ahead if row.key in keys}

    def _put(self, fresh: Sequence[Row]) -> dict[FullKey, tuple[Row, str]]:
        """Write new rows; returns those that the server will never take."""
        self._in_flight = fresh
        refusals = self._server.write(lines.of_rows(fresh))
        return {fresh[place].key: (fresh[place], reason) for place, reason in refusals}

    def _known(self) -> dict[Key, int]:
        """The newest time of every series, with what the feed tells of other writers by now."""
        if self._newest_ms is None:
            self._seen = self._feed.head()
            newest = self._queries.newest_ms()
            self._open(anything_there=bool(newest))
            self._newest_ms = newest
        while (news := self._feed.changes(self._seen, 10_000)).ranges:
            for change in news.ranges:
                key = (storable(change.device), storable(change.quantity))
                self._newest_ms[key] = max(self._newest_ms.get(key, to_ms(change.last)), to_ms(change.last))
            self._seen = news.cursor
        return self._newest_ms

    def _open(self, *, anything_there: bool) -> None:
        """Note that this writer is at work. Where its predecessor never said that it ended, count all anew."""
        counted = select(func.coalesce(func.sum(counters.c.value), 0)).where(counters.c.name == READINGS)
        with writing(self._feed.engine) as connection:
            unclean = add_to_counter(connection, _OPEN, self._feed.writer, 1) > 1
            never_counted = anything_there and connection.execute(counted).scalar_one() == 0
        if unclean or never_counted:
            total = self._queries.count()
            with writing(self._feed.engine) as connection:
                known = int(connection.execute(counted).scalar_one())
                add_to_counter(connection, READINGS, self._feed.writer, total - known)

    def close(self) -> None:
        """Note that everything written was counted; not where a call failed half-way."""
        if self._newest_ms is not None and not self._uncounted and not self._in_flight:
            with writing(self._feed.engine) as connection:
                connection.execute(
                    delete(counters).where(counters.c.name == _OPEN, counters.c.writer == self._feed.writer)
                )
        self._newest_ms = None

    def _revision(self, row: Row) -> Revision:
        device, quantity, time_ms = row.key
        return Revision(device, quantity, from_ms(time_ms), self._clock.now(), row.value, row.origin.source)


_name = lru_cache(maxsize=200_000)(storable)


def _rows(readings: Sequence[Reading]) -> list[Row]:
    # What comes together mostly differs in nothing but device, value and time.
    new, name, limit = tuple.__new__, _name, sys.float_info.max
    result: list[Row] = []
    add = result.append
    before: list[object] = []
    tail = ""
    for reading in readings:
        device, quantity, value, time, *others = reading
        if others != before:
            before = [*others]
            tail = lines.tail(reading.quality, reading.flags, reading.source, reading.time_source)
        if value.__class__ is not float or not -limit <= value <= limit:
            value = number(value)
        time_ms = (time - EPOCH) // MILLISECOND
        add(new(Row, ((name(device), name(quantity), time_ms), value, tail, reading)))
    return result


def _sift(rows: Iterable[Row], newest_ms: Mapping[Key, int]) -> Sifted:
    """Most rows come in order of time, series by series: nothing has to be asked about them."""
    ahead: list[Row] = []
    others: list[Row] = []
    spans: Spans = {}
    for row in rows:
        device, quantity, time_ms = row.key
        key = device, quantity
        span = spans.get(key)
        if span is None:
            if time_ms <= newest_ms.get(key, time_ms - 1):
                others.append(row)
            else:
                spans[key] = [time_ms, time_ms]
                ahead.append(row)
        elif time_ms > span[1]:
            span[1] = time_ms
            ahead.append(row)
        else:
            others.append(row)
    return Sifted(ahead, others, spans)


def _stepped(series: Iterable[Series]) -> Iterator[list[Row]]:
    """Rows of series, some ten thousand at a time."""
    rows: list[Row] = []
    for item in series:
        device, quantity = storable(item.device), storable(item.quantity)
        qualities = np.broadcast_to(item.quality, item.time_ms.shape).tolist()
        tails = {quality: lines.tail(quality, (), item.source, "payload") for quality in set(qualities)}
        numbers = zip(item.time_ms.tolist(), item.value.tolist(), qualities, strict=True)
        rows += [
            Row((device, quantity, time_ms), number(value), tails[quality], item) for time_ms, value, quality in numbers
        ]
        while len(rows) >= SERIES_STEP:
            yield rows[:SERIES_STEP]
            rows = rows[SERIES_STEP:]
    if rows:
        yield rows


def _reading(row: Row) -> Reading:
    """The reading that a row came from, for who has to look at it."""
    if isinstance(row.origin, Reading):
        return row.origin
    device, quantity, time_ms = row.key
    place = int(np.searchsorted(row.origin.time_ms, time_ms))
    quality = Quality(int(np.broadcast_to(row.origin.quality, row.origin.time_ms.shape)[place]))
    return Reading(device, quantity, row.value, from_ms(time_ms), "payload", quality, (), row.origin.source)


def _spans(keys: Iterable[FullKey]) -> dict[Key, tuple[int, int]]:
    times: dict[Key, list[int]] = {}
    for device, quantity, time_ms in keys:
        times.setdefault((device, quantity), []).append(time_ms)
    return {key: (min(found), max(found)) for key, found in times.items()}
