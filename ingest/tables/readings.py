"""Rows of a table of readings as series for the store; what can't be taken is said with its line and reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ingest.decoders.fields import STATES
from ingest.decoders.value import state
from ingest.tables import headings, number_cells, time_cells
from ingest.tables.local_time import LocalTime
from ingest.tables.plan import Plan, ValueColumn
from ingest.tables.registry_names import Names, as_name
from ingest.tables.series_of_rows import SOURCE, BadCell, RowTimes, SeriesOfRows
from ingest.tables.stored_values import to_stored, unbelievable
from ingest.tables.survey import Block, column
from models.quality import Quality
from models.reading import Series
from models.tables import Said

EARLIEST_MS = 946_684_800_000
"""2000: what is older was never measured by a device of ours."""
DAY_MS = 86_400_000

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Bad(NamedTuple):
    """A row or cell that is not taken: its line, column (heading) and text, and why."""

    line: int
    column: str
    value: str
    reason: Said


class Extract(NamedTuple):
    """What a block of rows gives.

    series : in ascending, unique times each; waves : other values of keys in `series`, to be written after them
    read : values understood; repeated : the same key with the same value again; empty : cells without a value
    left_out : values of quantities that are not known
    """

    series: list[Series]
    waves: list[Series]
    bad: list[Bad]
    read: int
    repeated: int
    empty: int
    left_out: int


@dataclass
class _Found:
    """What a block has given so far, as columns."""

    series: list[npt.NDArray[np.int64]] = field(default_factory=list)
    time_ms: list[Ints] = field(default_factory=list)
    value: list[Floats] = field(default_factory=list)
    quality: list[npt.NDArray[np.int8]] = field(default_factory=list)
    bad: list[Bad] = field(default_factory=list)
    empty: int = 0
    left_out: int = 0


class Readings:
    """Reads rows of readings as a plan says.

    names : of the registry; now_ms : nothing later than a day after it is believed
    headings_of : the columns' headings by place, for people
    """

    def __init__(self, plan: Plan, names: Names, now_ms: int, headings_of: Sequence[str]) -> None:
        self._plan = plan
        self._latest_ms = now_ms + DAY_MS
        self._headings = headings_of
        self._clock = LocalTime(plan.zone)
        self._series = SeriesOfRows(plan, names)

    def extract(self, block: Block) -> Extract:
        """The readings of a block."""
        lines, rows = block
        found = _Found()
        time_ms, good = self._times(lines, rows, found)
        times = RowTimes(time_ms, np.where(self._no_clock(rows), DAY_MS, 0))
        quality = self._qualities(lines, rows, good, found)
        sources = self._sources(rows)
        for value in self._plan.values:
            self._column(value, lines, rows, times, good, quality, sources, found)
        return self._sorted(found)

    # -- times ---------------------------------------------------------------------------------------------------

    def _times(self, lines: list[int], rows: list[list[Any]], found: _Found) -> tuple[Ints, npt.NDArray[np.bool_]]:
        """UTC times of rows, and which of them can be believed."""
        plan = self._plan
        time_place, clock_place = plan.times
        assert time_place is not None
        cells = column(rows, time_place)
        stamps = time_cells.column(cells, plan.order)
        texts = [as_name(cell) for cell in cells]
        local, wrong = stamps.local_ms, {*stamps.wrong, *stamps.empty}
        if clock_place is not None and "time" not in plan.places:
            clocks = column(rows, clock_place)
            hours = time_cells.clocks(clocks)
            texts = [f"{text} {as_name(clock)}".strip() for text, clock in zip(texts, clocks, strict=True)]
            local = local + hours.local_ms
            wrong |= {*hours.wrong, *hours.empty}
        else:
            local = np.where(stamps.no_clock, local + plan.time_of_day_ms, local)
        moments = self._clock.moments(local, stamps.offset_min)
        time_ms = moments.first_ms.copy()
        good = np.ones(len(lines), dtype=np.bool_)
        for place in np.flatnonzero(moments.twice).tolist():
            fold = plan.folds.get(lines[place])
            if fold:
                time_ms[place] = moments.second_ms[place]
            elif fold is None:
                self._bad_time(place, lines, texts, "doubled_hour", good, found)
        for place in np.flatnonzero(moments.missing).tolist():
            self._bad_time(place, lines, texts, "missing_hour_row", good, found)
        time_ms += plan.stamp_step_ms
        for place in sorted(wrong):
            self._bad_time(place, lines, texts, "no_time_in_row", good, found)
        for place in np.flatnonzero(good & (time_ms < EARLIEST_MS)).tolist():
            self._bad_time(place, lines, texts, "too_old", good, found)
        for place in np.flatnonzero(good & (time_ms > self._latest_ms)).tolist():
            self._bad_time(place, lines, texts, "in_future", good, found)
        return time_ms, good

    def _no_clock(self, rows: list[list[Any]]) -> npt.NDArray[np.bool_]:
        """Rows whose date has no time, so that they stand for a whole day."""
        time_place, clock_place = self._plan.times
        if clock_place is not None or self._plan.time_of_day_ms or time_place is None:
            return np.zeros(len(rows), dtype=np.bool_)
        return time_cells.column(column(rows, time_place), self._plan.order).no_clock

    def _bad_time(
        self,
        place: int,
        lines: list[int],
        texts: list[str],
        key: str,
        good: npt.NDArray[np.bool_],
        found: _Found,
    ) -> None:
        if good[place]:
            good[place] = False
            heading = self._headings[self._plan.times[0] or 0]
            found.bad.append(Bad(lines[place], heading, texts[place], Said(key, {"zone": self._plan.zone})))

    def _qualities(
        self, lines: list[int], rows: list[list[Any]], good: npt.NDArray[np.bool_], found: _Found
    ) -> npt.NDArray[np.int8]:
        quality = np.full(len(rows), int(Quality.GOOD), dtype=np.int8)
        place = self._plan.places.get("quality")
        if place is None:
            return quality
        for row, cell in enumerate(column(rows, place)):
            code = self._plan.qualities.get(as_name(cell))
            if code is not None:
                quality[row] = code
            elif good[row]:
                good[row] = False
                heading = self._headings[place]
                found.bad.append(Bad(lines[row], heading, as_name(cell), Said("unknown_quality")))
        return quality

    def _sources(self, rows: list[list[Any]]) -> list[str] | None:
        place = self._plan.places.get("reader")
        return None if place is None else [as_name(cell)[:60] or SOURCE for cell in column(rows, place)]

    # -- values --------------------------------------------------------------------------------------------------

    def _column(
        self,
        value: ValueColumn,
        lines: list[int],
        rows: list[list[Any]],
        times: RowTimes,
        good: npt.NDArray[np.bool_],
        quality: npt.NDArray[np.int8],
        sources: list[str] | None,
        found: _Found,
    ) -> None:
        cells = column(rows, value.place)
        meant = self._meant(value, rows)
        raw, wrong, units = self._raw(value, cells)
        bad = self._bad_cells(value, lines, cells, good, found)
        for place in wrong:
            bad(place, "no_number")
        usable = good & ~np.isnan(raw)
        found.empty += int(np.count_nonzero(good & np.isnan(raw))) - sum(bool(good[place]) for place in wrong)
        stored = np.full(len(raw), np.nan)
        known: list[tuple[str, npt.NDArray[np.bool_]]] = []
        for quantity, unit, mask in _groups(meant, units, usable):
            if not quantity:
                found.left_out += int(np.count_nonzero(mask))
                usable &= ~mask
                continue
            key = self._convert(quantity, unit, raw, mask, stored)
            if key:
                for place in np.flatnonzero(mask).tolist():
                    bad(place, key, quantity=quantity, unit=unit)
                usable &= ~mask
                continue
            for place in np.flatnonzero(mask & unbelievable(quantity, raw, stored)).tolist():
                bad(place, "no_such_value", quantity=quantity)
                usable[place] = False
            known.append((quantity, mask & usable))
        for quantity, mask in known:
            series = self._series.numbers(value, quantity, rows, times, mask, sources, bad)
            taken = series >= 0
            found.series.append(series[taken])
            found.time_ms.append(times.time_ms[taken])
            found.value.append(stored[taken])
            found.quality.append(quality[taken])

    def _bad_cells(
        self,
        value: ValueColumn,
        lines: list[int],
        cells: list[Any],
        good: npt.NDArray[np.bool_],
        found: _Found,
    ) -> BadCell:
        def bad(place: int, key: str, **values: str | int | float) -> None:
            if good[place]:
                said = Said(key, values)
                found.bad.append(Bad(lines[place], self._headings[value.place], as_name(cells[place]), said))

        return bad

    def _meant(self, value: ValueColumn, rows: list[list[Any]]) -> list[tuple[str, str]] | tuple[str, str]:
        """Quantity and unit of each row, or of all."""
        word_place, unit_place = self._plan.places.get("quantity"), self._plan.places.get("unit")
        if value.quantity and (unit_place is None or value.unit):
            return value.quantity, value.unit
        units = [""] * len(rows) if unit_place is None else [as_name(cell) for cell in column(rows, unit_place)]
        if value.quantity:
            return [(value.quantity, unit) for unit in units]
        if word_place is None:
            return "", ""
        meant = []
        for cell, unit in zip(column(rows, word_place), units, strict=True):
            quantity, own = self._plan.quantities.get(as_name(cell), ("", ""))
            if quantity == "level_m" and headings.fits("stage_m", unit) and not headings.fits("level_m", unit):
                quantity = "stage_m"
            meant.append((quantity, unit or own or value.unit))
        return meant

    def _raw(self, value: ValueColumn, cells: list[Any]) -> tuple[Floats, list[int], dict[int, str]]:
        if value.quantity in STATES:
            states = [state(cell) for cell in cells]
            raw = np.array([np.nan if found is None else float(found) for found in states])
            wrong = [
                at for at, found in enumerate(states) if found is None and not number_cells.says_nothing(cells[at])
            ]
            return raw, wrong, {}
        return number_cells.column(cells, self._plan.decimals.get(value.place, "."))

    def _convert(self, quantity: str, unit: str, raw: Floats, mask: npt.NDArray[np.bool_], stored: Floats) -> str:
        """Put values of a mask into our unit; the reason's key where that can't be."""
        if not headings.needs_unit(quantity):
            stored[mask] = raw[mask]
            return ""
        if not unit:
            return "no_unit_in_row"
        if not headings.fits(quantity, unit):
            return "unit_of_another"
        stored[mask] = to_stored(quantity, unit, raw[mask])
        return ""

    # -- together ------------------------------------------------------------------------------------------------

    def _sorted(self, found: _Found) -> Extract:
        """Series in order of time; of several values of a key the first stays, the others come in waves."""
        bad = sorted(found.bad, key=lambda item: item.line)
        if not found.series or not sum(map(len, found.series)):
            return Extract([], [], bad, 0, 0, found.empty, found.left_out)
        series = np.concatenate(found.series)
        time_ms, value = np.concatenate(found.time_ms), np.concatenate(found.value)
        quality = np.concatenate(found.quality)
        order = np.lexsort((np.arange(len(series)), time_ms, series))
        series, time_ms, value, quality = series[order], time_ms[order], value[order], quality[order]
        again = np.zeros(len(series), dtype=np.bool_)
        again[1:] = (series[1:] == series[:-1]) & (time_ms[1:] == time_ms[:-1])
        same = again.copy()
        same[1:] &= value[1:] == value[:-1]
        other = again & ~same
        keys = self._series.keys
        first = ~again
        made = list(_cut(keys, series[first], time_ms[first], value[first], quality[first]))
        waves = [
            Series(
                *keys[int(series[at])][:2],
                time_ms[at : at + 1],
                value[at : at + 1],
                quality[at : at + 1],
                keys[int(series[at])][2],
            )
            for at in np.flatnonzero(other).tolist()
        ]
        repeated = int(np.count_nonzero(same))
        return Extract(made, waves, bad, len(series), repeated, found.empty, found.left_out)


def _cut(
    keys: dict[int, tuple[str, str, str]],
    series: npt.NDArray[np.int64],
    time_ms: Ints,
    value: Floats,
    quality: npt.NDArray[np.int8],
) -> list[Series]:
    cuts = [0, *(np.flatnonzero(np.diff(series)) + 1).tolist(), len(series)]
    made = []
    for begin, end in pairwise(cuts):
        device, quantity, source = keys[int(series[begin])]
        part = slice(begin, end)
        made.append(Series(device, quantity, time_ms[part], value[part], quality[part], source))
    return made


def _groups(
    meant: list[tuple[str, str]] | tuple[str, str], units: dict[int, str], usable: npt.NDArray[np.bool_]
) -> list[tuple[str, str, npt.NDArray[np.bool_]]]:
    """(quantity, unit, rows) of rows that are alike; a unit in the cell itself counts before all."""
    if isinstance(meant, tuple) and not units:
        return [(*meant, usable.copy())] if usable.any() else []
    codes: dict[tuple[str, str], int] = {}
    code = np.full(len(usable), -1, dtype=np.int64)
    for place in np.flatnonzero(usable).tolist():
        quantity, unit = meant if isinstance(meant, tuple) else meant[place]
        key = (quantity, units.get(place) or unit)
        code[place] = codes.setdefault(key, len(codes))
    return [(*key, code == number) for key, number in codes.items()]
