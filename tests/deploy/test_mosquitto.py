"""The broker's configuration that docker-compose.yml mounts, on Debian's mosquitto."""

from __future__ import annotations

import queue
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from tests.servers import Mosquitto, ServerError
from tests.servers.broker import CONFIGURATION, write_passwords

WAIT_SECONDS = 10.0
QUIET_SECONDS = 0.3


class Reader:
    """What a client receives, in order."""

    def __init__(self, client: mqtt.Client) -> None:
        self.messages: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self._client = client
        self._answers: queue.Queue[bool] = queue.Queue()
        client.on_message = lambda _c, _d, message: self.messages.put((message.topic, bytes(message.payload)))
        client.on_subscribe = lambda _c, _d, _m, codes, _p: self._answers.put(not codes[0].is_failure)

    def subscribe(self, topic: str) -> bool:
        self._client.subscribe(topic, qos=1)
        return self._answers.get(timeout=WAIT_SECONDS)

    def next(self) -> tuple[str, bytes]:
        return self.messages.get(timeout=WAIT_SECONDS)

    def assert_silent(self) -> None:
        time.sleep(QUIET_SECONDS)
        assert self.messages.empty()


@contextmanager
def reader(mosquitto: Mosquitto, user: str, *topics: str) -> Iterator[Reader]:
    with mosquitto.client(user) as client:
        reading = Reader(client)
        for topic in topics:
            reading.subscribe(topic)
        yield reading


def publish(mosquitto: Mosquitto, user: str, topic: str, payload: str) -> None:
    with mosquitto.client(user) as client:
        client.publish(topic, payload, qos=1).wait_for_publish(WAIT_SECONDS)


ALLOWED = [
    ("bilina", "bilina/vodomer/1"),
    ("bilina", "smartvoda/bilina/1"),
    ("simulator", "teplice/vodomer/1"),
    ("simulator", "v3/app@tenant/devices/d/up"),
    ("chirpstack", "application/1/device/2/event/up"),
    ("thethingsstack", "v3/app@tenant/devices/d/up"),
    ("thingsboard", "v1/devices/me/telemetry"),
    ("ingest", "smartvoda/simulator/command"),
]
DENIED = [
    ("bilina", "teplice/vodomer/1"),
    ("bilina", "smartvoda/teplice/1"),
    ("bilina", "smartvoda/simulator/command"),
    ("bilina", "bilinska/1"),
    ("chirpstack", "v3/app@tenant/devices/d/up"),
    ("ingest", "bilina/vodomer/1"),
    ("ingest", "smartvoda/bilina/1"),
]


@pytest.mark.parametrize(("user", "topic"), ALLOWED)
def test_allowed_publish_arrives(mosquitto: Mosquitto, user: str, topic: str) -> None:
    with reader(mosquitto, "ingest", "#") as services:
        publish(mosquitto, user, topic, "12.5")
        assert services.next() == (topic, b"12.5")


@pytest.mark.parametrize(("user", "topic"), DENIED)
def test_denied_publish_reaches_nobody(mosquitto: Mosquitto, user: str, topic: str) -> None:
    with reader(mosquitto, "ingest", "#") as services:
        publish(mosquitto, user, topic, "12.5")
        publish(mosquitto, "simulator", "deploy-test/after", "end")
        assert services.next() == ("deploy-test/after", b"end")


def test_denied_publish_is_told_to_mqtt_5_clients(mosquitto: Mosquitto) -> None:
    codes: queue.Queue[str] = queue.Queue()
    with mosquitto.client("bilina", protocol=MQTTProtocolVersion.MQTTv5) as client:
        client.on_publish = lambda _c, _d, _m, code, _p: codes.put(str(code))
        client.publish("teplice/vodomer/1", "1", qos=1)
        assert codes.get(timeout=WAIT_SECONDS) == "Not authorized"


@pytest.mark.parametrize("subscription", ["bilina/#", "$share/smartvoda/bilina/#"])
def test_services_read_everything_shared_too(mosquitto: Mosquitto, subscription: str) -> None:
    with reader(mosquitto, "ingest", subscription) as services:
        publish(mosquitto, "bilina", "bilina/1", "7")
        assert services.next() == ("bilina/1", b"7")


def test_services_read_the_brokers_own_figures(mosquitto: Mosquitto) -> None:
    with reader(mosquitto, "ingest", "$SYS/broker/version") as services:
        assert services.next()[1].startswith(b"mosquitto version")


def test_devices_read_nothing_of_others(mosquitto: Mosquitto) -> None:
    with reader(mosquitto, "bilina", "#", "teplice/#", "bilina/#", "smartvoda/#", "$SYS/#") as device:
        publish(mosquitto, "teplice", "teplice/1", "7")
        publish(mosquitto, "bilina", "bilina/1", "7")
        publish(mosquitto, "ingest", "smartvoda/simulator/command", "{}")
        device.assert_silent()


def test_simulator_hears_commands_only(mosquitto: Mosquitto) -> None:
    with reader(mosquitto, "simulator", "#") as simulator:
        publish(mosquitto, "bilina", "bilina/1", "7")
        publish(mosquitto, "ingest", "smartvoda/simulator/command", "{}")
        assert simulator.next() == ("smartvoda/simulator/command", b"{}")
        simulator.assert_silent()


@pytest.mark.parametrize(("user", "password"), [(None, None), ("ingest", "wrong"), ("ingest", ""), ("nobody", "x")])
def test_strangers_are_refused(mosquitto: Mosquitto, user: str | None, password: str | None) -> None:
    answers: queue.Queue[bool] = queue.Queue()
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.on_connect = lambda _c, _d, _f, code, _p: answers.put(code.is_failure)
    if user is not None:
        client.username_pw_set(user, password)
    client.connect("127.0.0.1", mosquitto.port)
    client.loop_start()
    try:
        assert answers.get(timeout=WAIT_SECONDS)
    finally:
        client.disconnect()
        client.loop_stop()


def keep_session(broker: Mosquitto, client_id: str, topic: str) -> None:
    with broker.client("ingest", client_id=client_id, clean=False) as client:
        Reader(client).subscribe(topic)


@contextmanager
def come_back(broker: Mosquitto, client_id: str) -> Iterator[queue.Queue[bytes]]:
    received: queue.Queue[bytes] = queue.Queue()
    with broker.client("ingest", client_id=client_id, clean=False, on_message=lambda _t, p: received.put(p)):
        yield received


def test_session_survives_a_restart(mosquitto: Mosquitto) -> None:
    keep_session(mosquitto, "deploy-test-session", "bilina/#")
    publish(mosquitto, "bilina", "bilina/1", "kept")
    mosquitto.restart()
    with come_back(mosquitto, "deploy-test-session") as received:
        assert received.get(timeout=WAIT_SECONDS) == b"kept"
    with mosquitto.client("ingest", client_id="deploy-test-session"):
        pass  # a clean session with the same id removes the kept one


def test_queue_of_an_absent_reader_is_bounded(tmp_path: Path) -> None:
    small = {"max_queued_messages": "max_queued_messages 50", "max_inflight_messages": "max_inflight_messages 1"}
    with Mosquitto(tmp_path, small) as broker:
        keep_session(broker, "absent", "bilina/#")
        with broker.client("bilina") as device:
            for number in range(200):
                sent = device.publish("bilina/1", str(number), qos=1)
            sent.wait_for_publish(WAIT_SECONDS)
        with come_back(broker, "absent") as received:
            numbers = [int(received.get(timeout=WAIT_SECONDS)) for _ in range(50)]
            time.sleep(QUIET_SECONDS)
        assert numbers == list(range(50))
        assert received.qsize() <= 1


def test_too_large_packet_is_refused(mosquitto: Mosquitto) -> None:
    with reader(mosquitto, "ingest", "bilina/#") as services:
        with mosquitto.client("bilina") as device:
            device.publish("bilina/large", b"x" * 2_000_000, qos=0)
        publish(mosquitto, "bilina", "bilina/small", "1")
        assert services.next() == ("bilina/small", b"1")


@pytest.mark.parametrize(
    "directive",
    [
        "max_queued_messages",
        "max_queued_bytes",
        "memory_limit",
        "persistent_client_expiration",
        "autosave_interval",
        "max_packet_size",
    ],
)
def test_every_bound_is_set(directive: str) -> None:
    lines = (CONFIGURATION / "mosquitto.conf").read_text().splitlines()
    values = [line.split()[1] for line in lines if line.split()[:1] == [directive]]
    assert len(values) == 1
    assert values != ["0"]


def test_password_file_holds_no_password_and_is_private(tmp_path: Path) -> None:
    file = tmp_path / "passwords"
    write_passwords(file, {"ingest": "secret-one", "bilina": "secret-two"})
    text = file.read_text()
    assert [line.split(":")[0] for line in text.splitlines()] == ["ingest", "bilina"]
    assert "secret" not in text
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({}, "set SMARTVODA_MQTT_PASSWORD in .env"),
        ({"SMARTVODA_MQTT_PASSWORD": "with:colon"}, "user ingest"),
        ({"SMARTVODA_MQTT_PASSWORD": "x", "SMARTVODA_MQTT_DEVICES": "bilina"}, "without a password: bilina"),
        ({"SMARTVODA_MQTT_PASSWORD": "x", "SMARTVODA_MQTT_DEVICES": "bilina:"}, "user bilina"),
    ],
)
def test_wrong_secrets_say_what_to_do(tmp_path: Path, environment: dict[str, str], message: str) -> None:
    script = str(CONFIGURATION / "passwords.sh")
    answer = subprocess.run(
        ["sh", script, str(tmp_path / "passwords")],
        env={"PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode != 0
    assert message in answer.stderr
    assert not (tmp_path / "passwords").exists()


def test_wrong_configuration_is_reported(tmp_path: Path) -> None:
    broken = Mosquitto(tmp_path, {"allow_anonymous": "allow_anonymous perhaps"})
    with pytest.raises(ServerError, match="mosquitto ended at its start"):
        broken.start()
