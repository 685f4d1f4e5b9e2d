"""The one way to a records database, SQLite or PostgreSQL.

SQLite: one file, many processes and threads. Writers begin with BEGIN IMMEDIATE: a transaction that reads first and
writes later could otherwise deadlock with another, and no waiting would help. Readers begin with a plain BEGIN and
see one state of the database without holding up anyone.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, exc
from sqlalchemy.engine import URL, make_url

from models.errors import StoreUnavailableError, VodaError

BUSY_TIMEOUT_S = 30.0
"""How long a writer waits for another one's transaction."""

CONNECT_TIMEOUT_S = 5
"""How long a connection to PostgreSQL may take."""

UNHEARD_TIMEOUT_MS = 15_000
"""How long what is sent to PostgreSQL may stay unheard before the connection counts as lost."""

_BEGIN_OPTION = "smartvoda_begin"


def open_engine(url: str) -> Engine:
    """An engine for a records database; share one in a process, among all its threads.

    url : `sqlite:///path`, `postgresql://user:password@host/database`

    Its plain `engine.begin()` writes; see also `writing` and `reading`.
    Raises VodaError (records.url, records.driver_missing).
    """
    try:
        parsed = make_url(url)
    except exc.ArgumentError as error:
        message = "the records' database URL can't be read; write sqlite:///path or postgresql://user@host/database"
        raise VodaError("records.url", message) from error
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return _open_sqlite(parsed)
    if backend == "postgresql":
        return _open_postgresql(parsed.set(drivername="postgresql+psycopg"))
    message = f"records can't be kept in {backend}; write sqlite:///path or postgresql://user@host/database"
    raise VodaError("records.url", message)


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes: commits at the end, rolls back on an error.

    Raises StoreUnavailableError (records.unavailable) where the database can't be reached or stays locked.
    """
    with reporting(engine), engine.begin() as connection:
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads; on SQLite it waits for no writer. Raises as `writing`."""
    with reporting(engine), engine.execution_options(**{_BEGIN_OPTION: "BEGIN"}).begin() as connection:
        yield connection


@contextmanager
def reporting(engine: Engine) -> Iterator[None]:
    """Make StoreUnavailableError (records.unavailable) of a database that is away, locked, full or damaged."""
    try:
        yield
    except (exc.DatabaseError, exc.InterfaceError, exc.TimeoutError) as error:
        # Its subclasses but OperationalError are faults of a statement or of data, never of the database.
        if isinstance(error, exc.DatabaseError) and type(error) not in (exc.DatabaseError, exc.OperationalError):
            raise
        reason = " ".join(str(getattr(error, "orig", None) or error).split())
        place = engine.url.render_as_string(hide_password=True)
        raise StoreUnavailableError(
            "records.unavailable",
            f"records in {place}: {reason}; check that the database runs, is whole, may be written and has room",
        ) from error


_dump_json = partial(json.dumps, allow_nan=False, separators=(",", ":"))
"""JSON that PostgreSQL takes too: NaN raises ValueError here, on both databases alike."""


def _open_sqlite(url: URL) -> Engine:
    engine = create_engine(
        url,
        json_serializer=_dump_json,
        connect_args={"timeout": BUSY_TIMEOUT_S},
        # A page may be served on any of the web server's threads.
        pool_size=10,
        max_overflow=50,
    )
    _keep_to_its_process(engine)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # The driver begins nothing by itself; `_begin` does.
        _switch_to_wal(connection)
        for pragma in ("synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        begin = connection.get_execution_options().get(_BEGIN_OPTION, "BEGIN IMMEDIATE")
        connection.exec_driver_sql(begin)

    return engine


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """Keep trying: of processes that open a new file at once all but one are told it is locked, without waiting."""
    give_up_s = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > give_up_s:
                raise
            time.sleep(0.01)
        else:
            return


def _open_postgresql(url: URL) -> Engine:
    try:
        engine = create_engine(
            url,
            json_serializer=_dump_json,
            connect_args={
                "connect_timeout": CONNECT_TIMEOUT_S,
                "tcp_user_timeout": UNHEARD_TIMEOUT_MS,
                "options": f"-c lock_timeout={BUSY_TIMEOUT_S * 1000:.0f}",
            },
            pool_size=10,
            max_overflow=30,
            pool_pre_ping=True,
        )
    except ModuleNotFoundError as error:
        message = "PostgreSQL needs the driver psycopg; install smartvoda[postgres]"
        raise VodaError("records.driver_missing", message) from error
    _keep_to_its_process(engine)
    return engine


def _keep_to_its_process(engine: Engine) -> None:
    """Never hand a connection to a forked child: two processes on one would corrupt each other's talk."""

    @event.listens_for(engine, "connect")
    def _remember(_connection: object, record: Any) -> None:
        record.info["pid"] = os.getpid()

    @event.listens_for(engine, "checkout")
    def _check(_connection: object, record: Any, proxy: Any) -> None:
        if record.info["pid"] != os.getpid():
            record.dbapi_connection = proxy.dbapi_connection = None
            raise exc.DisconnectionError("the connection belongs to the parent process")
