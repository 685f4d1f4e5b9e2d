"""What a benchmark claims, printed so that a reader sees figure, goal and verdict on one line."""

from __future__ import annotations

from typing import NamedTuple


class DataMissingError(Exception):
    """The data that a benchmark needs is not where it was said to be."""


class Claim(NamedTuple):
    """what: the statement; held: whether it is true of the data; figure: what was measured, with its unit."""

    what: str
    held: bool
    figure: str = ""

    def __str__(self) -> str:
        return f"{'holds' if self.held else 'FAILS'}  {self.what}{f': {self.figure}' if self.figure else ''}"
