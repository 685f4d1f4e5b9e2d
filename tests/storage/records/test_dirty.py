"""The queue of dirty hours."""

from __future__ import annotations

import time
from datetime import timedelta

from storage.records import SqlRecords
from storage.records.dirty import BATCH_ROWS
from tests.storage.records.samples import HOSTILE, HOUR, NOON, SetClock

MOST_SECONDS = 4.0
"""Of this process for 100,000 hours: several times what it takes, and less than a statement per row would."""


def test_the_newest_hours_come_first_and_a_repeat_joins(records: SqlRecords) -> None:
    records.mark_dirty([("zone", "a", NOON - HOUR), ("zone", "a", NOON), ("point", "p", NOON + HOUR)])
    records.mark_dirty(iter([("zone", "b", NOON - 2 * HOUR), ("zone", "a", NOON)]))
    assert records.dirty_count() == 4
    assert records.take_dirty("zone", 2) == [("zone", "a", NOON), ("zone", "a", NOON - HOUR)]
    assert records.take_dirty("zone", 10)[2] == ("zone", "b", NOON - 2 * HOUR)
    assert records.take_dirty("municipality", 10) == []
    assert records.dirty_count() == 4  # Taken is not removed.


def test_done_work_is_removed(records: SqlRecords) -> None:
    records.mark_dirty([("zone", "a", NOON), ("zone", "b", NOON), ("zone", "a", NOON + HOUR)])
    records.done_dirty([("zone", "a", NOON), ("zone", "not queued", NOON)])
    assert set(records.take_dirty("zone", 10)) == {("zone", "b", NOON), ("zone", "a", NOON + HOUR)}


def test_work_marked_again_while_it_is_computed_stays(records: SqlRecords, url: str) -> None:
    hours = [("zone", "a", NOON), ("zone", "b", NOON)]
    records.mark_dirty(hours)
    taken = records.take_dirty("zone", 10)
    other_process = SqlRecords(url, SetClock())
    other_process.mark_dirty([("zone", "a", NOON)])
    other_process.close()
    records.done_dirty(taken)
    assert records.take_dirty("zone", 10) == [("zone", "a", NOON)]
    records.done_dirty([("zone", "a", NOON)])
    assert records.dirty_count() == 0


def test_hostile_subjects_wait_apart(records: SqlRecords) -> None:
    work = [("point", name, NOON) for name in HOSTILE]
    records.mark_dirty(work)
    assert sorted(records.take_dirty("point", 100)) == sorted(work)
    records.done_dirty(work[1:])
    assert records.take_dirty("point", 100) == work[:1]


def test_a_first_start_queues_a_hundred_thousand_hours_in_batches(records: SqlRecords) -> None:
    work = [("point", f"p{i % 1000}", NOON - timedelta(hours=i // 1000)) for i in range(100_000)]
    assert len(work) > 2 * BATCH_ROWS
    started = time.process_time()
    records.mark_dirty(iter(work))
    assert records.dirty_count() == 100_000
    newest = records.take_dirty("point", 1000)
    assert {hour for _level, _subject, hour in newest} == {NOON}
    records.done_dirty(work)
    assert records.dirty_count() == 0
    assert time.process_time() - started < MOST_SECONDS


def test_nothing_queued_is_nothing_to_do(records: SqlRecords) -> None:
    records.mark_dirty([])
    records.done_dirty(iter(()))
    assert records.dirty_count() == 0
