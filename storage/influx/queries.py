"""Reading: the fields of a reading come as tables of their own and are joined by time here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple, cast

import numpy as np
import numpy.typing as npt

from models.reading import Reading, Series, TimeSource, from_ms
from storage.influx.answer import Block
from storage.influx.flux import MAX_NAMES, Question, one_of, span
from storage.influx.lines import QUALITIES, decode, split_flags
from storage.influx.server import Server

Key = tuple[str, str]
Values = dict[tuple[str, str, int], float | None]
"""Stored values by device, quantity and time [ms]; None where the reading has no value."""

LOOKUP_GAP_MS = 3_600_000
LOOKUP_SPANS = 8

_READING = 'r._measurement == "reading"'


class Cell(NamedTuple):
    """One field of one reading."""

    key: Key
    time_ms: int
    field: str
    text: str


class Queries:
    """All questions about readings to one server."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def readings(self, device: str, quantity: str | None, start_ms: int, end_ms: int) -> list[Reading]:
        """Readings in [start, end) in order of time."""
        if start_ms >= end_ms:
            return []
        when, which = span("s", start_ms, end_ms), _of([device], [quantity] if quantity is not None else [])
        found = self._cells(f"{when.flux} |> filter(fn: (r) => {_READING}{which.flux})", when.params | which.params)
        return sorted(_joined(found), key=lambda reading: (reading.time, reading.quantity))

    def series(self, keys: Sequence[Key], start_ms: int, end_ms: int) -> list[Series]:
        """Columns of each key; a few dozen keys in one question."""
        found: dict[Key, dict[str, _Column]] = {}
        if start_ms < end_ms:
            for begin in range(0, len(keys), MAX_NAMES):
                found |= self._columns(keys[begin : begin + MAX_NAMES], start_ms, end_ms)
        return [_series(key, found.get(key, {})) for key in keys]

    def _columns(self, keys: Sequence[Key], start_ms: int, end_ms: int) -> dict[Key, dict[str, _Column]]:
        when = span("s", start_ms, end_ms)
        which = _of(sorted({device for device, _ in keys}), sorted({quantity for _, quantity in keys}))
        fields = 'r._field == "value" or r._field == "quality"'
        flux = f"{when.flux} |> filter(fn: (r) => {_READING} and ({fields}){which.flux})"
        numbers = self._blocks(flux, when.params | which.params)
        source = f'{when.flux} |> filter(fn: (r) => {_READING} and r._field == "source"{which.flux}) |> last()'
        found: dict[Key, dict[str, _Column]] = {}
        for block in [*numbers, *self._blocks(source, when.params | which.params)]:
            times_ms = block.times_ms()
            for key, field, rows in _tables(block):
                found.setdefault(key, {})[field] = _Column(times_ms[rows], block.columns["_value"][rows])
        return found

    def beside(self, device: str, quantity: str, moment_ms: int, side: Literal["before", "after"]) -> Reading | None:
        """The last reading before a moment, or the first at or after it."""
        when = span("s", None, moment_ms) if side == "before" else span("s", moment_ms, None)
        which = _of([device], [quantity])
        one = "last()" if side == "before" else "first()"
        flux = f"{when.flux} |> filter(fn: (r) => {_READING}{which.flux}) |> {one}"
        found = self._cells(flux, when.params | which.params)
        return next(iter(_extremes(found, side)), None)

    def last(self, keys: Sequence[Key] | None) -> dict[Key, Reading]:
        """The newest reading of each key."""
        when = span("s", None, None)
        devices = sorted({device for device, _ in keys or ()})
        if keys is not None and not devices:
            return {}
        which = one_of("device", "d", devices)
        found = self._cells(
            f"{when.flux} |> filter(fn: (r) => {_READING}{which.flux}) |> last()", when.params | which.params, "long"
        )
        newest = {(reading.device, reading.quantity): reading for reading in _extremes(found, "before")}
        return newest if keys is None else {key: newest[key] for key in keys if key in newest}

    def newest_ms(self) -> dict[Key, int]:
        """The time of the newest reading of every series [ms]."""
        when = span("s", None, None)
        flux = f'{when.flux} |> filter(fn: (r) => {_READING} and r._field == "quality") |> last()'
        return {cell.key: cell.time_ms for cell in self._cells(flux, when.params, "long")}

    def count(self) -> int:
        """All readings, counted by the server."""
        when = span("s", None, None)
        flux = f'{when.flux} |> filter(fn: (r) => {_READING} and r._field == "quality") |> group() |> count()'
        found = self._server.query(flux, when.params, "long")
        return sum(int(text) for block in found for text in block.columns["_value"])

    def values(self, wanted: Iterable[tuple[str, str, int]]) -> Values:
        """Which of some keys are stored, and their values: one question for all."""
        rows = set(wanted)
        if not rows:
            return {}
        flux: list[str] = []
        params: dict[str, str | int] = {}
        for place, group in enumerate(_spans(rows)):
            times = [time_ms for _, _, time_ms in group]
            when = span(f"s{place}_", min(times), max(times) + 1)
            devices = sorted({device for device, _, _ in group})
            which = one_of("device", f"d{place}_", devices)
            flux.append(
                f'{when.flux} |> filter(fn: (r) => {_READING} and (r._field == "value" or r._field == "quality")'
                f'{which.flux}) |> {_KEEP} |> yield(name: "{place}")'
            )
            params |= when.params | which.params
        found: Values = {}
        for block in self._server.query("\n".join(flux), params):
            for cell in _cells(block):
                key = (*cell.key, cell.time_ms)
                if key in rows:
                    found[key] = float(cell.text) if cell.field == "value" else found.get(key)
        return found

    def _blocks(self, flux: str, params: Mapping[str, str | int], patience: str = "usual") -> list[Block]:
        return self._server.query(f"{flux} |> {_KEEP}", params, patience)

    def _cells(self, flux: str, params: Mapping[str, str | int], patience: str = "usual") -> list[Cell]:
        return [cell for block in self._blocks(flux, params, patience) for cell in _cells(block)]


_KEEP = 'keep(columns: ["_time", "_value", "_field", "device", "quantity"])'


class _Column(NamedTuple):
    time_ms: npt.NDArray[np.int64]
    text: list[str]


def _of(devices: Sequence[str], quantities: Sequence[str]) -> Question:
    """A condition to be joined to another; empty lists ask for all."""
    device, quantity = one_of("device", "d", devices), one_of("quantity", "q", quantities)
    return Question(device.flux + quantity.flux, device.params | quantity.params)


def _cells(block: Block) -> Iterable[Cell]:
    columns = (block.columns[name] for name in ("device", "quantity", "_field", "_value"))
    for device, quantity, field, text, time_ms in zip(*columns, block.times_ms().tolist(), strict=True):
        yield Cell((decode(device), decode(quantity)), time_ms, field, text)


def _tables(block: Block) -> Iterable[tuple[Key, str, slice]]:
    """Where each table of a block lies: its key and field."""
    device, quantity, field = (block.columns[name] for name in ("device", "quantity", "_field"))
    for rows in block.tables():
        yield (decode(device[rows.start]), decode(quantity[rows.start])), field[rows.start], rows


def _series(key: Key, columns: Mapping[str, _Column]) -> Series:
    nothing = _Column(np.empty(0, np.int64), [])
    # Every reading has a quality; a value may be missing.
    quality, numbers = columns.get("quality", nothing), columns.get("value", nothing)
    value = np.full(len(quality.time_ms), np.nan)
    # A question that meets a write half-way may find the value alone: that reading is not there yet.
    whole = np.isin(numbers.time_ms, quality.time_ms)
    place = np.searchsorted(quality.time_ms, numbers.time_ms[whole])
    value[place] = np.array(numbers.text, dtype=np.float64)[whole]
    source = decode(columns["source"].text[-1]) if "source" in columns else ""
    return Series(*key, quality.time_ms, value, np.array(quality.text, dtype=np.int8), source)


def _joined(cells: Iterable[Cell]) -> list[Reading]:
    fields: dict[tuple[Key, int], dict[str, str]] = {}
    for cell in cells:
        fields.setdefault((cell.key, cell.time_ms), {})[cell.field] = cell.text
    # What a question found of a write half-way, without its quality, is not there yet.
    return [_reading(key, time_ms, row) for (key, time_ms), row in fields.items() if "quality" in row]


def _extremes(cells: Sequence[Cell], side: Literal["before", "after"]) -> list[Reading]:
    """Of the last (first) cells of each field the readings whose quality is among them, which every reading has."""
    times = {cell.key: cell.time_ms for cell in cells if cell.field == "quality"}
    return _joined(cell for cell in cells if times.get(cell.key) == cell.time_ms)


def _reading(key: Key, time_ms: int, row: Mapping[str, str]) -> Reading:
    return Reading(
        *key,
        float(row["value"]) if "value" in row else None,
        from_ms(time_ms),
        cast("TimeSource", row.get("time_source", "payload")),
        QUALITIES[int(row["quality"])],
        split_flags(row.get("flags", "")),
        decode(row.get("source", "")),
    )


def _spans(rows: Iterable[tuple[str, str, int]]) -> list[list[tuple[str, str, int]]]:
    """Keys in groups that lie close in time, so that one late reading does not make a question of years."""
    ordered = sorted(rows, key=lambda row: row[2])
    gaps = sorted(
        ((after[2] - before[2], place) for place, (before, after) in enumerate(pairwise(ordered), 1)),
        reverse=True,
    )
    cuts = sorted(place for gap, place in gaps[: LOOKUP_SPANS - 1] if gap > LOOKUP_GAP_MS)
    return [ordered[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(ordered)], strict=True)]
