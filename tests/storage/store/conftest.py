"""Both stores behind one fixture: every test that asks for `make_store` or `store` runs on each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import pytest

from models.store import Store
from storage.influx import InfluxStore
from storage.migrate import upgrade
from storage.records import SqlRecords
from storage.sqlite import SqliteStore
from tests.servers import Bucket


@dataclass
class TestClock:
    """Domain time that stands still until a test moves it."""

    __test__ = False

    moment: datetime = datetime(2026, 11, 24, 12, tzinfo=UTC)
    speed: float = 1.0

    def now(self) -> datetime:
        return self.moment

    def advance(self, **span: float) -> None:
        self.moment += timedelta(**span)


@dataclass
class Place:
    """Where stores of one kind lie; it opens any number of them, like services of one deployment."""

    folder: Path
    url: str
    clock: TestClock
    bucket: Bucket | None
    _opened: list[Callable[[], None]] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return "influx" if self.bucket else "sqlite"

    def records(self) -> SqlRecords:
        records = SqlRecords(self.url, self.clock)
        self._opened.append(records.close)
        return records

    def store(self, writer: str = "ingest", timeout_s: float = 10.0) -> Store:
        engine = self.records().engine
        if self.bucket is None:
            store: Store = SqliteStore(self.folder / "readings.db", engine, writer, self.clock)
        else:
            where = (self.bucket.url, self.bucket.token, self.bucket.org, self.bucket.name)
            store = cast("Store", InfluxStore(*where, engine, writer, self.clock, timeout_s))
        self._opened.append(store.close)
        return store

    def close(self) -> None:
        for close in reversed(self._opened):
            close()
        self._opened.clear()


@cache
def migrated() -> bytes:
    """An empty records database; migrating anew for each test would take most of their time."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "records.db"
        upgrade(f"sqlite:///{file}")
        return file.read_bytes()


def open_place(folder: Path, bucket: Bucket | None) -> Place:
    file = folder / "records.db"
    file.write_bytes(migrated())
    return Place(folder, f"sqlite:///{file}", TestClock(), bucket)


@pytest.fixture
def sqlite_place(tmp_path: Path) -> Iterator[Place]:
    place = open_place(tmp_path, None)
    yield place
    place.close()


@pytest.fixture
def influx_place(tmp_path: Path, bucket: Bucket) -> Iterator[Place]:
    place = open_place(tmp_path, bucket)
    yield place
    place.close()


@pytest.fixture(params=["sqlite", "influx"])
def place(request: pytest.FixtureRequest) -> Place:
    return cast("Place", request.getfixturevalue(f"{request.param}_place"))


@pytest.fixture
def store(place: Place) -> Store:
    return place.store()


@pytest.fixture
def clock(place: Place) -> TestClock:
    return place.clock
