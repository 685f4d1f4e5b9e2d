"""Reading: the union of the log and of the rows in key order.

The log is always asked first. A row that compaction moves between the two questions is then seen twice and dropped
once; asked the other way round it could be seen nowhere.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from models.quality import Quality
from models.reading import Reading, Series, from_ms
from storage.sqlite.database import Database
from storage.sqlite.names import Key, Names

# (time_ms, value, quality, origin)
Row = tuple[int, float | None, int, int]

_COLUMNS = "time_ms, value, quality, origin"
_ROW_TYPE = np.dtype([("time_ms", np.int64), ("value", np.float64), ("quality", np.int8), ("origin", np.int32)])
_NOTHING = np.empty(0, _ROW_TYPE)
_QUALITY = {int(quality): quality for quality in Quality}


class Queries:
    """All questions about readings to one file."""

    def __init__(self, database: Database, names: Names) -> None:
        self._database = database
        self._names = names

    def readings(self, device: str, quantity: str | None, start_ms: int, end_ms: int) -> list[Reading]:
        """Readings of one series, or of all series of a device, in order of time."""
        if quantity is None:
            numbers = self._names.series_of(device)
        else:
            number = self._names.series(device, quantity)
            numbers = [] if number is None else [number]
        result: list[Reading] = []
        for number in numbers:
            result += self._as_readings(number, self._span(number, start_ms, end_ms))
        if len(numbers) > 1:
            result.sort(key=lambda reading: reading.time)
        return result

    def series(self, keys: Sequence[Key], start_ms: int, end_ms: int) -> list[Series]:
        """Columns of each key; where a series has several sources, the newest row's."""
        numbers = [self._names.series(*key) for key in keys]
        with self._database.reading() as connection:
            found = [
                _NOTHING if number is None else _columns(connection, (number, start_ms, end_ms)) for number in numbers
            ]
        result = []
        for (device, quantity), rows in zip(keys, found, strict=True):
            source = self._names.origin(int(rows["origin"][-1]))[1] if len(rows) else ""
            time_ms, value, quality = (np.ascontiguousarray(rows[name]) for name in ("time_ms", "value", "quality"))
            result.append(Series(device, quantity, time_ms, value, quality, source))
        return result

    def beside(self, device: str, quantity: str, moment_ms: int, side: Literal["before", "after"]) -> Reading | None:
        """The last reading before a moment, or the first at or after it."""
        number = self._names.series(device, quantity)
        if number is None:
            return None
        condition = "time_ms < ? ORDER BY time_ms DESC" if side == "before" else "time_ms >= ? ORDER BY time_ms"
        found: list[Row] = []
        with self._database.reading() as connection:
            for table, then in (("log", ", id"), ("reading", "")):
                query = f"SELECT {_COLUMNS} FROM {table} WHERE series = ? AND {condition}{then} LIMIT 1"
                found += connection.execute(query, (number, moment_ms)).fetchall()
        if not found:
            return None
        # Of equal times `reading`, which was asked last, stands.
        found.reverse()
        best = max(found, key=lambda row: row[0]) if side == "before" else min(found, key=lambda row: row[0])
        return self._as_readings(number, [best])[0]

    def last(self, keys: Sequence[Key] | None) -> dict[Key, Reading]:
        """The newest reading of each key, by two steps down the index a series instead of a scan."""
        if keys is None:
            wanted = dict(self._names.keys())
        else:
            found = ((key, self._names.series(*key)) for key in keys)
            wanted = {number: key for key, number in found if number is not None}
        newest: dict[int, Row] = {}
        with self._database.reading() as connection:
            for query in (_LAST_LOG, _LAST_READING):
                for number, row in _each(connection, query, wanted):
                    if number not in newest or row[0] >= newest[number][0]:
                        newest[number] = row
        return {wanted[number]: self._as_readings(number, [row])[0] for number, row in newest.items()}

    def _span(self, number: int, start_ms: int, end_ms: int) -> list[Row]:
        bounds = (number, start_ms, end_ms)
        with self._database.reading() as connection:
            logged = connection.execute(_SPAN_LOG + " DESC", bounds).fetchall()
            ordered: list[Row] = connection.execute(_SPAN_READING, bounds).fetchall()
        if not logged:
            return ordered
        # The later assignment stands: the log's first arrival over later ones, `reading` over the log.
        union = {row[0]: row for row in logged}
        union.update((row[0], row) for row in ordered)
        return [union[time_ms] for time_ms in sorted(union)]

    def _as_readings(self, number: int, rows: Iterable[Row]) -> list[Reading]:
        device, quantity = self._names.key(number)
        origin = self._names.origin
        result = []
        for time_ms, value, quality, origin_id in rows:
            flags, source, time_source = origin(origin_id)
            moment = from_ms(time_ms)
            result.append(Reading(device, quantity, value, moment, time_source, _QUALITY[quality], flags, source))
        return result


_SPAN = f"SELECT {_COLUMNS} FROM {{}} WHERE series = ? AND time_ms >= ? AND time_ms < ? ORDER BY time_ms"
_SPAN_READING = _SPAN.format("reading")
_SPAN_LOG = _SPAN.format("log") + ", id"

# SQL has no NaN: infinity, which is never stored, stands for "no value" on the way to numpy.
_COLUMNS_READING, _COLUMNS_LOG = (
    query.replace(" value,", " ifnull(value, 9e999),") for query in (_SPAN_READING, _SPAN_LOG)
)

_LAST_READING = f"""
SELECT wanted.value, {_COLUMNS.replace("value", "reading.value")}
FROM json_each(?) AS wanted CROSS JOIN reading ON reading.series = wanted.value
    AND reading.time_ms = (SELECT max(time_ms) FROM reading AS r WHERE r.series = wanted.value)
"""
_LAST_LOG = f"""
SELECT wanted.value, {_COLUMNS.replace("value", "log.value")}
FROM json_each(?) AS wanted CROSS JOIN log ON log.id = (
    SELECT id FROM log AS l WHERE l.series = wanted.value ORDER BY time_ms DESC, id LIMIT 1
)
"""


def _each(connection: sqlite3.Connection, query: str, numbers: Iterable[int]) -> Iterable[tuple[int, Row]]:
    for number, time_ms, value, quality, origin in connection.execute(query, (f"[{','.join(map(str, numbers))}]",)):
        yield number, (time_ms, value, quality, origin)


def _columns(connection: sqlite3.Connection, bounds: tuple[int, int, int]) -> npt.NDArray[np.void]:
    logged = np.fromiter(connection.execute(_COLUMNS_LOG, bounds), _ROW_TYPE)
    rows = np.fromiter(connection.execute(_COLUMNS_READING, bounds), _ROW_TYPE)
    if len(logged):
        # `unique` keeps the first of equal times: `reading` stands before the log, the log in order of arrival.
        union = np.concatenate([rows, logged])
        rows = union[np.unique(union["time_ms"], return_index=True)[1]]
    rows["value"][np.isinf(rows["value"])] = np.nan
    return rows
