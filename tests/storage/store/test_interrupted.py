"""Bulk loads that are killed, and what happens beside them."""

from __future__ import annotations

import random
import signal
import time

from models.store import Written
from tests.storage.store.ingest_child import HISTORY
from tests.storage.store.place import Place
from tests.storage.store.rows import FAR_AHEAD, LONG_AGO, at, reading, told
from tests.storage.store.test_spool import child, line

ROWS = sum(len(item.time_ms) for item in HISTORY)


def test_killed_history_is_completed_and_never_doubled(place: Place) -> None:
    chance = random.Random(5)
    for _ in range(2):
        with child(place, "history") as process:
            assert line(process) == "ready"
            time.sleep(chance.uniform(0.02, 0.3))
            process.send_signal(signal.SIGKILL)
            process.wait()
    store = place.store("history")
    written = store.write_series(HISTORY)
    assert written.new + written.same == ROWS
    assert written.revised == 0
    assert store.readings_total() == ROWS
    found = store.series([(item.device, item.quantity) for item in HISTORY], LONG_AGO, FAR_AHEAD)
    assert all(item.value.tolist() == loaded.value.tolist() for item, loaded in zip(HISTORY, found, strict=True))
    spans = told(store)
    assert len(spans) == len(HISTORY)
    assert {(first, last) for first, last in spans.values()} == {(at(0), at(60 * 1499))}
    assert store.write_series(HISTORY[:3]) == Written(0, 4500, 0)


def test_others_write_beside_a_history(place: Place) -> None:
    store = place.store()
    with child(place, "history") as process:
        assert line(process) == "ready"
        for minute in range(100):
            assert store.write([reading("live", minute, minute), reading("h001", minute, 7.0)]) == Written(2, 0, 0)
        assert line(process) == "done"
    assert [row.value for row in store.readings("live", None, LONG_AGO, FAR_AHEAD)] == list(range(100))
    assert store.readings_total() == ROWS + 200
    cursor = store.head()
    store.write([reading("live", 100)])
    assert [change.device for change in store.changes(cursor).ranges] == ["live"]
