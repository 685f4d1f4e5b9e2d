"""Readings and rollups in InfluxDB 2, the feed and the revisions in SQL.

InfluxDB replaces a point of the same tags and time. So what might be there already is looked up before a write: every
key not newer than the newest that is known for its series. Known is what the server held at the start, what this
store wrote since, and what the feed tells of other writers; two writers that hold one key within one batch's flight
are the one exception.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime

from sqlalchemy import Engine, func, select

from models.clock import Clock
from models.errors import StoreRejectedError, VodaError
from models.reading import Reading, Series, to_ms
from models.rollup import Level, Period, Rollup, RollupSeries
from models.store import Changes, Revision, Written
from storage import revisions
from storage.engine import reading as reading_records
from storage.feed import READINGS, Feed
from storage.influx.queries import Queries
from storage.influx.rollups import Rollups
from storage.influx.server import Server
from storage.influx.writer import Writer
from storage.schema import counters


class InfluxStore:
    """models.store.Store in a bucket of InfluxDB 2.

    url, token, org, bucket : where; http or https
    records_engine : the SQL records, where feed, revisions and the count lie
    writer : this process's name in the feed, no other running process's
    timeout_s : how long the server may take for a request; questions over all series may take six times as long
    """

    def __init__(
        self,
        url: str,
        token: str,
        org: str,
        bucket: str,
        records_engine: Engine,
        writer: str,
        clock: Clock,
        timeout_s: float = 10.0,
    ) -> None:
        self._engine = records_engine
        self.feed = Feed(records_engine, writer, clock)
        self._server = Server(url, token, org, bucket, timeout_s)
        self._queries = Queries(self._server)
        self._rollups = Rollups(self._server)
        self._writer = Writer(self._server, self._queries, self.feed, clock)
        self._guard = threading.Lock()

    def write(self, readings: Sequence[Reading]) -> Written:
        """Write readings of any order, idempotently, and tell the feed.

        Raises RejectedRowsError naming rows that the server will never take; all others are then written and told.
        """
        with self._guard:
            return self._writer.write(readings)

    def write_series(self, series: Iterable[Series]) -> Written:
        """Write history; the feed gets one range a series and some ten thousand rows."""
        with self._guard:
            return self._writer.write_series(series)

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
        """Readings that all writers together added; counted anew by the server after a writer was killed."""
        query = select(func.coalesce(func.sum(counters.c.value), 0)).where(counters.c.name == READINGS)
        with reading_records(self._engine) as connection:
            return int(connection.execute(query).scalar_one())

    def changes(self, cursor: str, limit: int = 10_000) -> Changes:
        """Feed rows after a cursor."""
        return self.feed.changes(cursor, limit)

    def head(self) -> str:
        """The cursor after everything that is there now."""
        return self.feed.head()

    def write_rollups(self, rollups: Iterable[Rollup]) -> None:
        """Write rollups, replacing those of the same key."""
        refused = self._rollups.write(rollups)
        if refused:
            rollup, reason = refused[0]
            what = f"{len(refused)} rollups, the first of {rollup.level} {rollup.subject!r}"
            raise StoreRejectedError("store.rejected", f"{what} at {rollup.time.isoformat()}: {reason}")

    def write_rollup_series(self, series: Iterable[RollupSeries]) -> None:
        """The same from columns."""
        self.write_rollups(row for one in series for row in one.rows())

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
        """Empty if the server and the records answer."""
        try:
            self._server.check()
            with reading_records(self._engine) as connection:
                connection.execute(select(1))
        except VodaError as error:
            return str(error)
        return ""

    def close(self) -> None:
        """Let go of connections; from here on the count is known to be whole."""
        with self._guard:
            # Where the records are away just now, the successor counts anew.
            with suppress(VodaError):
                self._writer.close()
            self._server.close()
