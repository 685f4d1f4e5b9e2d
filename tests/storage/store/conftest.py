"""Both stores behind one fixture: every test that asks for `make_store` or `store` runs on each."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import pytest

from models.store import Store
from storage.migrate import upgrade
from tests.servers import Bucket
from tests.storage.store.place import Place, TestClock


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
