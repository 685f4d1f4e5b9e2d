"""Refused payloads decoded again: when, with which time, what becomes of them, and nothing twice whoever is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest import knowledge as knowledge_module
from ingest.knowledge import changed_parts, decoders_edition, knowledge
from ingest.mqtt import Arrival
from ingest.service import IngestConfig
from ingest.understanding import Understanding
from models.registry import Region, Source
from tests.golden import cases
from tests.ingest.rig import MachineClock, Rig, make_rig, until
from tests.servers.broker import Mosquitto
from tests.servers.programs import ROOT

NO_BROKER = IngestConfig("mqtt://127.0.0.1:9", timezone="UTC")
EVER = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
BEGAN = MachineClock().now().replace(microsecond=0) - timedelta(hours=5)
REGION = Region("Kraj", ("cs",), "UTC", False, "CZK")
RULE = Source("x/+", mapping=(("stav", "volume_m3 l"),), device="D{2}")
KEY = "00112233445566778899aabbccddeeff"


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = make_rig(tmp_path / "data", NO_BROKER)
    yield made
    made.close()


def arrive(rig: Rig, *messages: tuple[str, bytes], retained: bool = False) -> None:
    """Messages as ingest with other knowledge took them, some time ago, a minute apart."""
    earlier = Understanding(knowledge(timezone="UTC"), (), "session")
    rig.spool.append(
        [
            earlier.delivery(
                Arrival(topic, payload, 0, False, retained, 1), BEGAN + timedelta(minutes=minute), False
            ).delivery
            for minute, (topic, payload) in enumerate(messages)
        ]
    )
    while rig.spool.drain():
        pass


def teach(rig: Rig, *rules: Source) -> None:
    rig.records.save_region(replace(REGION, sources=rules), "Jana", "new logger", BEGAN)


def values(rig: Rig, device: str) -> list[tuple[datetime, float | None]]:
    return [(one.time, one.value) for one in rig.store.readings(device, None, *EVER)]


def test_a_rule_lets_refused_payloads_in_with_their_first_time_of_receipt(rig: Rig) -> None:
    known_later = [(f"x/{minute % 2}", json.dumps({"stav": 1000 + minute}).encode()) for minute in range(250)]
    arrive(rig, *known_later, ("y/1", b'{"stav": 7}'))
    assert rig.records.refused_counts() == (251, 0)
    rig.ingest.start()
    teach(rig, RULE)
    until(lambda: rig.records.refused_counts() == (1, 0))
    until(lambda: rig.store.readings_total() == 250)
    assert values(rig, "D1") == [
        (BEGAN + timedelta(minutes=minute), (1000 + minute) / 1000) for minute in range(1, 250, 2)
    ]
    # As all readings: the feed tells of them, and whoever looks for new devices finds them.
    assert {change.device for change in rig.store.changes("").ranges} == {"D0", "D1"}
    until(lambda: {seen.device for seen in rig.records.seen_devices()} == {"D0", "D1"})
    seen = {seen.device: (seen.first_seen, seen.topic) for seen in rig.records.seen_devices()}
    assert seen["D0"] == (BEGAN, "x/0")
    known = rig.records.understood_later(999)
    assert len(known) == 250
    assert {(one.who, one.why, one.outcome.dialect, one.outcome.readings) for one in known} == {
        (rig.spool.client_id, "rules", "json", 1)
    }
    assert known[0].outcome.devices == ("D1",)
    assert known[0].refused.payload
    until(lambda: rig.ingest.status()["understood_later"] == 250)
    # The one that is refused still was tried, and is not tried again.
    assert rig.records.refused()[0].topic == "y/1"
    assert rig.records.refused_otherwise(rig.records.refused()[0].tried_with, 9, 999) == []


def test_what_is_refused_still_says_why_it_is_now(rig: Rig) -> None:
    arrive(rig, ("x/1", b'{"stav": 7}'))
    assert rig.records.refused()[0].code == "decode.no_unit"
    rig.ingest.start()
    teach(rig, replace(RULE, mapping=(("stav", "volume_m3 bar"),)))
    until(lambda: rig.records.refused()[0].code == "decode.bad_mapping")
    teach(rig, replace(RULE, dialect="no such"))
    until(lambda: rig.records.refused()[0].code == "decode.unknown_dialect")
    assert rig.records.understood_later() == []


def test_an_unchanged_registry_and_any_other_change_of_it_try_nothing(rig: Rig) -> None:
    first = knowledge([RULE], "UTC", {"A": KEY}, 1)
    assert first.edition == knowledge([RULE], "UTC", {"A": KEY}, 1).edition
    assert changed_parts(first.edition, knowledge([RULE], "UTC", {}, 2).edition) == ("keys",)
    assert changed_parts(first.edition, knowledge([], "UTC", {}, 1).edition) == ("rules",)
    assert changed_parts(first.edition, knowledge([RULE], "Europe/Prague", {}, 1).edition) == ("rules",)
    assert KEY[:6] not in first.edition


def test_other_decoders_are_another_edition(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ingest/decoders", "ingest/simulator", "models"):
        (tmp_path / name).mkdir(parents=True)
    for name in knowledge_module.MODELS:
        (tmp_path / "models" / f"{name}.py").write_text("")
    monkeypatch.setattr(knowledge_module, "_ROOT", tmp_path / "ingest")

    def edition() -> str:
        decoders_edition.cache_clear()
        return decoders_edition()

    before = edition()
    (tmp_path / "ingest/simulator/faults.py").write_text("x = 1")
    assert edition() == before
    (tmp_path / "ingest/decoders/new.py").write_text("x = 1")
    assert (second := edition()) != before
    (tmp_path / "models/units.py").write_text("x = 1")
    assert edition() not in (before, second)
    decoders_edition.cache_clear()


def test_the_edition_knows_every_model_that_decoders_read_with() -> None:
    program = "import sys, ingest.decoders; print(*sorted(n[7:] for n in sys.modules if n.startswith('models.')))"
    said = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(said.split()) == {*knowledge_module.MODELS, "errors"}


def test_another_programs_decoders_try_what_was_refused_when_they_start(rig: Rig) -> None:
    arrive(rig, ("v/B/volume_m3", b"12.5 m3"), ("x/1", b"nothing to anyone"))
    with rig.records.engine.begin() as connection:  # type: ignore[attr-defined] # SqlRecords
        connection.exec_driver_sql(
            "INSERT INTO refused (topic, received_ms, code, reason, size_bytes, payload, tried_with) VALUES "
            "('v/C/volume_m3', ?, 'decode.bad_value', 'old', 99, X'372e35', '0 aaaa bbbb 0000000000')",
            (int(BEGAN.timestamp() * 1000),),
        )
    rig.ingest.start()
    until(lambda: values(rig, "C") == [(BEGAN, 7.5)])
    until(lambda: [one.why for one in rig.records.understood_later()] == ["rules,decoders"])
    assert [one.topic for one in rig.records.refused()] == ["x/1"]


def test_retained_ones_without_a_time_stay_no_readings(rig: Rig) -> None:
    with_time = b'{"stav": 8, "time": "2026-11-20T08:00:00Z"}'
    arrive(rig, ("x/1", b'{"stav": 7}'), ("x/2", with_time), retained=True)
    rig.ingest.start()
    teach(rig, RULE)
    until(lambda: len(rig.records.understood_later()) == 2)
    until(lambda: rig.store.readings_total() == 1)
    assert values(rig, "D1") == []
    assert len(values(rig, "D2")) == 1


def test_two_values_of_one_stay_refused_and_those_that_came_at_once_come_once(rig: Rig) -> None:
    both = {"device": "A", "readings": [{"volume_m3": 1}, {"volume_m3": 2}], "battery_v": 3.6}
    arrive(rig, ("x/1", json.dumps(both).encode()))
    before = rig.records.refused()[0].tried_with
    assert (rig.store.readings_total(), rig.records.refused_counts()[0]) == (1, 1)
    rig.ingest.start()
    teach(rig, RULE)
    until(lambda: rig.records.refused()[0].tried_with != before)
    assert rig.records.refused()[0].code == "decode.two_values"
    until(lambda: rig.spool.state().waiting == 0)
    assert rig.store.readings_total() == 1


def crash_in_the_middle(folder: Path) -> None:
    """An ingest that is killed when what came out is durable and nothing says so yet."""
    rig = make_rig(folder, NO_BROKER)
    rig.records.decoded_again = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[method-assign]
    rig.ingest.start()
    until(lambda: False, 30)


def test_killed_between_spool_and_record_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    rig = make_rig(folder, NO_BROKER)
    arrive(rig, *[("x/1", json.dumps({"stav": minute}).encode()) for minute in range(130)])
    teach(rig, RULE)
    rig.close()
    program = "import sys; from pathlib import Path; from tests.ingest import test_second_look as test\n"
    command = [sys.executable, "-c", f"{program}test.crash_in_the_middle(Path(sys.argv[1]))", folder]
    assert subprocess.run(command, cwd=ROOT, timeout=60).returncode == -signal.SIGKILL
    rig = make_rig(folder, NO_BROKER)
    try:
        assert rig.records.understood_later() == []
        assert rig.records.refused_counts() == (130, 0)
        rig.ingest.start()
        until(lambda: len(rig.records.understood_later()) == 130)
        until(lambda: rig.spool.state().waiting == 0)
        assert values(rig, "D1") == [(BEGAN + timedelta(minutes=m), m / 1000) for m in range(130)]
        assert rig.store.readings_total() == 130
        assert rig.store.revisions("D1", "volume_m3", *EVER) == []
    finally:
        rig.close()


def test_running_ingest_takes_rules_and_keys_without_a_restart(mosquitto: Mosquitto, tmp_path: Path) -> None:
    config = IngestConfig(mosquitto.url, (f"{tmp_path.name}/#",), timezone="UTC")
    rig = make_rig(tmp_path / "data", config)
    try:
        rig.ingest.start()
        until(lambda: rig.ingest.status()["mqtt"] == "connected")
        with mosquitto.client() as client:
            client.publish(f"{tmp_path.name}/x/7", b'{"stav": 512}', qos=1).wait_for_publish(10)
            until(lambda: rig.records.refused_counts()[0] == 1)
            received = rig.records.refused()[0].received
            teach(rig, replace(RULE, topic_filter="+/x/+", device="D{3}"))
            until(lambda: values(rig, "D7") == [(received, 0.512)])
            client.publish(f"{tmp_path.name}/x/7", b'{"stav": 513}', qos=1).wait_for_publish(10)
            until(lambda: len(values(rig, "D7")) == 2)
            # An encrypted telegram: refused for want of its key, then read with it, the later ones at once.
            (case,) = [case for case in cases() if case.name == "wmbus/waterstar-encrypted"]
            client.publish(f"{tmp_path.name}/wmbus", case.payload, qos=1).wait_for_publish(10)
            until(lambda: [one.code for one in rig.records.refused()] == ["decode.key_missing"])
            rig.key_ring.save_keys(case.circumstances["keys"], "Jana", "the maker's list", BEGAN)
            until(lambda: rig.records.refused_counts()[0] == 0)
            until(lambda: 0.106 in [value for _, value in values(rig, "20096221")])
            assert rig.records.understood_later()[0].why == "keys"
    finally:
        rig.close()
