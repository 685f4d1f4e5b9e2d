"""Ingest against Debian's mosquitto: durable before acknowledged, nothing lost, nothing twice, nothing stops it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest

from ingest.mqtt import Version
from ingest.service import IngestConfig
from models.errors import StoreUnavailableError
from models.notice import NoticeKind
from models.registry import Region, Source
from models.spool import Delivery
from tests.ingest.rig import MachineClock, Rig, make_rig, until
from tests.servers.broker import Mosquitto
from tests.servers.influx import Influxd

NOW = MachineClock().now
EVER = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


@pytest.fixture
def rig(mosquitto: Mosquitto, tmp_path: Path) -> Iterator[Rig]:
    made = make_rig(tmp_path / "data", IngestConfig(mosquitto.url, (f"{tmp_path.name}/#",)))
    yield made
    made.close()


def payload(device: str, value: float, minutes: int = 0) -> bytes:
    time = (NOW().replace(microsecond=0) - timedelta(minutes=minutes)).isoformat()
    return json.dumps({"device": device, "quantity": "volume_m3", "value": value, "time": time}).encode()


def publish(client: mqtt.Client, topic: str, *payloads: bytes, retain: bool = False) -> None:
    for one in [client.publish(topic, body, qos=1, retain=retain) for body in payloads]:
        one.wait_for_publish(10)


def connected(rig: Rig) -> bool:
    return rig.ingest.status()["mqtt"] == "connected"


def count(rig: Rig, device: str) -> int:
    return len(rig.store.readings(device, None, *EVER))


@pytest.mark.parametrize("version", ["3.1.1", "5"])
def test_reading_gets_from_the_broker_into_the_store(mosquitto: Mosquitto, tmp_path: Path, version: Version) -> None:
    rig = make_rig(tmp_path / "data", IngestConfig(mosquitto.url, (f"{tmp_path.name}/#",), version))
    try:
        rig.ingest.start()
        until(lambda: connected(rig))
        with mosquitto.client() as client:
            publish(client, f"{tmp_path.name}/a", payload("A", 1.5), b"\xff\x00 nonsense", payload("A", 2.5, 15))
        until(lambda: count(rig, "A") == 2)
        until(lambda: len(rig.records.refused()) == 1)
        assert rig.records.refused()[0].payload == b"\xff\x00 nonsense"
        assert rig.records.refused()[0].code == "decode.unknown_format"
        until(lambda: [seen.device for seen in rig.records.seen_devices()] == ["A"])
        until(lambda: rig.records.facts().get("ingest", {}).get("received") == 3)
        status = rig.ingest.status()
        assert status["problem"] == ""
        assert status["refused"] == 1
        assert "@" not in str(status["mqtt_url"])
    finally:
        rig.close()


class FullSpool:
    """The real spool, whose disk is full until a test frees it."""

    def __init__(self, rig: Rig) -> None:
        self._append = rig.spool.append
        self.full = threading.Event()
        self.tried = 0

    def append(self, deliveries: list[Delivery]) -> None:
        self.tried += 1
        if self.full.is_set():
            raise StoreUnavailableError("spool.full", "the spool has no room; free some")
        self._append(deliveries)


def test_nothing_is_acknowledged_before_it_is_durable(
    rig: Rig, mosquitto: Mosquitto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full spool: the broker keeps every message for the session, and gives it again to whoever comes as it."""
    spool = FullSpool(rig)
    monkeypatch.setattr(rig.spool, "append", spool.append)
    spool.full.set()
    rig.ingest.start()
    until(lambda: connected(rig))
    with mosquitto.client() as client:
        publish(client, f"{tmp_path.name}/a", *[payload("B", n, n) for n in range(50)])
    until(lambda: spool.tried >= 2)
    assert "spool.full" in str(rig.ingest.status()["problem"])
    assert count(rig, "B") == 0
    rig.ingest.stop(2)
    again: list[bytes] = []
    with mosquitto.client(
        "ingest", client_id=rig.spool.client_id, clean=False, on_message=lambda _topic, body: again.append(body)
    ):
        until(lambda: len(again) == 50, what="redelivery of what was never acknowledged")


def test_full_spool_pauses_and_goes_on(
    rig: Rig, mosquitto: Mosquitto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = FullSpool(rig)
    monkeypatch.setattr(rig.spool, "append", spool.append)
    spool.full.set()
    rig.ingest.start()
    until(lambda: connected(rig))
    with mosquitto.client() as client:
        publish(client, f"{tmp_path.name}/a", *[payload("C", n, n) for n in range(50)])
        until(lambda: spool.tried >= 2)
        spool.full.clear()
        until(lambda: count(rig, "C") == 50)
        assert rig.ingest.status()["problem"] == ""


def test_one_that_can_not_be_written_does_not_hold_up_the_others(
    rig: Rig, mosquitto: Mosquitto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = rig.spool.append

    def poisoned(deliveries: list[Delivery]) -> None:
        if any(reading.device == "POISON" for delivery in deliveries for reading in delivery.readings):
            raise ValueError("a mistake nobody thought of")
        append(deliveries)

    monkeypatch.setattr(rig.spool, "append", poisoned)
    rig.ingest.start()
    until(lambda: connected(rig))
    with mosquitto.client() as client:
        bodies = [payload("P", n, n) for n in range(20)]
        publish(client, f"{tmp_path.name}/a", *bodies[:10], payload("POISON", 1), *bodies[10:])
    until(lambda: count(rig, "P") == 20)
    until(lambda: [refused.code for refused in rig.records.refused()] == ["ingest.unwritable"])
    assert rig.ingest.status()["problem"] == ""


def test_reconnects_when_the_broker_was_gone(rig: Rig, mosquitto: Mosquitto, tmp_path: Path) -> None:
    rig.ingest.start()
    until(lambda: connected(rig))
    mosquitto.stop()
    until(lambda: rig.ingest.status()["mqtt"] != "connected")
    until(lambda: "mqtt." in str(rig.ingest.status()["problem"]))
    mosquitto.start()
    until(lambda: connected(rig))
    with mosquitto.client() as client:
        publish(client, f"{tmp_path.name}/a", payload("D", 1.0))
    until(lambda: count(rig, "D") == 1)
    assert rig.ingest.status()["problem"] == ""


def test_what_came_while_it_was_away_is_read_after(rig: Rig, mosquitto: Mosquitto, tmp_path: Path) -> None:
    rig.ingest.start()
    until(lambda: connected(rig))
    rig.ingest.stop(5)
    with mosquitto.client() as client:
        publish(client, f"{tmp_path.name}/a", *[payload("E", n, n) for n in range(200)])
    rig.ingest = make_rig_again(rig, mosquitto, tmp_path)
    rig.ingest.start()
    until(lambda: count(rig, "E") == 200)


def make_rig_again(rig: Rig, mosquitto: Mosquitto, tmp_path: Path) -> object:
    from ingest.service import Ingest

    config = IngestConfig(mosquitto.url, (f"{tmp_path.name}/#",))
    return Ingest(config, rig.spool, rig.records, MachineClock())


def test_wrong_password_is_said(mosquitto: Mosquitto, tmp_path: Path) -> None:
    url = mosquitto.url.replace(mosquitto.passwords["ingest"], "wrong")
    rig = make_rig(tmp_path / "data", IngestConfig(url, (f"{tmp_path.name}/#",)))
    try:
        rig.ingest.start()
        until(lambda: "mqtt.refused" in str(rig.ingest.status()["problem"]))
        assert "wrong" not in str(rig.ingest.status())
    finally:
        rig.close()


def test_two_instances_share_the_messages(mosquitto: Mosquitto, tmp_path: Path) -> None:
    topic = tmp_path.name
    config = IngestConfig(mosquitto.url, (f"{topic}/#",), share_group=f"g-{topic}")
    rigs = [make_rig(tmp_path / "data", config, name=name) for name in ("one", "two")]
    try:
        for rig in rigs:
            rig.ingest.start()
            until(lambda rig=rig: connected(rig))
        with mosquitto.client() as client:
            publish(client, f"{topic}/a", *[payload("F", n, n) for n in range(400)])
        until(lambda: count(rigs[0], "F") == 400)
        shares = [rig.ingest.status()["received"] for rig in rigs]
        assert sum(shares) == 400
        assert min(shares) > 100
    finally:
        for rig in rigs:
            rig.close()


def test_retained_without_a_time_is_no_reading(rig: Rig, mosquitto: Mosquitto, tmp_path: Path) -> None:
    topic = tmp_path.name
    with mosquitto.client() as client:
        publish(client, f"{topic}/R1/volume_m3", b"12.5", retain=True)
        publish(client, f"{topic}/R2", payload("R2", 7.5), retain=True)
        rig.ingest.start()
        until(lambda: count(rig, "R2") == 1)
        until(lambda: rig.records.facts().get("retained", {}).get("R1") == {"volume_m3": 12.5})
        assert count(rig, "R1") == 0
        publish(client, f"{topic}/R1/volume_m3", b"12.6")
        until(lambda: count(rig, "R1") == 1)
        for name in ("R1/volume_m3", "R2"):
            publish(client, f"{topic}/{name}", b"", retain=True)


def test_bare_numbers_within_one_millisecond_stay_apart(rig: Rig, mosquitto: Mosquitto, tmp_path: Path) -> None:
    rig.ingest.start()
    until(lambda: connected(rig))
    with mosquitto.client() as client:
        publish(client, f"{tmp_path.name}/N/volume_m3", *[str(n).encode() for n in range(1, 501)])
    until(lambda: count(rig, "N") == 500)
    assert [reading.value for reading in rig.store.readings("N", "volume_m3", *EVER)] == list(range(1, 501))


def test_a_leak_and_its_end_are_kept_and_no_leak_is_not(rig: Rig, mosquitto: Mosquitto, tmp_path: Path) -> None:
    def telegram(status: str, minute: int) -> bytes:
        time = (NOW() - timedelta(hours=1) + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%SZ")
        fields = {"_": "telegram", "media": "water", "id": "11112222", "total_m3": 5 + minute, "status": status}
        return json.dumps({**fields, "timestamp": time}).encode()

    rig.ingest.start()
    until(lambda: connected(rig))
    with mosquitto.client() as client:
        said = ["OK", "LEAKAGE", "LEAKAGE", "OK", "OK"]
        publish(client, f"{tmp_path.name}/w", *[telegram(word, minute) for minute, word in enumerate(said)])
    until(lambda: count(rig, "11112222") == 5)
    until(lambda: len(rig.records.notices("11112222", *EVER)) == 3)
    notices = rig.records.notices("11112222", *EVER)
    assert [(notice.notice, notice.active) for notice in notices] == [
        (NoticeKind.LEAK, True),
        (NoticeKind.LEAK, True),
        (NoticeKind.LEAK, False),
    ]


def test_a_changed_region_changes_the_rules(rig: Rig, mosquitto: Mosquitto, tmp_path: Path) -> None:
    topic = f"{tmp_path.name}/stanice/7/ai1"
    rig.ingest.start()
    until(lambda: connected(rig))
    with mosquitto.client() as client:
        publish(client, topic, b"3.2")
        until(lambda: [r.code for r in rig.records.refused()] == ["decode.no_quantity"])
        rule = Source(f"{tmp_path.name}/stanice/+/ai1", device="VDJ-{3}", quantity="level_m", unit="m")
        region = Region("Kraj", ("cs",), "Europe/Prague", False, "CZK", sources=(rule,))
        rig.records.save_region(region, "test", "a new logger", NOW())

        def read_by_the_rule() -> bool:
            publish(client, topic, b"3.4")
            return count(rig, "VDJ-7") > 0

        until(read_by_the_rule)


def test_readings_wait_while_influxd_is_away(influxd: Influxd, mosquitto: Mosquitto, tmp_path: Path) -> None:
    config = IngestConfig(mosquitto.url, (f"{tmp_path.name}/#",))
    rig = make_rig(tmp_path / "data", config, influxd.new_bucket())
    try:
        rig.ingest.start()
        until(lambda: connected(rig))
        influxd.stop()
        with mosquitto.client() as client:
            publish(client, f"{tmp_path.name}/a", *[payload("I", n, n) for n in range(300)])
        until(lambda: rig.ingest.status()["waiting"] == 300)
        until(lambda: "store." in str(rig.ingest.status()["problem"]))
        until(lambda: rig.records.facts()["ingest"]["waiting"] == 300)
        influxd.start()
        until(lambda: rig.ingest.status()["waiting"] == 0, 30)
        assert count(rig, "I") == 300
        until(lambda: rig.ingest.status()["problem"] == "")
    finally:
        rig.close()
