"""Radio frames (EN 13757-4): formats A and B with their check sums, and frames whose receiver took these out."""

from __future__ import annotations

from typing import NamedTuple

from ingest.mbus.crc import crc
from ingest.mbus.identity import ADDRESS_BYTES, Identity, identity, letters
from models.errors import RefusedError

SENDS_DATA = frozenset([0x44, 0x46, 0x08, 0x18, 0x28, 0x38, 0x53, 0x73])
"""C fields of frames that carry a meter's data: SND-NR, SND-IR, RSP-UD, SND-UD."""

SHORTEST = 11
"""Length byte, C field, address and CI field."""

_HEADER = 10
_BLOCK, _SUM = 16, 2
_B_FIRST, _B_WHOLE = 126, 128
_TRAILERS = (0, 1, 2)
"""Bytes that receivers append: signal strength, link quality."""

_SPARE_AT_MOST = 4
_WITHOUT_LENGTH = frozenset([0x44, 0x46])
_SYNC = {bytes.fromhex("543D"): "A", bytes.fromhex("54CD"): "B"}
"""What stands before a mode C frame on air; some receivers pass it on."""


class RadioFrame(NamedTuple):
    """A frame without its check sums.

    header : length byte, C field and address as sent
    content : from the CI field on
    is_checked : whether check sums were there, and right
    may_lack_sums : the length byte still counts check sums that a receiver took out
    spare : a few bytes beyond what the length byte counts
    """

    header: bytes
    identity: Identity
    content: bytes
    is_checked: bool
    may_lack_sums: bool = False
    spare: bytes = b""


def looks_like_frame(head: bytes) -> bool:
    """Whether bytes begin as a radio frame with data, with or without its length byte. Quick, never raises."""
    if head[:2] in _SYNC:
        head = head[2:]
    if len(head) < SHORTEST:
        return False
    if head[1] in SENDS_DATA and head[0] >= SHORTEST - 1 and _is_address(head, 2):
        return True
    return head[0] in _WITHOUT_LENGTH and _is_address(head, 1)


def _is_address(head: bytes, at: int) -> bool:
    """Whether three letters of a manufacturer stand there and, maybe after a check sum, a CI field that meters use."""
    if "?" in letters(head[at] | head[at + 1] << 8):
        return False
    ci = at + ADDRESS_BYTES
    return _is_content(head[ci : ci + 1]) or _is_content(head[ci + _SUM : ci + _SUM + 1])


def _is_content(ci: bytes) -> bool:
    return b"\x69" <= ci <= b"\x7f" or b"\x86" <= ci <= b"\x90" or b"\xa0" <= ci <= b"\xb7"


def radio_frame(data: bytes) -> RadioFrame:
    """The frame in what a receiver passed on: with or without sync bytes, length byte, check sums, trailing bytes.

    Raises RefusedError decode.bad_frame where a check sum is wrong, or the frame is cut or has bytes too many.
    """
    if data[:2] in _SYNC:
        data = data[2:]
    if len(data) < SHORTEST:
        raise RefusedError("decode.bad_frame", f"frame has {len(data)} bytes, a radio frame at least {SHORTEST}")
    if data[1] not in SENDS_DATA or not _is_address(data, 2):
        data = _with_length(data)
    return _format_a(data) or _format_b(data) or _without_sums(data)


def _with_length(data: bytes) -> bytes:
    """The frame with the length byte that the receiver left out."""
    for sums in range(_SUM, len(data) - _HEADER, _SUM):
        length = len(data) - sums
        if length <= 255 and _size_a(length) == len(data) + 1:
            guess = bytes([length]) + data
            if _is_sum(guess, 0, _HEADER):
                return guess
    return bytes([min(len(data), 255)]) + data


def _blocks_a(length: int) -> int:
    """Blocks of a format A frame: the header, then sixteen bytes each."""
    return 1 + -(-(length + 1 - _HEADER) // _BLOCK)


def _size_a(length: int) -> int:
    return length + 1 + _SUM * _blocks_a(length)


def _is_sum(data: bytes, begin: int, end: int) -> bool:
    return crc(data[begin:end]) == data[end] << 8 | data[end + 1]


def _format_a(data: bytes) -> RadioFrame | None:
    """A format A frame, whose length byte leaves out the check sums; None where it is none."""
    length = data[0]
    if len(data) - _size_a(length) not in _TRAILERS:
        return None
    parts: list[bytes] = []
    begin, left = 0, length + 1
    while left > 0:
        end = begin + min(left, _BLOCK if begin else _HEADER)
        if not _is_sum(data, begin, end):
            raise RefusedError("decode.bad_frame", f"check sum of the frame's block {len(parts) + 1} is wrong")
        parts.append(data[begin:end])
        left -= end - begin
        begin = end + _SUM
    whole = b"".join(parts)
    return RadioFrame(whole[:_HEADER], identity(whole[2:_HEADER]), whole[_HEADER:], True)


def _format_b(data: bytes) -> RadioFrame | None:
    """A format B frame, whose length byte counts the check sums; None where its first check sum is not right."""
    size = data[0] + 1
    if len(data) - size not in _TRAILERS or size < SHORTEST + _SUM:
        return None
    first = size if size <= _B_WHOLE else _B_WHOLE
    if not _is_sum(data, 0, first - _SUM):
        return None
    content = data[_HEADER : first - _SUM]
    if size > _B_WHOLE:
        if size - _B_WHOLE <= _SUM or not _is_sum(data, _B_WHOLE, size - _SUM):
            raise RefusedError("decode.bad_frame", "check sum of the frame's second part is wrong")
        content += data[_B_WHOLE : size - _SUM]
    return RadioFrame(data[:_HEADER], identity(data[2:_HEADER]), content, True)


def _without_sums(data: bytes) -> RadioFrame:
    """A frame whose check sums the receiver looked at and took out."""
    size = data[0] + 1
    data, spare = data[:size], data[size:]
    lacks_sums = size - len(data) == (_SUM if size <= _B_WHOLE else 2 * _SUM)
    if len(spare) > _SPARE_AT_MOST or (len(data) < size and not lacks_sums):
        raise RefusedError(
            "decode.bad_frame",
            f"frame should have {size} bytes by its length byte and has {len(data) + len(spare)}; "
            "it was cut, or is several frames in one",
        )
    return RadioFrame(data[:_HEADER], identity(data[2:_HEADER]), data[_HEADER:], False, lacks_sums, spare)


def fits_length(data: bytes) -> bool:
    """Whether the length byte fits the number of bytes, with or without check sums. Quick, never raises."""
    if len(data) < SHORTEST:
        return False
    size = data[0] + 1
    return -2 * _SUM <= len(data) - size <= _SPARE_AT_MOST or len(data) - _size_a(data[0]) in _TRAILERS
