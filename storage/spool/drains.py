"""The two drains of a spool: the store's own append log, and a log of its own before a store elsewhere."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from models.clock import Clock
from models.errors import StoreUnavailableError
from models.reading import Reading, as_json, to_ms
from models.records import Records, Refused
from models.spool import Delivery
from models.store import Store
from storage.rejected import RejectedRowsError
from storage.spool import encoding
from storage.spool.encoding import Batch
from storage.spool.file_log import FileLog, Waiting
from storage.spool.folder import ownerless
from storage.sqlite.append_log import AppendLog

NEIGHBOURS_EVERY_S = 30.0

FRESH_READINGS = 50_000
"""So many of what was appended stay in memory as well: the drain that follows at once need not read them back."""


class Drain(Protocol):
    """Where deliveries wait and how they get on."""

    def append(self, deliveries: Sequence[Delivery], receipts: bytes | None) -> int:
        """Durable when it returns; the number by which its receipts are forgotten."""

    def step(self) -> int | None:
        """Move some of what waits; how many readings, None where nothing waited."""

    def receipts(self) -> list[tuple[int, bytes]]:
        """Receipts kept by append, oldest first."""

    def forget_receipts(self, numbers: Sequence[int]) -> None:
        """Forget receipts."""

    def waiting(self) -> tuple[int, int | None]:
        """Readings that wait, and when the oldest was received [ms]."""

    def size_bytes(self) -> int:
        """Disk that is taken by what waits."""

    def close(self) -> None:
        """Let go of files."""


class Aside:
    """Where notices and refused payloads go: into the records."""

    def __init__(self, records: Records, refused_limit_bytes: int, clock: Clock) -> None:
        self._records = records
        self._limit_bytes = refused_limit_bytes
        self._clock = clock

    def decode(self, body: bytes) -> Batch:
        """What an append brought; a damaged one becomes a refused payload, so that it never stops the others."""
        try:
            return encoding.decode(body)
        except (ValueError, TypeError, KeyError) as error:
            damaged = self.refusal("", "spool.damaged", f"can't be read back from the spool: {error}", body)
            return Batch([], [], [], [damaged])

    def refusal(self, topic: str, code: str, reason: str, payload: bytes) -> Refused:
        """A payload refused now."""
        return Refused(0, topic, self._clock.now(), code, reason, payload)

    def keep(self, batch: Batch) -> None:
        """Keep what is no reading."""
        if batch.notices:
            self._records.add_notices(batch.notices)
        if batch.refused:
            self._records.add_refused(batch.refused, self._limit_bytes)


class OwnLogDrain:
    """SQLite: the spool is the store's append log, one commit makes a reading durable and readable."""

    def __init__(self, log: AppendLog, owner: str, aside: Aside, limit_bytes: int) -> None:
        self._log = log
        self._owner = owner
        self._aside = aside
        self._limit_bytes = limit_bytes

    def append(self, deliveries: Sequence[Delivery], receipts: bytes | None) -> int:
        """Into the log, with its receipts, in one commit."""
        if (size := self._log.waiting_bytes()) > self._limit_bytes:
            raise StoreUnavailableError(
                "spool.full",
                f"{size} bytes of readings wait for the records' database; bring it back or allow more room",
            )
        number, _ = self._log.append(
            [reading for delivery in deliveries for reading in delivery.readings],
            oldest_ms(deliveries),
            self._owner,
            encoding.encode_aside(deliveries),
            receipts,
        )
        return number

    def step(self) -> int | None:
        """Tell the feed of some, order some."""
        with self._log.alone():
            resolved = self._log.drain_step()
            asides = self._log.take_asides(lambda body: self._aside.keep(self._aside.decode(body)))
            self._log.compact()
        return resolved.readings if resolved else (0 if asides else None)

    def receipts(self) -> list[tuple[int, bytes]]:
        """Receipts of this spool's appends."""
        return self._log.receipts(self._owner)

    def forget_receipts(self, numbers: Sequence[int]) -> None:
        """Forget receipts of this spool's appends."""
        self._log.forget_receipts(numbers)

    def waiting(self) -> tuple[int, int | None]:
        """What the feed has not told yet."""
        return self._log.waiting()

    def size_bytes(self) -> int:
        """The part of the file that waits."""
        return self._log.waiting_bytes()

    def close(self) -> None:
        """The file belongs to the store."""


class OtherStoreDrain:
    """A store elsewhere: readings wait in a bounded log of their own until it has taken them."""

    def __init__(self, folder: Path, store: Store, aside: Aside, limit_bytes: int) -> None:
        self._folder = folder
        self._store = store
        self._aside = aside
        self._log = FileLog(folder / "log.db", limit_bytes)
        self._fresh: dict[int, Batch] = {}
        self._look_again = 0.0

    def append(self, deliveries: Sequence[Delivery], receipts: bytes | None) -> int:
        """One row for all."""
        readings = sum(len(delivery.readings) for delivery in deliveries)
        number = self._log.append(encoding.encode(deliveries), readings, oldest_ms(deliveries), receipts)
        if sum(len(batch.readings) for batch in list(self._fresh.values())) + readings <= FRESH_READINGS:
            self._fresh[number] = encoding.as_batch(deliveries)
        return number

    def step(self) -> int | None:
        """The oldest into the store; when none is left, what instances that are gone left behind."""
        moved = self._log.drain_step(self._move_own)
        if moved is None and time.monotonic() >= self._look_again:
            # Whatever is wrong with a neighbour's folder holds up our own readings only now and then.
            look_again, self._look_again = self._look_again, time.monotonic() + NEIGHBOURS_EVERY_S
            moved = self._neighbours_step()
            if moved is not None:
                self._look_again = look_again
        return moved

    def _neighbours_step(self) -> int | None:
        for folder in ownerless(self._folder):
            with FileLog(folder / "log.db", self._log.limit_bytes) as log:
                moved = log.drain_step(self._move)
            if moved is not None:
                return moved
        return None

    def _move_own(self, waiting: Sequence[Waiting]) -> None:
        self._move_batch(
            encoding.joined(self._fresh.get(item.number) or self._aside.decode(item.body) for item in waiting)
        )
        # An append may be drained before it is remembered: whatever is older goes too.
        for number in list(self._fresh):
            if number <= waiting[-1].number:
                del self._fresh[number]

    def _move(self, waiting: Sequence[Waiting]) -> None:
        self._move_batch(encoding.joined(self._aside.decode(item.body) for item in waiting))

    def _move_batch(self, batch: Batch) -> None:
        if batch.readings:
            try:
                self._store.write(batch.readings)
            except RejectedRowsError as error:
                topics = {key_of(r): topic for r, topic in zip(batch.readings, batch.topics, strict=True)}
                batch.refused.extend(
                    self._aside.refusal(topics.get(key_of(reading), ""), error.code, reason, as_payload(reading))
                    for reading, reason in error.rejected
                )
        self._aside.keep(batch)

    def receipts(self) -> list[tuple[int, bytes]]:
        """Receipts kept in the log."""
        return self._log.receipts()

    def forget_receipts(self, numbers: Sequence[int]) -> None:
        """Forget receipts kept in the log."""
        self._log.forget_receipts(numbers)

    def waiting(self) -> tuple[int, int | None]:
        """What the store has not taken yet."""
        return self._log.waiting()

    def size_bytes(self) -> int:
        """What the log takes on disk."""
        return self._log.size_bytes()

    def close(self) -> None:
        """Let go of the log."""
        self._log.close()


def oldest_ms(deliveries: Sequence[Delivery]) -> int:
    """The first receipt among deliveries, at least one [ms]."""
    return to_ms(min(delivery.received for delivery in deliveries))


def key_of(reading: Reading) -> tuple[str, str, datetime]:
    """What a store knows a reading by."""
    return reading.device, reading.quantity, reading.time


def as_payload(reading: Reading) -> bytes:
    """A reading as a payload of Smart voda's own dialect, so that it can be sent again."""
    return json.dumps(as_json(reading), ensure_ascii=False).encode(errors="backslashreplace")
