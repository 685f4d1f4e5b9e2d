"""Workbooks (XLSX, XLS, ODS) and Parquet as rows of cells."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Protocol

from ingest.tables.text_file import TextFile
from models.errors import VodaError
from models.tables import Said

Cell = str | float | datetime | date | time | None
"""What a cell holds: text, a number, a local time; None where it is empty. Numbers are whole where they look so."""

UNPACKED_LIMIT_BYTES = 1_000_000_000
_PARQUET_ROWS = 20_000
_XLSX, _OLD_XLS, _PARQUET = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1"
SUFFIXES = (".csv", ".txt", ".tsv", ".csv.gz", ".xlsx", ".xlsm", ".xls", ".ods", ".parquet")


class Sheet(Protocol):
    """A table as rows of cells, readable again and again.

    name : of the sheet, empty where a file has only one
    facts : what was found out about the file
    """

    name: str

    @property
    def facts(self) -> tuple[Said, ...]:
        """What was found out about the file."""

    def rows(self) -> Iterator[tuple[int, list[Any]]]:
        """Line number and cells of every row that is not empty."""


def open_sheet(path: Path, sheet: str = "", encoding: str = "", delimiter: str = "") -> Sheet:
    """The table of a file, whatever its name says it is.

    sheet : of a workbook; the first with a row unless told

    Raises VodaError (import.unreadable, import.no_sheet, import.encoding, import.too_large).
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(512)
    except OSError as error:
        raise VodaError("import.unreadable", f"{path}: {error.strerror}; give a file that can be read") from error
    if head.startswith(_PARQUET):
        return ParquetFile(path)
    if head.startswith((_XLSX, _OLD_XLS)):
        return Workbook(path, sheet)
    if head.lstrip().lower().startswith((b"<html", b"<!doctype html", b"<table", b"<?xml")):
        raise VodaError(
            "import.unreadable", f"{path.name} is a web page, whatever its name says; save it as XLSX or CSV first"
        )
    return TextFile(path, encoding, delimiter)


class Workbook:
    """A sheet of a workbook; formulas give the value that was saved with them.

    A workbook is read whole, so it is let go of after each reading.
    """

    def __init__(self, path: Path, sheet: str = "") -> None:
        self.path = path
        _check_size(path)
        with _readable(path):
            book = self._book()
            names: list[str] = book.sheet_names
            if sheet and sheet not in names:
                raise VodaError("import.no_sheet", f"{path.name} has no sheet {sheet!r}; it has {', '.join(names)}")
            filled = (name for name in names if book.get_sheet_by_name(name).height > 1)
            self.name = sheet or next(filled, names[0] if names else "")
        self.others = [] if sheet else [name for name in names if name != self.name]

    def _book(self) -> Any:
        from python_calamine import CalamineWorkbook

        return CalamineWorkbook.from_path(str(self.path))

    @property
    def facts(self) -> tuple[Said, ...]:
        """Which sheet is read, and which are not."""
        if self.others:
            return (Said("file_sheet_of_several", {"sheet": self.name, "others": ", ".join(self.others[:5])}),)
        return (Said("file_sheet", {"sheet": self.name}),)

    def rows(self) -> Iterator[tuple[int, list[Cell]]]:
        """Rows by their number in the sheet. Raises VodaError (import.unreadable)."""
        if not self.name:
            return
        with _readable(self.path):
            sheet = self._book().get_sheet_by_name(self.name)
        if sheet.start is None:
            return
        # The library gives all rows from the sheet's top, but columns from the first that holds something.
        before: list[Cell] = [None] * sheet.start[1]
        for number, cells in enumerate(sheet.iter_rows(), start=1):
            row = [_workbook_cell(cell) for cell in cells]
            if any(cell is not None for cell in row):
                yield number, before + row


@contextmanager
def _readable(path: Path, *also: type[Exception]) -> Iterator[None]:
    """What a library says of a damaged file, as one of our errors; `also` are kinds of its own."""
    from python_calamine import CalamineError

    damaged: tuple[type[Exception], ...] = (CalamineError, OSError, ValueError, zipfile.BadZipFile, *also)
    try:
        yield
    except damaged as error:
        what = " ".join(str(error).split())[:160]
        raise VodaError("import.unreadable", f"{path.name}: {what}; open it and save it again") from error


def _check_size(path: Path) -> None:
    """A workbook is a packed folder: how large it is unpacked stands in its directory."""
    if not zipfile.is_zipfile(path):
        return
    with _readable(path), zipfile.ZipFile(path) as archive:
        unpacked = sum(item.file_size for item in archive.infolist())
    if unpacked > UNPACKED_LIMIT_BYTES:
        raise VodaError("import.too_large", f"{path.name} unpacks to {unpacked >> 20} MB; save it in parts")


def _workbook_cell(cell: Any) -> Cell:
    if isinstance(cell, str):
        return cell if cell.strip() else None
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, timedelta):
        return cell / timedelta(days=1)
    return cell  # type: ignore[no-any-return] # numbers and times


class ParquetFile:
    """A Parquet file; its schema is the header."""

    def __init__(self, path: Path) -> None:
        import pyarrow as arrow
        from pyarrow import parquet

        self.path = path
        self.name = ""
        self._error: type[Exception] = arrow.ArrowException
        with _readable(path, self._error):
            self._file = parquet.ParquetFile(path)

    @property
    def facts(self) -> tuple[Said, ...]:
        """That it is Parquet."""
        return (Said("file_parquet"),)

    def rows(self) -> Iterator[tuple[int, list[Cell]]]:
        """The names, then rows by their number; a time with a zone comes as text in ISO."""
        yield 1, list(self._file.schema_arrow.names)
        line = 2
        batches = self._file.iter_batches(batch_size=_PARQUET_ROWS)
        while (rows := self._next(batches)) is not None:
            for row in rows:
                yield line, list(row)
                line += 1

    def _next(self, batches: Iterator[Any]) -> list[tuple[Cell, ...]] | None:
        """The rows of the next batch, None at the end."""
        with _readable(self.path, self._error):
            batch = next(batches, None)
            return None if batch is None else list(zip(*map(_column, batch.columns), strict=True))


def _column(column: Any) -> list[Cell]:
    """An arrow column as cells; a time with a zone as ISO text, what we have no cell for as text."""
    import pyarrow as arrow

    kind = column.type
    if arrow.types.is_timestamp(kind):
        column = column.cast(arrow.timestamp("ms", tz=kind.tz), safe=False)
    cells = column.to_pylist()
    return [_parquet_cell(cell) for cell in cells]


def _parquet_cell(cell: Any) -> Cell:
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, datetime):
        return cell.isoformat() if cell.tzinfo else cell
    if cell is None or isinstance(cell, (str, int, float, date, time)):
        return cell if cell is None or not isinstance(cell, float) or cell == cell else None
    return str(cell)
