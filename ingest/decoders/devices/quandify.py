"""Quandify CubicMeter 1.1: a clamp-on ultrasonic meter's status report (port 1, or inside a response on port 6).

Documentation: Quandify, "CubicMeter 1.1" payload decoder: litres since installation, battery as 1800 mV + 8 mV a step,
temperatures in half degrees from −20 °C. Minimum and maximum of the water's temperature are no reading of now.
"""

from __future__ import annotations

from ingest.decoders.devices.codec import Codec, Uplink
from ingest.decoders.result import Result
from models.notice import NoticeKind

_STATUS_PORT, _RESPONSE_PORT = 1, 6
_STATUS_BYTES = 28
_STATUS_REPORT = 1
_NOT_SENSING = 0x8000
_REVERSE_FLOW = 384
_LEAK_MEDIUM = 3


def _decode(uplink: Uplink, result: Result) -> None:
    """A status report, by itself or in the answer to a command."""
    data = uplink.data
    if uplink.port == _RESPONSE_PORT and len(data) > 3:
        if data[1] != 0 or data[2] != _STATUS_REPORT:
            raise uplink.without_reading("a response to a command")
        data = data[3:]
    elif uplink.port != _STATUS_PORT:
        raise uplink.without_reading("a frame of another port than 1 and 6")
    if len(data) != _STATUS_BYTES:
        raise uplink.refuse("a status report has 28 bytes")
    device, when = uplink.device, uplink.moment
    error = int.from_bytes(data[4:6], "little")
    code = error & ~_NOT_SENSING
    for kind, active in (
        (NoticeKind.DRY, bool(error & _NOT_SENSING)),
        (NoticeKind.REVERSE, code == _REVERSE_FLOW),
        (NoticeKind.SENSOR_FAULT, code not in (0, _REVERSE_FLOW)),
        (NoticeKind.LEAK, data[22] >= _LEAK_MEDIUM),
    ):
        if active:
            result.notice(device, kind, True, when)
    result.complete_status(device)
    result.reading(device, "volume_m3", int.from_bytes(data[6:10], "little") / 1000, when)
    result.reading(device, "battery_v", (1800 + 8 * data[24]) / 1000, when)
    result.reading(device, "ambient_temperature_c", data[27] / 2 - 20, when)


CODEC = Codec("quandify", ("cubicmeter", "quandify"), _decode)
