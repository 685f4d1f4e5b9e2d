"""Keys of devices: replaced as a whole, counted in the log, kept from others and from every message."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from models.records import KeyChange
from storage.engine import open_engine
from storage.migrate import upgrade
from storage.records import KeyRecords, SqlRecords
from tests.storage.records.samples import HOSTILE, NOON, SetClock

ONE, TWO = "00112233445566778899aabbccddeeff", "ffeeddccbbaa99887766554433221100"


@pytest.fixture
def ring(url: str) -> Iterator[KeyRecords]:
    made = KeyRecords(open_engine(url), SetClock())
    yield made
    made.engine.dispose()


def test_keys_are_replaced_as_a_whole_and_counted(ring: KeyRecords) -> None:
    assert (ring.keys(), ring.keys_version()) == ({}, 0)
    assert ring.save_keys({"a": ONE.upper(), "b": ONE}, "Jana", "list of the maker", NOON) == KeyChange(2, 0, 0)
    assert ring.keys() == {"a": ONE, "b": ONE}
    assert ring.save_keys({"b": TWO, "c": ONE}, "Jana", "", NOON) == KeyChange(1, 1, 1)
    assert ring.keys() == {"b": TWO, "c": ONE}
    assert ring.keys_version() == 2
    assert ring.save_keys({"b": TWO, "c": ONE}, "Jana", "", NOON) == KeyChange(0, 0, 0)
    assert ring.keys_version() == 2
    assert ring.save_keys({}, "Jana", "", NOON) == KeyChange(0, 0, 2)
    assert (ring.keys(), ring.keys_version()) == ({}, 3)


def test_hostile_names_have_keys_too(ring: KeyRecords) -> None:
    ring.save_keys(dict.fromkeys(HOSTILE, ONE), "w", "", NOON)
    assert len(ring.keys()) == len(HOSTILE)


def test_the_log_has_who_and_why_and_no_key(ring: KeyRecords) -> None:
    ring.save_keys({"a": ONE}, "Jana", "list of the maker", NOON)
    with ring.engine.connect() as connection:
        [row] = connection.execute(text("SELECT * FROM key_changes")).all()
    assert (row.who, row.why) == ("Jana", "list of the maker")
    assert ONE not in str(row)


def test_the_file_of_a_database_with_keys_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "records.db"
    upgrade(f"sqlite:///{file}")
    records = SqlRecords(f"sqlite:///{file}", SetClock())
    records.set_fact("before", {})
    file.chmod(0o644)
    KeyRecords(records.engine, SetClock()).save_keys({"a": ONE}, "w", "", NOON)
    files = list(tmp_path.glob("records.db*"))
    assert len(files) == 3
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    records.close()


def test_the_records_that_pages_get_have_no_keys() -> None:
    assert not {"keys", "save_keys", "keys_version"} & set(dir(SqlRecords))
