"""Readings and rollups in one SQLite file: the store of a single machine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, select

from models.clock import Clock
from models.errors import VodaError
from models.reading import Reading, Series, to_ms
from models.rollup import Level, Period, Rollup, RollupSeries
from models.store import Changes, Revision, Written
from storage import engine as records
from storage import revisions
from storage.feed import Feed
from storage.sqlite.append_log import AppendLog
from storage.sqlite.bulk import Bulk
from storage.sqlite.database import Database
from storage.sqlite.names import Names
from storage.sqlite.queries import Queries
from storage.sqlite.rollups import Rollups
from storage.sqlite.tables import SCHEMA, UPGRADES, VERSION

WRITE_READINGS = 20_000
"""Readings that `write` commits at once."""


class SqliteStore:
    """models.store.Store in a file. Any number of processes and threads may use one file.

    path : the file, made where it is missing
    records_engine : the SQL records, where the feed and the revisions lie
    writer : this process's name in the feed
    """

    def __init__(self, path: Path, records_engine: Engine, writer: str, clock: Clock) -> None:
        self._engine = records_engine
        self._clock = clock
        self.feed = Feed(records_engine, writer, clock)
        self._database = Database(path, SCHEMA, VERSION, UPGRADES)
        self._names = Names(self._database)
        self._queries = Queries(self._database, self._names)
        self._rollups = Rollups(self._database)
        self._bulk = Bulk(self._database, self._names, self.feed)
        self.log = AppendLog(self._database, self._names, self.feed, clock)

    def write(self, readings: Sequence[Reading]) -> Written:
        """Write readings of any order, idempotently, and tell the feed."""
        new = same = revised = 0
        for begin in range(0, len(readings), WRITE_READINGS):
            part = readings[begin : begin + WRITE_READINGS]
            with self.log.alone():
                while self.log.drain_step():
                    pass
                _, last = self.log.append(part)
                first = last - len(part)
                while step := self.log.drain_step():
                    same += sum(first < log_id <= last for log_id in step.same)
                    revised += sum(first < log_id <= last for log_id in step.revised)
                self.log.compact()
        new = len(readings) - same - revised
        return Written(new, same, revised)

    def write_series(self, series: Iterable[Series]) -> Written:
        """Write history in key order; the feed gets one range a series after each million rows and at the end."""
        written = Written(0, 0, 0)
        for done in self._bulk.write(series, to_ms(self._clock.now())):
            with self.log.alone():
                while self.log.drain_step():
                    pass
            written = Written(*(a + b for a, b in zip(written, done, strict=True)))
        return written

    def readings(self, device: str, quantity: str | None, start: datetime, end: datetime) -> list[Reading]:
        """Readings in [start, end) in order of time."""
        return self._queries.readings(device, quantity, to_ms(start), to_ms(end))

    def series(self, keys: Sequence[tuple[str, str]], start: datetime, end: datetime) -> list[Series]:
        """The same as columns."""
        return self._queries.series(keys, to_ms(start), to_ms(end))

    def before(self, device: str, quantity: str, moment: datetime) -> Reading | None:
        """The last reading before a moment."""
        return self._queries.beside(device, quantity, to_ms(moment), "before")

    def after(self, device: str, quantity: str, moment: datetime) -> Reading | None:
        """The first reading at or after a moment."""
        return self._queries.beside(device, quantity, to_ms(moment), "after")

    def last(self, keys: Sequence[tuple[str, str]] | None = None) -> dict[tuple[str, str], Reading]:
        """The newest reading of each key."""
        return self._queries.last(keys)

    def revisions(self, device: str, quantity: str, start: datetime, end: datetime) -> list[Revision]:
        """Other values that came for keys in [start, end)."""
        return revisions.between(self._engine, device, quantity, start, end)

    def readings_total(self) -> int:
        """Readings that the feed has told of."""
        with self._database.reading() as connection:
            return int(connection.execute("SELECT value FROM mark WHERE name = 'total'").fetchone()[0])

    def changes(self, cursor: str, limit: int = 10_000) -> Changes:
        """Feed rows after a cursor."""
        return self.feed.changes(cursor, limit)

    def head(self) -> str:
        """The cursor after everything that is there now."""
        return self.feed.head()

    def write_rollups(self, rollups: Iterable[Rollup]) -> None:
        """Write rollups, replacing those of the same key."""
        self._rollups.write(rollups)

    def write_rollup_series(self, series: Iterable[RollupSeries]) -> None:
        """The same from columns."""
        self._rollups.write_series(series)

    def rollups(
        self,
        level: Level,
        subjects: Sequence[str] | None,
        period: Period,
        quantity: str,
        start: datetime,
        end: datetime,
    ) -> dict[str, list[Rollup]]:
        """Rollups in [start, end) by subject."""
        return self._rollups.read(level, subjects, period, quantity, start, end)

    def healthy(self) -> str:
        """Empty if both databases answer."""
        try:
            with self._database.reading() as connection:
                connection.execute("SELECT value FROM mark").fetchone()
            with records.reading(self._engine) as connection:
                connection.execute(select(1))
        except VodaError as error:
            return str(error)
        return ""

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()
