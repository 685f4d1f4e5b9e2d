"""What only the SQLite store has: a log that is moved into key order, one file for many processes."""

from __future__ import annotations

import sqlite3
import threading
from datetime import datetime
from typing import cast

import pytest

from models.errors import StoreUnavailableError, VodaError
from models.reading import to_ms
from models.rollup import Period, Rollup
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


VERSION_1 = """
CREATE TABLE rollup_series (
    id INTEGER PRIMARY KEY, level TEXT NOT NULL, period TEXT NOT NULL, quantity TEXT NOT NULL, subject TEXT NOT NULL,
    UNIQUE (level, period, quantity, subject)
);
CREATE TABLE rollup (
    series INTEGER NOT NULL, time_ms INTEGER NOT NULL,
    value REAL, minimum REAL, maximum REAL, coverage REAL NOT NULL,
    PRIMARY KEY (series, time_ms)
) WITHOUT ROWID
"""
"""The tables of rollups as version 1 of the file had them."""


def test_a_file_of_the_version_before_keeps_its_rows(sqlite_place: Place) -> None:
    place = sqlite_place
    place.store().write(ROWS[:100])
    place.store().close()
    with sqlite3.connect(place.folder / "readings.db") as connection:
        connection.executescript(f"DROP TABLE rollup; DROP TABLE rollup_series; {VERSION_1}")
        connection.execute("INSERT INTO rollup_series VALUES (1, 'point', 'hour', 'consumption_m3', 'p')")
        connection.execute("INSERT INTO rollup VALUES (1, ?, 2.5, 2.0, NULL, 0.75)", (to_ms(at(0)),))
        connection.execute("PRAGMA user_version = 1")
    store = place.store()
    expected = Rollup("point", "p", "hour", "consumption_m3", at(0), 2.5, 2.0, None, 0.75, 0.0)
    hours: tuple[Period, str, datetime, datetime] = ("hour", "consumption_m3", at(0), at(120))
    assert store.rollups("point", ["p"], *hours) == {"p": [expected]}
    assert store.readings_total() == 100
    later = expected._replace(time=at(60), estimated=0.5)
    store.write_rollups([later])
    assert store.rollups("point", ["p"], *hours) == {"p": [expected, later]}


def test_a_file_of_a_newer_version_is_left_alone(sqlite_place: Place) -> None:
    sqlite_place.store().close()
    with sqlite3.connect(sqlite_place.folder / "readings.db") as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(VodaError, match=r"store\.version: .*version 99"):
        sqlite_place.store()
