"""Sparkplug births: what they say of aliases and units is remembered, bounded, kept, and ends with a new birth."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.decoders import DecodeContext, Message, decode
from ingest.decoders import memory as memory_module
from ingest.decoders.memory import Memory
from ingest.decoders.sparkplug_payload import payload_class
from models.errors import RefusedError, StoreUnavailableError
from models.records import Remembered
from storage.migrate import upgrade
from storage.records import SqlRecords
from tests.ingest.rig import MachineClock
from tests.ingest.sparkplug_bytes import Sent, message

RECEIVED = datetime(2026, 11, 24, 10, tzinfo=UTC)
BY_NUMBER = message(Sent(4.0, alias=1))
MISSING: list[tuple[str, str, float | None]] = [("decode.birth_missing", "", None)]
LEVEL, FLOW = Sent(3.42, "Level", 1, "m"), Sent(12.5, "Flow", 2, "l/s")


def heard(
    memory: Memory, kind: str, payload: bytes, minute: float = 0, device: str = "VDJ-1"
) -> list[tuple[str, str, float | None]]:
    """What comes out of a message received at a minute; the refusal's code in the device's place."""
    topic = f"spBv1.0/Voda/{kind}/GW-01" + (f"/{device}" if kind.startswith("D") else "")
    received = RECEIVED + timedelta(minutes=minute)
    try:
        decoded = decode(Message(topic, payload, received), DecodeContext(memory=memory))
    except RefusedError as error:
        return [(error.code, "", None)]
    return [(reading.device, reading.quantity, reading.value) for reading in decoded.readings]


def session(number: int) -> bytes:
    return message(Sent(number, "bdSeq"))


def test_data_by_number_is_understood_after_its_birth() -> None:
    memory = Memory()
    data = message(Sent(4.0, alias=1), Sent(10.0, alias=2))
    assert heard(memory, "DDATA", data) == MISSING
    heard(memory, "DBIRTH", message(LEVEL, FLOW), 1)
    assert heard(memory, "DDATA", data, 2) == [("VDJ-1", "level_m", 4.0), ("VDJ-1", "flow_m3h", 36.0)]
    assert heard(memory, "DDATA", message(Sent(7.2, "Flow")), 2) == [("VDJ-1", "flow_m3h", 25.92)]
    assert heard(memory, "DDATA", data, 2, "VDJ-2") == MISSING


def test_a_node_that_starts_anew_ends_what_its_devices_said() -> None:
    memory = Memory()
    heard(memory, "DBIRTH", message(LEVEL))
    assert heard(memory, "DDATA", BY_NUMBER, 1) == [("VDJ-1", "level_m", 4.0)]
    heard(memory, "NBIRTH", session(1), 2)
    assert heard(memory, "DDATA", BY_NUMBER, 3) == MISSING
    # The node's own clock was lost: what is heard last holds all the same.
    heard(memory, "DBIRTH", message(Sent(2.0, "Pressure", 1, "bar"), at_ms=0), 4)
    assert heard(memory, "DDATA", BY_NUMBER, 5) == [("VDJ-1", "pressure_m", 40.7888)]


def test_an_older_birth_that_is_looked_at_again_changes_nothing() -> None:
    memory = Memory()
    heard(memory, "NBIRTH", session(7), 5)
    heard(memory, "DBIRTH", message(LEVEL), 5)
    heard(memory, "DBIRTH", message(Sent(2.0, "Pressure", 1, "bar")), 1)
    heard(memory, "NBIRTH", session(6), 1)
    assert heard(memory, "DDATA", BY_NUMBER, 6) == [("VDJ-1", "level_m", 4.0)]


def test_data_of_an_earlier_session_are_not_read_with_a_later_birth() -> None:
    memory = Memory()
    heard(memory, "NBIRTH", session(1), 10)
    heard(memory, "DBIRTH", message(LEVEL), 10)
    # Shortly before the first birth that was heard: of its session, as far as anybody knows. Days before: who knows.
    assert heard(memory, "DDATA", BY_NUMBER, 5) == [("VDJ-1", "level_m", 4.0)]
    assert heard(memory, "DDATA", BY_NUMBER, -2 * 24 * 60) == MISSING
    # A rebirth of the same session keeps it, another connection's late death too.
    heard(memory, "NBIRTH", session(1), 20)
    heard(memory, "NDEATH", session(0), 21)
    heard(memory, "DBIRTH", message(LEVEL), 21)
    assert heard(memory, "DDATA", BY_NUMBER, 15) == [("VDJ-1", "level_m", 4.0)]
    heard(memory, "NDEATH", session(1), 30)
    assert heard(memory, "DDATA", BY_NUMBER, 31) == MISSING
    heard(memory, "NBIRTH", session(2), 40)
    heard(memory, "DBIRTH", message(LEVEL), 40)
    assert heard(memory, "DDATA", BY_NUMBER, 29) == MISSING
    assert heard(memory, "DDATA", BY_NUMBER, 31) == [("VDJ-1", "level_m", 4.0)]


def test_a_value_of_another_type_than_the_birth_told_is_not_read_by_it() -> None:
    memory = Memory()
    heard(memory, "DBIRTH", message(LEVEL))
    payload = payload_class()()
    metric = payload.metrics.add()
    metric.alias, metric.boolean_value = 1, True
    assert heard(memory, "DDATA", payload.SerializeToString()) == MISSING


def test_what_can_be_read_comes_out_beside_what_waits_for_a_birth() -> None:
    assert heard(Memory(), "DDATA", message(Sent(4.0, "Level_m"), Sent(1.0, alias=9))) == [("VDJ-1", "level_m", 4.0)]


def test_edition_tells_what_is_remembered_and_not_how_often_it_was_said() -> None:
    one, two = Memory(), Memory()
    for memory in (one, two):
        heard(memory, "DBIRTH", message(LEVEL))
    first = one.edition
    heard(one, "DBIRTH", message(LEVEL._replace(value=9.9)), 1)
    assert one.edition == two.edition == first != Memory().edition
    heard(one, "NBIRTH", session(1), 2)
    assert one.edition != first


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_module, "SOURCES_AT_MOST", 3)
    monkeypatch.setattr(memory_module, "BYTES_AT_MOST", 50)
    memory = Memory()
    for name in "abcd":
        memory.remember(name, 1, b"x" * 10)
    assert [name for name in "abcd" if memory.recall(name)] == ["b", "c", "d"]
    memory.recall("b")
    memory.remember("e", 1, b"x" * 35)
    assert [name for name in "abcde" if memory.recall(name)] == ["b", "e"]
    assert memory.edition != "0000000000"
    memory.forget("", 2)
    assert memory.edition == "0000000000"


def test_births_outlive_the_process_and_reach_the_one_beside_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'records.db'}"
    upgrade(url)
    records = SqlRecords(url, MachineClock())
    first, second = Memory(records.remember), Memory(records.remember)
    heard(first, "DBIRTH", message(LEVEL))
    kept, version = records.remembered(0)
    second.learn(kept)
    assert heard(second, "DDATA", BY_NUMBER, 2) == [("VDJ-1", "level_m", 4.0)]
    heard(second, "NBIRTH", message(Sent(2, "Pressure", 7, "bar")), 1)
    news, later = records.remembered(version)
    first.learn(news)
    assert later > version
    assert records.remembered(later) == ([], later)
    assert heard(first, "DDATA", BY_NUMBER, 2) == MISSING
    assert first.edition == second.edition
    records.close()


def test_births_that_can_not_be_kept_now_are_kept_later() -> None:
    kept: list[Remembered] = []
    down = True

    def keep(items: Sequence[Remembered]) -> None:
        if down:
            raise StoreUnavailableError("records.unavailable", "no answer")
        kept.extend(items)

    memory = Memory(keep)
    heard(memory, "DBIRTH", message(LEVEL))
    assert heard(memory, "DDATA", BY_NUMBER, 2) == [("VDJ-1", "level_m", 4.0)]
    with pytest.raises(StoreUnavailableError):
        memory.keep_rest()
    down = False
    memory.keep_rest()
    assert {one.name for one in kept} == {"sparkplug Voda/GW-01/VDJ-1", "sparkplug-session Voda/GW-01"}
    memory.keep_rest()
    assert len(kept) == 2
