"""Reading and writing one CSV file of a region by its table of columns."""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from models.region_cells import CellError, read_cell, row_key, write_cell
from models.region_problem import Problem
from models.region_tables import Table


def read_table(table: Table, text: str, tz: ZoneInfo) -> tuple[tuple[Any, ...], list[Problem]]:
    """Rows of a file as the table's dataclass, and every problem found on the way.

    Takes commas or, as Czech and German spreadsheets write, semicolons with decimal commas; a byte order mark is fine.
    """
    try:
        rows, semicolon = _rows(text)
    except csv.Error as error:
        return (), [
            Problem("region.csv_syntax", table.file, None, "", f"not readable as CSV ({error}); look at its quotes")
        ]
    if not rows:
        return (), [
            Problem("region.empty_file", table.file, None, "", "has no header; write its column names or remove it")
        ]
    header = [name.strip() for name in rows[0]]
    problems = _check_header(table, header)
    if problems:
        return (), problems
    items = []
    for number in _filled(rows):
        cells = rows[number - 1]
        item, found = _read_row(table, header, cells, number, tz, semicolon)
        problems += found
        items += [] if found else [item]
    return tuple(items), problems


def file_rows(text: str) -> list[int]:
    """Where the rows that `read_table` gives stand in a file that it can read: its header is row 1.

    >>> file_rows("zone,name\\na,A\\n\\n,\\nb,B\\n")
    [2, 5]
    """
    return list(_filled(_rows(text)[0]))


def _rows(text: str) -> tuple[list[list[str]], bool]:
    """All rows of a file, and whether semicolons separate its cells."""
    text = text.removeprefix("\ufeff")
    first_line = text.split("\n", 1)[0]
    semicolon = ";" in first_line and "," not in first_line
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=";" if semicolon else ",", strict=True)), semicolon


def _filled(rows: Sequence[Sequence[str]]) -> Iterator[int]:
    """Numbers of the rows after the header that say something."""
    return (number for number, cells in enumerate(rows[1:], start=2) if any(cell.strip() for cell in cells))


def _check_header(table: Table, header: Sequence[str]) -> list[Problem]:
    known = {column.name: column for column in table.columns}
    problems = []
    for name in header:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            cure = f"did you mean {near[0]!r}?" if near else f"columns are {', '.join(known)}"
            problems.append(
                Problem("region.unknown_column", table.file, 1, name, f"column {name!r} is not known; {cure}")
            )
        elif header.count(name) > 1:
            problems.append(
                Problem("region.duplicate_column", table.file, 1, name, f"column {name!r} stands twice; keep one")
            )
    problems += [
        Problem("region.missing_column", table.file, 1, name, f"column {name!r} is missing; add it to the header")
        for name, column in known.items()
        if not column.optional and name not in header
    ]
    return list(dict.fromkeys(problems))


def _read_row(
    table: Table, header: Sequence[str], cells: Sequence[str], number: int, tz: ZoneInfo, comma: bool
) -> tuple[Any, list[Problem]]:
    if len(cells) > len(header):
        message = f"has {len(cells)} cells where the header has {len(header)}; quote cells that contain a separator"
        return None, [Problem("region.too_many_cells", table.file, number, "", message)]
    text = dict(zip(header, [*cells, *([""] * (len(header) - len(cells)))], strict=True))
    values: dict[str, Any] = {}
    problems = []
    for column in table.columns:
        try:
            values[column.attribute] = read_cell(column, text.get(column.name, ""), tz, comma)
        except CellError as error:
            problems.append(Problem(error.code, table.file, number, column.name, error.message))
    if "name" in values and not values["name"]:
        values["name"] = values.get("zone", "")
    return (None if problems else table.make(**values)), problems


def row_cells(table: Table, item: Any, tz: ZoneInfo) -> dict[str, str]:
    """A row's cells by column name, canonical."""
    cells = {column.name: write_cell(column, getattr(item, column.attribute), tz) for column in table.columns}
    if table.attribute == "zones" and cells["name"] == cells["zone"]:
        cells["name"] = ""
    return cells


def write_table(table: Table, items: Sequence[Any], tz: ZoneInfo) -> str:
    """The canonical file: columns in order, rows by key, optional columns only where used, lines ended by \\n."""
    rows = [row_cells(table, item, tz) for item in items]
    rows.sort(key=lambda cells: (row_key(cells, table.key), tuple(cells.values())))
    columns = [column for column in table.columns if not column.optional or any(row[column.name] for row in rows)]
    lines = [[column.name for column in columns], *([row[column.name] for column in columns] for row in rows)]
    return "".join(_line(cells) for cells in lines)


def _line(cells: Sequence[str]) -> str:
    """One line ended by \\n; csv quotes a lone \\r only where the line's own end contains one."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue().removesuffix("\r\n") + "\n"
