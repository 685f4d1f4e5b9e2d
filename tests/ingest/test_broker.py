"""The embedded broker: what a demonstration needs of it works with our own session."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from ingest import broker
from ingest.mqtt import MqttOptions
from models.errors import VodaError
from tests.ingest.test_mqtt import Listener
from tests.servers.process import LOOPBACK, free_port, listens


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    chosen = free_port()
    running = broker.start(LOOPBACK, chosen, tmp_path_factory.mktemp("broker"))
    yield chosen
    running.stop()
    running.stop()
    assert not listens(chosen)


def publish(port: int, topic: str, *bodies: bytes, retain: bool = False) -> None:
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=f"publisher-{time.monotonic_ns()}")
    client.connect(LOOPBACK, port)
    client.loop_start()
    for sent in [client.publish(topic, body, qos=1, retain=retain) for body in bodies]:
        sent.wait_for_publish(10)
    client.disconnect()
    client.loop_stop()


def listener(port: int, name: str) -> Listener:
    return Listener(MqttOptions(f"mqtt://{LOOPBACK}:{port}", (f"{name}/#",), name))


def test_thousands_of_messages_at_qos_1(port: int) -> None:
    one = listener(port, "many")
    one.connect()
    bodies = [b"%d" % n for n in range(3000)]
    publish(port, "many/a", *bodies[:1])
    one.run_until(lambda: len(one.got) == 1)
    publish(port, "many/a", b"x" * 500_000)
    publisher = threading.Thread(target=publish, args=(port, "many/a", *bodies))
    publisher.start()
    one.take(3002)
    publisher.join(10)
    assert [arrival.payload for arrival in one.got[2:]] == bodies
    one.session.close()


def test_session_outlives_the_connection(port: int) -> None:
    one = listener(port, "away")
    one.connect()
    publish(port, "away/a", b"1", b"2")
    one.run_until(lambda: len(one.got) == 2)
    one.session.acknowledge(one.got[:1])
    one.session.step(0.2)
    one.session.close()
    publish(port, "away/a", b"3")
    one.got.clear()
    one.connect()
    one.run_until(lambda: [arrival.payload for arrival in one.got] == [b"2", b"3"])
    assert one.known == [False, True]
    one.session.close()


def test_retained_message_is_marked(port: int) -> None:
    publish(port, "kept/a", b"1", retain=True)
    one = listener(port, "kept")
    one.connect()
    one.run_until(lambda: len(one.got) == 1)
    assert one.got[0].retained
    one.session.close()


def test_taken_port_says_what_to_do(port: int, tmp_path: Path) -> None:
    with pytest.raises(VodaError, match=r"broker\.port_taken.*--mqtt-port"):
        broker.start(LOOPBACK, port, tmp_path)


def test_serves_nobody_but_this_machine(port: int, tmp_path: Path) -> None:
    with pytest.raises(VodaError, match=r"broker\.not_loopback"):
        broker.start("0.0.0.0", free_port(), tmp_path)
    with socket.socket() as probe:
        probe.settimeout(0.5)
        own = socket.gethostbyname(socket.gethostname())
        assert own.startswith("127.") or probe.connect_ex((own, port)) != 0
