"""Ingest end to end: readings a second from mosquitto into the store, against what paho-mqtt alone receives.

Each receiver has a session of its own in which the same messages wait; then one after the other takes them. So no
publisher is in the way, and a slow moment of the machine can be seen by its rounds. Ours acknowledges only what is
durable, decodes every payload, and a reading counts when the store has it.
"""

from __future__ import annotations

import itertools
import json
import statistics
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from ingest.mqtt import Arrival, MqttOptions, Session, Version
from ingest.service import IngestConfig
from tests.ingest.rig import MachineClock, Rig, make_rig
from tests.servers import Bucket, Influxd, Mosquitto
from tests.servers.broker import PUBLISHER_USER, SERVICE_USER
from tests.servers.process import LOOPBACK

MESSAGES = 20_000
ROUNDS = 3
DEVICES = 1_000
DEADLINE_S = 120.0

Row = dict[str, object]


def rows() -> Iterator[Row]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        with Mosquitto(folder) as broker, Influxd(folder) as influxd:
            bench = Bench(broker, folder)
            for number in range(ROUNDS):
                bench.round(number, influxd.new_bucket())
        plain = bench.median("paho 3.1.1")
        for store in ("SQLite", "InfluxDB"):
            ours = bench.median(store)
            yield {
                "name": f"MQTT → {store}, durable, against paho receiving only",
                "ours": ours,
                "peer": plain,
                "ratio": ours / plain,
                "unit": "readings/s",
            }
        for version in ("3.1.1", "5"):
            ours, peer = bench.median(f"session {version}"), bench.median(f"paho {version}")
            name = f"MQTT {version}: our session against paho, receiving only"
            yield {"name": name, "ours": ours, "peer": peer, "ratio": ours / peer, "unit": "messages/s"}


class Bench:
    """Rounds in which every receiver gets the same messages."""

    def __init__(self, broker: Mosquitto, folder: Path) -> None:
        self._broker = broker
        self._folder = folder
        self._rates: dict[str, list[float]] = {}

    def median(self, name: str) -> float:
        return statistics.median(self._rates[name])

    def round(self, number: int, bucket: Bucket) -> None:
        topic = f"bench{number}"
        stores = {"SQLite": None, "InfluxDB": bucket}
        config = IngestConfig(self._broker.url, (f"{topic}/#",))
        rigs = {name: make_rig(self._folder / topic / name, config, where) for name, where in stores.items()}
        # A session must know its subscription before anything is published.
        for rig in rigs.values():
            subscribe(self._broker, rig.spool.client_id, topic, five=False)
        versions: tuple[Version, ...] = ("3.1.1", "5")
        for kind, version in itertools.product(("paho", "session"), versions):
            subscribe(self._broker, f"{topic}-{kind}-{version}", topic, five=version == "5")
        publish(self._broker, topic)
        for version in versions:
            self._note(f"paho {version}", receive(self._broker, f"{topic}-paho-{version}", five=version == "5"))
            self._note(f"session {version}", take(self._broker, f"{topic}-session-{version}", topic, version))
        for name, rig in rigs.items():
            self._note(name, ingest(rig))
            rig.close()

    def _note(self, name: str, rate: float) -> None:
        self._rates.setdefault(name, []).append(rate)


def client_of(broker: Mosquitto, client_id: str, user: str, *, five: bool, clean: bool = False) -> mqtt.Client:
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        clean_session=None if five else clean,
        protocol=MQTTProtocolVersion.MQTTv5 if five else MQTTProtocolVersion.MQTTv311,
    )
    client.username_pw_set(user, broker.passwords[user])
    return client


def connect(client: mqtt.Client, broker: Mosquitto, *, five: bool) -> None:
    if not five:
        client.connect(LOOPBACK, broker.port)
        return
    properties = Properties(mqtt.CONNECT >> 4)
    properties.SessionExpiryInterval = 3600
    properties.ReceiveMaximum = 1000
    client.connect(LOOPBACK, broker.port, clean_start=False, properties=properties)


def subscribe(broker: Mosquitto, client_id: str, topic: str, *, five: bool) -> None:
    """Make a persistent session that waits for messages."""
    client = client_of(broker, client_id, SERVICE_USER, five=five)
    done = threading.Event()

    def on_connect(
        _client: mqtt.Client, _data: object, _flags: mqtt.ConnectFlags, _code: ReasonCode, _p: Properties | None
    ) -> None:
        client.subscribe(f"{topic}/#", options=SubscribeOptions(1)) if five else client.subscribe(f"{topic}/#", 1)

    client.on_connect = on_connect
    client.on_subscribe = lambda *_: done.set()
    connect(client, broker, five=five)
    client.loop_start()
    if not done.wait(10):
        raise RuntimeError(f"mosquitto did not take the subscription of {client_id}")
    client.disconnect()
    client.loop_stop()


def publish(broker: Mosquitto, topic: str) -> None:
    start = MachineClock().now().replace(microsecond=0) - timedelta(hours=20)
    client = client_of(broker, f"{topic}-publisher", PUBLISHER_USER, five=False, clean=True)
    client.max_inflight_messages = 1000
    connect(client, broker, five=False)
    client.loop_start()
    sent = []
    for number in range(MESSAGES):
        body = {
            "device": f"{10_000_000 + number % DEVICES}",
            "quantity": "volume_m3",
            "value": round(number / 8, 3),
            "time": (start + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        sent.append(client.publish(f"{topic}/{body['device']}", json.dumps(body), qos=1))
    for one in sent:
        one.wait_for_publish(DEADLINE_S)
    client.disconnect()
    client.loop_stop()


def receive(broker: Mosquitto, client_id: str, *, five: bool) -> float:
    """Messages a second that paho receives and acknowledges, doing nothing with them."""
    client = client_of(broker, client_id, SERVICE_USER, five=five)
    done, count = threading.Event(), 0

    def on_message(_client: mqtt.Client, _data: object, _message: mqtt.MQTTMessage) -> None:
        nonlocal count
        count += 1
        if count == MESSAGES:
            done.set()

    client.on_message = on_message
    begin = time.perf_counter()
    connect(client, broker, five=five)
    client.loop_start()
    if not done.wait(DEADLINE_S):
        raise RuntimeError(f"only {count} of {MESSAGES} messages came to {client_id}")
    rate = MESSAGES / (time.perf_counter() - begin)
    client.disconnect()
    client.loop_stop()
    return rate


def take(broker: Mosquitto, client_id: str, topic: str, version: Version) -> float:
    """Messages a second that our session receives and acknowledges, doing nothing with them."""
    got: list[Arrival] = []
    session = Session(MqttOptions(broker.url, (f"{topic}/#",), client_id, version), got.extend, lambda _known: None)
    begin, done = time.perf_counter(), 0
    session.open()
    while done < MESSAGES:
        if time.perf_counter() - begin > DEADLINE_S:
            raise RuntimeError(f"only {done} of {MESSAGES} messages came to {client_id}")
        session.step(0.05)
        session.acknowledge(got[done:])
        done = len(got)
    session.close()
    return MESSAGES / (time.perf_counter() - begin)


def ingest(rig: Rig) -> float:
    """Readings a second from the broker into the store."""
    begin = time.perf_counter()
    rig.ingest.start()
    while (total := rig.store.readings_total()) < MESSAGES:
        if time.perf_counter() - begin > DEADLINE_S:
            raise RuntimeError(f"only {total} of {MESSAGES} readings arrived: {rig.ingest.status()}")
        time.sleep(0.05)
    return MESSAGES / (time.perf_counter() - begin)


if __name__ == "__main__":
    for row in rows():
        print(row)
