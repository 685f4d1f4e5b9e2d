"""nke Watteco's compressed batches: many samples of several series in one frame, each with its age.

A frame is a string of bits. Fields of a fixed width stand with their first byte first, and within a byte from the
lowest bit on; differences of values and times are Huffman-coded by their size. Layout: flags (8), counter (3), spare
(1); for each series label, age, first value and how it is coded; then the other samples, either with a table of times
that all series share or with times of their own; last the age at sending.

Documentation: nke Watteco, "Batch: compressed reports" and its reference decoder in TheThingsNetwork/lorawan-devices
(vendor/nke-watteco).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Kind = Literal["bit", "u8", "i8", "u16", "i16", "u24", "i24", "u32", "i32", "float"]

_BITS: dict[Kind, int] = {
    "bit": 1, "u8": 8, "i8": 8, "u16": 16, "i16": 16, "u24": 24, "i24": 24, "u32": 32, "i32": 32, "float": 32,
}  # fmt: skip
_RAW = 15
"""The size that stands for "the whole value follows"."""


def _codes(text: str) -> dict[tuple[int, int], int]:
    """Huffman codes out of "length:code" in order of the size they stand for."""
    pairs = (item.split(":") for item in text.split())
    return {(int(length), int(code, 16)): size for size, (length, code) in enumerate(pairs)}


_TABLES = (
    _codes("2:0 2:1 2:3 3:5 4:9 5:11 6:21 7:41 8:81 10:200 11:402 11:403 11:404 11:405 11:406 11:407"),
    _codes("7:6f 5:1a 4:c 3:3 3:7 2:2 2:0 3:2 6:36 9:1bb 9:1b9 10:375 10:374 10:370 11:6e3 11:6e2"),
    _codes("4:9 3:5 2:0 2:1 2:3 5:11 6:21 7:41 8:81 10:200 11:402 11:403 11:404 11:405 11:406 11:407"),
)
_TIMES = 1
"""The table that codes ages outside of shared tables of times."""


class BatchError(ValueError):
    """The bits are no batch of these series."""


class Series(NamedTuple):
    """How one label's samples are sent; differences count in steps of `resolution`."""

    kind: Kind
    resolution: float = 1


class Sample(NamedTuple):
    """A sample: whose, how long before the frame was sent [s], value as sent."""

    label: int
    age_s: int
    value: float


@dataclass(slots=True)
class _Run:
    """What is known of one series while it is read: times [s of the device's own count] and values."""

    series: Series
    coding: int = 0
    table: int = 0
    times: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def add(self, time: int, value: float) -> None:
        self.times.append(time)
        self.values.append(value)


class _Bits:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def _next(self) -> int:
        if self._at >> 3 >= len(self._data):
            raise BatchError("it is cut off")
        bit = self._data[self._at >> 3] >> (self._at & 7) & 1
        self._at += 1
        return bit

    def number(self, width: int) -> int:
        """A number of so many bits: first byte first, a first part of a byte before whole ones."""
        value = 0
        left = width
        while left > 0:
            part = left % 8 or 8
            left -= part
            value |= sum(self._next() << bit for bit in range(part)) << left
        return value

    def value(self, kind: Kind) -> float:
        """A whole value of a kind."""
        width = _BITS[kind]
        raw = self.number(width)
        if kind == "float":
            return float(struct.unpack(">f", raw.to_bytes(4, "big"))[0])
        return raw - (1 << width) if kind[0] == "i" and raw >> width - 1 else raw

    def size(self, table: int) -> int:
        """The size that a Huffman code stands for."""
        code = self._next()
        for length in range(2, 12):
            code = code << 1 | self._next()
            if (length, code) in _TABLES[table]:
                return _TABLES[table][length, code]
        raise BatchError("a code is in no table")

    def time(self, before: int, table: int = _TIMES) -> int:
        """A time after another one."""
        size = self.size(table)
        if size == _RAW:
            return self.number(32)
        return before + (self.number(size) + (1 << size) - 1 if size else 0)

    @property
    def left(self) -> int:
        """Bits that were not read."""
        return 8 * len(self._data) - self._at


def unpack(data: bytes, label_bits: int, series: dict[int, Series]) -> list[Sample]:
    """The samples of a batch.

    label_bits : width of a label, by the model
    series : the model's series by label

    Raises BatchError where the bits are no batch of these series.
    """
    bits = _Bits(data)
    flags = bits.number(8)
    bits.number(4)
    runs: dict[int, _Run] = {}
    time = 0
    first_time = 0
    more = not flags & 4
    for position in range(flags >> 4):
        label = _label(bits, label_bits, series)
        time = bits.time(time) if time else bits.number(32)
        first_time = first_time if position else time
        run = runs[label] = _Run(series[label])
        run.add(time, bits.value(run.series.kind))
        if more:
            run.coding, run.table = bits.number(2), bits.number(2)
    if more:
        last = _shared if flags & 2 else _separate
        time = last(bits, flags >> 4, label_bits, runs, first_time if flags & 2 else time)
    sent = bits.time(time) if time else bits.number(32)
    if bits.left >= 8:
        raise BatchError(f"{bits.left // 8} bytes follow its end")
    return [
        Sample(label, sent - at, value)
        for label, run in runs.items()
        for at, value in zip(run.times, run.values, strict=True)
    ]


def _label(bits: _Bits, label_bits: int, known: dict[int, Series] | dict[int, _Run]) -> int:
    label = bits.number(label_bits)
    if label not in known:
        raise BatchError(f"series {label} is none of the model's")
    return label


def _table(bits: _Bits) -> int:
    table = bits.number(2)
    if table >= len(_TABLES):
        raise BatchError("a table of codes is named that does not exist")
    return table


def _next_value(bits: _Bits, run: _Run, size: int) -> float:
    """The value after a series' last one."""
    if size == _RAW:
        return bits.value(run.series.kind)
    if size == 0:
        return run.values[-1]
    steps = bits.number(size)
    if run.coding == 0:  # differences of either sign
        steps = steps if steps >= 1 << size - 1 else steps + 1 - (1 << size)
    else:
        steps = (steps + (1 << size) - 1) * (1 if run.coding == 1 else -1)
    return run.values[-1] + steps * run.series.resolution


def _shared(bits: _Bits, count: int, label_bits: int, runs: dict[int, _Run], time: int) -> int:
    """Samples whose times stand once for all series; each series says which of them it has."""
    samples = bits.number(8)
    table = _table(bits)
    times: list[int] = []
    for position in range(samples):
        if position:
            times.append(bits.time(times[-1], table))
        else:
            # The first time is the first series' own; its code only takes its place.
            size = bits.size(table)
            times.append(bits.number(32) if size == _RAW else time)
    for _ in range(count):
        run = runs[_label(bits, label_bits, runs)]
        first_is_known = True
        for at in times:
            if not bits.number(1):
                continue
            size = _size(bits, run)
            if size == 0 and first_is_known:
                first_is_known = False  # it stands in the head already
                continue
            run.add(at, _next_value(bits, run, size))
    return times[-1] if times else 0


def _separate(bits: _Bits, count: int, label_bits: int, runs: dict[int, _Run], time: int) -> int:
    """Samples of each series with times of its own."""
    for _ in range(count):
        run = runs[_label(bits, label_bits, runs)]
        samples = bits.number(8)
        table = _table(bits) if samples else 0
        for _ in range(samples):
            at = bits.time(run.times[-1], table)
            time = max(time, at)
            run.add(at, _next_value(bits, run, _size(bits, run)))
    return time


def _size(bits: _Bits, run: _Run) -> int:
    if run.table >= len(_TABLES):
        raise BatchError("a table of codes is named that does not exist")
    return bits.size(run.table)
