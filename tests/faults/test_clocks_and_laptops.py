"""The clock set back, a spool left behind, a laptop that sleeps: what came is there once."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from collections import Counter
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import paho.mqtt.client as mqtt
import psutil
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from ingest import broker
from ingest.service import Ingest, IngestConfig
from models.errors import StoreUnavailableError
from tests.faults.stream import ROUNDS, Message, blocks, publishing, whole
from tests.ingest.rig import MachineClock, make_rig, until
from tests.ingest.test_kill9 import process
from tests.servers import Influxd, Mosquitto, free_port
from tests.servers.process import LOOPBACK


class SetBack(MachineClock):
    """The machine's time, until somebody sets it back."""

    back = timedelta(0)

    def now(self) -> datetime:
        return super().now() - self.back


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_clock_set_back_doubles_and_loses_nothing(mosquitto: Mosquitto, tmp_path: Path, round_: int) -> None:
    """Bare numbers take their receipt as time: within a topic it never goes back, so no value meets another's key."""
    prefix, clock = tmp_path.name, SetBack()
    kinds = blocks(200, prefix)
    before, after = ([one for sent in kinds for one in part(sent)] for part in (first_half, second_half))
    config = IngestConfig(mosquitto.url, (f"{prefix}/#",))
    rig = make_rig(tmp_path / "data", config)
    rig.ingest = Ingest(config, rig.spool, rig.records, clock)
    try:
        rig.ingest.start()
        until(lambda: rig.ingest.status()["mqtt"] == "connected")
        with publishing(mosquitto, before) as finished:
            finished(30)
            until(lambda: rig.ingest.status()["received"] == len(before))
            clock.back = timedelta(minutes=random.Random(round_).randint(1, 120))
        with publishing(mosquitto, after) as finished:
            finished(30)
        whole(rig.store, [*before, *after])
    finally:
        rig.close()


def first_half(sent: list[Message]) -> list[Message]:
    return sent[: len(sent) // 2]


def second_half(sent: list[Message]) -> list[Message]:
    return sent[len(sent) // 2 :]


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_spool_of_a_dead_instance_is_drained_by_its_neighbour(
    influxd: Influxd, mosquitto: Mosquitto, tmp_path: Path, round_: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """kill -9 of an ingest whose InfluxDB is away: all that it acknowledged lies in its spool and nowhere else."""
    monkeypatch.setattr("storage.spool.drains.NEIGHBOURS_EVERY_S", 0.5)
    prefix, data, bucket = tmp_path.name, tmp_path / "data", influxd.new_bucket()
    sent = [one for block in blocks(200, prefix) for one in block]
    random.Random(round_).shuffle(sent)
    influxd.kill9()
    with process(data, mosquitto.url, f"{prefix}/#", name="dying", bucket=bucket):
        time.sleep(0.5)  # the session with its subscription must be there before anything is published
        with publishing(mosquitto, sent) as finished:
            finished(30)
        until(lambda: waiting_in(data / "spool" / "dying" / "log.db") == len(sent))
    influxd.start()
    other = make_rig(data, IngestConfig(mosquitto.url, (f"{prefix}-other/#",)), bucket, name="other")
    try:
        other.ingest.start()
        whole(other.store, sent)
        until(lambda: waiting_in(data / "spool" / "dying" / "log.db") == 0)
    finally:
        other.close()


def waiting_in(log: Path) -> int:
    """Readings that wait in a spool's file, whoever owns it."""
    with closing(sqlite3.connect(f"file:{log}?mode=ro", uri=True)) as connection:
        return int(connection.execute("SELECT value FROM mark WHERE name = 'waiting'").fetchone()[0])


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_embedded_broker_and_ingest_sleep_and_wake(tmp_path: Path, round_: int) -> None:
    """As when a lid is closed: the broker's process is frozen while devices try to send."""
    port = free_port()
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    running = broker.start(LOOPBACK, port, tmp_path / "mqtt")
    born = [child.pid for child in psutil.Process().children(recursive=True) if child.pid not in before]
    rig = make_rig(tmp_path / "data", IngestConfig(f"mqtt://{LOOPBACK}:{port}", (f"{tmp_path.name}/#",)))
    kinds = blocks(100, tmp_path.name)
    before, after = ([one for sent in kinds for one in part(sent)] for part in (first_half, second_half))
    sender = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="laptop", clean_session=False)
    try:
        rig.ingest.start()
        until(lambda: rig.ingest.status()["mqtt"] == "connected")
        time.sleep(0.5)
        sender.connect(LOOPBACK, port)
        sender.loop_start()
        first = [sender.publish(topic, body, qos=1) for topic, body, _ in before]
        for one in first:
            one.wait_for_publish(20)
        assert born, "the embedded broker has a process of its own"
        for pid in born:
            os.kill(pid, signal.SIGSTOP)
        try:
            rest = [sender.publish(topic, body, qos=1) for topic, body, _ in after]
            time.sleep(random.Random(round_).uniform(0.5, 2.0))
        finally:
            for pid in born:
                os.kill(pid, signal.SIGCONT)
        for one in rest:
            one.wait_for_publish(20)
        whole(rig.store, [*before, *after])
    finally:
        sender.disconnect()
        sender.loop_stop()
        rig.close()
        running.stop()


def away() -> int:
    raise StoreUnavailableError("store.unreachable", "as if there were no InfluxDB")


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_torn_last_record_of_the_spool_takes_nothing_with_it(
    influxd: Influxd, mosquitto: Mosquitto, tmp_path: Path, round_: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a frame behind the spool's write-ahead log, as a power cut leaves it."""
    prefix, data, bucket = tmp_path.name, tmp_path / "data", influxd.new_bucket()
    sent = [one for block in blocks(100, prefix) for one in block]
    random.Random(round_).shuffle(sent)
    config = IngestConfig(mosquitto.url, (f"{prefix}/#",))
    rig = make_rig(data, config, bucket)
    monkeypatch.setattr(rig.spool, "drain", away)
    rig.ingest.start()
    until(lambda: rig.ingest.status()["mqtt"] == "connected")
    with publishing(mosquitto, sent) as finished:
        finished(30)
    until(lambda: rig.ingest.status()["waiting"] == len(sent))
    folder, copy = data / "spool" / "one", tmp_path / "after" / "spool" / "one"
    copy.mkdir(parents=True)
    for name in ("log.db", "log.db-wal", "client_id"):
        (copy / name).write_bytes((folder / name).read_bytes())
    with (copy / "log.db-wal").open("ab") as log:
        log.write(bytes(1500 + round_))
    rig.close()
    again = make_rig(tmp_path / "after", config, bucket)
    try:
        again.ingest.start()
        whole(again.store, sent)
        assert Counter(refused.code for refused in again.records.refused()) == Counter()
    finally:
        again.close()
