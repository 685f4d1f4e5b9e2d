"""Asking Sparkplug nodes for births: never by default, else once a minute a node; what was refused then comes in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest

from ingest.decoders.sparkplug_payload import REBIRTH, parse
from ingest.rebirths import Rebirths
from ingest.service import IngestConfig
from models.registry import Region, Source
from tests.ingest.rig import MachineClock, Rig, make_rig, until
from tests.ingest.sparkplug_bytes import Sent, message
from tests.servers.broker import Mosquitto

EVER = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
ALLOWED = Source("spBv1.0/#", may_request_rebirth=True)


def test_a_node_is_asked_once_a_minute_and_no_two_in_the_same_second() -> None:
    asked: list[tuple[float, str]] = []
    rebirths = Rebirths()

    def at(now_s: float, *topics: str, rule: Source | None = ALLOWED, goes: bool = True) -> None:
        for topic in topics:
            rebirths.missing(topic, rule)

        def publish(command: str) -> bool:
            asked.extend([(now_s, command)] if goes else [])
            return goes

        rebirths.ask(now_s, publish)

    one, two = "spBv1.0/V/DDATA/GW-1/A", "spBv1.0/V/NDATA/GW-2"
    at(0, one, rule=None)
    at(0, one, rule=Source("spBv1.0/#"))
    at(0, one, goes=False)
    at(0)
    at(0.5, one, two)
    at(1.0)
    for second in range(2, 60):
        at(second, one, two)
    at(60.0, one)
    at(61.0, one, two)
    at(200.0)
    assert asked == [
        (0, "spBv1.0/V/NCMD/GW-1"),
        (1.0, "spBv1.0/V/NCMD/GW-2"),
        (60.0, "spBv1.0/V/NCMD/GW-1"),
        (61.0, "spBv1.0/V/NCMD/GW-2"),
    ]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """A broker that lets ingest write, unlike a real deployment's: whatever it would send is seen."""
    acl = tmp_path / "acl"
    acl.write_text("user ingest\ntopic readwrite #\nuser simulator\ntopic readwrite #\n")
    folder = tmp_path / "broker"
    folder.mkdir()
    with Mosquitto(folder, {"acl_file": f"acl_file {acl}"}) as started:
        yield started


@dataclass
class Node:
    """An edge node on the broker, and everything that anybody publishes there."""

    client: mqtt.Client
    heard: list[tuple[str, bytes]]

    def send(self, kind: str, payload: bytes, place: str = "GW-1/A") -> None:
        self.client.publish(f"spBv1.0/V/{kind}/{place}", payload, qos=1).wait_for_publish(10)

    @property
    def commands(self) -> list[tuple[str, bytes]]:
        return [(topic, payload) for topic, payload in self.heard if "/NCMD/" in topic]


@pytest.fixture
def node(broker: Mosquitto) -> Iterator[Node]:
    heard: list[tuple[str, bytes]] = []
    with broker.client(on_message=lambda topic, payload: heard.append((topic, payload))) as client:
        client.subscribe("#", qos=1)
        yield Node(client, heard)


def started(broker: Mosquitto, folder: Path, *rules: Source) -> Rig:
    rig = make_rig(folder, IngestConfig(broker.url, ("#",), timezone="UTC"))
    rig.records.save_region(
        Region("Kraj", ("cs",), "UTC", False, "CZK", sources=rules), "Jana", "", MachineClock().now()
    )
    rig.ingest.start()
    until(lambda: rig.ingest.status()["mqtt"] == "connected")
    return rig


def test_by_default_nothing_is_ever_published_to_devices(broker: Mosquitto, node: Node, tmp_path: Path) -> None:
    rig = started(broker, tmp_path / "data")
    try:
        node.send("DDATA", message(Sent(4.0, alias=1)))
        node.send("DBIRTH", message(Sent(3.0, "Level", 1, "m")))
        node.send("NDEATH", message(Sent(0, "bdSeq")), "GW-1")
        until(lambda: rig.ingest.status()["received"] == 3)
        until(lambda: len(rig.store.readings("A", None, *EVER)) == 1)
        until(lambda: len(node.heard) == 3)
        assert {topic for topic, _ in node.heard} == {
            f"spBv1.0/V/{kind}" for kind in ("DDATA/GW-1/A", "DBIRTH/GW-1/A", "NDEATH/GW-1")
        }
    finally:
        rig.close()


def test_one_request_goes_out_and_the_birth_lets_refused_data_in(broker: Mosquitto, node: Node, tmp_path: Path) -> None:
    rig = started(broker, tmp_path / "data", ALLOWED)
    try:
        at_ms = [1_795_507_951_000 - 60_000 * minute for minute in range(5)]
        for n, ms in enumerate(at_ms):
            node.send("DDATA", message(Sent(4.0 + n / 8, alias=1), at_ms=ms))
        until(lambda: len(node.commands) == 1)
        topic, payload = node.commands[0]
        assert topic == "spBv1.0/V/NCMD/GW-1"
        (metric,) = parse(payload).metrics
        assert (metric.name, metric.value) == (REBIRTH, True)
        until(lambda: rig.records.refused_counts() == (5, 0))
        node.send("NBIRTH", message(Sent(1, "bdSeq")), "GW-1")
        node.send("DBIRTH", message(Sent(3.0, "Level", 1, "m"), at_ms=at_ms[0] + 1000))
        until(lambda: len(rig.store.readings("A", "level_m", *EVER)) == 6)
        until(lambda: rig.records.refused_counts() == (0, 0))
        assert [one.value for one in rig.store.readings("A", "level_m", *EVER)] == [4.5, 4.375, 4.25, 4.125, 4.0, 3.0]
        assert len(node.commands) == 1
    finally:
        rig.close()
