"""The clock set back, a spool left behind, a laptop that sleeps: what came is there once."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import paho.mqtt.client as mqtt
import psutil
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from ingest import broker
from ingest.service import Ingest, IngestConfig
from models.spool import Spool
from tests.faults.stream import KINDS, ROUNDS, messages, publishing, whole
from tests.ingest.rig import MachineClock, make_rig, until
from tests.servers import Influxd, Mosquitto, free_port
from tests.servers.process import LOOPBACK


class SetBack(MachineClock):
    """The machine's time, until somebody sets it back by an hour."""

    back = timedelta(0)

    def now(self) -> datetime:
        return super().now() - self.back


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_clock_set_back_doubles_and_loses_nothing(mosquitto: Mosquitto, tmp_path: Path, round_: int) -> None:
    """Bare numbers take their receipt as time: within a topic it never goes back, so no value meets another's key."""
    prefix, clock = tmp_path.name, SetBack()
    sent = messages(600, prefix, KINDS[1 + round_ % 2])
    config = IngestConfig(mosquitto.url, (f"{prefix}/#",))
    rig = make_rig(tmp_path / "data", config)
    rig.ingest = Ingest(config, rig.spool, rig.records, clock)
    try:
        rig.ingest.start()
        until(lambda: rig.ingest.status()["mqtt"] == "connected")
        with publishing(mosquitto, sent[:300]) as finished:
            finished(30)
            until(lambda: rig.ingest.status()["received"] == 300)
            clock.back = timedelta(hours=1)
        with publishing(mosquitto, sent[300:]) as finished:
            finished(30)
        whole(rig.store, sent)
    finally:
        rig.close()


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_spool_of_a_dead_instance_is_drained_by_its_neighbour(
    influxd: Influxd, mosquitto: Mosquitto, tmp_path: Path, round_: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.spool.drains.NEIGHBOURS_EVERY_S", 0.5)
    prefix, data, bucket = tmp_path.name, tmp_path / "data", influxd.new_bucket()
    sent = messages(400, prefix, KINDS[round_ % 3])
    config = IngestConfig(mosquitto.url, (f"{prefix}/#",))
    dying = make_rig(data, config, bucket, name="dying")
    monkeypatch.setattr(dying.spool, "drain", lambda: 0)
    dying.ingest.start()
    until(lambda: dying.ingest.status()["mqtt"] == "connected")
    with publishing(mosquitto, sent) as finished:
        finished(30)
    until(lambda: dying.ingest.status()["waiting"] == len(sent))
    dying.close()
    other = make_rig(data, IngestConfig(mosquitto.url, (f"{prefix}-other/#",)), bucket, name="other")
    try:
        other.ingest.start()
        drained(other.spool)
        whole(other.store, sent)
    finally:
        other.close()


def drained(spool: Spool) -> None:
    until(lambda: spool.state().waiting == 0)


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_embedded_broker_and_ingest_sleep_and_wake(tmp_path: Path, round_: int) -> None:
    """As when a lid is closed: the broker's process is frozen while devices try to send."""
    port = free_port()
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    running = broker.start(LOOPBACK, port, tmp_path / "mqtt")
    born = [child.pid for child in psutil.Process().children(recursive=True) if child.pid not in before]
    rig = make_rig(tmp_path / "data", IngestConfig(f"mqtt://{LOOPBACK}:{port}", (f"{tmp_path.name}/#",)))
    sent = messages(300, tmp_path.name, "timed")
    sender = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="laptop", clean_session=False)
    try:
        rig.ingest.start()
        until(lambda: rig.ingest.status()["mqtt"] == "connected")
        time.sleep(0.5)
        sender.connect(LOOPBACK, port)
        sender.loop_start()
        first = [sender.publish(topic, body, qos=1) for topic, body, _ in sent[:150]]
        for one in first:
            one.wait_for_publish(20)
        assert born, "the embedded broker has a process of its own"
        for pid in born:
            os.kill(pid, signal.SIGSTOP)
        try:
            rest = [sender.publish(topic, body, qos=1) for topic, body, _ in sent[150:]]
            time.sleep(2.0)
        finally:
            for pid in born:
                os.kill(pid, signal.SIGCONT)
        for one in rest:
            one.wait_for_publish(20)
        whole(rig.store, sent)
    finally:
        sender.disconnect()
        sender.loop_stop()
        rig.close()
        running.stop()


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_torn_last_record_of_the_spool_takes_nothing_with_it(
    influxd: Influxd, mosquitto: Mosquitto, tmp_path: Path, round_: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a frame behind the spool's write-ahead log, as a power cut leaves it."""
    prefix, data, bucket = tmp_path.name, tmp_path / "data", influxd.new_bucket()
    sent = messages(300, prefix, KINDS[round_ % 3])
    config = IngestConfig(mosquitto.url, (f"{prefix}/#",))
    rig = make_rig(data, config, bucket)
    monkeypatch.setattr(rig.spool, "drain", lambda: 0)
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
