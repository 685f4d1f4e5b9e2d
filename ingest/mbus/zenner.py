"""Zenner: the manufacturer's block of radio version 0B.

Facts of the format: wmbusmeters' driver zenner0b.
"""

from __future__ import annotations

from ingest.mbus.telegram import Content, Telegram, Value
from models.errors import RefusedError

MODEL = ("ZRI", 0x0B, 0x16)
_PARTS_OF_M3 = 256_000
_REGISTER = slice(8, 12)


def version_0b(telegram: Telegram, block: bytes) -> Content:
    """The register in 256,000ths of a cubic metre, behind four bytes of status and four of the month's volume."""
    raw = block[_REGISTER]
    if len(raw) < 4:
        raise RefusedError("decode.bad_frame", f"block of Zenner meter {telegram.meter.device} is cut")
    return Content([Value("volume_m3", int.from_bytes(raw, "little") / _PARTS_OF_M3)])
