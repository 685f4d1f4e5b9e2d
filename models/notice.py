"""What a device says of itself: durable like a reading and never an error."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class NoticeKind(StrEnum):
    """The conditions a device can report of itself."""

    LEAK = "LEAK"
    BURST = "BURST"
    DRY = "DRY"
    REVERSE = "REVERSE"
    TAMPER = "TAMPER"
    MAGNET = "MAGNET"
    STOPPED = "STOPPED"
    OVERLOAD = "OVERLOAD"
    FREEZE = "FREEZE"
    BATTERY_LOW = "BATTERY_LOW"
    SENSOR_FAULT = "SENSOR_FAULT"
    CLOCK = "CLOCK"


class Notice(NamedTuple):
    """A device's own alarm.

    active : True while the device sees it now, False when it says it is over or only remembers it
    time : aware UTC, to the millisecond
    """

    device: str
    notice: NoticeKind
    active: bool
    time: datetime
    time_source: str = "payload"
    source: str = ""
