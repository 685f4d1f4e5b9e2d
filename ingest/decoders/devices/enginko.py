"""enginko (MCF88) level sensors EGK-LW20 and inputs MCF-LW13IO, LW06…: the first byte tells the kind of message.

14  level: type, date 4, supply [mV] 2, height 2, distance 2 [mm], then by type fill [%], temperature, humidity, air
    pressure, amplitude and gain; last the battery [%]. The height is what the device works out over the end that is set
    in it; a distance above 60 m means that there was no echo.
10  pulses of two bytes for each input (kind 0), without weight
0a  states of inputs: they mean what is wired to them; 09 is electricity, 04, 0c and 0e the climate of rooms

The date has no zone: the network's time holds.

Documentation: codecs of actility/device-catalog (vendors/enginko, level-sensors) and TheThingsNetwork/lorawan-devices
(vendor/mcf88). Message 10 is unverified: no frame of a device is public.
"""

from __future__ import annotations

from typing import NamedTuple

from ingest.decoders.devices.codec import Codec, Uplink
from ingest.decoders.message import Problem
from ingest.decoders.result import Result

_LEVEL, _COUNTERS, _PLAIN = 0x14, 0x10, 0
_MOST_INPUTS = 16
_FARTHEST_MM = 60_000


class _Layout(NamedTuple):
    """A level message's length, and where the temperature is in it (0: nowhere)."""

    length: int
    temperature: int = 0


_LAYOUTS = {
    0x00: _Layout(13), 0x01: _Layout(16, 13), 0x02: _Layout(19, 12), 0x03: _Layout(20, 13), 0xFE: _Layout(24, 17),
    0xFF: _Layout(18),
}  # fmt: skip

_OTHERS = {
    0x01: "a question for the time",
    0x04: "a room's climate",
    0x09: "electricity",
    0x0A: "states of inputs",
    0x0B: "a report",
    0x0C: "a room's air",
    0x0D: "volts or milliamperes of analogue inputs",
    0x0E: "a room's air",
    0x12: "a room's air",
    0x13: "a room's air",
}


def _decode(uplink: Uplink, result: Result) -> None:
    kind = uplink.data[0]
    if kind in _OTHERS:
        raise uplink.without_reading(_OTHERS[kind])
    if kind == _LEVEL:
        _level(uplink, result)
    elif kind == _COUNTERS:
        _counters(uplink, result)
    else:
        raise uplink.refuse(f"message {kind:02x} is not documented")


def _level(uplink: Uplink, result: Result) -> None:
    data = uplink.data
    layout = _LAYOUTS.get(data[1]) if len(data) > 1 else None
    if layout is None or len(data) != layout.length:
        raise uplink.refuse("its length is not that of a level message of its type")
    height_mm, distance_mm = (int.from_bytes(data[at : at + 2], "little") for at in (8, 10))
    if distance_mm > _FARTHEST_MM:
        result.fault(uplink.device, uplink.moment, "the level sensor has no echo")
    else:
        result.reading(uplink.device, "level_m", height_mm / 1000, uplink.moment)
    result.complete_status(uplink.device)
    if layout.temperature:
        hundredths = int.from_bytes(data[layout.temperature : layout.temperature + 2], "little", signed=True)
        result.reading(uplink.device, "temperature_c", hundredths / 100, uplink.moment)
    result.reading(uplink.device, "battery_pct", float(data[-1]), uplink.moment)


def _counters(uplink: Uplink, result: Result) -> None:
    data = uplink.data
    if len(data) < 4 or len(data) % 2 or len(data) > 2 + 2 * _MOST_INPUTS:
        raise uplink.refuse("counters of two bytes for at most 16 inputs are awaited")
    if data[1] != _PLAIN:
        result.problem(
            Problem("decode.no_quantity", f"device {uplink.device}: frequencies and dated counts are not read")
        )
        return
    for number, at in enumerate(range(2, len(data), 2), 1):
        name = uplink.device if number == 1 else f"{uplink.device}#{number}"
        result.reading(name, "pulses", float(int.from_bytes(data[at : at + 2], "little")), uplink.moment)


CODECS = (Codec("enginko", ("egk-lw20", "mcf-lw13io", "mcf-lw13mio", "mcf-lw06", "enginko", "mcf88"), _decode),)
