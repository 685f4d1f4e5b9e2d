"""Adeunis Pulse (versions 3 and 4) and Analog: a frame code, a status byte, big-endian values.

46, 5a, 5b  counters of channels A and B; 5a and 5b with differences of older samples, whose step only the settings know
47          flows that crossed a threshold [pulses an hour]
30          alarms of both channels
10 to 33    settings and answers
71          Analog 2: volts or milliamperes, which mean nothing without the transmitter behind

Counters have no weight in the frame. Where the status says so, a frame ends with the product's clock; it has no zone
and counts from 2013: the network's time holds.

Documentation: Adeunis, "PULSE LoRaWAN user guide" (versions 3 and 4), "ANALOG"; codecs of TheThingsNetwork/
lorawan-devices (vendor/adeunis).
"""

from __future__ import annotations

from ingest.decoders.devices.codec import Codec, Uplink
from ingest.decoders.message import Problem
from ingest.decoders.result import Result
from models.notice import NoticeKind

_BATTERY_LOW, _CLOCK_FOLLOWS = 0x02, 0x04
_CLOCK_BYTES = 4
_COUNTERS, _FLOWS, _ALARMS = 0x46, 0x47, 0x30
_HISTORY = {0x5A: "", 0x5B: "#2"}
_SETTINGS = frozenset([0x10, 0x11, 0x12, 0x20, 0x31, 0x32, 0x33, 0x36, 0x37])
_LENGTHS = {_COUNTERS: 10, _FLOWS: 6, _ALARMS: 11}
_ALARM_BITS = ((0x01, NoticeKind.OVERLOAD), (0x04, NoticeKind.TAMPER), (0x10, NoticeKind.LEAK))
"""Of channel A; channel B has the bit above each."""

_ANALOG_FRAMES = frozenset([0x42, 0x71, 0x72])


def _pulse(uplink: Uplink, result: Result) -> None:
    data = uplink.data
    if len(data) < 2:
        raise uplink.refuse("a frame code and a status are awaited")
    if data[0] in _SETTINGS:
        raise uplink.without_reading("a frame of settings")
    if data[0] in _HISTORY:
        _history(data, _HISTORY[data[0]], uplink, result)
    elif data[0] in _LENGTHS:
        if len(data) not in (_LENGTHS[data[0]], _LENGTHS[data[0]] + _CLOCK_BYTES):
            raise uplink.refuse(f"frame {data[0]:02x} has {_LENGTHS[data[0]]} bytes, {_CLOCK_BYTES} more with a clock")
        if data[0] == _COUNTERS:
            _count(data[2:6], "", uplink, result)
            _count(data[6:10], "#2", uplink, result)
        elif data[0] == _ALARMS:
            _alarms(data[2], uplink, result)
        else:
            result.problem(Problem("decode.no_unit", f"device {uplink.device}: flows in pulses an hour have no weight"))
    else:
        raise uplink.refuse(f"frame code {data[0]:02x} is not documented")
    result.notice(uplink.device, NoticeKind.BATTERY_LOW, bool(data[1] & _BATTERY_LOW), uplink.moment)


def _history(data: bytes, suffix: str, uplink: Uplink, result: Result) -> None:
    end = len(data) - (_CLOCK_BYTES if data[1] & _CLOCK_FOLLOWS else 0)
    if end < 6 or end % 2:
        raise uplink.refuse("a counter of four bytes and differences of two each are awaited")
    newest = int.from_bytes(data[2:6], "big")
    if newest < sum(int.from_bytes(data[at : at + 2], "big") for at in range(6, end, 2)):
        raise uplink.refuse("its differences are greater than its counter")
    _count(data[2:6], suffix, uplink, result)


def _count(raw: bytes, suffix: str, uplink: Uplink, result: Result) -> None:
    result.reading(uplink.device + suffix, "pulses", float(int.from_bytes(raw, "big")), uplink.moment)


def _alarms(bits: int, uplink: Uplink, result: Result) -> None:
    for channel, suffix in enumerate(("", "#2")):
        for bit, kind in _ALARM_BITS:
            result.notice(uplink.device + suffix, kind, bool(bits & bit << channel), uplink.moment)


def _analog(uplink: Uplink, result: Result) -> None:
    if len(uplink.data) < 2 or uplink.data[0] not in _ANALOG_FRAMES:
        raise uplink.without_reading("a frame of an analogue transmitter without values")
    result.problem(
        Problem(
            "decode.no_quantity",
            f"device {uplink.device}: volts and milliamperes of an input say nothing of water; give its profile "
            "a codec that knows the transmitter",
        )
    )
    if uplink.data[1] & _BATTERY_LOW:
        result.notice(uplink.device, NoticeKind.BATTERY_LOW, True, uplink.moment)


CODECS = (
    Codec("adeunis pulse", ("adeunis pulse",), _pulse),
    Codec("adeunis analog", ("adeunis analog",), _analog),
)
