"""Values as payloads write them: numbers, numbers in strings with units, states in words, and marks for "no value"."""

from __future__ import annotations

import math
import re
import struct
from typing import NamedTuple

from ingest.decoders.document import Json
from models.quantity import QUANTITIES

_NUMBER_UNIT = re.compile(
    r"(?P<number>[+\-−‐]?(?:\d{1,3}(?:[ \u00a0\u2009\u202f'’]\d{3})+(?![\d])|\d{1,3}(?:[.,]\d{3}){2,}|"
    r"\d{1,3}(?:[.,]\d{3})+(?=[.,])|\d{1,40})"
    r"(?:[.,]\d{0,40})?(?:[eE][+-]?\d{1,3})?|[+\-−‐]?[.,]\d{1,20})"
    r"\s*(?P<unit>[^\W\d_xX][^\n]{0,24}|[%°º‰\"'][^\n]{0,24}|x(?!\d)[^\n]{0,24})?$"
)
_THOUSANDS = re.compile(r"[ \u00a0\u2009\u202f'’]")
_GROUPS_OF_THREE = re.compile(r"\d{1,3}(?:[.,]\d{3}){2,}$")
_MINUSES = "−‐"
_ONLY_MARKS = re.compile(r"[-*.?#_/x=]{1,12}$", re.IGNORECASE)
_NO_VALUE_WORDS = frozenset(
    str.split(
        "nan inf +inf -inf infinity -infinity error err fault fail failed failure invalid bad overflow underflow ovf "
        "out_of_range overrange underrange not_connected disconnected open short timeout chyba porucha fehler"
    )
) | frozenset(["out of range", "over range", "under range", "not connected", "sensor error", "no sensor", "#value!"])
_NOTHING_WORDS = frozenset(
    ["", "null", "none", "nil", "unavailable", "unknown", "n/a", "n.a.", "#n/a", "na", "undefined", "no data", "nodata"]
)
_TRUE_WORDS = frozenset(str.split("1 true on yes open opened active running alarm ano zapnuto otevreno otevřeno wet"))
_FALSE_WORDS = frozenset(
    str.split("0 false off no close closed inactive stopped ok normal ne vypnuto zavreno zavřeno dry none no_fault")
)
_ALL_ONES_32 = frozenset([0xFFFFFFFF, 0x7FFFFFFF, -0x80000000, 4294967.295, 2147483.647])
_ALL_ONES_16 = frozenset([0xFFFF, 0x7FFF, -0x8000])
_MINUS_NINES = frozenset([-9999.0, -999.0])
_DISCONNECTED_C = frozenset([-127.0, 127.0, 327.67, 3276.7, -273.15, 6553.5])


class Number(NamedTuple):
    """A number and the unit that stood with it, if any. NaN where the payload says that there is no value."""

    value: float
    unit: str = ""

    @property
    def is_fault(self) -> bool:
        """Whether it stands for "no value"."""
        return math.isnan(self.value)


FAULT = Number(math.nan)


def number(raw: Json) -> Number | None:
    """The number that a JSON value means, None where it means none, NaN where it says that there is no value.

    >>> number("12 345,6 m³"), number("1.234,5"), number(None), number("unavailable")
    (Number(value=12345.6, unit='m³'), Number(value=1234.5, unit=''), None, None)
    """
    if isinstance(raw, bool) or raw is None or isinstance(raw, (list, dict)):
        return None
    if isinstance(raw, (int, float)):
        try:
            value = float(raw)
        except OverflowError:
            return FAULT
        return Number(value) if math.isfinite(value) else FAULT
    return _from_text(raw)


def _from_text(text: str) -> Number | None:
    trimmed = text.strip()
    word = trimmed.casefold()
    if says_nothing(word):
        return None
    if word in _NO_VALUE_WORDS:
        return FAULT
    match = _NUMBER_UNIT.match(trimmed) if len(trimmed) <= 100 else None  # longer is prose
    if match is None:
        return None
    digits = match["number"]
    value = _decimal(f"-{digits[1:]}" if digits[0] in _MINUSES else digits)
    return None if value is None else Number(value, (match["unit"] or "").strip())


def _decimal(text: str) -> float | None:
    """A number with decimal comma or point and grouped thousands; the last mark is the decimal one.

    One comma alone is a decimal comma, as this region writes it.
    """
    digits = _THOUSANDS.sub("", text)
    comma, point = digits.rfind(","), digits.rfind(".")
    if comma >= 0 and point >= 0:
        group, mark = (",", ".") if point > comma else (".", ",")
        digits = digits.replace(group, "").replace(mark, ".")
    elif _GROUPS_OF_THREE.match(digits.lstrip("+-")):
        digits = digits.replace(",", "").replace(".", "")
    else:
        digits = digits.replace(",", ".")
    try:
        value = float(digits)
    except ValueError:
        return None
    return value if math.isfinite(value) else math.nan


def as_written(single: float) -> float:
    """A number of 32 bits as somebody wrote it: the shortest one that gives the same 32 bits.

    >>> as_written(struct.unpack("<f", struct.pack("<f", 3.42))[0])
    3.42
    """
    if not math.isfinite(single):
        return single
    bits = _SINGLE.pack(single)
    return next((short for digits in (6, 7, 8) if _SINGLE.pack(short := float(f"{single:.{digits}g}")) == bits), single)


_SINGLE = struct.Struct("<f")


def says_nothing(raw: Json) -> bool:
    """Whether a value is one of the ways to leave it out: null, an empty string, "unavailable"."""
    if not isinstance(raw, str):
        return raw is None
    word = raw.strip().casefold()
    return word in _NOTHING_WORDS or _ONLY_MARKS.match(word) is not None


def is_no_value(raw: float, quantity: str) -> bool:
    """Whether a raw number (before its unit is applied) is a usual mark for "no value" of that quantity.

    All ones of 32 bits never are a reading; of 16 bits only where nothing can stand there by itself: a register may
    well pass 65,535 litres, a flow 32,767 l/h. A register or a level of −1 is an error code.

    >>> is_no_value(65535, "volume_m3"), is_no_value(65535, "level_m"), is_no_value(-1, "volume_m3")
    (False, True, True)
    """
    kind = QUANTITIES[quantity].kind if quantity in QUANTITIES else "measure"
    if raw in _ALL_ONES_32:
        return True
    if raw in _MINUS_NINES or (kind in ("register", "count", "interval", "level") and raw == -1):
        return True
    if kind in ("register", "count", "interval"):
        return False
    if raw in _ALL_ONES_16 and kind != "rate" and quantity != "storage_m3":
        return True
    return quantity.endswith("temperature_c") and raw in _DISCONNECTED_C


def state(raw: Json) -> bool | None:
    """A state in a word or number: open, closed, on, off, true, 0…; None where it is none of these.

    >>> state("closed"), state("ON"), state(1), state("half")
    (False, True, True, None)
    """
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, (int, float)):
        return bool(raw) if raw in (0, 1) else None
    if isinstance(raw, str):
        word = raw.strip().casefold()
        return True if word in _TRUE_WORDS else False if word in _FALSE_WORDS else None
    return None
