"""What only the SQLite store has: a log that is moved into key order, one file for many processes."""

from __future__ import annotations

import sqlite3
import threading
from typing import cast

import pytest

from models.errors import StoreUnavailableError, VodaError
from models.store import Written
from storage.sqlite import SqliteStore
from tests.storage.store.place import Place
from tests.storage.store.rows import FAR_AHEAD, LONG_AGO, at, everything, reading, series

DEVICES = [f"d{i:02d}" for i in range(20)]
ROWS = [reading(device, minute, minute) for minute in range(1000) for device in DEVICES]


def compact(store: SqliteStore) -> int:
    moved = 0
    with store.log.alone():
        while step := store.log.compact(at_least=1):
            moved += step
    return moved


def count(place: Place, table: str) -> int:
    with sqlite3.connect(place.folder / "readings.db") as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_compaction_changes_nothing_that_is_read(sqlite_place: Place) -> None:
    store = cast("SqliteStore", sqlite_place.store())
    store.write(ROWS)
    store.write([reading("d00", -5, 5.0), reading("d00", 7, 70.0)])
    before = everything(store, DEVICES), store.last(), store.readings_total()
    assert compact(store) == len(ROWS) + 1
    assert (count(sqlite_place, "log"), count(sqlite_place, "reading")) == (0, len(ROWS) + 1)
    assert (everything(store, DEVICES), store.last(), store.readings_total()) == before
    assert store.write(ROWS[:50]) == Written(0, 50, 0)
    assert store.write([reading("d00", 7, 71.0), reading("d00", 1000, 1.0)]) == Written(1, 0, 1)
    assert store.before("d00", "flow_m3h", at(1000)) == reading("d00", 999, 999)
    assert store.before("d00", "flow_m3h", FAR_AHEAD) == reading("d00", 1000, 1.0)
    assert store.after("d00", "flow_m3h", LONG_AGO) == reading("d00", -5, 5.0)


def test_what_is_not_told_yet_stays_in_the_log(sqlite_place: Place) -> None:
    store = cast("SqliteStore", sqlite_place.store())
    store.write(ROWS[:100])
    store.log.append(ROWS[100:150])
    assert compact(store) == 100
    assert count(sqlite_place, "log") == 50
    assert store.write_series([series("d00", 0, 10, 1, "flow_m3h")]).revised > 0
    assert count(sqlite_place, "log") == 0 or store.log.waiting()[0] == 0


def test_log_moves_by_itself_when_it_is_long(sqlite_place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    store = cast("SqliteStore", sqlite_place.store())
    for minute in range(0, 6000, 1000):
        store.write([reading(device, minute + m, m) for m in range(1000) for device in DEVICES])
    assert count(sqlite_place, "reading") >= 10_000
    assert count(sqlite_place, "log") <= 110_000
    assert count(sqlite_place, "log") + count(sqlite_place, "reading") == store.readings_total() == 120_000
    assert len(store.readings("d07", None, LONG_AGO, FAR_AHEAD)) == 6000


def test_readers_see_every_row_while_rows_move(sqlite_place: Place) -> None:
    store = cast("SqliteStore", sqlite_place.store())
    store.write(ROWS)
    stop = threading.Event()
    seen: list[tuple[int, int, int]] = []

    def look() -> None:
        while not stop.is_set():
            rows = store.readings("d07", "flow_m3h", LONG_AGO, FAR_AHEAD)
            columns = store.series([("d19", "flow_m3h")], LONG_AGO, FAR_AHEAD)[0]
            last = store.last([("d00", "flow_m3h")])["d00", "flow_m3h"]
            seen.append((len(rows), len(columns.time_ms), int(last.value or -1)))

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    compact(store)
    for minute in range(3):
        store.write([reading("d05", 2000 + minute)])
    stop.set()
    for thread in threads:
        thread.join()
    assert seen
    assert set(seen) == {(1000, 1000, 999)}


def test_file_of_a_newer_version_is_not_touched(sqlite_place: Place) -> None:
    sqlite_place.store().close()
    with sqlite3.connect(sqlite_place.folder / "readings.db") as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(VodaError, match=r"store\.version: .*version 99"):
        sqlite_place.store()


def test_damaged_file_says_so(sqlite_place: Place) -> None:
    (sqlite_place.folder / "readings.db").write_bytes(b"this is no database at all" * 1000)
    with pytest.raises(StoreUnavailableError, match=r"store\.damaged: .*restore the file"):
        sqlite_place.store()


def test_closed_store_says_so(sqlite_place: Place) -> None:
    store = sqlite_place.store()
    store.write(ROWS[:1])
    store.close()
    with pytest.raises(StoreUnavailableError, match=r"store\.closed"):
        store.last()
