"""Apator: contents of its own in AT-WMBUS-16-2, AT-WMBUS-NA-1 and AT-WMBUS-08.

Facts of the formats: wmbusmeters' drivers apator162, apatorna1, apator08. That 16-2's last two bytes are the check sum
of EN 13757-4 over its block was found by calculation; it holds for every published telegram of block type 0F.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from ingest.mbus import notices
from ingest.mbus.clock import LocalTime
from ingest.mbus.crc import crc
from ingest.mbus.security import BLOCK, DECRYPTED, decrypted_mode_5
from ingest.mbus.telegram import Content, Telegram, Value
from models.errors import RefusedError

_HEAD_162 = 8
"""Block type and status bytes before the fields."""

_TOTAL = 0x10
_TYPE_WITH_SUM = 0x0F
_PADDING = 0xFF
_SIZES_162: dict[int, int] = {
    **dict.fromkeys((0x00, 0x10, 0x42, 0xA0, 0xA1, 0xA4, 0xF0), 4),
    **dict.fromkeys((0x01, 0x44, 0xA6, 0xD0, 0xD3, *range(0xB6, 0xC8)), 3),
    **dict.fromkeys((0x11, 0x41, 0x43, 0xA7, 0xA8, 0xAA, 0xAB, 0xAC, 0xAD, 0xB4), 2),
    **dict.fromkeys((0x40, 0x8B, 0x8C), 6),
    **dict.fromkeys((0x80, 0x81, 0x82, 0x83, 0x84, 0x86, 0x87), 10),
    **dict.fromkeys((0x85, 0x88, 0x8F), 11),
    **dict.fromkeys((0xA2, 0xA5, 0xA9, 0xAF), 1),
    **dict.fromkeys((0xB1, 0xB3), 8),
    **dict.fromkeys((0xB2, 0xB5), 16),
    **dict.fromkeys((0x8E, 0xA3), 7),
    **{tag: 1 + 4 * (tag - 0x6F) for tag in range(0x71, 0x7D)},
    0x8A: 9,
    0xB0: 5,
}
"""Bytes of each field of 16-2 by its tag; only 0x10, the register in litres, is understood."""

_MARK_NA1 = 0x2F
_SUMMER_NA1 = 0x01
_MULTIPLIERS_NA1 = (1, 10, 100, 1000)
_START_NA1 = datetime(2000, 1, 1)  # noqa: DTZ001 - the meter's local time
_YEARS_NA1 = (2010, 2060)
_PARTS_OF_LITRE_08 = 3


def block_162(telegram: Telegram) -> Content:
    """The register of an AT-WMBUS-16-2.

    Raises RefusedError decode.bad_frame where the block's check sum is wrong, decode.unknown_content where a field of
    unknown size stands before the register.
    """
    device = telegram.meter.device
    block = telegram.content[: telegram.encrypted_bytes or None]
    block = block[2:] if block[:2] == DECRYPTED else block
    is_proven = len(block) > _HEAD_162 + 2 and crc(block[:-2]) == block[-2] << 8 | block[-1]
    if not is_proven and (len(block) <= _HEAD_162 + 2 or block[0] == _TYPE_WITH_SUM):
        raise RefusedError("decode.bad_frame", f"check sum of the block of Apator meter {device} is wrong")
    register = _register_162(block, device, is_proven)
    if register is None:
        raise RefusedError("decode.no_reading", f"Apator meter {device} sent a block without its register")
    return Content([Value("volume_m3", register / 1000)])


def _register_162(block: bytes, device: str, is_proven: bool) -> int | None:
    """The register in litres; a block without a check sum must be fields of known sizes up to its padding."""
    at, end = _HEAD_162, len(block) - 2
    register = None
    while at < end and block[at] != _PADDING and (register is None or not is_proven):
        tag, at = block[at], at + 1
        if tag not in _SIZES_162 or at + _SIZES_162[tag] > end:
            raise RefusedError("decode.unknown_content", f"Apator meter {device}: its field {tag:#04x} is not known")
        if tag == _TOTAL:
            register = int.from_bytes(block[at : at + 4], "little")
        at += _SIZES_162[tag]
    return register


def block_na1(telegram: Telegram, key_of: Callable[[], bytes]) -> Content:
    """Register, clock and alarms of an AT-WMBUS-NA-1.

    Its content is access number, frame status and one encrypted block; key_of gives the key or raises.
    Raises RefusedError decode.bad_frame, decode.key_wrong.
    """
    content = telegram.content
    if len(content) < 2 + BLOCK:
        raise RefusedError("decode.bad_frame", f"frame of Apator meter {telegram.meter.device} is cut")
    block = decrypted_mode_5(content[2 : 2 + BLOCK], key_of(), telegram.meter.address, content[0])
    clock = _START_NA1 + timedelta(seconds=int.from_bytes(block[5:9], "little"))
    if block[0] != _MARK_NA1 or not _YEARS_NA1[0] <= clock.year < _YEARS_NA1[1]:
        raise RefusedError(
            "decode.key_wrong",
            f"the key of device {telegram.meter.device} does not open its telegram; correct it in keys.csv",
        )
    low = block[1]
    litres = (int.from_bytes(block[2:5], "little") << 4 | low & 0x0F) * _MULTIPLIERS_NA1[low >> 4 & 0x03]
    alarms = notices.alarms(notices.APATOR_NA1, block[14])
    return Content(
        [Value("volume_m3", litres / 1000)], alarms, LocalTime(clock.isoformat(), bool(content[1] & _SUMMER_NA1)), True
    )


def block_08(telegram: Telegram) -> Content:
    """The register of an AT-WMBUS-08, in thirds of a litre."""
    if len(telegram.content) < 4:
        raise RefusedError("decode.bad_frame", f"frame of Apator meter {telegram.meter.device} is cut")
    thirds = int.from_bytes(telegram.content[:4], "little")
    return Content([Value("volume_m3", float(f"{thirds / _PARTS_OF_LITRE_08 / 1000:.12g}"))])
