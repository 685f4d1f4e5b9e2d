"""The records under test, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from storage.migrate import upgrade
from storage.records import SqlRecords
from storage.schema import METADATA
from tests.servers import Postgres
from tests.storage.records.samples import SetClock

BACKENDS = ("sqlite", "postgresql")


def sqlite_url(folder: Path) -> str:
    """A database in a folder with a space and a quote in its name."""
    place = folder / "data d'eau"
    place.mkdir(exist_ok=True)
    return f"sqlite:///{place / 'records.db'}"


@pytest.fixture(params=BACKENDS)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without tables."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path)
    return str(request.getfixturevalue("postgres").new_database())


@pytest.fixture(scope="module")
def migrated_postgres(postgres: Postgres) -> str:
    """One database for a module's tests: making one takes PostgreSQL longer than most tests do."""
    url = postgres.new_database()
    upgrade(url)
    return url


@pytest.fixture(params=BACKENDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with the present schema and no rows."""
    if request.param == "sqlite":
        url = sqlite_url(tmp_path)
        upgrade(url)
        return url
    url = str(request.getfixturevalue("migrated_postgres"))
    engine = create_engine(url)
    with engine.begin() as connection:
        names = ", ".join(f'"{table.name}"' for table in METADATA.sorted_tables)
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
    engine.dispose()
    return url


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def records(url: str, clock: SetClock) -> Iterator[SqlRecords]:
    opened = SqlRecords(url, clock)
    yield opened
    opened.close()
