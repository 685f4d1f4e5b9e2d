"""The spool over both stores: durable, bounded, one owner, nothing lost or doubled by kill -9."""

from __future__ import annotations

import json
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from models.errors import StoreUnavailableError, VodaError
from models.notice import Notice, NoticeKind
from models.reading import Reading
from models.spool import Delivery, Spool
from models.store import Store
from tests.servers import Influxd
from tests.servers.programs import ROOT
from tests.storage.store.ingest_child import delivery, open_spool_of
from tests.storage.store.place import Place
from tests.storage.store.rows import FAR_AHEAD, LONG_AGO, NOON, at, everything, marked, reading, told

DEVICES = ("d1", "d2")


@contextmanager
def child(place: Place, mode: str, first: int = 0, instance: str = "1") -> Iterator[subprocess.Popen[str]]:
    names = ("url", "token", "org", "name")
    bucket = json.dumps({name: getattr(place.bucket, name) for name in names}) if place.bucket else ""
    command = [sys.executable, "-m", "tests.storage.store.ingest_child"]
    arguments = [str(place.folder), instance, mode, str(first), bucket]
    process = subprocess.Popen([*command, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def drained(place: Place, instance: str = "1") -> Store:
    """Drain what waits, close, and give a store to look."""
    spool = open_spool_of(place, instance)
    while spool.drain():
        pass
    assert spool.state().waiting == 0
    spool.close()
    return place.store("looks")


def assert_whole(store: Store, messages: int) -> None:
    """Every message from 0 on is there once, and the feed tells of all."""
    for device, quantity in (("d1", "flow_m3h"), ("d2", "pressure_m")):
        rows = store.readings(device, None, LONG_AGO, FAR_AHEAD)
        assert [row.value for row in rows] == list(range(messages))
        assert told(store)[device, quantity] == (at(0), at(messages - 1))
        assert store.revisions(device, quantity, LONG_AGO, FAR_AHEAD) == []
    assert store.readings_total() == 2 * messages


def test_readings_notices_and_refused_arrive(place: Place) -> None:
    spool = open_spool_of(place)
    notice = Notice("12345678", NoticeKind.LEAK, True, at(1), source="own")
    refused = Delivery("s", 3, "odd", b"h", at(2), (), refused=("decode.unknown", "no dialect"), payload=b"\xff\x00?")
    rows = (reading(minutes=1), marked(minutes=2))
    spool.append([Delivery("s", 1, "t", b"h", at(1), rows, (notice,)), refused])
    state = spool.state()
    assert (state.waiting, state.oldest, state.limit_bytes, state.problem) == (2, at(1), 50_000_000, "")
    assert state.size_bytes > 0
    assert spool.drain() == 2
    assert spool.drain() == 0
    assert (spool.state().waiting, spool.state().oldest) == (0, None)
    records = place.records()
    assert records.notices(None, LONG_AGO, FAR_AHEAD) == [notice]
    kept = records.refused()
    assert [(r.topic, r.received, r.code, r.reason, r.payload) for r in kept] == [
        ("odd", at(2), "decode.unknown", "no dialect", b"\xff\x00?")
    ]
    assert everything(place.store("looks"), ["12345678"]) == list(rows)
    assert set(told(place.store("looks"))) == {("12345678", "flow_m3h"), ("12345678", "volume_m3")}


def test_sqlite_shows_readings_before_they_are_drained(sqlite_place: Place) -> None:
    spool = open_spool_of(sqlite_place)
    spool.append([delivery(number) for number in range(100)])
    store = sqlite_place.store("looks")
    assert [row.value for row in store.readings("d1", None, LONG_AGO, FAR_AHEAD)] == list(range(100))
    assert store.last()["d1", "flow_m3h"].value == 99
    assert told(store) == {}


def test_empty_append_and_readings_without_packet(place: Place) -> None:
    spool = open_spool_of(place)
    spool.append([])
    assert spool.drain() == 0
    spool.append([delivery(1)._replace(packet_id=0)])
    assert spool.first_receipts([("s", 0, "t/1", delivery(1).payload_hash)]) == {}
    assert spool.drain() == 2


def test_an_instance_comes_back_as_itself(place: Place) -> None:
    first = open_spool_of(place)
    other = open_spool_of(place, "2")
    assert first.client_id.startswith("smartvoda-")
    assert first.client_id != other.client_id
    first.close()
    assert open_spool_of(place).client_id == first.client_id


def test_folder_has_one_owner(place: Place) -> None:
    with child(place, "hold") as process:
        assert line(process) == "ready"
        with pytest.raises(VodaError, match=rf"spool\.locked: .* belongs to process {process.pid}"):
            open_spool_of(place)
        process.send_signal(signal.SIGKILL)
        process.wait()
    open_spool_of(place).close()


def test_first_receipts_are_remembered_until_acknowledged(place: Place) -> None:
    spool = open_spool_of(place)
    sent = [delivery(number)._replace(received=at(number)) for number in range(10)]
    identities = [(d.session, d.packet_id, d.topic, d.payload_hash) for d in sent]
    spool.append(sent[:5])
    spool.append(sent[5:])
    spool.drain()
    spool.acknowledged("s", [sent[0].packet_id])
    # A packet id that comes with something new was free, so the broker had heard its acknowledgement.
    spool.append([sent[1]._replace(payload_hash=b"new", received=at(60))])
    expected = {identity: at(number) for number, identity in enumerate(identities) if number > 1}
    assert spool.first_receipts(identities) == expected
    spool.drain()
    spool.close()
    spool = open_spool_of(place)
    assert spool.first_receipts(identities[2:]) == expected
    assert spool.first_receipts([("other", *identities[3][1:]), (*identities[3][:3], b"else")]) == {}
    spool.acknowledged("s", [d.packet_id for d in sent])
    spool.drain()
    spool.close()
    assert open_spool_of(place).first_receipts(identities) == {}


def test_killed_between_store_and_feed(place: Place) -> None:
    with child(place, "die-before-feed", 500) as process:
        assert process.wait(60) == -signal.SIGKILL
    store = place.store("looks")
    assert len(store.readings("d1", None, LONG_AGO, FAR_AHEAD)) == 500
    assert told(store) == {}
    other = place.store("other")
    other.write([reading("other")])
    cursor = other.changes("").cursor
    drained(place)
    # With SQLite whoever writes next already tells what another one could not.
    assert set(told(other, cursor if place.bucket else "")) - {("other", "flow_m3h")} == {
        ("d1", "flow_m3h"),
        ("d2", "pressure_m"),
    }
    assert store.readings_total() == 1001
    assert [row.value for row in store.readings("d1", None, LONG_AGO, FAR_AHEAD)] == list(range(500))
    assert store.revisions("d1", "flow_m3h", LONG_AGO, FAR_AHEAD) == []


def test_kill_9_at_random_moments(place: Place) -> None:
    chance = random.Random(11)
    acknowledged = 0
    for _ in range(5):
        with child(place, "run", acknowledged) as process:
            assert line(process) == "ready"
            time.sleep(chance.uniform(0.02, 0.25))
            process.send_signal(signal.SIGKILL)
            process.wait()
            assert process.stdout is not None
            numbers = [int(word) for word in process.stdout.read().split()]
        acknowledged = max([acknowledged, *numbers])
    assert acknowledged > 100
    # What was durable but not yet said may be there beyond; the broker would have sent it again.
    spool = open_spool_of(place)
    spool.append([delivery(number) for number in range(acknowledged, acknowledged + 40)])
    spool.close()
    assert_whole(drained(place), acknowledged + 40)


def test_what_a_gone_neighbour_left_is_drained(influx_place: Place) -> None:
    neighbour = open_spool_of(influx_place, "2")
    neighbour.append([delivery(number) for number in range(50)])
    with child(influx_place, "hold", instance="3") as process:
        assert line(process) == "ready"
        spool = open_spool_of(influx_place)
        assert spool.drain() == 0
        neighbour.close()
        spool.close()
        spool = open_spool_of(influx_place)
        assert spool.drain() == 100
        assert_whole(influx_place.store("looks"), 50)
        # Its owner returns as itself, with nothing left to do.
        again = open_spool_of(influx_place, "2")
        assert (again.client_id, again.drain()) == (neighbour.client_id, 0)


def test_server_away_and_back(influxd: Influxd, influx_place: Place) -> None:
    spool = open_spool_of(influx_place, timeout_s=2)
    spool.append([delivery(number) for number in range(20)])
    assert spool.drain() == 40
    influxd.kill9()
    influx_place.clock.advance(minutes=5)
    spool.append([delivery(number)._replace(received=influx_place.clock.now()) for number in range(20, 60)])
    with pytest.raises(StoreUnavailableError, match=r"store\.unreachable"):
        spool.drain()
    state = spool.state()
    assert (state.waiting, state.oldest) == (80, NOON + timedelta(minutes=5))
    assert state.problem.startswith("store.unreachable: ")
    influxd.start()
    assert spool.drain() == 80
    assert spool.state().problem == ""
    assert_whole(influx_place.store("looks"), 60)


def test_rejected_rows_are_kept_as_refused(influx_place: Place) -> None:
    spool = open_spool_of(influx_place)
    bad = Reading("bad", "level_m", 1.0, datetime(2500, 1, 1, tzinfo=UTC), source="own")
    first = delivery(0)
    spool.append([first._replace(topic="odd", readings=(first.readings[0], bad)), delivery(1)])
    assert spool.drain() == 4
    assert spool.state()[:2] == (0, None)
    kept = influx_place.records().refused()
    assert [(r.topic, r.code, json.loads(r.payload)["device"]) for r in kept] == [("odd", "store.rejected", "bad")]
    assert "time outside range" in kept[0].reason
    assert len(everything(influx_place.store("looks"), DEVICES)) == 3


def test_damaged_batch_does_not_stop_the_others(influx_place: Place) -> None:
    spool = open_spool_of(influx_place)
    spool.append([delivery(0)])
    spool.append([delivery(1)])
    spool.close()
    with sqlite3.connect(influx_place.folder / "spool" / "1" / "log.db") as connection:
        connection.execute("UPDATE batch SET body = ? WHERE id = 1", (b'{"readings": [["t", [[1, 2]]]]',))
    spool = open_spool_of(influx_place)
    assert spool.drain() == 4
    assert [row.value for row in everything(influx_place.store("looks"), DEVICES)] == [1, 1]
    kept = influx_place.records().refused()
    assert [(r.code, r.payload[:12]) for r in kept] == [("spool.damaged", b'{"readings":')]


def fill(spool: Spool, number: int) -> tuple[int, StoreUnavailableError]:
    """Append messages from a number on until no more are taken; the first that was not, and why."""
    while number < 100_000:
        try:
            spool.append([delivery(n) for n in range(number, number + 50)])
        except StoreUnavailableError as error:
            return number, error
        number += 50
    raise AssertionError("takes everything")


def on_disk(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir())


def test_bound_is_reached_and_room_is_used_again(influxd: Influxd, influx_place: Place) -> None:
    limit = 1_000_000
    spool = open_spool_of(influx_place, limit_bytes=limit)
    folder = influx_place.folder / "spool" / "1"
    influxd.stop()
    number = 0
    for _ in range(2):
        start = number
        number, error = fill(spool, number)
        assert str(error).startswith("spool.full: ")
        assert "nothing more is acknowledged" in str(error)
        assert number - start > 1500
        assert limit * 0.6 < spool.state().size_bytes <= limit
        assert on_disk(folder) <= limit + 100_000
        assert spool.state().waiting == 2 * (number - start)
        influxd.start()
        while spool.drain():
            pass
        influxd.stop()
    influxd.start()
    assert_whole(influx_place.store("looks"), number)


def test_full_sqlite_spool_keeps_nothing_more(sqlite_place: Place) -> None:
    spool = open_spool_of(sqlite_place, limit_bytes=10_000)
    spool.append([delivery(number) for number in range(100)])
    with pytest.raises(StoreUnavailableError, match=r"spool\.full"):
        spool.append([delivery(100)])
    spool.drain()
    spool.append([delivery(100)])
    spool.close()
    assert_whole(drained(sqlite_place), 101)


def test_full_disk(place: Place) -> None:
    """A limit on the size of files stands in for a full disk: writing fails in the same place."""
    spool = open_spool_of(place)
    spool.append([delivery(0)])
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, before[1]))
    try:
        number, error = fill(spool, 1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert str(error).startswith("spool.disk: ")
    assert "free space" in str(error)
    spool.append([delivery(n) for n in range(number, number + 20)])
    spool.close()
    assert_whole(drained(place), number + 20)
