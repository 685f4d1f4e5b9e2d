"""IZAR (Diehl, Sappel): PRIOS content, the register in a scrambled block of the manufacturer's own.

Facts of the format: wmbusmeters' driver izar.
"""

from __future__ import annotations

from ingest.mbus import diehl, notices
from ingest.mbus.telegram import Content, Telegram, Value
from models.errors import RefusedError

_FLAGS, _SKIPPED = 3, 4
"""Three bytes of flags and one more stand in plain before the scrambled block."""

_SHORTEST = 5
"""A mark and the register in litres; then mostly the register of the due date and that date."""

_WITH_DUE_DATE = 11
_REGISTER_END = 1_000_000_000
"""Litres that no meter of these reaches."""


def prios(telegram: Telegram, key: bytes) -> Content:
    """The register and alarms of a PRIOS content.

    Raises RefusedError decode.key_wrong where no key opens it: the mark at its beginning is not there.
    """
    scrambled = telegram.content[_SKIPPED:]
    tries = diehl.unscrambled(scrambled, telegram.header, telegram.opening, key)
    plain = next((data for data in tries if _is_opened(data)), None)
    if plain is None:
        raise RefusedError(
            "decode.key_wrong",
            f"device {telegram.meter.device}: neither Diehl's factory keys nor keys.csv open its PRIOS content",
        )
    register = _register(plain, 1) / 1000
    flags = int.from_bytes(telegram.content[:_FLAGS], "little")
    return Content([Value("volume_m3", register)], notices.alarms(notices.PRIOS, flags), tells_alarms=True)


def _is_opened(data: bytes) -> bool:
    """Whether the mark is there, registers are such, and the due date, where there is one, is a date.

    The mark alone is not enough: with one of its bits turned the other factory key finds it.
    """
    if len(data) < _SHORTEST or data[0] != diehl.PRIOS_MARK or _register(data, 1) >= _REGISTER_END:
        return False
    if len(data) < _WITH_DUE_DATE:
        return True
    return _register(data, 5) < _REGISTER_END and data[10] & 0x0F <= 12


def _register(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")
