"""VEGA VEGAPULS Air 23, 41, 42: radar sensors over tanks and wells; packets 2 to 5, big endian.

2     packet, NAMUR NE 107 state, measured value (float) and its unit's code, battery [%], electronics' temperature
      [0.1 °C], inclination
3     2 with the position before the inclination
4, 5  2, 3 with the sensor's own error code before the inclination
254   a sign of life

The measured value is the distance down to the surface unless the sensor is set otherwise, and the frame does not say
how it is set: no level comes out.

Documentation: VEGA Grieshaber, VEGAPULS Air operating instructions, "LoRaWAN data transmission"; codec of
actility/device-catalog (vendors/vega).
"""

from __future__ import annotations

from ingest.decoders.devices.codec import Codec, Uplink
from ingest.decoders.result import Result
from models.notice import NoticeKind

_SIGN_OF_LIFE = 254
_LENGTHS = {2: 11, 3: 19, 4: 15, 5: 23}
_FAILURE = 4
_WITHOUT_INCLINATION = 1


def _decode(uplink: Uplink, result: Result) -> None:
    data = uplink.data
    if data[0] == _SIGN_OF_LIFE:
        raise uplink.without_reading("a sign of life")
    if data[0] not in _LENGTHS:
        raise uplink.refuse(f"packet {data[0]} is not documented in public")
    if len(data) not in (_LENGTHS[data[0]], _LENGTHS[data[0]] - _WITHOUT_INCLINATION):
        raise uplink.refuse(f"packet {data[0]} has {_LENGTHS[data[0]]} bytes")
    if data[1] > _FAILURE:
        raise uplink.refuse(f"{data[1]} is no state of NAMUR NE 107")
    if data[1] == _FAILURE:
        result.notice(uplink.device, NoticeKind.SENSOR_FAULT, True, uplink.moment)
    result.complete_status(uplink.device)
    result.reading(uplink.device, "battery_pct", float(data[7]), uplink.moment)
    tenths = int.from_bytes(data[8:10], "big", signed=True)
    result.reading(uplink.device, "ambient_temperature_c", tenths / 10, uplink.moment)


CODECS = (Codec("vegapuls air", ("vegapuls", "vega air"), _decode),)
