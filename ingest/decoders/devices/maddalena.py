"""Maddalena arrowWAN2: hourly and daily readings, alarms with the current reading, information.

The clock counts seconds since 2000 UTC; the unit is the M-Bus VIF that each frame names. Ports 1 and 2 carry twelve
hours of the day before, backwards from 11:00 or 23:00 local time; port 5 seven days, backwards from midnight of the day
before; port 8 information; port 9 alarms with the register of now.

Documentation: Maddalena's codec in actility/device-catalog, vendors/maddalena/drivers/arrowwan2; its hours and days are
local times, unverified by a real sample whose place is known.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from ingest.decoders.devices.codec import Codec, Uplink
from ingest.decoders.result import Result
from ingest.decoders.time import Moment, time_zone
from models.notice import NoticeKind

_EPOCH_2000_S = 946_684_800
_DAY_HOURS = {1: 11, 2: 23}
_WEEK, _INFORMATION, _ALARM = 5, 8, 9
_LENGTHS = {1: 37, 2: 37, _WEEK: 29, _ALARM: 11}
_VOLUME_VIFS = range(0x10, 0x18)
_BITS: dict[int, NoticeKind] = {
    0: NoticeKind.TAMPER,
    1: NoticeKind.MAGNET,
    2: NoticeKind.LEAK,
    3: NoticeKind.OVERLOAD,
    4: NoticeKind.REVERSE,
    5: NoticeKind.STOPPED,
    6: NoticeKind.REVERSE,
    10: NoticeKind.BATTERY_LOW,
    11: NoticeKind.BATTERY_LOW,
    14: NoticeKind.SENSOR_FAULT,
}


def _decode(uplink: Uplink, result: Result) -> None:
    """A frame of an arrowWAN2, told by its port."""
    port, data = uplink.port or 0, uplink.data
    if port == _INFORMATION:
        raise uplink.without_reading("a frame of information")
    if port not in _LENGTHS or len(data) != _LENGTHS[port]:
        raise uplink.refuse("ports 1 and 2 have 37 bytes, port 5 has 29, port 9 has 11")
    when = uplink.at(_EPOCH_2000_S + int.from_bytes(data[:4], "little"))
    _take_alarms(int.from_bytes(data[4:6], "little"), uplink.device, when, result)
    if data[6] not in _VOLUME_VIFS:
        raise uplink.refuse(f"VIF {data[6]:02x} names no unit of a volume")
    if port == _ALARM:
        result.reading(uplink.device, "volume_m3", _volume_m3(_signed(data, 7, 4), data[6]), when)
    elif not when.flags:
        _take_history(uplink, when.time.astimezone(time_zone(uplink.context.zone)), result)


def _take_history(uplink: Uplink, clock: datetime, result: Result) -> None:
    """Readings backwards from one of the day before."""
    port, data = uplink.port or 0, uplink.data
    midnight = clock.replace(hour=0, minute=0, second=0, tzinfo=None) - timedelta(days=1)
    if port == _WEEK:
        begin, step, base, deltas_at, width = midnight, timedelta(days=1), _signed(data, 7, 4), 11, 3
    else:
        begin = midnight + timedelta(hours=_DAY_HOURS[port])
        step, base, deltas_at, width = timedelta(hours=1), _signed(data, 11, 4), 15, 2
    time, value = begin, base
    for at in range(deltas_at - width, len(data), width):
        if at >= deltas_at:
            delta = _signed(data, at, width)
            if delta == -1 << (8 * width - 1):  # no value: what lies before it is unknown
                return
            time, value = time - step, value - delta
        result.reading(uplink.device, "volume_m3", _volume_m3(value, data[6]), uplink.local(time.isoformat()))


def _signed(data: bytes, at: int, width: int) -> int:
    return int.from_bytes(data[at : at + width], "little", signed=True)


def _volume_m3(raw: int, vif: int) -> float:
    """10^(n−6) m³, n the VIF's low bits."""
    power = (vif & 0x07) - 6
    return raw / 10**-power if power < 0 else float(raw * 10**power)


def _take_alarms(bits: int, device: str, when: Moment, result: Result) -> None:
    for bit, kind in _BITS.items():
        if bits >> bit & 1:
            result.notice(device, kind, True, when)
    result.complete_status(device)


CODEC = Codec("maddalena-arrowwan", ("arrowwan", "arrow-wan", "maddalena arrow"), _decode)
