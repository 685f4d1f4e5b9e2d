"""STREGA smart valves, battery powered: text of four digits, a state's character, then box climate or counter.

The four digits stand for the battery, (number − 2000) / 16 in percent. The state's character less 0x30 has a bit each
for valve (open), cover, cable, two inputs, leak, fraud. "#" is followed by temperature and humidity inside of the box.

Documentation: STREGA, "Smart-valve payload", codec of TheThingsNetwork/lorawan-devices (vendor/strega).
"""

from __future__ import annotations

import re

from ingest.decoders.devices.codec import Codec, Uplink
from ingest.decoders.result import Result
from models.notice import NoticeKind

_HEAD_BYTES = 5
_CLIMATE, _ANSWER = b"#", b"@"
_INPUTS = re.compile(rb"(?:C(?P<counter>[0-9A-Fa-f]{6}))?(?:V[0-9A-Fa-f]{4})?")
_CLIMATE_BYTES = 5
_OPEN, _COVER, _LEAK, _FRAUD = 0x01, 0x02, 0x20, 0x40


def _decode(uplink: Uplink, result: Result) -> None:
    data = uplink.data
    if data[:1] == _ANSWER or data[_HEAD_BYTES : _HEAD_BYTES + 1] == _ANSWER:
        raise uplink.without_reading("an answer to a command")
    if len(data) < _HEAD_BYTES or not data[:4].isdigit() or data[:1] != b"3" or not 0x30 <= data[4] < 0xB0:
        raise uplink.refuse("four digits from 3000 on and a state are awaited; powered and class C valves are not read")
    rest = data[_HEAD_BYTES:]
    if rest.startswith(_CLIMATE):
        if len(rest) < _CLIMATE_BYTES:
            raise uplink.refuse("the box's climate is cut off")
        celsius = int.from_bytes(rest[1:3], "big") / 65536 * 165 - 40
        result.reading(uplink.device, "ambient_temperature_c", round(celsius, 2), uplink.moment)
        rest = rest[_CLIMATE_BYTES:]
    inputs = _INPUTS.fullmatch(rest)
    if inputs is None:
        raise uplink.refuse("after state and climate a counter (C, six digits) or a voltage (V, four) is awaited")
    if inputs["counter"]:
        result.reading(uplink.device, "pulses", float(int(inputs["counter"], 16)), uplink.moment)
    _state(data, uplink, result)


def _state(data: bytes, uplink: Uplink, result: Result) -> None:
    state = data[4] - 0x30
    result.notice(uplink.device, NoticeKind.LEAK, bool(state & _LEAK), uplink.moment)
    result.notice(uplink.device, NoticeKind.TAMPER, bool(state & (_COVER | _FRAUD)), uplink.moment)
    result.reading(uplink.device, "valve_open", float(state & _OPEN), uplink.moment)
    share = round((int(data[:4]) - 2000) / 16)
    result.reading(uplink.device, "battery_pct", float(min(share, 100)), uplink.moment)


CODECS = (Codec("strega valve", ("strega smart-valve", "strega valve"), _decode),)
