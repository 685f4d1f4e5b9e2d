"""Local times of tables to UTC: the hour that autumn has twice, and the one that spring leaves out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ingest.decoders.time import time_zone
from ingest.tables.time_cells import NO_ZONE
from models.reading import EPOCH, to_ms

_QUARTER_MS = 900_000
_MINUTE_MS = 60_000

Times = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


class Moments(NamedTuple):
    """Local times as UTC.

    first_ms, second_ms : the moment, and the later one in the hour that autumn has twice (elsewhere the same)
    twice : in that hour; missing : in the hour that spring leaves out, where neither is right
    """

    first_ms: Times
    second_ms: Times
    twice: Mask
    missing: Mask


class LocalTime:
    """A time zone's wall clock; what it found out of a quarter of an hour is kept.

    name : IANA name or fixed offset. Raises VodaError (time.zone_unknown).
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._zone: tzinfo = time_zone(name)
        self._offsets: dict[int, tuple[int, int, bool]] = {}

    def moments(self, local_ms: Times, offset_min: npt.NDArray[np.int16]) -> Moments:
        """Wall clock times as UTC; where a cell names its own offset that counts."""
        quarters, back = np.unique(local_ms // _QUARTER_MS, return_inverse=True)
        found = [self._of(quarter) for quarter in quarters.tolist()]
        early = np.array([item[0] for item in found], dtype=np.int64)[back] if found else local_ms
        late = np.array([item[1] for item in found], dtype=np.int64)[back] if found else local_ms
        missing = np.array([item[2] for item in found], dtype=np.bool_)[back] if found else np.zeros(0, np.bool_)
        own = offset_min != NO_ZONE
        shift = offset_min.astype(np.int64) * _MINUTE_MS
        first = np.where(own, local_ms - shift, local_ms - early)
        second = np.where(own, local_ms - shift, local_ms - late)
        return Moments(first, second, ~own & (early != late) & ~missing, missing & ~own)

    def _of(self, quarter: int) -> tuple[int, int, bool]:
        """Offset of the first and of the second moment [ms], and whether there is none."""
        known = self._offsets.get(quarter)
        if known is None:
            local = EPOCH.replace(tzinfo=None) + timedelta(milliseconds=quarter * _QUARTER_MS)
            early, late = (self._utc(local, fold) for fold in (0, 1))
            local_ms = quarter * _QUARTER_MS
            known = (local_ms - early, local_ms - late, early > late)
            self._offsets[quarter] = known
        return known

    def _utc(self, local: datetime, fold: int) -> int:
        return to_ms(local.replace(tzinfo=self._zone, fold=fold).astimezone(UTC))


class Doubled(NamedTuple):
    """A row in the hour that autumn has twice: its line, whose it is, and its wall clock [ms]."""

    line: int
    series: str
    local_ms: int


def folds(rows: Sequence[Doubled], newest_first: bool) -> dict[int, int]:
    """Line → 0 or 1: which of its two moments a row of the doubled hour is.

    Told only where a series runs through the hour twice: its clock falls back once. Else it is left open.

    >>> rows = [Doubled(line, "", 60_000 * minute) for line, minute in enumerate([0, 30, 0, 30])]
    >>> folds(rows, False), folds(rows[:2], False)
    ({0: 0, 1: 0, 2: 1, 3: 1}, {})
    """
    found: dict[int, int] = {}
    hours: dict[tuple[str, int], list[Doubled]] = {}
    for row in rows:
        hours.setdefault((row.series, row.local_ms // (24 * 3_600_000)), []).append(row)
    for hour in hours.values():
        ordered = hour[::-1] if newest_first else hour
        falls = [place for place in range(1, len(ordered)) if ordered[place].local_ms <= ordered[place - 1].local_ms]
        if len(falls) != 1:
            continue
        for place, row in enumerate(ordered):
            found[row.line] = int(place >= falls[0])
    return found
