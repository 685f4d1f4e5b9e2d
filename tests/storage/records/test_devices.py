"""Notices and seen devices."""

from __future__ import annotations

from datetime import timedelta

from models.notice import Notice, NoticeKind
from models.records import NewDevice
from storage.records import SqlRecords
from tests.storage.records.samples import DAY, HOSTILE, HOUR, NOON


def test_notices_come_back_in_order_and_a_repeat_changes_nothing(records: SqlRecords) -> None:
    late = Notice("00012345", NoticeKind.LEAK, True, NOON, "received", "wmbusmeters")
    early = Notice("00012345", NoticeKind.DRY, False, NOON - HOUR)
    other = Notice("7", NoticeKind.TAMPER, True, NOON - HOUR)
    records.add_notices([late, early, late])
    records.add_notices([other, late])
    assert records.notices(None, NOON - DAY, NOON + DAY) == [early, other, late]
    assert records.notices("00012345", NOON - DAY, NOON + DAY) == [early, late]


def test_a_span_of_notices_includes_its_start_and_not_its_end(records: SqlRecords) -> None:
    records.add_notices([Notice("7", NoticeKind.LEAK, True, NOON + i * HOUR) for i in range(3)])
    assert [n.time for n in records.notices("7", NOON, NOON + 2 * HOUR)] == [NOON, NOON + HOUR]


def test_a_repeated_notice_keeps_what_was_first_said(records: SqlRecords) -> None:
    first = Notice("7", NoticeKind.LEAK, True, NOON, "payload", "thingsboard")
    records.add_notices([first])
    records.add_notices([first._replace(time_source="received", source="import")])
    assert records.notices("7", NOON, NOON + HOUR) == [first]


def test_hostile_devices_keep_their_notices_apart(records: SqlRecords) -> None:
    notices = [Notice(name, NoticeKind.MAGNET, True, NOON, source=name) for name in HOSTILE]
    records.add_notices(notices)
    for notice in notices:
        assert records.notices(notice.device, NOON, NOON + HOUR) == [notice]


def test_text_that_no_database_holds_becomes_a_replacement_sign(records: SqlRecords) -> None:
    records.add_notices([Notice("a\x00b", NoticeKind.LEAK, True, NOON, source="\ud83d")])
    assert records.notices("a\x00b", NOON, NOON + HOUR) == [
        Notice("a\ufffdb", NoticeKind.LEAK, True, NOON, source="\ufffd")
    ]


def _seen(device: str, minutes: int, *quantities: str, topic: str = "t", dialect: str = "auto") -> NewDevice:
    moment = NOON + timedelta(minutes=minutes)
    return NewDevice(device, dialect, topic, moment, moment, quantities)


def test_a_device_is_remembered_from_its_first_to_its_last_message(records: SqlRecords) -> None:
    records.see_devices([_seen("7", 10, "volume_m3", topic="old", dialect="plain")])
    records.see_devices([_seen("7", 30, "battery_v", "volume_m3", topic="new", dialect="json"), _seen("8", 0)])
    # A late message moves the beginning, and neither topic nor dialect.
    records.see_devices([_seen("7", 5, "flow_m3h", topic="late")])
    first, last = NOON + timedelta(minutes=5), NOON + timedelta(minutes=30)
    seven = NewDevice("7", "json", "new", first, last, ("battery_v", "flow_m3h", "volume_m3"))
    assert records.seen_devices() == [seven, _seen("8", 0)]


def test_one_batch_may_name_a_device_twice(records: SqlRecords) -> None:
    records.see_devices([_seen("7", 20, "a"), _seen("7", 10, "b"), _seen("7", 15, "a")])
    [seen] = records.seen_devices()
    assert (seen.first_seen, seen.last_seen) == (NOON + timedelta(minutes=10), NOON + timedelta(minutes=20))
    assert seen.quantities == ("a", "b")


def test_devices_with_hostile_names_are_seen(records: SqlRecords) -> None:
    seen = [_seen(name, 0, name or "q", topic=name, dialect=name) for name in HOSTILE]
    records.see_devices(seen)
    assert sorted(records.seen_devices()) == sorted(seen)


def test_nothing_to_keep_is_nothing_to_do(records: SqlRecords) -> None:
    records.add_notices([])
    records.see_devices([])
    assert records.notices(None, NOON - DAY, NOON + DAY) == []
    assert records.seen_devices() == []
