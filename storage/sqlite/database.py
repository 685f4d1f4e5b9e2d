"""One SQLite file in WAL mode, a connection a thread, short writing transactions that wait their turn politely."""

from __future__ import annotations

import fcntl
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from weakref import WeakSet

from models.errors import StoreRejectedError, StoreUnavailableError, VodaError

BUSY_TIMEOUT_S = 10.0
# SQLite's own waiting sleeps up to 100 ms between tries: beside a bulk load a commit of ingest would starve.
RETRY_S = 0.001
GIVE_WAY_S = 0.2
CACHE_KIB = 2048
PAGE_BYTES = 4096
WAL_BYTES = 32 * 1024 * 1024


class _Connection(sqlite3.Connection):
    """A connection that can be weakly referenced, so that a finished thread's one goes with the thread."""


class Database:
    """Connections to one file.

    schema : run in one transaction where the file is new
    upgrades : what brings a file of a version to the next one; run in order, in one transaction, up to `version`
    wal_bytes : what the write-ahead log may take beside the file
    """

    def __init__(
        self,
        path: Path,
        schema: str,
        version: int,
        upgrades: Mapping[int, str] | None = None,
        *,
        wal_bytes: int = WAL_BYTES,
    ) -> None:
        self.path = path
        self._queue = path.with_name(path.name + "-queue")
        self.wal_bytes = wal_bytes
        self._local = threading.local()
        self._connections: WeakSet[_Connection] = WeakSet()
        self._guard = threading.Lock()
        self._closed = False
        with failures(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._prepare(schema, version, upgrades or {})

    def _prepare(self, schema: str, version: int, upgrades: Mapping[int, str]) -> None:
        found = self._version()
        if found > version:
            raise VodaError(
                "store.version", f"{self.path} was written by a newer Smart voda (version {found}): update this one"
            )
        if found < version:
            with self.writing() as connection:
                # Another process may have been quicker while this one waited for its turn.
                found = self._version()
                steps = [schema] if found == 0 else [upgrades[old] for old in range(found, version)]
                for statement in (one for step in steps for one in step.split(";")):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {version}")

    def _version(self) -> int:
        return int(self.connection().execute("PRAGMA user_version").fetchone()[0])

    def connection(self) -> sqlite3.Connection:
        """This thread's connection."""
        connection: _Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._connect()
            self._local.connection = connection
        return connection

    def _connect(self) -> _Connection:
        if self._closed:
            raise StoreUnavailableError("store.closed", f"{self.path} was closed; start the service again")
        connection = sqlite3.connect(
            self.path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False, factory=_Connection
        )
        _wal(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        # Checkpointed when half full: the transaction that reaches the mark still has to fit.
        connection.execute(f"PRAGMA wal_autocheckpoint = {max(self.wal_bytes // 2 // PAGE_BYTES, 8)}")
        connection.execute(f"PRAGMA journal_size_limit = {self.wal_bytes}")
        with self._guard:
            self._connections.add(connection)
        return connection

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """This thread's connection for queries; no transaction, so each query sees the newest commit."""
        with failures(self.path):
            yield self.connection()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One IMMEDIATE transaction: committed at the end, rolled back on any error."""
        with failures(self.path):
            connection = self.connection()
            self._begin(connection)
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                # SQLite has already rolled back where the disk is full.
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def forgetting(self) -> Iterator[sqlite3.Connection]:
        """A transaction that a power cut may undo: whoever only forgets need not wait for the disk.

        The next `writing`, of any thread or process, makes it durable too.
        """
        connection = self.connection()
        with failures(self.path):
            connection.execute("PRAGMA synchronous = NORMAL")
        try:
            with self.writing():
                yield connection
        finally:
            with failures(self.path):
                connection.execute("PRAGMA synchronous = FULL")

    def _begin(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA busy_timeout = 0")
        try:
            if _try_begin(connection):
                return
            deadline = time.monotonic() + BUSY_TIMEOUT_S
            with self._queue.open("a") as queue:
                fcntl.flock(queue, fcntl.LOCK_SH)
                while not _try_begin(connection):
                    if time.monotonic() > deadline:
                        raise _busy(self.path)
                    time.sleep(RETRY_S)
        finally:
            connection.execute(f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT_S * 1000)}")

    def give_way(self) -> None:
        """Between the transactions of a long load: let those write who wait, for a fifth of a second at most.

        A pause alone is not enough: on a busy machine it is over before who waits has even woken up.
        """
        deadline = time.monotonic() + GIVE_WAY_S
        with failures(self.path), self._queue.open("a") as queue:
            while time.monotonic() < deadline:
                try:
                    fcntl.flock(queue, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    time.sleep(RETRY_S)
                else:
                    return

    def close(self) -> None:
        """Close every thread's connection."""
        with self._guard:
            self._closed = True
            for connection in list(self._connections):
                connection.close()
            self._local = threading.local()


def _wal(connection: sqlite3.Connection) -> None:
    # Changing the journal mode ignores the busy timeout while another process does the same.
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(RETRY_S)
        else:
            return


def _try_begin(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True


@contextmanager
def failures(path: Path) -> Iterator[None]:
    """Turn SQLite's and the disk's errors into ours."""
    try:
        yield
    except UnicodeEncodeError as error:
        raise StoreRejectedError("store.name", f"not valid Unicode: {error.object!r}; correct the name") from error
    except sqlite3.Error as error:
        raise _failure(path, error) from error
    except OSError as error:
        raise StoreUnavailableError("store.disk", f"{path}: {error.strerror or error}; check the disk") from error


def _failure(path: Path, error: sqlite3.Error) -> VodaError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return _busy(path)
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
        return StoreUnavailableError("store.disk", f"{path}: {error}; free space on the disk or mend its permissions")
    if isinstance(error, sqlite3.ProgrammingError) and "closed" in str(error):
        return StoreUnavailableError("store.closed", f"{path} was closed; start the service again")
    return StoreUnavailableError("store.damaged", f"{path}: {error}; restore the file from a backup")


def _busy(path: Path) -> StoreUnavailableError:
    message = f"{path} was kept busy for {BUSY_TIMEOUT_S:.0f} s; look for another process that writes to it"
    return StoreUnavailableError("store.busy", message)
