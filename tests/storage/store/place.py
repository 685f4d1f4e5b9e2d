"""Where stores of one kind lie in a test. Light to import: tests start processes that need only this."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from models.store import Store

if TYPE_CHECKING:
    from storage.records import SqlRecords


class Where(Protocol):
    """A bucket of InfluxDB."""

    @property
    def url(self) -> str: ...
    @property
    def token(self) -> str: ...
    @property
    def org(self) -> str: ...
    @property
    def name(self) -> str: ...


@dataclass
class TestClock:
    """Domain time that stands still until a test moves it."""

    __test__ = False

    moment: datetime = datetime(2026, 11, 24, 12, tzinfo=UTC)
    speed: float = 1.0

    def now(self) -> datetime:
        return self.moment

    def advance(self, **span: float) -> None:
        self.moment += timedelta(**span)


@dataclass
class Place:
    """Where stores of one kind lie; it opens any number of them, like services of one deployment."""

    folder: Path
    url: str
    clock: TestClock
    bucket: Where | None
    _opened: list[Callable[[], None]] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return "influx" if self.bucket else "sqlite"

    def records(self) -> SqlRecords:
        from storage.records import SqlRecords

        records = SqlRecords(self.url, self.clock)
        self._opened.append(records.close)
        return records

    def store(self, writer: str = "ingest", timeout_s: float = 10.0) -> Store:
        engine = self.records().engine
        if self.bucket is None:
            from storage.sqlite import SqliteStore

            store: Store = SqliteStore(self.folder / "readings.db", engine, writer, self.clock)
        else:
            from storage.influx import InfluxStore

            where = (self.bucket.url, self.bucket.token, self.bucket.org, self.bucket.name)
            store = InfluxStore(*where, engine, writer, self.clock, timeout_s)
        self._opened.append(store.close)
        return store

    def close(self) -> None:
        for close in reversed(self._opened):
            close()
        self._opened.clear()
