"""Readings, rollups and the change feed. Adapters live in storage/, wiring hands them out.

Every method may raise StoreUnavailableError (try again later); writers may raise StoreRejectedError.
All times are aware UTC to the millisecond; spans are [start, end).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from models.reading import Reading, Series
from models.rollup import Level, Period, Rollup, RollupSeries


class Change(NamedTuple):
    """One row of the change feed: readings of a device and quantity arrived in [first, last]."""

    writer: str
    seq: int
    device: str
    quantity: str
    first: datetime
    last: datetime
    known_at: datetime


class Changes(NamedTuple):
    """Ranges that arrived since a cursor, and the cursor to ask with next time."""

    ranges: list[Change]
    cursor: str


class Revision(NamedTuple):
    """A later, different value for a key that already had one."""

    device: str
    quantity: str
    time: datetime
    known_at: datetime
    value: float | None
    source: str


class Written(NamedTuple):
    """What a write did: rows new to the store, rows already there with the same value, rows kept as revisions."""

    new: int
    same: int
    revised: int


class Store(Protocol):
    """Readings, rollups and the change feed: one protocol, one contract suite, two adapters."""

    def write(self, readings: Sequence[Reading]) -> Written:
        """Write readings of any order, idempotently, then their feed rows; all or an error.

        Same key and value: nothing. Same key, other value: the first stays, the other becomes a revision.
        """

    def write_series(self, series: Iterable[Series]) -> Written:
        """Bulk write of history, the same rules; the feed gets one range a series."""

    def readings(self, device: str, quantity: str | None, start: datetime, end: datetime) -> list[Reading]:
        """Current readings in order of time (revisions resolved by the stated rule); None: every quantity."""

    def series(self, keys: Sequence[tuple[str, str]], start: datetime, end: datetime) -> list[Series]:
        """The same as columns: one Series a (device, quantity) key, in the keys' order, empty ones included."""

    def before(self, device: str, quantity: str, moment: datetime) -> Reading | None:
        """The last reading before a moment."""

    def after(self, device: str, quantity: str, moment: datetime) -> Reading | None:
        """The first reading at or after a moment."""

    def last(self, keys: Sequence[tuple[str, str]] | None = None) -> dict[tuple[str, str], Reading]:
        """The newest reading of each key (None: of all), absent where there is none."""

    def revisions(self, device: str, quantity: str, start: datetime, end: datetime) -> list[Revision]:
        """Other values that came for keys in a span, in order of (time, known_at)."""

    def readings_total(self) -> int:
        """Readings in the store, history included; may be counted incrementally, never estimated."""

    def changes(self, cursor: str, limit: int = 10_000) -> Changes:
        """Feed rows after a cursor ("" = from the beginning), oldest first per writer."""

    def head(self) -> str:
        """The cursor after everything that is there now."""

    def write_rollups(self, rollups: Iterable[Rollup]) -> None:
        """Write rollups, replacing those of the same key."""

    def write_rollup_series(self, series: Iterable[RollupSeries]) -> None:
        """The same from columns, some times quicker: a region's year is millions of rollups."""

    def rollups(
        self,
        level: Level,
        subjects: Sequence[str] | None,
        period: Period,
        quantity: str,
        start: datetime,
        end: datetime,
    ) -> dict[str, list[Rollup]]:
        """Rollups by subject in order of time; None: every subject of the level."""

    def healthy(self) -> str:
        """Empty if the store can do its work within two seconds, else one line that says what is wrong."""

    def close(self) -> None:
        """Flush and let go of files and connections."""
