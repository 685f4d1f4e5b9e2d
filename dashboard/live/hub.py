"""One poller of the change feed a process; every reader gets what arrived, from its own cursor on.

A message's id is the feed's cursor, so a browser that reconnects (to any worker) misses nothing. A reader that is too
slow loses its queue and is told to load its page again.
"""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from time import monotonic
from typing import NamedTuple

from dashboard.live.points import gather
from dashboard.live.status import Status, status
from dashboard.visit import Rooms
from models.errors import VodaError
from models.store import Change

log = logging.getLogger(__name__)

POLL_S = 0.25
IDLE_POLL_S = 1.0
TICK_S = 1.0
STATUS_S = 1.0
QUEUE_LIMIT = 256
CATCH_UP_LIMIT = 20_000
"""Feed rows after which a reconnecting reader is told to load its page again instead."""
FRESH = timedelta(hours=48)
"""Rows older than this are history being filled, not live: charts get them when they are loaded."""


class Sent(NamedTuple):
    """One server-sent event; `id` is the feed's cursor or empty."""

    event: str
    data: str
    id: str = ""

    def encode(self) -> bytes:
        """As it goes over the wire."""
        head = f"id: {self.id}\n" if self.id else ""
        return f"{head}event: {self.event}\ndata: {self.data}\n\n".encode()


class _Reader:
    """A browser's queue. `lost` is set when it overflowed."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.queue: asyncio.Queue[Sent | None] = asyncio.Queue()
        self.lost = False

    def put(self, message: Sent | None) -> None:
        if message is not None and self.queue.qsize() >= QUEUE_LIMIT:
            self.lost = True
            return
        self.queue.put_nowait(message)


class Hub:
    """Polls while someone reads; thread-safe to close."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._readers: set[_Reader] = set()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        self._status: Status | None = None

    @property
    def readers(self) -> int:
        """Streams that are open now."""
        return len(self._readers)

    def close(self) -> None:
        """End every stream and the poller; harmless when repeated."""
        self._closed.set()
        self._wake.set()
        with self._lock:
            readers = list(self._readers)
        for reader in readers:
            reader.loop.call_soon_threadsafe(reader.put, None)

    async def stream(self, cursor: str) -> AsyncIterator[bytes]:
        """Server-sent events from a cursor on ("" = from now)."""
        reader = _Reader(asyncio.get_running_loop())
        with self._lock:
            self._readers.add(reader)
        self._start()
        try:
            # Subscribed first, caught up second: what comes meanwhile may be said twice, never missed.
            caught_up = await asyncio.to_thread(lambda: list(self._catch_up(cursor)))
            yield b"retry: 1000\n\n"
            for message in caught_up:
                yield message.encode()
            while not self._closed.is_set():
                try:
                    message_or_end = await asyncio.wait_for(reader.queue.get(), TICK_S)
                except TimeoutError:
                    yield self._tick().encode()
                    continue
                if reader.lost:
                    yield Sent("reload", "{}", await asyncio.to_thread(self._head)).encode()
                    return
                if message_or_end is None:
                    return
                yield message_or_end.encode()
        finally:
            with self._lock:
                self._readers.discard(reader)

    def _start(self) -> None:
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._poll, name="live", daemon=True)
                self._thread.start()
        self._wake.set()

    def _head(self) -> str:
        try:
            return self._rooms.store.head()
        except VodaError:
            return ""

    def _tick(self) -> Sent:
        now = self._rooms.clock.now()
        return Sent("tick", json.dumps({"now": round(now.timestamp() * 1000)}))

    def _catch_up(self, cursor: str) -> Iterator[Sent]:
        yield self._tick()
        current = self._status
        if current is not None:
            yield Sent("status", current.as_json())
        if not cursor:
            return
        try:
            seen = 0
            while True:
                changes = self._rooms.store.changes(cursor, limit=5_000)
                seen += len(changes.ranges)
                if seen > CATCH_UP_LIMIT:
                    yield Sent("reload", "{}", self._head())
                    return
                if not changes.ranges:
                    return
                cursor = changes.cursor
                yield from self._messages(changes.ranges, cursor)
        except (VodaError, ValueError):
            # A cursor that this store does not know (another region, a new data folder).
            log.warning("live.cursor: a reader came with a cursor that can't be followed; told to load again")
            yield Sent("reload", "{}", self._head())

    def _messages(self, ranges: list[Change], cursor: str) -> Iterator[Sent]:
        since = self._rooms.clock.now() - FRESH
        region = self._rooms.records.region()
        points = gather(self._rooms.store, region, ranges, since)
        if points:
            yield Sent("points", json.dumps(points, separators=(",", ":")), cursor)

    def _poll(self) -> None:
        cursor = ""
        next_status = 0.0
        failed = False
        while not self._closed.is_set():
            with self._lock:
                watched = bool(self._readers)
            self._wake.clear()
            if not watched:
                cursor = ""
                self._wake.wait()
                continue
            try:
                cursor = self._look(cursor or self._rooms.store.head())
                now = monotonic()
                if now >= next_status:
                    self._look_at_status()
                    next_status = now + STATUS_S
                failed = False
            except VodaError as error:
                if not failed:
                    log.warning("live.poll: %s", error)
                failed = True
            self._closed.wait(IDLE_POLL_S if failed else POLL_S)

    def _look(self, cursor: str) -> str:
        changes = self._rooms.store.changes(cursor, limit=2_000)
        if not changes.ranges:
            return cursor
        for message in self._messages(changes.ranges, changes.cursor):
            self._send(message)
        return changes.cursor

    def _look_at_status(self) -> None:
        current = status(self._rooms)
        if current != self._status:
            self._status = current
            self._send(Sent("status", current.as_json()))

    def _send(self, message: Sent) -> None:
        with self._lock:
            readers = list(self._readers)
        for reader in readers:
            try:
                reader.loop.call_soon_threadsafe(reader.put, message)
            except RuntimeError:
                # Its event loop has ended: the server is gone, the stream with it.
                with self._lock:
                    self._readers.discard(reader)
