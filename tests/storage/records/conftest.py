"""The records under test, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.migrate import upgrade
from storage.records import SqlRecords
from tests.storage.records.samples import SetClock


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without tables; SQLite's lies in a folder with a space and a quote in its name."""
    if request.param == "sqlite":
        folder = tmp_path / "data d'eau"
        folder.mkdir()
        return f"sqlite:///{folder / 'records.db'}"
    return str(request.getfixturevalue("postgres").new_database())


@pytest.fixture
def url(empty_url: str) -> str:
    """A database with the present schema."""
    upgrade(empty_url)
    return empty_url


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def records(url: str, clock: SetClock) -> Iterator[SqlRecords]:
    opened = SqlRecords(url, clock)
    yield opened
    opened.close()
