"""Tables whose columns are dates: a row a meter, a column a day. They are read as a row a meter and day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import Any

from ingest.tables.head import find_head
from ingest.tables.time_cells import stamp
from ingest.tables.workbook import Cell, Sheet
from models.tables import Said

FEWEST_DATES = 3
TIME, VALUE = "time", "value"
"""Headings of the two columns that the dates become."""
_LOOKED_AT = 300


def with_dates_as_rows(sheet: Sheet, head_line: int = 0) -> Sheet:
    """The sheet, or where its headings are dates the sheet with a row for each of them.

    head_line : where a person says the headings stand
    """
    rows = list(islice(sheet.rows(), _LOOKED_AT))
    head = find_head(rows, head_line)
    line, cells = next(((line, cells) for line, cells in rows if _count(cells) >= FEWEST_DATES), (0, []))
    # Dates in a row of data are no headings.
    if not line or head.line != line or _count(cells) * 2 < len(cells):
        return sheet
    return DatesAsRows(sheet, line, cells)


def _count(cells: list[Any]) -> int:
    return sum(_is_date(cell) for cell in cells)


def _is_date(cell: Any) -> bool:
    """A date written as one: a plain number may be a meter's."""
    if not isinstance(cell, (str, date)) or (isinstance(cell, str) and cell.strip().replace(".", "", 1).isdigit()):
        return False
    found = stamp(cell)
    return found is not None and found.day is not None


class DatesAsRows:
    """A sheet with a row for each row and date of another; `line_of` gives the other's line."""

    def __init__(self, sheet: Sheet, head_line: int, cells: list[Any]) -> None:
        self._sheet = sheet
        self._head_line = head_line
        self._dates = [place for place, cell in enumerate(cells) if _is_date(cell)]
        self._kept = [place for place in range(len(cells)) if place not in set(self._dates)]
        self._cells = cells
        self.name = sheet.name
        self.delimiter = getattr(sheet, "delimiter", "")

    @property
    def facts(self) -> tuple[Said, ...]:
        """That of the other, and that its columns are dates."""
        return (*self._sheet.facts, Said("dates_in_head", {"n": len(self._dates)}))

    def rows(self) -> Iterator[tuple[int, list[Cell]]]:
        """Rows numbered so that each is told from the others of its line."""
        for line, cells in self._sheet.rows():
            if line < self._head_line:
                yield self._number(line, 0), cells
                continue
            row = cells + [None] * (len(self._cells) - len(cells))
            kept = [row[place] for place in self._kept]
            if line == self._head_line:
                yield self._number(line, 0), [*kept, TIME, VALUE]
                continue
            for place, column in enumerate(self._dates):
                yield self._number(line, place), [*kept, self._cells[column], row[column]]

    def _number(self, line: int, place: int) -> int:
        return line * len(self._dates) + place

    def line_of(self, number: int) -> int:
        """The other sheet's line of a row."""
        return number // len(self._dates)
