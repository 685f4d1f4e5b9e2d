"""Bring a records database to the schema of this program."""

from __future__ import annotations

import threading

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, text

from models.errors import VodaError
from storage.engine import open_engine, reporting

_LOCK = 0x736D766F
"""PostgreSQL's advisory lock of migrations (any number of our own)."""

_one_thread = threading.Lock()
"""Alembic keeps the environment that runs in a global."""


def upgrade(url: str, revision: str = "head") -> None:
    """Run the migrations that the database has not seen, in one transaction, its data kept.

    Several processes may call it at once: one migrates, the others wait and find it done.
    revision : where to stop; for tests of later migrations

    Raises StoreUnavailableError (records.unavailable) where the database can't be reached,
    VodaError (records.newer) where a newer program has already changed it.
    """
    engine = open_engine(url)
    try:
        with _one_thread, reporting(engine), engine.begin() as connection:
            _run(connection, revision)
    except CommandError as error:
        message = f"the records' database was changed by a newer Smart voda ({error}); install that or a newer one"
        raise VodaError("records.newer", message) from error
    finally:
        engine.dispose()


def _run(connection: Connection, revision: str) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    configuration = config()
    configuration.attributes["connection"] = connection
    command.upgrade(configuration, revision)


def config() -> Config:
    """Alembic's configuration; its environment lies in this package, so the wheel has it."""
    configuration = Config()
    configuration.set_main_option("script_location", "storage:migrations")
    configuration.set_main_option("path_separator", "newline")
    return configuration
