"""A spool's folder: one owner at a time, and the MQTT client id by which an instance comes back as itself."""

from __future__ import annotations

import fcntl
import os
import secrets
import time
from pathlib import Path
from typing import IO

from models.errors import StoreUnavailableError, VodaError

WAIT_S = 2.0
"""A predecessor may take this long to be gone; a neighbour's look at the lock is over sooner."""


class Folder:
    """A locked spool folder. The lock goes with the process, however it ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True)
            self._lock = _taken(path, WAIT_S)
            self.client_id = _client_id(path / "client_id")
        except OSError as error:
            raise StoreUnavailableError(
                "spool.disk", f"{path}: {error.strerror or error}; free space or mend its permissions"
            ) from error

    def release(self) -> None:
        """Let another process have the folder."""
        self._lock.close()


def _taken(path: Path, wait_s: float) -> IO[str]:
    file = (path / "lock").open("a+")
    deadline = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() < deadline:
                time.sleep(0.02)
                continue
            file.seek(0)
            owner = file.read().strip() or "another process"
            file.close()
            raise VodaError(
                "spool.locked", f"{path} belongs to {owner}; stop it, or give this ingest an instance name of its own"
            ) from None
        file.truncate(0)
        file.write(f"process {os.getpid()}\n")
        file.flush()
        return file


def _client_id(path: Path) -> str:
    if path.exists() and (kept := path.read_text().strip()):
        return kept
    new = f"smartvoda-{secrets.token_hex(4)}"
    part = path.with_suffix(".new")
    with part.open("w") as file:
        file.write(new + "\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    return new


def ownerless(path: Path) -> list[Path]:
    """Folders beside this one whose owner is gone, and which have a log."""
    return [
        log.parent
        for log in sorted(path.parent.glob("*/log.db"))
        if log.parent != path and _is_free(log.parent / "lock")
    ]


def _is_free(lock: Path) -> bool:
    try:
        with lock.open("a") as file:
            # Shared and only for a moment: an owner that starts just now tries again.
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
