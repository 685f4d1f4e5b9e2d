"""models.spool.Spool over either drain."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime

from models.errors import StoreUnavailableError, VodaError
from models.reading import from_ms
from models.spool import Delivery, SpoolState
from storage.spool.drains import Drain
from storage.spool.folder import Folder
from storage.spool.receipts import Identity, Receipts, encode, rows_of

DRAIN_READINGS = 20_000
DRAIN_S = 1.0
"""One call of `drain` moves no more and takes no longer than this and a step, so that its caller can be stopped."""


class LogSpool:
    """A taken folder and its drain. Any thread may append while another drains."""

    def __init__(self, folder: Folder, drain: Drain, limit_bytes: int) -> None:
        self.client_id = folder.client_id
        self._folder = folder
        self._drain = drain
        self._limit_bytes = limit_bytes
        self._receipts = Receipts(drain.receipts())
        self._problem = ""

    def first_receipts(self, identities: Sequence[Identity]) -> dict[Identity, datetime]:
        """First times of receipt of (session, packet id, topic, payload hash) that were not yet forgotten."""
        return self._receipts.find(identities)

    def append(self, deliveries: Sequence[Delivery]) -> None:
        """Durable when it returns. Raises StoreUnavailableError (spool.full, spool.disk) and then keeps nothing."""
        if not deliveries:
            return
        try:
            rows = rows_of(deliveries)
            number = self._drain.append(deliveries, encode(rows))
        except StoreUnavailableError as error:
            if error.code == "store.disk":
                raise StoreUnavailableError("spool.disk", error.message) from error
            raise
        self._receipts.used_again(deliveries)
        self._receipts.remember(number, rows)

    def drain(self) -> int:
        """Move what waits, up to some ten thousand readings a call. Returns readings moved; 0: nothing is left.

        Raises StoreUnavailableError where it does not get on; `state` then says why.
        """
        moved = 0
        until = time.monotonic() + DRAIN_S
        try:
            while (step := self._drain.step()) is not None:
                moved += step
                if moved >= DRAIN_READINGS or (moved and time.monotonic() > until):
                    break
            if dead := self._receipts.take_dead():
                self._drain.forget_receipts(dead)
        except VodaError as error:
            self._problem = str(error)
            raise
        self._problem = ""
        return moved

    def acknowledged(self, session: str, packet_ids: Sequence[int]) -> None:
        """The broker has surely heard these acknowledgements (a later packet id of theirs came anew)."""
        self._receipts.acknowledged(session, packet_ids)

    def state(self) -> SpoolState:
        """What waits, for the operator's eyes."""
        waiting, oldest_ms = self._drain.waiting()
        oldest = None if oldest_ms is None else from_ms(oldest_ms)
        return SpoolState(waiting, oldest, self._drain.size_bytes(), self._limit_bytes, self._problem)

    def close(self) -> None:
        """Let go of the folder's lock; what waits stays."""
        self._drain.close()
        self._folder.release()
