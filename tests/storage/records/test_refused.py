"""Refused payloads: kept up to a size, the oldest dropped and counted."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.records import Outcome, Refused
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


def _tried(number: int, tried_with: str, payload: bytes = b"x") -> Refused:
    return _refused(number, payload)._replace(tried_with=tried_with)


def test_what_others_refused_is_given_oldest_first_and_within_bytes(records: SqlRecords) -> None:
    kept = [_tried(1, "a"), _tried(2, "now"), _tried(3, "z", b"y" * 500), _tried(4, ""), _tried(5, "a")]
    records.add_refused(kept, 10 * KILOBYTE)
    assert [item.topic for item in records.refused_otherwise("now", 10, KILOBYTE)] == ["t1", "t3", "t5"]
    assert [item.topic for item in records.refused_otherwise("now", 1, KILOBYTE)] == ["t1"]
    assert [item.topic for item in records.refused_otherwise("now", 10, 300)] == ["t1", "t5"]
    # One that is larger than the room is given alone: it must not stop the others for ever.
    assert [item.topic for item in records.refused_otherwise("a", 10, 1)] == ["t2"]


def test_the_understood_stays_with_what_came_out_and_is_no_longer_refused(records: SqlRecords) -> None:
    records.add_refused([_tried(1, "old", b"{}"), _tried(2, "old"), _tried(3, "old")], KILOBYTE)
    first, second, third = records.refused_otherwise("new", 9, KILOBYTE)
    outcome = Outcome(first.id, dialect="mbus", readings=3, notices=1, devices=(*HOSTILE,))
    still = Outcome(second.id, "decode.key_missing", "no key")
    records.decoded_again([outcome, still], "new", "ingest-1", "keys,rules", NOON)
    assert [item.id for item in records.refused()] == [third.id, second.id]
    assert records.refused_counts() == (2, 0)
    assert (records.refused()[1].code, records.refused()[1].reason) == ("decode.key_missing", "no key")
    [known] = records.understood_later()
    assert (known.at, known.who, known.why) == (NOON, "ingest-1", "keys,rules")
    assert known.refused == first._replace(tried_with="")
    assert (known.outcome.dialect, known.outcome.readings, known.outcome.notices) == ("mbus", 3, 1)
    assert len(known.outcome.devices) == len(HOSTILE)
    assert [item.id for item in records.refused_otherwise("new", 9, KILOBYTE)] == [third.id]
    # A second instance that had it in hand changes nothing of it.
    records.decoded_again([outcome._replace(readings=9), Outcome(first.id, "late", "late")], "z", "two", "", NOON)
    assert records.understood_later() == [known]


def test_of_two_the_understood_makes_room_first_and_is_not_counted_as_dropped(records: SqlRecords) -> None:
    records.add_refused([_tried(n, "old", b"x" * 300) for n in range(1, 3)], KILOBYTE)
    newest = records.refused()[0]
    records.decoded_again([Outcome(newest.id, dialect="json", readings=1)], "new", "i", "rules", NOON)
    records.add_refused([_tried(3, "new", b"y" * 300)], KILOBYTE)
    assert [item.topic for item in records.refused()] == ["t3", "t1"]
    assert records.understood_later() == []
    assert records.refused_counts() == (2, 0)


def test_refused_of_a_topic_filter(records: SqlRecords) -> None:
    topics = ["a/1/x", "a/2/x", "a/%/x", "a_1/x", "a", "$a/1/x"]
    records.add_refused([_refused(0, topic=topic) for topic in topics], KILOBYTE)

    def found(topic_filter: str, limit: int = 9) -> list[str]:
        return [item.topic for item in records.refused(limit, topic_filter)]

    assert found("a/+/x") == ["a/%/x", "a/2/x", "a/1/x"]
    assert found("a/+/x", 2) == ["a/%/x", "a/2/x"]
    assert found("a/%/x") == ["a/%/x"]
    assert found("a/#") == ["a", "a/%/x", "a/2/x", "a/1/x"]
    assert found("+/#") == ["a", "a_1/x", "a/%/x", "a/2/x", "a/1/x"]
