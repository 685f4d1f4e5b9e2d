"""The check sum of EN 13757-4: CRC-16, polynomial 0x3D65, start 0, inverted, high byte first on air."""

from __future__ import annotations

import struct

_POLYNOMIAL = 0x3D65


def _after_byte(value: int) -> int:
    """The register after eight steps from a value in its high byte."""
    for _ in range(8):
        value = (value << 1) ^ _POLYNOMIAL if value & 0x8000 else value << 1
    return value & 0xFFFF


_BYTES = tuple(_after_byte(byte << 8) for byte in range(256))
_WORDS = tuple(_BYTES[(first >> 8) ^ low] ^ (first << 8 & 0xFFFF) for first in _BYTES for low in range(256))
"""The register after sixteen steps, by the word that went in: two bytes at once, as most frames' sums are looked at."""


def crc(data: bytes) -> int:
    """The check sum of a block. Source: EN 13757-4, 12.5.2.

    >>> hex(crc(bytes.fromhex("02FF2004134413615B6167")))  # the signature of Multical 21's compact format
    '0xa8ed'
    """
    if len(data) & 1:
        data = b"\0" + data  # from start 0, zeros before the block change nothing
    value = 0
    for word in struct.unpack(f">{len(data) >> 1}H", data):
        value = _WORDS[value ^ word]
    return value ^ 0xFFFF
