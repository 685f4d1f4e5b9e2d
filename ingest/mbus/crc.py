"""The check sum of EN 13757-4: CRC-16, polynomial 0x3D65, start 0, inverted, high byte first on air."""

from __future__ import annotations

_POLYNOMIAL = 0x3D65


def _entry(index: int) -> int:
    value = index << 8
    for _ in range(8):
        value = (value << 1) ^ _POLYNOMIAL if value & 0x8000 else value << 1
    return value & 0xFFFF


_TABLE = tuple(_entry(index) for index in range(256))


def crc(data: bytes) -> int:
    """The check sum of a block. Source: EN 13757-4, 12.5.2.

    >>> hex(crc(bytes.fromhex("02FF2004134413615B6167")))  # the signature of Multical 21's compact format
    '0xa8ed'
    """
    value = 0
    for byte in data:
        value = (value << 8 & 0xFFFF) ^ _TABLE[(value >> 8) ^ byte]
    return value ^ 0xFFFF
