"""One at a time, over threads and processes; who dies inside lets go."""

from __future__ import annotations

import fcntl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from models.errors import StoreUnavailableError

WAIT_S = 30.0
RETRY_S = 0.002


class Gate:
    """A lock on a file of its own, held by the operating system for whoever is inside."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = threading.Lock()

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Wait for one's turn. Raises StoreUnavailableError (store.busy) after half a minute."""
        deadline = time.monotonic() + WAIT_S
        if not self._thread.acquire(timeout=WAIT_S):
            raise self._busy()
        try:
            with self._path.open("a") as file:
                while not _lock(file.fileno()):
                    if time.monotonic() > deadline:
                        raise self._busy()
                    time.sleep(RETRY_S)
                yield
        finally:
            self._thread.release()

    def _busy(self) -> StoreUnavailableError:
        message = f"{self._path} is held by a process that does not get on; look for it and end it"
        return StoreUnavailableError("store.busy", message)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
