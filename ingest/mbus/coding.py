"""How a record writes its value: binary, BCD, real, variable length; and marks for "no value" by raw width."""

from __future__ import annotations

import math
import struct
from typing import Final

NONE, INTEGER, REAL, BCD, VARIABLE = range(5)

WIDTHS: Final = (
    (NONE, 0),
    (INTEGER, 1),
    (INTEGER, 2),
    (INTEGER, 3),
    (INTEGER, 4),
    (REAL, 4),
    (INTEGER, 6),
    (INTEGER, 8),
    (NONE, 0),
    (BCD, 1),
    (BCD, 2),
    (BCD, 3),
    (BCD, 4),
    (VARIABLE, 1),
    (BCD, 6),
    (NONE, 0),
)
"""Coding and bytes by the four low bits of a DIF (EN 13757-3, table 4)."""

_WIDE_LENGTHS = {0xF5: 48, 0xF6: 64}


def variable_length(lvar: int) -> tuple[int, int]:
    """Coding and bytes that the length byte of a variable record means; raises ValueError where it is reserved.

    Source: EN 13757-3, table of LVAR.
    """
    if lvar < 0xC0:
        return NONE, lvar
    if lvar <= 0xC9 or 0xD0 <= lvar <= 0xD9:
        return BCD, lvar & 0x0F
    if 0xE0 <= lvar <= 0xEF:
        return INTEGER, lvar & 0x0F
    if 0xF0 <= lvar <= 0xF4:
        return NONE, 4 * (lvar - 0xEC)
    if lvar in _WIDE_LENGTHS:
        return NONE, _WIDE_LENGTHS[lvar]
    raise ValueError("reserved length of a variable record")


def number(coding: int, raw: bytes) -> float | None:
    """The number in a record's bytes, None where they say that there is no value.

    No value is all bits set, the largest or smallest that fits (EN 13757-3, annex on data types), digits that are
    none, and a real that is no finite number. 0x7FFF of sixteen bits stays a number: a register may pass it.

    >>> number(INTEGER, bytes.fromhex("181E0000")), number(BCD, bytes.fromhex("0100F0")), number(INTEGER, b"\\xff\\xff")
    (7704, -1, None)
    """
    if coding == INTEGER:
        value = int.from_bytes(raw, "little", signed=True)
        return None if value in _NO_VALUE.get(len(raw), ()) else value
    if coding == BCD:
        return _from_bcd(raw)
    if coding == REAL:
        (real,) = struct.unpack("<f", raw)
        return real if math.isfinite(real) else None
    return None


def _no_values() -> dict[int, frozenset[int]]:
    """What means "no value" by bytes; of one byte the largest too: a dry meter's 127 °C."""
    found: dict[int, frozenset[int]] = {}
    for width in (1, 2, 3, 4, 6, 8):
        largest = (1 << 8 * width - 1) - 1
        found[width] = frozenset([-1, -largest - 1, *([largest] if width not in (2, 3) else [])])
    return found


_NO_VALUE = _no_values()


def _from_bcd(raw: bytes) -> int | None:
    """Decimal digits, lowest byte first; a first digit F is a minus, every other letter an error of the meter."""
    digits = raw[::-1].hex()
    if digits.isdigit():
        return int(digits)
    if digits[:1] == "f" and digits[1:].isdigit():
        return -int(digits[1:])
    return None
