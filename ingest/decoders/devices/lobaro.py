"""Lobaro's own sensors: the level probe's pressure, the ultrasonic sensor, and the status that all of them send.

Documentation: Lobaro, docs/lorawan-sensors, pages pressure-lorawan and usonic-lorawan: little endian, pressure in bar
as a float, voltage in mV. The ultrasonic sensor's echoes are distances and no level. Pressure probes have port 1 for
what they measure, ultrasonic ones for their status.
"""

from __future__ import annotations

import math
import struct

from ingest.decoders.devices.codec import Codec, Uplink
from ingest.decoders.result import Result
from models.units import unit

_BAR = unit("bar")
_PROBE = struct.Struct("<fhH")
_ECHO_HEAD = struct.Struct("<HhB")
_ECHO_BYTES = 8
_STATUS = struct.Struct("<4xHh")


def _pressure(uplink: Uplink, result: Result) -> None:
    if uplink.port not in (1, None) or len(uplink.data) != _PROBE.size:
        raise uplink.refuse(f"a pressure probe sends {_PROBE.size} bytes on port 1")
    bar, hundredths, battery_mv = _PROBE.unpack(uplink.data)
    if math.isfinite(bar):
        # A float of 32 bits has seven digits: 0.4375 and not 0.43749999.
        result.reading(uplink.device, "pressure_m", _BAR.stored(float(f"{bar:.7g}")), uplink.moment)
    else:
        result.fault(uplink.device, uplink.moment, "the probe gives no pressure")
    result.complete_status(uplink.device)
    result.reading(uplink.device, "temperature_c", hundredths / 100, uplink.moment)
    result.reading(uplink.device, "battery_v", battery_mv / 1000, uplink.moment)


def _ultrasonic(uplink: Uplink, result: Result) -> None:
    data = uplink.data
    if uplink.port == 2 and len(data) >= _ECHO_HEAD.size:
        battery_mv, tenths, echoes = _ECHO_HEAD.unpack(data[: _ECHO_HEAD.size])
        if len(data) != _ECHO_HEAD.size + echoes * _ECHO_BYTES:
            raise uplink.refuse(f"{echoes} echoes of {_ECHO_BYTES} bytes are announced")
    elif uplink.port == 1 and len(data) >= _STATUS.size:
        battery_mv, tenths = _STATUS.unpack(data[: _STATUS.size])
    else:
        raise uplink.refuse("an ultrasonic sensor sends echoes on port 2 and its status on port 1")
    result.reading(uplink.device, "battery_v", battery_mv / 1000, uplink.moment)
    result.reading(uplink.device, "temperature_c", tenths / 10, uplink.moment)


CODECS = (
    Codec("lobaro pressure", ("lobaro pressure", "lobaro pegelsonde", "lobaro pegel", "lobaro level"), _pressure),
    Codec("lobaro ultrasonic", ("lobaro usonic", "lobaro ultrasonic", "lobaro oscar"), _ultrasonic),
)
