"""Refused payloads: kept up to a size, the oldest dropped and counted."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.records import Refused
from storage.records import SqlRecords
from storage.records.refused import ROW_BYTES
from tests.storage.records.samples import HOSTILE, NOON

KILOBYTE = 1000


def _refused(number: int, payload: bytes = b"", topic: str = "") -> Refused:
    return Refused(0, topic or f"t{number}", NOON, "decode.unknown", "no dialect knows it", payload)


def _payloads(records: SqlRecords) -> list[bytes]:
    return [item.payload for item in records.refused()]


def test_refused_payloads_come_back_newest_first(records: SqlRecords) -> None:
    records.add_refused([_refused(1, b"\x00\xff"), _refused(2, b"{}")], KILOBYTE)
    records.add_refused([_refused(3, b"third")], KILOBYTE)
    assert _payloads(records) == [b"third", b"{}", b"\x00\xff"]
    assert _payloads(records) == [item.payload for item in records.refused(limit=3)]
    [newest] = records.refused(limit=1)
    assert newest == _refused(3, b"third")._replace(id=newest.id)
    assert records.refused_counts() == (3, 0)


def test_the_oldest_are_dropped_and_counted(records: SqlRecords) -> None:
    for number in range(20):
        records.add_refused([_refused(number, bytes([number]) * 100)], KILOBYTE)
    kept, dropped = records.refused_counts()
    assert kept + dropped == 20
    assert dropped > 0
    newest = [bytes([number]) * 100 for number in range(19, 19 - kept, -1)]
    assert _payloads(records) == newest
    # As many as there is room for: one more would not have fitted.
    size = ROW_BYTES + 100 + len("t19") + len("decode.unknown") + len("no dialect knows it")
    assert kept == KILOBYTE // size


def test_a_batch_larger_than_the_room_keeps_its_newest(records: SqlRecords) -> None:
    records.add_refused([_refused(0, b"old")], KILOBYTE)
    records.add_refused([_refused(number, bytes([number]) * 300) for number in range(1, 9)], KILOBYTE)
    assert _payloads(records) == [bytes([8]) * 300, bytes([7]) * 300]
    assert records.refused_counts() == (2, 7)


def test_a_payload_larger_than_the_room_is_counted_only(records: SqlRecords) -> None:
    records.add_refused([_refused(1, b"x" * KILOBYTE)], KILOBYTE)
    assert records.refused() == []
    assert records.refused_counts() == (0, 1)


def test_a_smaller_limit_drops_what_was_kept(records: SqlRecords) -> None:
    records.add_refused([_refused(number, b"x" * 100) for number in range(5)], KILOBYTE)
    records.add_refused([_refused(9, b"new")], KILOBYTE // 5)
    assert _payloads(records) == [b"new"]
    assert records.refused_counts() == (1, 5)


def test_ids_are_never_given_twice(records: SqlRecords) -> None:
    records.add_refused([_refused(1)], KILOBYTE)
    [before] = records.refused()
    records.add_refused([_refused(2)], 0)
    records.add_refused([_refused(3)], KILOBYTE)
    [after] = records.refused()
    assert after.id > before.id


def test_hostile_topics_come_back(records: SqlRecords) -> None:
    records.add_refused([_refused(n, topic=name or "-") for n, name in enumerate(HOSTILE)], 10 * KILOBYTE)
    assert {item.topic for item in records.refused()} == {name or "-" for name in HOSTILE}


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(st.binary(max_size=400), min_size=1, max_size=6), max_size=6))
def test_never_more_is_kept_than_the_limit(records: SqlRecords, batches: list[list[bytes]]) -> None:
    kept_before, dropped_before = records.refused_counts()
    for batch in batches:
        records.add_refused([_refused(1, payload) for payload in batch], KILOBYTE)
        assert sum(len(item.payload) + ROW_BYTES for item in records.refused()) <= KILOBYTE
    kept, dropped = records.refused_counts()
    assert kept + dropped == kept_before + dropped_before + sum(map(len, batches))
