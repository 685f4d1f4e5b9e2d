"""A look at all rows of a table before any is imported: what only the whole file can tell.

The order of day and month, the decimal mark, words in columns, the span of time, and which rows lie in the hour that
autumn has twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np

from ingest.tables import time_cells
from ingest.tables.local_time import Doubled, LocalTime
from ingest.tables.number_cells import DecimalEvidence, says_nothing
from ingest.tables.registry_names import as_name
from ingest.tables.workbook import Sheet

BLOCK_ROWS = 20_000
_MOST_WORDS = 500
_SHOWN_ROWS = 8

Block = tuple[list[int], list[list[Any]]]
"""Line numbers, and the rows' cells."""


@dataclass
class Survey:
    """What all rows of a table say.

    order : of dates, as OrderEvidence tells it; decimals : evidence by place of a numeric column
    words : by place of a column of words how often each stands there
    names : different devices or points; doubled : rows in the doubled hour; missing : lines of times that don't exist
    first_ms, last_ms : the span of times, as wall clock; falling, rising : how often time goes back, or on
    """

    order: time_cells.OrderEvidence = field(default_factory=time_cells.OrderEvidence)
    decimals: dict[int, DecimalEvidence] = field(default_factory=dict)
    words: dict[int, Counter[str]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    doubled: list[Doubled] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    first_ms: int | None = None
    last_ms: int | None = None
    rising: int = 0
    falling: int = 0
    rows: int = 0
    filled: int = 0
    no_time: int = 0
    no_clock: int = 0
    first_rows: list[tuple[str, ...]] = field(default_factory=list)

    @property
    def newest_first(self) -> bool:
        """Whether rows go back in time."""
        return self.falling > self.rising


@dataclass(frozen=True, slots=True)
class Asked:
    """Which columns a survey looks at, by place.

    time, clock : of times; name : of devices or points; series : what with it tells one row of a time from another
    words : of quantities, units, qualities; figures : of numbers
    dates : of further dates (from, to), which tell the order too
    """

    time: int | None
    clock: int | None
    name: int | None
    words: tuple[int, ...]
    figures: tuple[int, ...]
    dates: tuple[int, ...] = ()
    series: int | None = None


def blocks(sheet: Sheet, skip: int, head: Sequence[Any] = (), rows: int = BLOCK_ROWS) -> Iterator[Block]:
    """A table's rows below its head, in blocks; a head that comes again is skipped."""
    shown = [as_name(cell) for cell in head]
    found = islice(sheet.rows(), skip, None)
    while True:
        lines: list[int] = []
        cells: list[list[Any]] = []
        for line, row in islice(found, rows):
            if not (shown and as_name(row[0]) == shown[0] and [as_name(cell) for cell in row] == shown):
                lines.append(line)
                cells.append(row)
        if not lines:
            return
        yield lines, cells


def column(rows: Sequence[Sequence[Any]], place: int) -> list[Any]:
    """One column of some rows; None where a row ends before it."""
    try:
        return [row[place] for row in rows]
    except IndexError:
        return [row[place] if place < len(row) else None for row in rows]


def survey(
    found: Iterable[Block], asked: Asked, clock: LocalTime, order: str, tell: Callable[[int], None] | None = None
) -> Survey:
    """Look at all rows.

    order : of dates with slashes, "mdy" where that is known already
    tell : is told the rows seen so far after each block
    """
    result = Survey(decimals={place: DecimalEvidence() for place in asked.figures})
    result.words = {place: Counter() for place in asked.words}
    last_ms: int | None = None
    for lines, rows in found:
        result.rows += len(lines)
        for row in rows[: max(0, _SHOWN_ROWS - len(result.first_rows))]:
            result.first_rows.append(tuple(as_name(cell) for cell in row))
        for place in asked.words:
            counter = result.words[place]
            counter.update(as_name(cell) for cell in column(rows, place))
            if len(counter) > _MOST_WORDS:
                result.words[place] = Counter(dict(counter.most_common(_MOST_WORDS)))
        for place in asked.figures:
            cells = column(rows, place)
            result.filled += sum(not says_nothing(cell) for cell in cells)
            result.decimals[place].add(cells)
        for place in asked.dates:
            result.order.add(column(rows, place))
        names = [as_name(cell) for cell in column(rows, asked.name)] if asked.name is not None else None
        if names:
            result.names.update(names)
        if asked.series is not None:
            own = names or [""] * len(rows)
            names = [f"{name}\0{as_name(cell)}" for name, cell in zip(own, column(rows, asked.series), strict=True)]
        if asked.time is not None:
            last_ms = _times(result, lines, rows, names, asked, clock, order, last_ms)
        if tell is not None:
            tell(result.rows)
    result.names.discard("")
    return result


def _times(
    result: Survey,
    lines: list[int],
    rows: list[list[Any]],
    names: list[str] | None,
    asked: Asked,
    clock: LocalTime,
    order: str,
    last_ms: int | None,
) -> int | None:
    """What a block's times say; the last of them."""
    assert asked.time is not None
    cells = column(rows, asked.time)
    result.order.add(cells)
    stamps = time_cells.column(cells, order)
    local = stamps.local_ms
    if asked.clock is not None:
        hours = time_cells.clocks(column(rows, asked.clock))
        local = local + hours.local_ms
    else:
        result.no_clock += int(np.count_nonzero(stamps.no_clock))
    known = np.ones(len(lines), dtype=np.bool_)
    known[[*stamps.wrong, *stamps.empty]] = False
    result.no_time += len(lines) - int(np.count_nonzero(known))
    if not known.any():
        return last_ms
    moments = clock.moments(local, stamps.offset_min)
    for place in np.flatnonzero(moments.twice & known).tolist():
        result.doubled.append(Doubled(lines[place], names[place] if names else "", int(local[place])))
    result.missing += [lines[place] for place in np.flatnonzero(moments.missing & known).tolist()]
    seen = moments.first_ms[known]
    result.first_ms = min(int(seen.min()), seen[0] if result.first_ms is None else result.first_ms)
    result.last_ms = max(int(seen.max()), seen[0] if result.last_ms is None else result.last_ms)
    steps = np.diff(seen if last_ms is None else np.concatenate(([last_ms], seen)))
    result.rising += int(np.count_nonzero(steps > 0))
    result.falling += int(np.count_nonzero(steps < 0))
    return int(seen[-1])
