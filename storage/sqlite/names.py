"""Small numbers in the place of names: series (device, quantity) and origins (flags, source, time source).

Rows of both are only ever added, so what was once read stays true and is kept in memory.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from models.reading import TimeSource
from storage.columns import storable
from storage.sqlite.database import Database

Key = tuple[str, str]


Origin = tuple[tuple[str, ...], str, TimeSource]
"""Flags, source and time source of a reading."""


class Names:
    """Both tables with their memory."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._series: dict[Key, int] = {}
        self._keys: dict[int, Key] = {}
        self._origin_ids: dict[Origin, int] = {}
        self._origins: dict[int, Origin] = {}

    def series(self, device: str, quantity: str) -> int | None:
        """The number of a series, None if it never had a reading."""
        key = (device, quantity)
        if key not in self._series:
            with self._database.reading() as connection:
                row = connection.execute(
                    "SELECT id FROM series WHERE device = ? AND quantity = ?", (storable(device), storable(quantity))
                ).fetchone()
            if row is None:
                return None
            self._series[key] = row[0]
        return self._series[key]

    def series_of(self, device: str) -> list[int]:
        """The numbers of all series of a device."""
        with self._database.reading() as connection:
            query = "SELECT id FROM series WHERE device = ? ORDER BY quantity"
            return [row[0] for row in connection.execute(query, (storable(device),))]

    def key(self, series: int) -> Key:
        """The names of a series."""
        if series not in self._keys:
            self.keys()
        return self._keys[series]

    def keys(self) -> dict[int, Key]:
        """All series, fresh."""
        with self._database.reading() as connection:
            for number, device, quantity in connection.execute(
                "SELECT id, device, quantity FROM series WHERE id > ?", (max(self._keys, default=0),)
            ):
                self._keys[number] = (device, quantity)
        return self._keys

    def origin(self, number: int) -> Origin:
        """What an origin's number stands for."""
        if number not in self._origins:
            with self._database.reading() as connection:
                for row, flags, source, time_source in connection.execute("SELECT * FROM origin"):
                    self._origins[row] = (tuple(json.loads(flags)), source, time_source)
        return self._origins[number]

    def add_series(self, keys: Iterable[Key]) -> dict[Key, int]:
        """The numbers of series, new ones given; the whole memory is returned, read only."""
        missing = {key for key in keys if key not in self._series}
        if missing:
            found: dict[Key, int] = {}
            with self._database.writing() as connection:
                for device, quantity in sorted(missing):
                    names = (storable(device), storable(quantity))
                    connection.execute("INSERT OR IGNORE INTO series (device, quantity) VALUES (?, ?)", names)
                    row = connection.execute("SELECT id FROM series WHERE device = ? AND quantity = ?", names)
                    found[device, quantity] = row.fetchone()[0]
            # Only what is committed may be remembered.
            self._series.update(found)
        return self._series

    def add_origins(self, origins: Iterable[Origin]) -> dict[Origin, int]:
        """The numbers of origins, new ones given; the whole memory is returned, read only."""
        missing = {origin for origin in origins if origin not in self._origin_ids}
        if missing:
            found: dict[Origin, int] = {}
            with self._database.writing() as connection:
                for origin in missing:
                    flags, source, time_source = origin
                    text = json.dumps([storable(flag) for flag in flags], ensure_ascii=False)
                    row = (text, storable(source), time_source)
                    connection.execute(
                        "INSERT OR IGNORE INTO origin (flags, source, time_source) VALUES (?, ?, ?)", row
                    )
                    query = "SELECT id FROM origin WHERE flags = ? AND source = ? AND time_source = ?"
                    found[origin] = connection.execute(query, row).fetchone()[0]
            self._origin_ids.update(found)
        return self._origin_ids
