"""ELSYS devices (ELT, EMS, ERS…): a type byte and its value, big endian (port 5).

Temperature 01 is the device's own, 0c and 19 are those of external probes. Relative pulses (0a, 16) are those since the
last message and no counter; distances (0e) are measured down to the water; external analogue inputs and pressure have
no meaning without the device's wiring.

Documentation: ELSYS, "Sensor payload" and its generic decoder.
"""

from __future__ import annotations

from functools import partial

from ingest.decoders.devices.codec import Codec, Uplink
from ingest.decoders.devices.tagged import Field, read_tagged
from ingest.decoders.result import Result


def _tenths(raw: bytes, uplink: Uplink, result: Result, quantity: str, suffix: str = "") -> None:
    value = int.from_bytes(raw, "big", signed=True) / 10
    result.reading(uplink.device + suffix, quantity, value, uplink.moment)


def _battery(raw: bytes, uplink: Uplink, result: Result) -> None:
    result.reading(uplink.device, "battery_v", int.from_bytes(raw, "big") / 1000, uplink.moment)


def _pulses(raw: bytes, uplink: Uplink, result: Result, suffix: str = "") -> None:
    result.reading(uplink.device + suffix, "pulses", float(int.from_bytes(raw, "big")), uplink.moment)


def _leak(raw: bytes, uplink: Uplink, result: Result) -> None:
    result.reading(uplink.device, "flooded", float(raw[0] != 0), uplink.moment)


_WIDTHS = {
    0x02: 1, 0x03: 3, 0x04: 2, 0x05: 1, 0x06: 2, 0x08: 2, 0x09: 6, 0x0A: 2, 0x0D: 1, 0x0E: 2, 0x0F: 1, 0x10: 4,
    0x11: 1, 0x13: 65, 0x14: 4, 0x15: 2, 0x16: 2, 0x18: 2, 0x1A: 1, 0x1B: 4, 0x1C: 2, 0x3D: 4,
}  # fmt: skip

_FIELDS = {
    **{kind: Field(size) for kind, size in _WIDTHS.items()},
    0x01: Field(2, partial(_tenths, quantity="ambient_temperature_c")),
    0x07: Field(2, _battery),
    0x0B: Field(4, _pulses),
    0x0C: Field(2, partial(_tenths, quantity="temperature_c")),
    0x12: Field(1, _leak),
    0x17: Field(4, partial(_pulses, suffix="#2")),
    0x19: Field(2, partial(_tenths, quantity="temperature_c", suffix="#2")),
}


def _decode(uplink: Uplink, result: Result) -> None:
    read_tagged(uplink, uplink.data, 1, _FIELDS, result)


CODECS = (Codec("elsys", ("elsys",), _decode),)
