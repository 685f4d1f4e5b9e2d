"""Data records: a data information block, a value information block, and the value (EN 13757-3, 6.3)."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from ingest.mbus.coding import VARIABLE, WIDTHS, variable_length
from ingest.mbus.units import PLAIN_TEXT, Meaning, meaning

INSTANTANEOUS, MAXIMUM, MINIMUM, IN_ERROR = range(4)

_FILLER, _SPECIAL = 0x2F, 0x0F
_MANUFACTURER, _MANUFACTURER_MORE = 0x0F, 0x1F
_WITH_DATA = 0x07
_EXTENSIONS_AT_MOST = 10


class Header(NamedTuple):
    """What a record's two blocks say.

    function : 0 the value of now, 1 a maximum, 2 a minimum, 3 the value during an error
    storage, tariff, subunit : 0 where the value is the meter's own of now
    blocks : the two blocks' bytes
    concerns : whether it is a value of one moment and all tariffs, now or stored: no maximum, no share
    skipped : bytes of its value where it can be stepped over unseen, else -1
    """

    skipped: int
    coding: int
    width: int
    function: int
    storage: int
    tariff: int
    subunit: int
    meaning: Meaning
    has_text: bool
    concerns: bool
    blocks: bytes


class Record(NamedTuple):
    """A record that concerns us: its blocks' meaning, how its bytes are coded, and the bytes."""

    header: Header
    meaning: Meaning
    coding: int
    raw: bytes


class Records(NamedTuple):
    """The records of a telegram.

    manufacturer : what follows after DIF 0F, the manufacturer's own; None where there is none
    is_whole : False where a record is broken or reaches beyond the end
    has_empty : whether a record without a value is among them, which meters do not send, but damage makes
    """

    found: list[Record]
    manufacturer: bytes | None
    is_whole: bool
    has_empty: bool = False


def records(data: bytes, at: int = 0) -> Records:
    """The records from a place on; never raises: what is broken ends the walk, and `is_whole` says so."""
    found: list[Record] = []
    end = len(data)
    has_empty = False
    try:
        while at < end:
            dif = data[at]
            if dif == _FILLER:
                at += 1
                continue
            if dif & 0x0F == _SPECIAL:
                known = dif in (_MANUFACTURER, _MANUFACTURER_MORE)
                return Records(found, data[at + 1 :] if known else None, known or _is_padding(data, at), has_empty)
            begin = at
            if not dif & _WITH_DATA and (dif or data[at:].strip(b"\0")):
                has_empty = True
            while data[at] & 0x80:
                at += 1
            at += 1
            while data[at] & 0x80:
                at += 1
            at += 1
            header = _header(data[begin:at])
            if header.skipped >= 0:
                at += header.skipped
                continue
            coding, width, means, at = _value_at(data, at, header)
            if at + width > end:
                return Records(found, None, False)
            if means.role and header.concerns:
                found.append(Record(header, means, coding, data[at : at + width]))
            at += width
    except (IndexError, ValueError):
        return Records(found, None, _is_padding(data, begin))
    return Records(found, None, at == end, has_empty)


def _is_padding(data: bytes, at: int) -> bool:
    """Whether only FF follows: some meters fill their telegrams with it."""
    return not data[at:].strip(b"\xff")


def _value_at(data: bytes, at: int, header: Header) -> tuple[int, int, Meaning, int]:
    """Coding, width, meaning and place of a value, behind the unit in plain text and the length where there are some.

    Raises IndexError beyond the end, ValueError where the length is a reserved one.
    """
    coding, width, means = header.coding, header.width, header.meaning
    if header.has_text:
        text = data[at + 1 : at + 1 + data[at]]
        at += 1 + len(text)
        means = meaning(_value_block(header.blocks), text[::-1].decode("latin-1"))  # its last letter stands first
    if coding == VARIABLE:
        coding, width = variable_length(data[at])
        at += 1
    return coding, width, means, at


def _value_block(blocks: bytes) -> bytes:
    at = 0
    while blocks[at] & 0x80:
        at += 1
    return blocks[at + 1 :]


@lru_cache(maxsize=4096)
def _header(blocks: bytes) -> Header:
    """What the blocks' bytes say; raises ValueError where there are more extensions than the standard allows."""
    dif = blocks[0]
    coding, width = WIDTHS[dif & 0x0F]
    storage, tariff, subunit = dif >> 6 & 1, 0, 0
    at = 0
    while blocks[at] & 0x80:
        extension = blocks[at + 1]
        storage |= (extension & 0x0F) << 1 + 4 * at
        tariff |= (extension >> 4 & 0x03) << 2 * at
        subunit |= (extension >> 6 & 0x01) << at
        at += 1
    codes = blocks[at + 1 :]
    if at > _EXTENSIONS_AT_MOST or len(codes) > _EXTENSIONS_AT_MOST + 1:
        raise ValueError("too many extensions")
    has_text = codes[0] & 0x7F == PLAIN_TEXT
    means = meaning(codes) if not has_text else Meaning()
    function = dif >> 4 & 0x03
    concerns = function == INSTANTANEOUS and not tariff
    is_seen = has_text or coding == VARIABLE or (means.role and concerns)
    skipped = -1 if is_seen else width
    return Header(skipped, coding, width, function, storage, tariff, subunit, means, has_text, concerns, blocks)
