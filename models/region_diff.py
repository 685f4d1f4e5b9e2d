"""What differs between two regions, row by row, for a person to read before applying it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from models.region_cells import row_key
from models.region_csv import row_cells
from models.region_files import BOUNDARIES
from models.region_tables import TABLES
from models.region_toml import item_values
from models.registry import Region

Rows = Mapping[tuple[str, ...], Mapping[str, str]]


class Change(NamedTuple):
    """One difference.

    action : a row that only the second has, only the first has, or a value that differs
    key : what names the row, e.g. a device and its date; column : of a changed value, else empty
    before, after : cell texts; of a whole row its cells as `column=text` joined by commas
    """

    action: Literal["added", "removed", "changed"]
    file: str
    key: str
    column: str
    before: str
    after: str

    def __str__(self) -> str:
        """One line for a terminal.

        >>> str(Change("changed", "zones.csv", "bynov", "mains_km", "12", "12.5"))
        'zones.csv: bynov: mains_km 12 → 12.5'
        """
        match self.action:
            case "added":
                return f"{self.file}: + {self.key} ({self.after})"
            case "removed":
                return f"{self.file}: − {self.key} ({self.before})"
            case "changed":
                place = f"{self.file}: {self.key}" if self.key else self.file
                return f"{place}: {self.column} {self.before or '(empty)'} → {self.after or '(empty)'}"


def diff(a: Region, b: Region) -> list[Change]:
    """Changes that make `a` into `b`, in the files' order; empty where both render to the same files."""
    first, second = _rows(a, b.tz), _rows(b, b.tz)
    return [change for file in first for change in _compare(file, first[file], second[file])]


def _compare(file: str, before: Rows, after: Rows) -> Iterator[Change]:
    for key, old in before.items():
        name = " ".join(part for part in key if part)
        new = after.get(key)
        if new is None:
            yield Change("removed", file, name, "", _whole(old), "")
            continue
        for column in dict.fromkeys([*old, *new]):
            if old.get(column, "") != new.get(column, ""):
                yield Change("changed", file, name, column, old.get(column, ""), new.get(column, ""))
    for key, new in after.items():
        if key not in before:
            yield Change("added", file, " ".join(part for part in key if part), "", "", _whole(new))


def _whole(cells: Mapping[str, str]) -> str:
    return ", ".join(f"{column}={text}" for column, text in cells.items() if text)


def _rows(region: Region, tz: ZoneInfo) -> dict[str, Rows]:
    head = {
        "name": region.name,
        "languages": "|".join(region.languages),
        "timezone": region.timezone,
        "simulated": str(region.simulated).lower(),
        "currency": region.currency,
    }
    result: dict[str, Rows] = {"region.toml": {(): head}}
    for table in TABLES:
        cells = [row_cells(table, item, tz) for item in getattr(region, table.attribute)]
        cells.sort(key=lambda row: tuple(row.values()))
        result[table.file] = _keyed((row_key(row, table.key), row) for row in cells)
    reservoirs = sorted((item_values(item) for item in region.reservoirs), key=lambda row: tuple(row.items()))
    result["reservoirs.toml"] = _keyed(((row.get("reservoir", ""),), row) for row in reservoirs)
    sources = _keyed(((item.topic_filter,), item_values(item)) for item in region.sources)
    # The first source that fits a topic counts, so their order is part of what they say.
    order = " | ".join(item.topic_filter for item in region.sources)
    result["sources.toml"] = {**sources, (): {"order": order}}
    result[BOUNDARIES] = {(): {"content": region.boundaries}} if region.boundaries else {}
    return result


def _keyed(rows: Iterable[tuple[tuple[str, ...], Mapping[str, str]]]) -> Rows:
    """Rows by key; a second of the same key gets its number, so that none is lost."""
    seen: Counter[tuple[str, ...]] = Counter()
    result: dict[tuple[str, ...], Mapping[str, str]] = {}
    for key, cells in rows:
        seen[key] += 1
        result[key if seen[key] == 1 else (*key, f"#{seen[key]}")] = cells
    return result
