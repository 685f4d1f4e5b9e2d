"""Techem: contents of MK Radio 3 and 4 water meters: the register of the due date and what was used since.

Facts of the formats: wmbusmeters' drivers mkradio3, mkradio3a, mkradio4.
"""

from __future__ import annotations

from ingest.mbus.telegram import Content, Telegram, Value
from models.errors import RefusedError

CONTENT = 0xA2
_TENTHS = 10
_SINCE_DUE_DATE = frozenset([0x70, 0x74, 0x95])
_WHOLE = 0x50
_DATED = 0x74
_SHORTEST = 9


def register(telegram: Telegram) -> Content:
    """The register, to a tenth of a cubic metre as the meter sends it.

    Raises RefusedError decode.bad_frame, decode.unknown_content for versions that nobody documents.
    """
    content, meter = telegram.content, telegram.meter
    if telegram.ci != CONTENT or (meter.version not in _SINCE_DUE_DATE and meter.version != _WHOLE):
        raise RefusedError(
            "decode.unknown_content",
            f"Techem meter {meter.device} of version {meter.version:#04x} has a content that is not documented",
        )
    if len(content) < _SHORTEST:
        raise RefusedError("decode.bad_frame", f"frame of Techem meter {meter.device} is cut")
    if meter.version == _WHOLE:
        _refuse_no_date(content[2] | content[3] << 8, meter.device)
        tenths = int.from_bytes(content[4:7], "little")
    else:
        if meter.version == _DATED:
            _refuse_no_date(content[1] | content[2] << 8, meter.device)
        tenths = (content[3] | content[4] << 8) + (content[7] | content[8] << 8)
    return Content([Value("volume_m3", tenths / _TENTHS)])


def _refuse_no_date(word: int, device: str) -> None:
    """Bits 0 to 4 are a day, 5 to 8 a month: what has none is no content of this kind."""
    if not (word & 0x1F >= 1 and 1 <= word >> 5 & 0x0F <= 12):
        raise RefusedError("decode.bad_frame", f"frame of Techem meter {device} has no date where it should be")
