"""History gets in by chunks, again without harm, and through a store that is away for a moment."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from ingest import bulk
from ingest.bulk import import_series
from models.errors import StoreUnavailableError
from models.reading import Series
from models.store import Written
from storage.migrate import upgrade
from storage.records import SqlRecords
from storage.sqlite import SqliteStore
from tests.ingest.rig import MachineClock

HOUR_MS = 3_600_000
EVER = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


def history(devices: int, hours: int) -> list[Series]:
    times = 1_700_000_000_000 // HOUR_MS * HOUR_MS + np.arange(hours, dtype=np.int64) * HOUR_MS
    one = np.ones(1, dtype=np.int8)
    return [Series(f"D{n}", "volume_m3", times, np.arange(hours) / 8 + n, one, "import") for n in range(devices)]


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    url = f"sqlite:///{tmp_path / 'records.db'}"
    upgrade(url)
    return SqliteStore(tmp_path / "readings.db", SqlRecords(url, MachineClock()).engine, "import", MachineClock())


def test_chunks_progress_and_repeat(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "CHUNK_POINTS", 1000)
    given = history(devices=7, hours=2400)
    told: list[int] = []
    assert import_series(store, iter(given), told.append) == Written(7 * 2400, 0, 0)
    assert told[-1] == 7 * 2400
    assert max(np.diff([0, *told])) <= 1000
    assert import_series(store, given) == Written(0, 7 * 2400, 0)
    kept = store.series([("D3", "volume_m3")], *EVER)[0]
    assert np.array_equal(kept.time_ms, given[3].time_ms)
    assert np.array_equal(kept.value, given[3].value)


def test_store_that_is_away_for_a_moment(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "_FIRST_PAUSE_S", 0.01)
    write, failures = store.write_series, iter([True, True, False])

    def sometimes(series: Iterable[Series]) -> Written:
        if next(failures, False):
            raise StoreUnavailableError("store.down", "away")
        return write(series)

    monkeypatch.setattr(store, "write_series", sometimes)
    assert import_series(store, history(2, 10)) == Written(20, 0, 0)


def test_nothing_is_fine(store: SqliteStore) -> None:
    assert import_series(store, [], None) == Written(0, 0, 0)
