"""GWF: alarms in the manufacturer's block of type 01.

Facts of the format: wmbusmeters' driver gwfwater.
"""

from __future__ import annotations

from ingest.mbus import notices
from ingest.mbus.telegram import Content

_TYPE = 0x01


def flags(block: bytes, content: Content) -> None:
    """Add the alarms of a block whose type is known."""
    if len(block) >= 2 and block[0] == _TYPE:
        content.alarms += notices.alarms(notices.GWF, block[1])
        content.tells_alarms = True
