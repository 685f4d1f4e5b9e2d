"""Records of EN 13757-3 with the bytes of their blocks, compact profiles among them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ingest.mbus.coding import VARIABLE, WIDTHS, variable_length

_FILLER, _SPECIAL = 0x2F, 0x0F
_EXTENSIONS_AT_MOST = 10
_TARIFF_OR_SUBUNIT = 0x70


class Record(NamedTuple):
    """A record.

    function : 0 the value of now, 1 a maximum, 2 a minimum, 3 the value during an error
    is_own : whether it belongs to the meter as a whole: no tariff, no subunit
    codes : the value information block
    """

    function: int
    storage: int
    is_own: bool
    codes: bytes
    coding: int
    raw: bytes


class Steps(NamedTuple):
    """An inverse compact profile: differences back in time.

    unit : 0 seconds, 1 minutes, 2 hours, 3 days
    differences : what each value is less than the one after it; None where the meter has no value
    """

    unit: int
    spacing: int
    differences: tuple[int | None, ...]


def records(data: bytes) -> Iterator[Record]:
    """The records of application data; raises ValueError or IndexError where one is broken."""
    at = 0
    while at < len(data):
        dif = data[at]
        if dif == _FILLER:
            at += 1
            continue
        if dif & 0x0F == _SPECIAL:
            return  # what follows is the manufacturer's own
        begin = at
        at = _end_of_block(data, at)
        extensions = data[begin + 1 : at]
        codes = data[at : _end_of_block(data, at)]
        at += len(codes)
        coding, width = WIDTHS[dif & 0x0F]
        if coding == VARIABLE:
            coding, width = variable_length(data[at])
            at += 1
        if at + width > len(data):
            raise ValueError("a record reaches beyond its end")
        storage = dif >> 6 & 1 | sum((part & 0x0F) << 1 + 4 * place for place, part in enumerate(extensions))
        is_own = not any(part & _TARIFF_OR_SUBUNIT for part in extensions)
        yield Record(dif >> 4 & 0x03, storage, is_own, codes, coding, data[at : at + width])
        at += width


def _end_of_block(data: bytes, at: int) -> int:
    """Behind a block: its first byte and as many more as their high bits announce."""
    begin = at
    while data[at] & 0x80:
        at += 1
        if at - begin > _EXTENSIONS_AT_MOST:
            raise ValueError("too many extensions")
    return at + 1


def steps(raw: bytes) -> Steps | None:
    """An inverse compact profile's steps (EN 13757-3, annex F), None where its spacing is none of a fixed length.

    >>> steps(bytes.fromhex("6201 1400 1300"))
    Steps(unit=2, spacing=1, differences=(20, 19))
    """
    if len(raw) < 2:
        return None
    control, spacing = raw[0], raw[1]
    width, mode = control & 0x0F, control >> 6
    if width not in (1, 2, 3, 4) or mode == 0 or not 0 < spacing <= 250:
        return None
    differences: list[int | None] = []
    for at in range(2, len(raw) - width + 1, width):
        part = raw[at : at + width]
        value = int.from_bytes(part, "little", signed=mode == 3)
        nothing = -1 << (8 * width - 1) if mode == 3 else (1 << 8 * width) - 1
        differences.append(None if value == nothing else -value if mode == 2 else value)
    return Steps(control >> 4 & 0x03, spacing, tuple(differences))
