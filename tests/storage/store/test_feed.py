"""The feed by itself, on both databases of the records."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from models.reading import to_ms
from models.store import Change, Revision
from storage.engine import open_engine
from storage.feed import Feed, read_cursor, write_cursor
from storage.migrate import upgrade
from storage.revisions import between
from tests.storage.store.place import TestClock
from tests.storage.store.rows import HOSTILE, NOON, at


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    url = (
        f"sqlite:///{tmp_path / 'records.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    )
    upgrade(url)
    engine = open_engine(url)
    yield engine
    engine.dispose()


def span(first: float, last: float) -> tuple[int, int]:
    return to_ms(at(first)), to_ms(at(last))


def all_changes(feed: Feed, cursor: str = "") -> list[Change]:
    result: list[Change] = []
    while (news := feed.changes(cursor, 100)).ranges:
        result += news.ranges
        cursor = news.cursor
    return result


def test_processes_of_one_name_number_without_gaps(engine: Engine) -> None:
    feeds = [Feed(engine, "same", TestClock()) for _ in range(4)]

    def write(feed: Feed, place: int) -> None:
        for number in range(25):
            feed.publish({(f"d{place}", str(number)): span(number, number), (f"e{place}", ""): span(0, 1)})

    threads = [threading.Thread(target=write, args=(feed, place)) for place, feed in enumerate(feeds)]
    for thread in threads:
        thread.start()
    seen: list[Change] = []
    cursor = ""
    while len(seen) < 200 and (any(thread.is_alive() for thread in threads) or feeds[0].head() != cursor):
        news = feeds[0].changes(cursor, 13)
        seen += news.ranges
        cursor = news.cursor
    # Read while it was written: every row came once, in order.
    assert [change.seq for change in seen] == list(range(1, 201))


def test_revisions_are_kept_once(engine: Engine) -> None:
    feed = Feed(engine, "w", TestClock())
    rows = [Revision("d\x00", name, NOON, at(1), value, name) for name in HOSTILE for value in (1.0, None)]
    assert feed.publish({}, rows) == [True] * len(rows)
    assert feed.publish({}, [*rows, rows[0]._replace(value=2.0)]) == [False] * len(rows) + [True]
    assert len(between(engine, "d\x00", HOSTILE[0], NOON, at(1))) == 3


def test_joined_feed_misses_nothing(engine: Engine) -> None:
    clock = TestClock()
    one, other = Feed(engine, "one", clock), Feed(engine, "other", clock)
    cursors = [""]
    for number in range(10):
        (one if number % 2 else other).publish({("a", "q"): span(number, number + 1), (f"d{number}", "q"): span(0, 0)})
        cursors.append(one.head())
        clock.advance(days=1)
    before = [{(c.device, c.writer) for c in all_changes(one, cursor)} for cursor in cursors]
    assert one.join(NOON + timedelta(days=8)) == 6
    after = [all_changes(one, cursor) for cursor in cursors]
    assert [{(c.device, c.writer) for c in rows} for rows in after] == before
    spans = {(c.device, c.writer): (c.first, c.last) for c in after[0] if c.device == "a" and c.seq < 9}
    assert spans == {("a", "one"): (at(1), at(8)), ("a", "other"): (at(0), at(7))}
    assert one.join(NOON + timedelta(days=8)) == 0


def test_cursor_is_one_line_of_ascii() -> None:
    seen = {name: place for place, name in enumerate(HOSTILE)}
    cursor = write_cursor(seen)
    assert cursor.isascii()
    assert "\n" not in cursor
    assert read_cursor(cursor) == seen
