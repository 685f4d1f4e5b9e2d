"""BMeters: the manufacturer's block of Hydrodigit, and the content of RFM-TX1.

Facts of the formats: wmbusmeters' drivers hydrodigit, rfmtx1.
"""

from __future__ import annotations

from ingest.mbus import notices
from ingest.mbus.clock import LocalTime
from ingest.mbus.coding import BCD, number
from ingest.mbus.telegram import Alarm, Content, Telegram, Value
from models.errors import RefusedError
from models.notice import NoticeKind

HYDRODIGIT_VERSIONS = frozenset([0x13, 0x15, 0x17])
RFM_TX1 = 0x05
_OWN_MODE = 0x10

_BATTERY, _FRAUD, _BACKFLOW, _LEAK = 0x01, 0x02, 0x04, 0x80
_VOLTS = (3.7, 1.9, 2.1, 2.2, 2.3, 2.4, 2.5, 2.65, 2.8, 2.9, 3.05, 3.2, 3.35, 3.5, 3.7, 3.7)
"""Battery by the low four bits; 3.7 V is the full one."""

_NO_DATE = bytes(3)

_MASKS_TX1 = (
    bytes.fromhex("7A70B97907329CB40AF0160C4A77BD39"),
    bytes.fromhex("10130B079AA17EC4CE0598C9482E786F"),
    bytes.fromhex("1A228E4ACB39608019A5117DE48A5728"),
    bytes.fromhex("0A139916690E99A303865EA21FE88C05"),
)
"""Masks of the register's four bytes by the low four bits of the access number."""

_REGISTER_TX1, _CLOCK_TX1, _SHORTEST_TX1 = 2, 13, 19


def hydrodigit(block: bytes, content: Content) -> None:
    """Add what Hydrodigit's own block says: battery, backflow, frauds and leaks that it remembers."""
    if not block:
        return
    what, at = block[0], 1
    parts: dict[int, bytes] = {}
    for part, size in ((_BATTERY, 1), (_FRAUD, 4), (_LEAK, 3), (_BACKFLOW, 4)):
        if what & part:
            parts[part] = block[at : at + size]
            at += size
    if at > len(block):
        return
    if _BATTERY in parts:
        content.values.append(Value("battery_v", _VOLTS[parts[_BATTERY][0] & 0x0F]))
    if _BACKFLOW in parts and parts[_BACKFLOW] != b"\xff" * 4:
        content.values.append(Value("reverse_volume_m3", int.from_bytes(parts[_BACKFLOW], "little") / 1000))
    if _FRAUD in parts and parts[_FRAUD][1:] != _NO_DATE:
        content.alarms += notices.alarms(notices.HYDRODIGIT_FRAUD, parts[_FRAUD][0])
    if parts.get(_LEAK, _NO_DATE) != _NO_DATE:
        content.alarms.append(Alarm(NoticeKind.LEAK, False))


def is_rfm_tx1(telegram: Telegram) -> bool:
    """Whether a telegram has the content of an RFM-TX1."""
    meter = telegram.meter
    return meter.manufacturer == "BMT" and meter.version == RFM_TX1 and telegram.configuration >> 8 & 0x1F == _OWN_MODE


def rfm_tx1(telegram: Telegram) -> Content:
    """Register and clock of an RFM-TX1: the register masked by the access number, the clock in plain digits.

    Raises RefusedError decode.bad_frame where digits are none.
    """
    data, access = telegram.content, telegram.access_number
    if len(data) < _SHORTEST_TX1:
        raise RefusedError("decode.bad_frame", f"frame of BMeters meter {telegram.meter.device} is cut")
    masked = data[_REGISTER_TX1 : _REGISTER_TX1 + 4]
    plain = bytes(byte ^ access ^ mask[access & 0x0F] for byte, mask in zip(masked, _MASKS_TX1, strict=True))
    digits, clock = plain[::-1].hex(), data[_CLOCK_TX1:_SHORTEST_TX1][::-1].hex()
    if not (digits.isdigit() and clock.isdigit()):
        raise RefusedError("decode.bad_frame", f"register of BMeters meter {telegram.meter.device} has no digits")
    litres = number(BCD, plain)
    shown = f"20{clock[0:2]}-{clock[2:4]}-{clock[4:6]}T{clock[6:8]}:{clock[8:10]}:{clock[10:12]}"
    return Content([Value("volume_m3", None if litres is None else litres / 1000)], [], LocalTime(shown, False))
