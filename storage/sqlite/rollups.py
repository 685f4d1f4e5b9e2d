"""Rollups of one file: each (level, period, quantity, subject) is a series of its own, its rows in order of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain, islice, repeat

import numpy as np

from models.reading import from_ms, to_ms
from models.rollup import Level, Period, Rollup, RollupSeries
from storage.columns import storable
from storage.sqlite.append_log import number
from storage.sqlite.database import Database
from storage.sqlite.pace import Pace

SERIES_AT_ONCE = 200
Key = tuple[str, str, str, str]


class Rollups:
    """Writing and reading rollups."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._pace = Pace(database)
        self._series: dict[Key, int] = {}

    def write(self, rollups: Iterable[Rollup]) -> None:
        """Replace rollups of the same key, some thousand a transaction."""
        rest = iter(rollups)
        while several := list(islice(rest, self._pace.rows)):
            series = self._numbers({(r.level, r.period, r.quantity, r.subject) for r in several})
            rows = {
                (series[r.level, r.period, r.quantity, r.subject], to_ms(r.time)): (
                    number(r.value),
                    number(r.minimum),
                    number(r.maximum),
                    r.coverage,
                    r.estimated,
                )
                for r in several
            }
            with self._pace.transaction(len(rows)) as connection:
                connection.executemany(_REPLACE, ((*key, *values) for key, values in sorted(rows.items())))

    def write_series(self, series: Iterable[RollupSeries]) -> None:
        """Replace rollups of the same key from columns, in order of what comes."""
        rest = iter(series)
        while several := list(islice(rest, SERIES_AT_ONCE)):
            # Names of many series in one commit: each commit waits for the disk.
            numbers = self._numbers({(one.level, one.period, one.quantity, one.subject) for one in several})
            rows = chain.from_iterable(
                _columns(numbers[one.level, one.period, one.quantity, one.subject], one) for one in several
            )
            while part := list(islice(rows, self._pace.rows)):
                with self._pace.transaction(len(part)) as connection:
                    connection.executemany(_REPLACE, part)

    def read(
        self,
        level: Level,
        subjects: Sequence[str] | None,
        period: Period,
        quantity: str,
        start: datetime,
        end: datetime,
    ) -> dict[str, list[Rollup]]:
        """Rollups in [start, end) by subject in order of time; a subject asked for by name is always a key."""
        query = "SELECT subject, id FROM rollup_series WHERE level = ? AND period = ? AND quantity = ?"
        result: dict[str, list[Rollup]] = {}
        moments: dict[int, datetime] = {}
        with self._database.reading() as connection:
            numbers = dict(connection.execute(query, (level, period, storable(quantity))).fetchall())
            for subject in numbers if subjects is None else subjects:
                rows = connection.execute(_SPAN, (numbers.get(storable(subject)), to_ms(start), to_ms(end)))
                result[subject] = [
                    Rollup(
                        level,
                        subject,
                        period,
                        quantity,
                        moments.get(time_ms) or moments.setdefault(time_ms, from_ms(time_ms)),
                        value,
                        minimum,
                        maximum,
                        coverage,
                        estimated,
                    )
                    for time_ms, value, minimum, maximum, coverage, estimated in rows
                ]
        return result if subjects is not None else {subject: rows for subject, rows in result.items() if rows}

    def _numbers(self, keys: set[Key]) -> dict[Key, int]:
        missing = sorted(key for key in keys if key not in self._series)
        if missing:
            found: dict[Key, int] = {}
            with self._database.writing() as connection:
                for key in missing:
                    names = (key[0], key[1], storable(key[2]), storable(key[3]))
                    connection.execute(
                        "INSERT OR IGNORE INTO rollup_series (level, period, quantity, subject) VALUES (?, ?, ?, ?)",
                        names,
                    )
                    row = connection.execute(_NUMBER, names).fetchone()
                    found[key] = row[0]
            self._series.update(found)
        return self._series


def _columns(number_of_series: int, one: RollupSeries) -> Iterator[tuple[int | float | None, ...]]:
    estimated = np.broadcast_to(one.estimated, one.time_ms.shape)
    columns = (one.value, one.minimum, one.maximum, one.coverage, estimated)
    # sqlite3 keeps a NaN as NULL.
    finite = (np.where(np.isfinite(column), column, np.nan).tolist() for column in columns)
    return zip(repeat(number_of_series), one.time_ms.tolist(), *finite, strict=False)


_REPLACE = (
    "INSERT OR REPLACE INTO rollup (series, time_ms, value, minimum, maximum, coverage, estimated) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_SPAN = (
    "SELECT time_ms, value, minimum, maximum, coverage, estimated FROM rollup "
    "WHERE series = ? AND time_ms >= ? AND time_ms < ? ORDER BY time_ms"
)
_NUMBER = "SELECT id FROM rollup_series WHERE level = ? AND period = ? AND quantity = ? AND subject = ?"
