"""What sources told of their messages to come: the later word holds, and those beside hear of every change."""

from __future__ import annotations

from models.records import Remembered
from storage.records import SqlRecords


def test_the_later_word_holds_and_every_change_is_heard(records: SqlRecords) -> None:
    assert records.remembered(0) == ([], 0)
    first, second = Remembered("a", 100, b"[1]"), Remembered("b\0", 100, b"\x00\xff")
    records.remember([first, second])
    kept, version = records.remembered(0)
    assert sorted(kept) == [first, Remembered("b\ufffd", 100, b"\x00\xff")]
    records.remember([])
    records.remember([Remembered("a", 50, b"[0]")])
    assert records.remembered(version) == ([], version)
    records.remember([Remembered("a", 200, b"[2]"), Remembered("a", 201, b"")])
    news, later = records.remembered(version)
    assert news == [Remembered("a", 201, b"")]
    assert later > version
