"""Numbers as people's tables write them, and how a whole table tells its decimal mark from its thousands."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

_SPACES = re.compile(r"[ \u00a0\u202f\u2009']")
_NUMBER = re.compile(
    r"(?P<sign>[+\-\u2212]?)(?P<body>\d[\d \u00a0\u202f\u2009'.,]*|[.,]\d+)(?P<exp>[eE][+-]?\d{1,3})?"
    r"\s*(?P<unit>[^\d\s+\-.,][^\n\d]{0,15}\d?(?:/[a-z]+)?)?$"
)
_GROUPED = re.compile(r"\d{1,3}(?:[ \u00a0\u202f\u2009']\d{3})+(?:[.,]\d*)?$")
_THREES = re.compile(r"[1-9]\d{0,2}(?:([.,])\d{3})+$")
_NOTHING = frozenset(
    ["", "-", "--", "---", "–", "—", "null", "none", "nan", "n/a", "na", "#n/a", "nil", "x", "...", "bez dat", "není"]
)
LONGEST = 60
_ENOUGH = 1000
"""Cells that tell the decimal mark; one of another kind after them is no number, and said so."""


def says_nothing(cell: Any) -> bool:
    """Whether a cell is empty or one of the ways to say that there is no value.

    >>> says_nothing(" - "), says_nothing("NaN"), says_nothing(0.0), says_nothing(None)
    (True, True, False, True)
    """
    if isinstance(cell, str):
        return cell.strip().casefold() in _NOTHING
    return cell is None or (isinstance(cell, float) and math.isnan(cell))


@dataclass(slots=True)
class DecimalEvidence:
    """What a table's cells say of its decimal mark; `add` every text cell of its numeric columns.

    comma, point : cells in which that mark can only be the decimal one
    comma_or_group, point_or_group : cells in which it could as well part thousands (1,234)
    """

    comma: int = 0
    point: int = 0
    comma_or_group: int = 0
    point_or_group: int = 0

    def add(self, cells: Sequence[Any]) -> None:
        """Look at some cells; those that are numbers already say nothing. What many have told is not asked again."""
        if self.comma + self.point >= _ENOUGH:
            return
        for cell in cells:
            if isinstance(cell, str) and ("," in cell or "." in cell):
                self._look(_SPACES.sub("", cell.strip()).lstrip("+-\u2212"))

    def _look(self, text: str) -> None:
        number = re.match(r"[\d.,]+", text)
        if number is None:
            return
        digits = number[0].rstrip(".,")
        comma, point = digits.rfind(","), digits.rfind(".")
        if comma >= 0 and point >= 0:
            # Both in one number: the last one is decimal, and the other parts thousands.
            self.comma += comma > point
            self.point += point > comma
        elif match := _THREES.match(digits):
            mark = match[1]
            if digits.count(mark) > 1:
                # Two of them can only part thousands, so the other mark is the decimal one.
                self.point += mark == ","
                self.comma += mark == "."
            else:
                self.comma_or_group += mark == ","
                self.point_or_group += mark == "."
        elif comma >= 0:
            self.comma += 1
        elif point >= 0:
            self.point += 1

    def decimal(self, delimiter: str) -> str:
        """The decimal mark: "," or "."; empty where nothing tells it; "?" where the cells leave it open.

        A file whose cells are parted by semicolons or tabs and whose numbers have commas only is a Czech or German
        one; one parted by commas has decimal points.

        >>> evidence = DecimalEvidence(); evidence.add(["1 234,5", "0,125"]); evidence.decimal(";")
        ','
        >>> evidence = DecimalEvidence(); evidence.add(["1.234"]); evidence.decimal(";"), evidence.decimal(",")
        ('?', '.')
        """
        if self.comma or self.point:
            return "," if self.comma > self.point else "."
        if self.comma_or_group and self.point_or_group:
            return "?"
        if self.comma_or_group:
            return "," if delimiter in (";", "\t", "|") else "?"
        if self.point_or_group:
            return "." if delimiter == "," else "?"
        return ""


def number(cell: Any, decimal: str) -> tuple[float, str] | None:
    """The number in a cell and the unit behind it; None where it is none.

    decimal : the table's decimal mark; the other mark must stand where thousands are parted, or it is no number

    >>> number("12 345,6 m3", ","), number("1.234,5", ","), number("1,5", "."), number("12.5.2026", ",")
    ((12345.6, 'm3'), (1234.5, ''), None, None)
    """
    if isinstance(cell, (int, float)):
        value = float(cell)
        return (value, "") if math.isfinite(value) else None
    if not isinstance(cell, str) or len(cell) > LONGEST:
        return None
    match = _NUMBER.match(cell.strip())
    if match is None:
        return None
    plain = _plain(match["body"].strip(), decimal)
    if plain is None:
        return None
    value = float(plain + (match["exp"] or ""))
    if not math.isfinite(value):
        return None
    return (-value if match["sign"] in ("-", "\u2212") else value), (match["unit"] or "").strip()


def _plain(body: str, decimal: str) -> str | None:
    """The digits as float() takes them; None where the marks don't stand as they must."""
    if _SPACES.search(body):
        if not _GROUPED.match(body):
            return None
        body = _SPACES.sub("", body)
    decimal = decimal or "."
    group = "." if decimal == "," else ","
    whole, mark, fraction = body.partition(decimal)
    if group in fraction or decimal in fraction:
        return None
    if group in whole:
        parts = whole.split(group)
        if not (1 <= len(parts[0]) <= 3 and all(len(part) == 3 for part in parts[1:])):
            return None
        whole = "".join(parts)
    return f"{whole or '0'}.{fraction or '0'}" if mark else whole


def column(cells: Sequence[Any], decimal: str) -> tuple[npt.NDArray[np.float64], list[int], dict[int, str]]:
    """A column's numbers (NaN where there is none), places of cells that are none, and units that stood in cells.

    Nothing and "no value" are NaN and no fault.
    """
    value = _quickly(cells, decimal)
    if value is not None:
        return value, [], {}
    value = np.full(len(cells), np.nan)
    wrong: list[int] = []
    units: dict[int, str] = {}
    for place, cell in enumerate(cells):
        if says_nothing(cell):
            continue
        found = number(cell, decimal)
        if found is None:
            wrong.append(place)
            continue
        value[place] = found[0]
        if found[1]:
            units[place] = found[1]
    return value, wrong, units


_PLAIN = re.compile(r"[\d.\-\n]*$")


def _quickly(cells: Sequence[Any], decimal: str) -> npt.NDArray[np.float64] | None:
    """All cells at once where each is a plain number; None where one is not."""
    try:
        if all(type(cell) is str for cell in cells):
            text = "\n".join(cells)
            if decimal == ",":
                if "." in text:
                    return None
                text = text.replace(",", ".")
            if not _PLAIN.match(text):
                return None
            return np.array(text.split("\n"), dtype=np.float64) if cells else np.empty(0)
        if all(type(cell) is float or type(cell) is int for cell in cells):
            value = np.array(cells, dtype=np.float64)
            return value if bool(np.isfinite(value).all()) else None
    except (ValueError, TypeError, OverflowError):
        return None
    return None
