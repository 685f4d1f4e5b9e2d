"""Readings out as a table that `smartvoda import` reads back to the same readings: CSV, XLSX or Parquet.

Long: a row a reading, columns device, quantity, unit, time, value, quality, read_by. Times are UTC with Z; units are
those in which we store. A reading without a value is left out: an empty cell says nothing.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from ingest.tables.headings import unit_of
from models.errors import VodaError
from models.quality import Quality
from models.reading import Reading, iso_z
from models.store import Store

COLUMNS = ("device", "quantity", "unit", "time", "value", "quality", "read_by")
SUFFIXES = (".csv", ".xlsx", ".parquet")
SHEET_ROWS = 1_048_575
_STEP = timedelta(days=31)
_BATCH_ROWS = 50_000

Row = tuple[str, str, str, str, float, str, str]


class _Sink(Protocol):
    def __call__(self, rows: Sequence[Row]) -> None: ...


def export_readings(
    store: Store,
    path: Path,
    keys: Sequence[tuple[str, str]],
    start: datetime,
    end: datetime,
    progress: Callable[[float], None],
) -> int:
    """Write readings of (device, quantity) keys in [start, end); how many there were.

    The file comes to stand whole or not at all. Raises VodaError (export.suffix, export.too_long, export.unwritable).
    """
    if path.suffix.lower() not in SUFFIXES:
        raise VodaError("export.suffix", f"{path.name}: a table ends in {', '.join(SUFFIXES)}")
    part = path.with_name(path.name + ".part")
    count = 0
    try:
        with _SINKS[path.suffix.lower()](part) as write:
            for rows in _batches(_rows(store, keys, start, end, progress)):
                count += len(rows)
                if path.suffix.lower() == ".xlsx" and count > SHEET_ROWS:
                    raise VodaError("export.too_long", f"a sheet has at most {SHEET_ROWS} rows; write .csv or .parquet")
                write(rows)
        part.replace(path)
    except OSError as error:
        raise VodaError("export.unwritable", f"{path}: {error.strerror}; choose a folder you may write to") from error
    finally:
        part.unlink(missing_ok=True)
    return count


def _rows(
    store: Store,
    keys: Sequence[tuple[str, str]],
    start: datetime,
    end: datetime,
    progress: Callable[[float], None],
) -> Iterator[Row]:
    """A month at a time, so that memory stays bounded."""
    for number, (device, quantity) in enumerate(keys):
        first = store.after(device, quantity, start)
        moment = first.time if first else end
        while moment < end:
            until = min(end, moment + _STEP)
            for reading in store.readings(device, quantity, moment, until):
                if reading.value is not None:
                    yield _row(reading, reading.value)
            following = store.after(device, quantity, until)
            moment = following.time if following else end
        progress((number + 1) / len(keys))


def _row(reading: Reading, value: float) -> Row:
    unit, quality = unit_of(reading.quantity), Quality(reading.quality).name
    return reading.device, reading.quantity, unit, iso_z(reading.time), value, quality, reading.source


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH_ROWS:
            yield batch
            batch = []
    if batch:
        yield batch


@contextmanager
def _csv(path: Path) -> Iterator[_Sink]:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)

        def write(rows: Sequence[Row]) -> None:
            writer.writerows((*row[:4], repr(row[4]), *row[5:]) for row in rows)

        yield write


@contextmanager
def _workbook(path: Path) -> Iterator[_Sink]:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("readings")
    sheet.append(list(COLUMNS))

    def write(rows: Sequence[Row]) -> None:
        for row in rows:
            sheet.append(list(row))

    yield write
    book.save(path)


@contextmanager
def _parquet(path: Path) -> Iterator[_Sink]:
    import pyarrow as arrow
    from pyarrow import parquet

    kinds: list[Any] = [arrow.string()] * len(COLUMNS)
    kinds[COLUMNS.index("value")] = arrow.float64()
    schema = arrow.schema(list(zip(COLUMNS, kinds, strict=True)))
    with parquet.ParquetWriter(path, schema) as writer:

        def write(rows: Sequence[Row]) -> None:
            columns = [arrow.array(column, kind) for column, kind in zip(zip(*rows, strict=True), kinds, strict=True)]
            writer.write_table(arrow.Table.from_arrays(columns, schema=schema))

        yield write


_SINKS = {".csv": _csv, ".xlsx": _workbook, ".parquet": _parquet}
