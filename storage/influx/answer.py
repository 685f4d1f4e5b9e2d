"""Answers of Flux: annotated CSV, block by block, columns as text."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class Block(NamedTuple):
    """Tables of one shape: the columns of all their rows, as text."""

    columns: dict[str, list[str]]

    def times_ms(self) -> npt.NDArray[np.int64]:
        """`_time` as milliseconds since 1970."""
        return as_ms(self.columns["_time"])

    def tables(self) -> list[slice]:
        """The rows of each table."""
        table = np.array(self.columns["table"], dtype=np.int64)
        cuts = (np.flatnonzero(np.diff(table)) + 1).tolist()
        return [slice(begin, end) for begin, end in zip([0, *cuts], [*cuts, len(table)], strict=True)]

    def numbers(self) -> npt.NDArray[np.float64]:
        """`_value` of a number's field."""
        return np.array(self.columns["_value"], dtype=np.float64)


def as_ms(times: list[str]) -> npt.NDArray[np.int64]:
    """RFC 3339 in UTC as milliseconds since 1970.

    >>> as_ms(["1970-01-01T00:00:01.5Z"]).tolist()
    [1500]
    """
    return np.array([time[:-1] for time in times], dtype="datetime64[ms]").astype(np.int64)


def blocks(data: bytes) -> Iterator[Block]:
    """The blocks of an answer. Nothing that we store has a newline in it, so an empty line ends a block."""
    for text in data.decode().split("\r\n\r\n"):
        if not text.strip():
            continue
        lines = [line for line in text.split("\r\n") if line and not line.startswith("#")]
        names = next(csv.reader(lines[:1]))
        rows = lines[1:]
        if '"' in text:
            cells = list(zip(*csv.reader(rows), strict=True))
            yield Block({name: list(column) for name, column in zip(names, cells, strict=True) if name})
        else:
            # Most answers are numbers only: one split and strides are several times faster than rows.
            flat = ",".join(rows).split(",")
            yield Block({name: flat[place :: len(names)] for place, name in enumerate(names) if name})
