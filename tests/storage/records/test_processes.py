"""Several processes on one database, and one that is killed."""

from __future__ import annotations

import multiprocessing
import random
import subprocess
import sys
import time
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier
from pathlib import Path

from storage.engine import open_engine, reading
from storage.records import SqlRecords
from tests.storage.records.detector_process import DETECTOR, SUBJECT
from tests.storage.records.hammer_process import LIMIT_BYTES
from tests.storage.records.samples import HOUR, NOON, SetClock

ROOT = Path(__file__).parents[3]
KILLS = 4
TURNS = 25


def _start(module: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", f"tests.storage.records.{module}", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_detector_killed_at_any_moment_neither_loses_nor_repeats_an_event(records: SqlRecords, url: str) -> None:
    chance = random.Random(7)
    for _kill in range(KILLS):
        process = _start("detector_process", url)
        assert process.stdout is not None
        assert process.stdout.readline().strip(), process.stderr.read() if process.stderr else ""
        time.sleep(chance.uniform(0.0, 0.2))
        process.kill()
        said = [int(line) for line in process.communicate()[0].split()]
        _assert_consistent(records, at_least=max(said, default=1))


def _assert_consistent(records: SqlRecords, at_least: int) -> None:
    with records.detecting() as transaction:  # Waits for a commit that the server still works on.
        found = transaction.open_event(DETECTOR, SUBJECT)
        state = records.detector_state(DETECTOR, SUBJECT)
        cursor = records.cursor("analysis")
    assert found is not None
    assert state is not None
    turn = int(cursor)
    assert turn >= at_least
    assert state == (1, cursor, {"turn": turn})
    assert found.loss_m3 == turn
    assert [event.id for event in records.events()] == [found.id]
    assert [logged.what for logged in records.event_log(found.id)] == [f"turn {n}" for n in range(1, turn + 1)]


def test_two_processes_and_their_threads_write_at_once(records: SqlRecords, url: str) -> None:
    names = ("main", "analysis")
    processes = [_start("hammer_process", url, name, str(TURNS)) for name in names]
    answers = [process.communicate(timeout=240) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], answers
    [event] = records.events()
    log = records.event_log(event.id)
    assert sum(entry.what == "updated" for entry in log) == 2 * TURNS
    # Nothing that one said was overwritten by another: every entry counted once.
    assert event.loss_m3 == len(log) == records.events_version()
    assert records.dirty_count() == 0
    kept, dropped = records.refused_counts()
    assert kept + dropped == 2 * TURNS
    assert sum(len(item.payload) for item in records.refused()) <= LIMIT_BYTES
    assert len(records.notices("shared", NOON, NOON + HOUR)) == TURNS
    assert records.facts() == {name: {"turn": TURNS - 1} for name in names}
    assert [len(records.figures("zone", None, "day", "q", NOON, NOON + HOUR)), len(records.seen_devices())] == [1, 5]


def _open_at_once(barrier: Barrier, url: str, answers: SimpleQueue[str]) -> None:
    engine = open_engine(url)
    barrier.wait(timeout=30)
    try:
        with reading(engine) as connection:
            connection.exec_driver_sql("SELECT 1")
    except Exception as error:
        answers.put(repr(error))
    else:
        answers.put("")


def test_processes_that_open_a_new_file_at_once_wait_for_each_other(tmp_path: Path) -> None:
    fork = multiprocessing.get_context("fork")
    answers = fork.SimpleQueue()
    for turn in range(20):
        barrier = fork.Barrier(6)
        arguments = (barrier, f"sqlite:///{tmp_path / f'{turn}.db'}", answers)
        processes = [fork.Process(target=_open_at_once, args=arguments) for _ in range(6)]
        for process in processes:
            process.start()
        assert [answers.get() for _ in processes] == [""] * 6
        for process in processes:
            process.join(timeout=30)


def _tell(records: SqlRecords, parents_own: object) -> None:
    """What the forked child does; it exits with an error where it was given the parent's connection."""
    with records.engine.connect() as connection:
        assert connection.connection.driver_connection is not parents_own
    records.set_fact("child", {"told": True})


def test_a_forked_child_uses_connections_of_its_own(records: SqlRecords) -> None:
    records.set_fact("parent", {"told": True})
    with records.engine.connect() as connection:
        parents_own = connection.connection.driver_connection
    child = multiprocessing.get_context("fork").Process(target=_tell, args=(records, parents_own))
    child.start()
    child.join(timeout=60)
    assert child.exitcode == 0
    records.set_fact("parent", {"told": True, "again": True})
    assert records.facts() == {"parent": {"told": True, "again": True}, "child": {"told": True}}


def test_another_process_sees_what_was_committed_at_once(records: SqlRecords, url: str) -> None:
    other = SqlRecords(url, SetClock())
    for turn in range(10):
        records.set_cursor("live", str(turn))
        assert other.cursor("live") == str(turn)
    other.close()
