"""Who shares a subscription and has fallen silent is told, until the broker has forgotten its session."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from ingest.members import Member, Members
from storage.migrate import upgrade
from storage.records import SqlRecords

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


class SetClock:
    """A clock that a test sets."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment
        self.speed = 1.0

    def now(self) -> datetime:
        return self.moment


def test_a_silent_instance_of_the_group_is_told_and_forgotten_with_its_session(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'records.db'}"
    upgrade(url)
    clock = SetClock(NOON)
    records = SqlRecords(url, clock)
    one, two, other = (
        Members(records, clock, client_id, group) for client_id, group in (("one", "g"), ("two", "g"), ("three", "h"))
    )
    for member in (one, two, other):
        member.tell()
    assert one.away() == []
    clock.moment = NOON + timedelta(minutes=1)
    one.tell()
    assert one.away() == [Member("two", NOON)]
    two.tell()
    assert one.away() == []
    clock.moment = NOON + timedelta(days=15)
    one.tell()
    assert one.away() == []
    records.close()


def test_who_shares_with_nobody_tells_and_misses_nobody(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'records.db'}"
    upgrade(url)
    records = SqlRecords(url, SetClock(NOON))
    alone = Members(records, SetClock(NOON), "one", "")
    alone.tell()
    assert records.facts() == {}
    assert alone.away() == []
    records.close()
