"""Qundis: the walk-by block, which holds the register where no record of the standard does.

Facts of the format: wmbusmeters' driver qwater.
"""

from __future__ import annotations

from ingest.mbus.coding import BCD, number
from ingest.mbus.telegram import Value

MANUFACTURER = "QDS"
WALK_BY = b"\xff\x5f"
"""Value information of the block."""

_BYTES = 53
_LITRES = b"\x07\xc1\x13"
_MARK, _REGISTER = slice(7, 10), slice(12, 16)


def walk_by(block: bytes) -> list[Value]:
    """The register of a block of a water meter: eight digits of litres behind the mark of a volume."""
    if len(block) != _BYTES or block[_MARK] != _LITRES:
        return []
    litres = number(BCD, block[_REGISTER])
    return [Value("volume_m3", None if litres is None else litres / 1000)]
