"""Where a table's head stands: which rows are its heading, what stands above it, and where its rows begin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from ingest.tables.headings import is_unit, roles_of
from ingest.tables.number_cells import number, says_nothing
from ingest.tables.registry_names import as_name
from ingest.tables.time_cells import NO_CLOCK, stamp

_HEAD_WITHIN = 60
_MOST_HEAD_ROWS = 4

Rows = Sequence[tuple[int, Sequence[Any]]]


@dataclass(frozen=True, slots=True)
class Head:
    """A table's head.

    line : of the row that names the columns, 0 where there is none
    first : place of the first row below it
    headings : of each column its rows' words from top to bottom, groups that span columns filled in, units left out
    units : of each column what a row of units says, or an empty word
    above : (word, value) of what stands above the head
    """

    line: int
    first: int
    headings: tuple[tuple[str, ...], ...]
    units: tuple[str, ...]
    above: tuple[tuple[str, str], ...] = ()
    titles: tuple[str, ...] = field(default=())


def kind_of_cell(cell: Any) -> str:
    """What a cell looks like: e(mpty), t(ime), n(umber) or s (other text)."""
    if says_nothing(cell):
        return "e"
    if isinstance(cell, (int, float)):
        return "n"
    if isinstance(cell, (date, time)):
        return "t"
    if number(cell, ",") or number(cell, "."):
        found = stamp(cell) if len(cell.strip()) > 5 and not cell.strip().isdigit() else None
        # A date with a dot as clock ("24.11.2026") is no number, but 12.05 is one.
        return "t" if found and found.day is not None and found.clock_ms != NO_CLOCK and ":" in cell else "n"
    return "t" if stamp(cell) else "s"


def find_head(rows: Rows, line: int = 0) -> Head:
    """The head of a table, from its first rows.

    line : where a person says it stands
    """
    width = max((len(cells) for _, cells in rows), default=0)
    kinds = [[kind_of_cell(cell) for cell in cells] + ["e"] * (width - len(cells)) for _, cells in rows]
    body = _body_of(kinds, width)
    first = _first_of(kinds, body)
    main = _said_place(rows, line) if line else _main_place(rows, kinds, first)
    if main is None:
        return Head(0, 0, tuple(() for _ in range(width)), ("",) * width)
    first = max(first if first is not None else main + 1, main + 1)
    if line or first - main > _MOST_HEAD_ROWS:
        first = min(first, main + 1 + _units_below(rows, main))
    return _made(rows, kinds, main, first, width)


def _said_place(rows: Rows, line: int) -> int | None:
    return next((place for place, (number, _) in enumerate(rows) if number == line), None)


def _body_of(kinds: list[list[str]], width: int) -> list[str]:
    """What most cells of each column look like further down; e where most are empty."""
    lower = kinds[len(kinds) // 2 :]
    body = []
    for column in range(width):
        counts = Counter(row[column] for row in lower)
        filled = {kind: count for kind, count in counts.items() if kind != "e"}
        body.append(max(filled, key=lambda kind: filled[kind]) if filled else "e")
    return body


def _first_of(kinds: list[list[str]], body: list[str]) -> int | None:
    """The first row that looks like those below; None where only text stands in them."""
    times = [column for column, kind in enumerate(body) if kind == "t"]
    figures = [column for column, kind in enumerate(body) if kind == "n"]
    if not times and not figures:
        return None
    for place, row in enumerate(kinds):
        timely = all(row[column] == "t" for column in times)
        counted = sum(row[column] == "n" for column in figures)
        enough = counted >= 1 if times else counted * 2 >= len(figures)
        if timely and (enough or not figures):
            return place
    return None


def _main_place(rows: Rows, kinds: list[list[str]], first: int | None) -> int | None:
    """The row with most words that we know as headings; else the one just above the rows, if it has text."""
    limit = min(first if first is not None else len(rows), _HEAD_WITHIN)
    best, best_words = None, 0
    for place in range(limit):
        texts = [cell for cell in rows[place][1] if isinstance(cell, str) and cell.strip()]
        words = sum(bool(roles_of(text)) for text in texts)
        if words and words >= best_words and (len(texts) > 1 or len(kinds[place]) == 1):
            best, best_words = place, words
    if best is not None:
        return best
    if first and sum(kind != "e" for kind in kinds[first - 1]) >= 2:
        return first - 1
    return None


def _units_below(rows: Rows, main: int) -> int:
    """1 where the row below the headings holds units."""
    below = rows[main + 1][1] if main + 1 < len(rows) else ()
    texts = [as_name(cell).strip("[]()") for cell in below if not says_nothing(cell)]
    return int(bool(texts) and sum(map(is_unit, texts)) * 2 >= len(texts))


def _made(rows: Rows, kinds: list[list[str]], main: int, first: int, width: int) -> Head:
    top = main
    while top > 0 and main - top < _MOST_HEAD_ROWS - 1 and _is_group(rows, kinds, top - 1, main):
        top -= 1
    units = [""] * width
    headings: list[list[str]] = [[] for _ in range(width)]
    for place in range(top, first):
        cells = [" ".join(as_name(cell).split()) for cell in rows[place][1]] + [""] * (width - len(rows[place][1]))
        filled = [cell for cell in cells if cell]
        plain = [cell.strip("[]()") for cell in cells]
        if place != main and filled and sum(is_unit(cell) for cell in plain if cell) * 2 >= len(filled):
            units = [cell if is_unit(cell) else unit for cell, unit in zip(plain, units, strict=True)]
            continue
        if place < main:
            cells = _spread(cells)
        for column, cell in enumerate(cells):
            if cell and cell not in headings[column]:
                headings[column].append(cell)
    above, titles = _above(rows[:top])
    return Head(rows[main][0], first, tuple(map(tuple, headings)), tuple(units), above, titles)


def _is_group(rows: Rows, kinds: list[list[str]], place: int, main: int) -> bool:
    """Whether a row above the headings names groups of columns: nothing over the first column, something further on."""
    cells = rows[place][1]
    if rows[main][0] - rows[place][0] > _MOST_HEAD_ROWS or not cells:
        return False
    over_first = as_name(cells[0])
    filled = [column for column, kind in enumerate(kinds[place]) if kind != "e" and column > 0]
    return bool(filled) and (not over_first or (len(filled) > 1 and bool(roles_of(over_first))))


def _spread(cells: list[str]) -> list[str]:
    """A group's name over all its columns: merged cells keep it in the first only."""
    result, last = [], ""
    for column, cell in enumerate(cells):
        last = cell or (last if column else "")
        result.append(last)
    return result


def _above(rows: Rows) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """What stands above the head: pairs of word and value, and lines of their own."""
    pairs, titles = [], []
    for _, cells in rows:
        texts = [as_name(cell) for cell in cells if not says_nothing(cell)]
        if len(texts) == 1 and ":" in texts[0]:
            word, _, value = texts[0].partition(":")
            pairs.append((word.strip(), value.strip()))
        elif len(texts) == 1:
            titles.append(texts[0])
        else:
            pairs += [(word.rstrip(": "), value) for word, value in zip(texts[::2], texts[1::2], strict=False)]
    return tuple(pairs), tuple(titles)
