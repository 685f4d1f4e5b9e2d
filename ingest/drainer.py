"""The draining thread: from the spool into the store, and what the operator is told of it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from ingest.seen import Seen
from models.errors import StoreUnavailableError, VodaError
from models.records import Records
from models.spool import Spool

log = logging.getLogger(__name__)

FACT_EVERY_S = 2.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 15.0


class Drainer:
    """Moves what waits into the store until `stop` is set, and writes every two seconds how that goes."""

    def __init__(
        self,
        spool: Spool,
        records: Records,
        seen: Seen,
        tell: Callable[[], None],
        look_at_region: Callable[[], None],
    ) -> None:
        """tell : writes the fact; look_at_region : takes over a changed registry. Both every two seconds."""
        self.problem = ""
        self._spool = spool
        self._records = records
        self._seen = seen
        self._every_two_seconds = (look_at_region, tell)
        self._wake = threading.Event()
        self._not_before = 0.0
        self._pause_s = _FIRST_PAUSE_S
        self._tell_at = 0.0

    def wake(self) -> None:
        """Something waits."""
        self._wake.set()

    def run(self, stop: threading.Event) -> None:
        """Drain until `stop`."""
        while not stop.is_set():
            self._wake.wait(self._wait_s())
            self._wake.clear()
            if time.monotonic() >= self._not_before:
                self._drain()
            self._tell()

    def finish(self, deadline: float) -> None:
        """Drain what is left until a monotonic time, and tell how it ended."""
        while time.monotonic() < deadline and self._drain() and self._spool.state().waiting:
            pass
        self._tell_at = 0.0
        self._tell()

    def _wait_s(self) -> float:
        now = time.monotonic()
        until_told = max(0.0, self._tell_at - now)
        return min(until_told, max(0.01, self._not_before - now)) if self._not_before > now else until_told

    def _drain(self) -> bool:
        try:
            while self._spool.drain():
                if time.monotonic() >= self._tell_at:
                    self._tell()
        except Exception as error:
            # Whatever it is, the readings wait durably: say so and try again.
            unexpected = not isinstance(error, VodaError)
            if not self.problem:
                log.warning("%s; readings wait in the spool", error, exc_info=unexpected)
            self.problem = f"ingest.failed: {error!r:.200}" if unexpected else str(error)
            self._not_before = time.monotonic() + self._pause_s
            self._pause_s = min(self._pause_s * 2, _LONGEST_PAUSE_S)
            return False
        if self.problem:
            log.info("the store is back")
        self.problem, self._pause_s = "", _FIRST_PAUSE_S
        return True

    def _see(self) -> None:
        devices = self._seen.take()
        if not devices:
            return
        try:
            self._records.see_devices(devices)
        except VodaError:
            self._seen.put_back(devices)
            raise

    def _tell(self) -> None:
        if time.monotonic() < self._tell_at:
            return
        self._tell_at = time.monotonic() + FACT_EVERY_S
        for act in (*self._every_two_seconds, self._see):
            try:
                act()
            except StoreUnavailableError as error:
                log.warning("records: %s", error)
