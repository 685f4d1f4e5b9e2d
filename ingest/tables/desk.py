"""Takes files that people hand in at the dashboard: keeps them in a folder, understands and imports them one by one.

The work is done by one thread of the process that owns the store; pages only ask how far it is. Files of an earlier
process are gone: handed in again, an import goes on where it was (see importing).
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import queue
import re
import secrets
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, TextIO

from ingest.tables.importing import Stopped
from ingest.tables.mapping import checked
from ingest.tables.table_file import BAD_SUFFIX, TableFile
from models.clock import Clock
from models.errors import VodaError
from models.records import Records
from models.store import Store
from models.tables import Hints, ImportJob, Say

log = logging.getLogger("smartvoda.import")

LIMIT_BYTES = 200_000_000
MOST_JOBS = 12
_STOP_S = 2.0
_LOCK = "lock"
_UNSAFE = re.compile(r"[^\w.\-() ]+")


@dataclass
class _Work:
    """A file on the desk."""

    job: ImportJob
    path: Path
    table: TableFile | None = None


class Desk:
    """models.tables.ImportDesk over a folder.

    zone : of times that name none, where the registry is empty
    """

    limit_bytes = LIMIT_BYTES

    def __init__(self, folder: Path, store: Store, records: Records, clock: Clock, zone: str) -> None:
        self._store, self._records, self._clock, self._zone = store, records, clock, zone
        self._lock = threading.Lock()
        self._jobs: dict[str, _Work] = {}
        self._todo: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._folder, self._owned = _own_folder(folder)
        self._worker = threading.Thread(target=self._work, name="import", daemon=True)
        self._worker.start()

    def open(self, file: str) -> Handed:
        """Begin to take a file. Raises VodaError (import.busy, import.unwritable)."""
        name = _UNSAFE.sub("_", file.replace("\\", "/").rsplit("/", 1)[-1]).strip(". ")[-120:] or "table"
        with self._lock:
            self._forget_old()
            if len(self._jobs) >= MOST_JOBS:
                raise VodaError("import.busy", f"{MOST_JOBS} files are being worked on; wait until one is done")
            job_id = secrets.token_urlsafe(9)
            path = self._folder / job_id / name
            try:
                path.parent.mkdir(parents=True)
                stream = path.open("wb")
            except OSError as error:
                raise VodaError(
                    "import.unwritable", f"{path.parent}: {error.strerror}; mend its permissions"
                ) from error
            self._jobs[job_id] = _Work(ImportJob(job_id, name, 0, "waiting"), path)
        return Handed(self, job_id, stream)

    def job(self, job_id: str) -> ImportJob | None:
        """How far a file is."""
        with self._lock:
            work = self._jobs.get(job_id)
            return work.job if work else None

    def understand(self, job_id: str, hints: Hints) -> None:
        """Look at the file (anew) with what a person says of it."""
        checked(hints)
        work = self._found(job_id, ("waiting", "understood", "failed"))
        self._tell(job_id, state="reading", hints=hints, share=0.0, error="", understanding=None)
        self._todo.put(lambda: self._understand(job_id, work, hints))

    def start(self, job_id: str, who: str, why: str, say: Say) -> None:
        """Import an understood file."""
        work = self._found(job_id, ("understood",))
        understanding = work.job.understanding
        if understanding is None or not understanding.can_begin:
            raise VodaError("import.not_ready", f"{work.job.file} is not understood yet; name what it lacks")
        self._tell(job_id, state="importing", share=0.0)
        self._todo.put(lambda: self._import(job_id, work, who, why, say))

    def bad_rows(self, job_id: str) -> Path | None:
        """The file of rows that were not taken."""
        job = self.job(job_id)
        return job.outcome.bad_file if job and job.outcome else None

    def close(self) -> None:
        """Stop after the block that is being written; what is not begun is not done."""
        self._stopping.set()
        self._todo.put(None)
        self._worker.join(_STOP_S)
        self._owned.close()

    # -- the worker ----------------------------------------------------------------------------------------------

    def _work(self) -> None:
        while (todo := self._todo.get()) is not None:
            if not self._stopping.is_set():
                todo()

    def _understand(self, job_id: str, work: _Work, hints: Hints) -> None:
        def look() -> None:
            region = self._records.region()
            zone = region.timezone if region else self._zone
            work.table = TableFile(work.path, hints, region, zone, self._store, self._records)
            self._tell(job_id, state="understood", understanding=work.table.understand())

        self._guarded(job_id, look)

    def _import(self, job_id: str, work: _Work, who: str, why: str, say: Say) -> None:
        table = work.table
        assert table is not None

        def progress(share: float) -> bool:
            self._tell(job_id, share=share)
            return not self._stopping.is_set()

        def run() -> None:
            bad = work.path.with_name(work.path.name + BAD_SUFFIX)
            outcome = table.run(self._clock, who, why, say, progress, bad_path=bad)
            work.table = None
            self._tell(job_id, state="done", share=1.0, outcome=outcome)

        self._guarded(job_id, run)

    def _guarded(self, job_id: str, do: Callable[[], None]) -> None:
        try:
            do()
        except Stopped:
            self._tell(job_id, state="understood", share=0.0)
        except VodaError as error:
            self._tell(job_id, state="failed", error=str(error))
        except Exception as error:
            # One damaged file must not end the desk for all others.
            log.exception("import.failed: %s", job_id)
            self._tell(job_id, state="failed", error=f"import.failed: {type(error).__name__}; report it with the file")

    # -- jobs ----------------------------------------------------------------------------------------------------

    def _tell(self, job_id: str, **changes: object) -> None:
        with self._lock:
            work = self._jobs.get(job_id)
            if work is not None:
                work.job = replace(work.job, **changes)  # type: ignore[arg-type] # fields of ImportJob

    def _found(self, job_id: str, states: tuple[str, ...]) -> _Work:
        with self._lock:
            work = self._jobs.get(job_id)
        if work is None:
            raise VodaError("import.unknown", f"there is no import {job_id!r}; hand the file in again")
        if work.job.state not in states:
            raise VodaError("import.not_ready", f"{work.job.file} is being worked on; wait until that ends")
        return work

    def _forget(self, job_id: str) -> None:
        with self._lock:
            work = self._jobs.pop(job_id, None)
        if work is not None:
            shutil.rmtree(work.path.parent, ignore_errors=True)

    def _forget_old(self) -> None:
        """Room for a new file: the oldest that nobody works on goes."""
        idle = [job_id for job_id, work in self._jobs.items() if work.job.state in ("understood", "done", "failed")]
        for job_id in idle[: max(0, len(self._jobs) - MOST_JOBS + 1)]:
            shutil.rmtree(self._jobs.pop(job_id).path.parent, ignore_errors=True)


def _own_folder(folder: Path) -> tuple[Path, TextIO]:
    """A folder of this desk's own, and its lock; what desks left behind that are no more is removed."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            with contextlib.suppress(OSError), (old / _LOCK).open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(old, ignore_errors=True)
        own = folder / secrets.token_urlsafe(6)
        own.mkdir()
        held = (own / _LOCK).open("w")
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise VodaError("import.unwritable", f"{folder}: {error.strerror}; mend its permissions") from error
    return own, held


class Handed:
    """A file on its way in; see models.tables.Handed."""

    def __init__(self, desk: Desk, job_id: str, stream: BinaryIO) -> None:
        self.job_id = job_id
        self._desk = desk
        self._stream = stream
        self._bytes = 0

    def write(self, piece: bytes) -> None:
        """Take the next piece."""
        self._bytes += len(piece)
        if self._bytes > self._desk.limit_bytes:
            limit = self._desk.limit_bytes // 1_000_000
            raise VodaError(
                "import.too_large", f"at most {limit} MB at once; save it in parts, or use smartvoda import"
            )
        try:
            self._stream.write(piece)
        except OSError as error:
            raise VodaError("import.unwritable", f"{error.strerror}; free space on the disk") from error

    def done(self) -> None:
        """That was all."""
        self._stream.close()
        self._desk._tell(self.job_id, size_bytes=self._bytes)
        self._desk.understand(self.job_id, Hints())

    def give_up(self) -> None:
        """Forget what came."""
        self._stream.close()
        self._desk._forget(self.job_id)
