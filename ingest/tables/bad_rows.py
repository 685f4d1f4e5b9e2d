"""The file of rows that were not taken: each with its line, reason and its own cells, to be mended and given again."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TextIO

from ingest.tables.readings import Bad
from ingest.tables.registry_names import as_name
from models.errors import VodaError
from models.tables import Say

HEADER = ("bad_line", "bad_column", "bad_value", "reason")


class BadRows:
    """Collects bad rows in a file beside the table; where there are none there is no file.

    path : where it comes to stand, whole, at the end
    head : the table's own headings; say : puts a reason into a sentence
    line_of : the file's line of a row's number, where that is another
    """

    def __init__(
        self,
        path: Path,
        head: Sequence[Any],
        say: Say,
        delimiter: str = ";",
        line_of: Callable[[int], int] = int,
    ) -> None:
        self.path = path
        self.count = 0
        self._part = path.with_name(path.name + ".part")
        self._head = [as_name(cell) for cell in head]
        self._say = say
        self._line_of = line_of
        self._delimiter = delimiter if delimiter in (",", ";", "\t", "|") else ";"
        self._file: TextIO | None = None

    def add(self, bad: Iterable[Bad], rows: dict[int, Sequence[Any]]) -> None:
        """Write bad rows; `rows` has the cells of their lines. Raises VodaError (import.unwritable)."""
        for item in bad:
            self.count += 1
            cells = [as_name(cell) for cell in rows.get(item.line, ())]
            self._write([str(self._line_of(item.line)), item.column, item.value, self._say(item.reason), *cells])

    def done(self) -> Path | None:
        """Put the file in its place; its path, None where nothing was bad."""
        if self._file is None:
            return None
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._part.replace(self.path)
        except OSError as error:
            raise self._unwritable(error) from error
        return self.path

    def give_up(self) -> None:
        """Forget what was written."""
        if self._file is not None:
            self._file.close()
            self._part.unlink(missing_ok=True)

    def _write(self, cells: list[str]) -> None:
        try:
            if self._file is None:
                # A byte order mark: spreadsheets open it with the right letters.
                self._file = self._part.open("w", encoding="utf-8-sig", newline="")
                self._writer = csv.writer(self._file, delimiter=self._delimiter)
                self._writer.writerow([*HEADER, *self._head])
            self._writer.writerow(cells)
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> VodaError:
        what = f"{self.path}: {error.strerror}; bad rows are written there: make the folder writable, or copy the file"
        return VodaError("import.unwritable", what)
