"""Milesight level, pressure, pulse, leak and valve devices: channel, type, value (port 85).

Documentation: Milesight IoT, SensorDecoders (EM300, EM310, EM400, EM410, EM500, UC51x, WS303 series) and the devices'
user guides. EM500-SWL's depth is in cm. Distances (UDL, RDL, TLD) are measured down to the water and are no level.
Water that an EM300-DI works out of pulses is in a unit that only the device's settings name.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from ingest.decoders.devices.codec import Codec, Uplink
from ingest.decoders.devices.stored import record
from ingest.decoders.devices.tagged import REST, Field, Read, read_tagged
from ingest.decoders.message import Problem
from ingest.decoders.result import Result
from models.notice import NoticeKind
from models.units import unit

_CM, _KPA = unit("cm"), unit("kPa")
_FAILED, _OUT_OF_RANGE = 0xFFFF, 0xFFFD
_VALVE_BUSY = 0xFF
_COUNTER = 2
_ALARMS = {  # EM300-DI: which alarm, and whether it is on
    1: (NoticeKind.STOPPED, True),
    2: (NoticeKind.STOPPED, False),
    3: (NoticeKind.LEAK, True),
    4: (NoticeKind.LEAK, False),
}
"""Water outage timeout: nothing flows for longer than set. Water flow timeout: it flows for longer than set."""


def _unsigned(raw: bytes) -> int:
    return int.from_bytes(raw, "little")


def _signed(raw: bytes) -> int:
    return int.from_bytes(raw, "little", signed=True)


def _battery(raw: bytes, uplink: Uplink, result: Result) -> None:
    result.reading(uplink.device, "battery_pct", float(raw[0]), uplink.moment)


def _temperature(raw: bytes, uplink: Uplink, result: Result) -> None:
    result.reading(uplink.device, "temperature_c", _signed(raw[:2]) / 10, uplink.moment)


def _depth(raw: bytes, uplink: Uplink, result: Result) -> None:
    depth_cm = _unsigned(raw)
    if depth_cm in (_FAILED, _OUT_OF_RANGE):
        said = "failed" if depth_cm == _FAILED else "is out of range"
        result.fault(uplink.device, uplink.moment, f"the depth's measurement {said}")
    else:
        result.reading(uplink.device, "level_m", _CM.stored(depth_cm), uplink.moment)
    result.complete_status(uplink.device)


def _pressure(raw: bytes, uplink: Uplink, result: Result) -> None:
    result.reading(uplink.device, "pressure_m", _KPA.stored(_signed(raw)), uplink.moment)


def _pipe_pressure(raw: bytes, uplink: Uplink, result: Result) -> None:
    result.reading(uplink.device, "pressure_m", _KPA.stored(_unsigned(raw)), uplink.moment)


def _pipe_pressure_status(raw: bytes, uplink: Uplink, result: Result) -> None:
    if raw[0]:
        result.fault(uplink.device, uplink.moment, "the pressure's measurement failed")


def _leak(raw: bytes, uplink: Uplink, result: Result) -> None:
    result.reading(uplink.device, "flooded", float(raw[0] != 0), uplink.moment)


def _pulses(raw: bytes, uplink: Uplink, result: Result, suffix: str = "") -> None:
    result.reading(uplink.device + suffix, "pulses", float(_unsigned(raw)), uplink.moment)


def _valve(raw: bytes, uplink: Uplink, result: Result, suffix: str = "") -> None:
    if raw[0] != _VALVE_BUSY:  # else: the answer to a delayed command
        result.reading(uplink.device + suffix, "valve_open", float(raw[0] != 0), uplink.moment)


def _water(raw: bytes, uplink: Uplink, result: Result) -> None:
    result.problem(
        Problem(
            "decode.no_unit",
            f"device {uplink.device} counts water in the unit of its own settings, which the frame does not name",
        )
    )
    if len(raw) > 8:
        _water_alarm(raw[8], uplink, result)


def _water_alarm(code: int, uplink: Uplink, result: Result) -> None:
    if code in _ALARMS:
        kind, active = _ALARMS[code]
        result.notice(uplink.device, kind, active, uplink.moment)


def _history(read: Read, raw: bytes, uplink: Uplink, result: Result) -> None:
    if then := record(uplink, _unsigned(raw[:4]), result):
        read(raw[4:], then, result)


def _history_of(read: Read, size: int) -> Field:
    return Field(4 + size, partial(_history, read))


def _counter_record(raw: bytes, uplink: Uplink, result: Result) -> None:
    _temperature(raw, uplink, result)
    if raw[3] == _COUNTER:
        _pulses(raw[5:9], uplink, result)


def _leak_record(raw: bytes, uplink: Uplink, result: Result) -> None:
    _temperature(raw, uplink, result)
    _leak(raw[3:], uplink, result)


def _mat_record(raw: bytes, uplink: Uplink, result: Result) -> None:
    _leak(raw[3:], uplink, result)


def _valve_record(raw: bytes, uplink: Uplink, result: Result) -> None:
    suffix = "#2" if raw[0] >> 4 & 1 else ""
    result.reading(uplink.device + suffix, "valve_open", float(raw[0] & 1), uplink.moment)
    if raw[0] >> 1 & 1:
        _pulses(raw[1:], uplink, result, suffix)


_SETTINGS = {
    **{0xFF00 | kind: size for kind, size in {0x01: 1, 0x09: 2, 0x0A: 2, 0x0B: 1, 0x0F: 1, 0x16: 8}.items()},
    **{0xFF00 | kind: size for kind, size in {0xFE: 1, 0xFF: 2, 0x1B: 5, 0x12: REST}.items()},
}
"""What a device says of itself when it joins: versions, serial number, class, range."""

_ANSWERS = {
    0x02: 2, 0x03: 2, 0x06: 9, 0x10: 1, 0x11: 4, 0x13: 1, 0x17: 2, 0x1C: 2, 0x27: 1, 0x28: 1, 0x35: 8, 0x3B: 1,
    0x3E: 1, 0x4A: 1, 0x4E: 2, 0x56: 1, 0x68: 1, 0x69: 1, 0x6A: 3, 0x70: 2, 0x71: 1, 0x79: 4, 0x84: 1, 0x8E: 3,
    0x92: 5, 0x96: 8, 0xA1: 7, 0xA2: 9, 0xA3: 2, 0xA4: 2, 0xAB: 3, 0xBD: 2, 0xC3: 1, 0xF1: 4, 0xF2: 2, 0xF5: 1,
}  # fmt: skip
"""Answers to commands, on channels fe and ff: their widths."""

_COMMON: Mapping[int, Field] = {
    **{channel << 8 | kind: Field(size) for channel in (0xFE, 0xFF) for kind, size in _ANSWERS.items()},
    **{tag: Field(size) for tag, size in _SETTINGS.items()},
    0x0175: Field(1, _battery),
}

_AMBIENT: Mapping[int, Field] = {0x0367: Field(2, _temperature), 0x0468: Field(1)}
_LEAK_ANSWERS: Mapping[int, Field] = {
    channel << 8 | kind: Field(size) for channel in (0xFE, 0xFF) for kind, size in {0x6D: 1, 0x79: 6, 0xEA: 3}.items()
}
_LEAK_DETECTOR: Mapping[int, Field] = {
    **_AMBIENT,
    **_LEAK_ANSWERS,
    0x0500: Field(1, _leak),
    0x20CE: _history_of(_leak_record, 4),
}
_LEAK_MAT: Mapping[int, Field] = {**_LEAK_ANSWERS, 0x0500: Field(1, _leak), 0x20CE: _history_of(_mat_record, 4)}
_DISTANCE: Mapping[int, Field] = {0x0382: Field(2), 0x0400: Field(1), 0x83E9: Field(5), 0x20CE: Field(6)}
_DISTANCE_AND_TEMPERATURE: Mapping[int, Field] = {
    0x01B9: Field(2),
    0x0367: Field(2, _temperature),
    0x0482: Field(2),
    0x0500: Field(1),
    0x06C7: Field(2),
    0x07BA: Field(REST),
    0x20CE: Field(6),
    0x8367: Field(3, _temperature),
    0x8482: Field(3),
    0x9482: Field(5),
    0xB482: Field(3),
}
_COUNTER_INPUT: Mapping[int, Field] = {
    **_AMBIENT,
    0x0500: Field(1),
    0x05C8: Field(4, _pulses),
    0x05E1: Field(8, _water),
    0x8500: Field(2),
    0x85E1: Field(9, _water),
    0x20CE: _history_of(_counter_record, 9),
    # Version 1.3 keeps 18 bytes: the water that it worked out, in the unit of its settings.
    0x21CE: _history_of(_temperature, 14),
}
_HALL_INPUT: Mapping[int, Field] = {**_COUNTER_INPUT, 0x21CE: Field(18)}
_VALVES: Mapping[int, Field] = {
    0x0301: Field(1, _valve),
    0x0501: Field(1, partial(_valve, suffix="#2")),
    0x04C8: Field(4, _pulses),
    0x06C8: Field(4, partial(_pulses, suffix="#2")),
    0x0701: Field(1),
    0x0801: Field(1),
    0x097B: Field(2, _pipe_pressure),
    0xB97B: Field(1, _pipe_pressure_status),
    0x0BF5: Field(9),
    0x0EAF: Field(3),
    0x0FAF: Field(3),
    0x20CE: _history_of(_valve_record, 5),
    0x21CE: _history_of(_pipe_pressure, 2),
}


def _decode(own: Mapping[int, Field], uplink: Uplink, result: Result) -> None:
    read_tagged(uplink, uplink.data, 2, own, result)
    if result.is_empty:
        result.problem(Problem("decode.no_reading", f"device {uplink.device} ({uplink.model}): no quantity of ours"))


def _codec(models: str, own: Mapping[int, Field]) -> Codec:
    names = tuple(models.split())
    return Codec(f"milesight {names[0]}", names, partial(_decode, {**_COMMON, **own}))


CODECS = (
    _codec("em500-swl", {0x0377: Field(2, _depth), 0x20CE: _history_of(_depth, 2)}),
    _codec("em500-pp", {0x037B: Field(2, _pressure), 0x20CE: _history_of(_pressure, 2)}),
    _codec(
        "em500-pt100",
        {0x0367: Field(2, _temperature), 0x83D7: Field(5, _temperature), 0x20CE: _history_of(_temperature, 2)},
    ),
    _codec("em500-udl em310-udl", _DISTANCE),
    _codec("em400-udl em400-mud em400-tld em410-rdl em411-rdl", _DISTANCE_AND_TEMPERATURE),
    _codec("em300-di", _COUNTER_INPUT),
    _codec("em300-di-hall", _HALL_INPUT),
    _codec("em300-sld em300-zld", _LEAK_DETECTOR),
    _codec("em300-mld", _LEAK_MAT),
    _codec("ws303", {0x0300: Field(1, _leak)}),
    _codec("uc511 uc512 uc51x", _VALVES),
    _codec("milesight", {}),
)
