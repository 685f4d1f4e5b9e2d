"""kill -9 of ingest at random moments under 20,000 messages: every identity in the store, none twice."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import astuple
from datetime import UTC, datetime, timedelta
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from ingest.service import IngestConfig
from tests.ingest.rig import MachineClock, Rig, make_rig, until
from tests.servers.broker import PUBLISHER_USER, Mosquitto
from tests.servers.influx import Bucket
from tests.servers.process import LOOPBACK, die_with_parent
from tests.servers.programs import ROOT

MESSAGES = 20_000
DEVICES = 40
KILLS = 3
IN_FLIGHT = 500
EVER = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))

Message = tuple[str, bytes]


def with_time(number: int, prefix: str, start: datetime) -> Message:
    time_ = (start + timedelta(seconds=number)).isoformat()
    body = {"device": f"T{number % DEVICES}", "quantity": "volume_m3", "value": number + 1, "time": time_}
    return f"{prefix}/own", json.dumps(body).encode()


def bare(number: int, prefix: str, _start: datetime) -> Message:
    return f"{prefix}/N{number % DEVICES}/volume_m3", str(number + 1).encode()


def mixed(number: int, prefix: str, start: datetime) -> Message:
    return (with_time if number % 3 else bare)(number, prefix, start)


@contextmanager
def process(
    folder: Path, url: str, topic: str, group: str = "", name: str = "one", bucket: Bucket | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """An ingest of its own, killed with -9 at the end.

    group, name : of an instance that shares the subscription; bucket : of InfluxDB, else SQLite
    """
    arguments = [str(folder), url, topic, group, name, *(astuple(bucket) if bucket else ())]
    command = [sys.executable, "-m", "tests.ingest.runner", *arguments]
    with (folder.parent / "runner.log").open("ab") as log:
        running = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, preexec_fn=die_with_parent(signal.SIGKILL)
        )
    try:
        assert running.stdout is not None
        assert running.stdout.readline() == b"started\n", (folder.parent / "runner.log").read_text()
        yield running
    finally:
        running.kill()
        running.wait()


def publish_all(mosquitto: Mosquitto, messages: list[Message], done: threading.Event) -> None:
    """Everything at QoS 1, with a window that is wide enough to keep ingest busy."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=f"publisher-{messages[0][0]}")
    client.max_inflight_messages = IN_FLIGHT
    client.username_pw_set(PUBLISHER_USER, mosquitto.passwords[PUBLISHER_USER])
    client.connect(LOOPBACK, mosquitto.port)
    client.loop_start()
    for one in [client.publish(topic, body, qos=1) for topic, body in messages]:
        one.wait_for_publish(120)
    client.disconnect()
    client.loop_stop()
    done.set()


@pytest.mark.parametrize("make", [with_time, bare, mixed])
def test_every_identity_is_in_the_store_and_none_twice(
    mosquitto: Mosquitto, tmp_path: Path, make: Callable[[int, str, datetime], Message]
) -> None:
    prefix, folder = tmp_path.name, tmp_path / "data"
    start = MachineClock().now().replace(microsecond=0) - timedelta(days=1)
    messages = [make(number, prefix, start) for number in range(MESSAGES)]
    with process(folder, mosquitto.url, f"{prefix}/#"):
        time.sleep(1.0)  # the session with its subscription must be there before anything is published
    done = threading.Event()
    publisher = threading.Thread(target=publish_all, args=(mosquitto, messages, done))
    publisher.start()
    dice = random.Random(make.__name__)
    for _ in range(KILLS):
        with process(folder, mosquitto.url, f"{prefix}/#"):
            time.sleep(dice.uniform(0.15, 1.2))
    publisher.join(120)
    assert done.is_set(), "the publisher did not get everything to the broker"
    rig = make_rig(folder, IngestConfig(mosquitto.url, (f"{prefix}/#",)))
    try:
        rig.ingest.start()
        until(lambda: pause(0.2) and rig.store.readings_total() >= MESSAGES, 120, f"all of {MESSAGES} identities")
        quiet(rig)
        assert found(rig) == Counter(range(1, MESSAGES + 1))
        assert not any(rig.store.revisions(device, "volume_m3", *EVER) for device in devices())
        assert rig.store.readings_total() == MESSAGES
        assert rig.ingest.status()["refused"] == 0
    finally:
        rig.close()


def devices() -> list[str]:
    return [f"{kind}{number}" for kind in "TN" for number in range(DEVICES)]


def found(rig: Rig) -> Counter[int]:
    series = rig.store.series([(device, "volume_m3") for device in devices()], *EVER)
    return Counter(int(value) for one in series for value in one.value)


def pause(seconds: float) -> bool:
    time.sleep(seconds)
    return True


def quiet(rig: Rig) -> None:
    """Wait until nothing comes any more: what was delivered twice must have arrived to be seen."""
    last = -1
    while last != (last := int(str(rig.ingest.status()["received"]))):
        time.sleep(0.7)
