"""Cayenne LPP: typed channels, as bytes or as the network servers' decoders write them.

Of its types only a temperature is water's quantity by itself. An analog input, a count, a distance, a percentage or a
voltage has no meaning without knowing what hangs there; a barometer measures air. A person names those in sources.toml.

Documentation: myDevices, "Cayenne LPP"; The Things Stack, "CayenneLPP"; ChirpStack 3, codec cayennelpp.
"""

from __future__ import annotations

import re
import struct
from typing import NamedTuple

from ingest.decoders.document import Json
from ingest.decoders.result import Result
from ingest.decoders.time import Moment
from ingest.decoders.value import is_no_value, number

_TEMPERATURE = 0x67
_WIDTHS = {
    0x00: 1,  # digital input
    0x01: 1,  # digital output
    0x02: 2,  # analog input
    0x03: 2,  # analog output
    0x64: 4,  # generic
    0x65: 2,  # luminosity
    0x66: 1,  # presence
    _TEMPERATURE: 2,
    0x68: 1,  # relative humidity
    0x71: 6,  # accelerometer
    0x73: 2,  # barometer
    0x74: 2,  # voltage
    0x75: 2,  # current
    0x76: 4,  # frequency
    0x78: 1,  # percentage
    0x79: 2,  # altitude
    0x7D: 2,  # concentration
    0x80: 2,  # power
    0x82: 4,  # distance
    0x83: 4,  # energy
    0x84: 2,  # direction
    0x85: 4,  # time
    0x86: 6,  # gyrometer
    0x87: 3,  # colour
    0x88: 9,  # position
    0x8E: 1,  # switch
}
"""Bytes of a value by type."""

_NAMED = re.compile(
    r"(temperature|analog_in|analog_out|digital_in|digital_out|luminosity|presence|relative_humidity|accelerometer|"
    r"barometric_pressure|barometer|gyrometer|gps|voltage|current|frequency|percentage|altitude|concentration|power|"
    r"distance|energy|direction|unix_time|colour|switch|generic)_(\d{1,3})"
)
_DIGITS = 3
_GROUPS = frozenset(
    str.split(
        """temperatureSensor analogInput analogOutput digitalInput digitalOutput illuminanceSensor presenceSensor
    humiditySensor accelerometer barometer gyrometer gpsLocation"""
    )
)


class Channel(NamedTuple):
    """A temperature [°C] on a numbered channel."""

    number: int
    value: Json


def in_bytes(data: bytes) -> list[Channel] | None:
    """The temperatures in LPP bytes, None where the bytes are no LPP to their end.

    >>> in_bytes(bytes.fromhex("0167 00D7 02 02 014A"))
    [Channel(number=1, value=21.5)]
    """
    found: list[Channel] = []
    at = 0
    while at + 2 <= len(data):
        channel, kind = data[at], data[at + 1]
        width = _WIDTHS.get(kind)
        if width is None or at + 2 + width > len(data):
            return None
        if kind == _TEMPERATURE:
            (tenths,) = struct.unpack_from(">h", data, at + 2)
            found.append(Channel(channel, tenths / 10))
        at += 2 + width
    return found if at == len(data) and data else None


def in_object(decoded: Json) -> list[Channel] | None:
    """The temperatures in a network server's LPP object, None where the object is none.

    Written as temperature_1 (The Things Stack), {"temperatureSensor": {"1": …}} (ChirpStack), or a list of
    {"channel", "type", "value"} (Helium).
    """
    if isinstance(decoded, dict) and decoded:
        if all(_NAMED.fullmatch(name) for name in decoded):
            return [
                Channel(int(name.rpartition("_")[2]), value)
                for name, value in decoded.items()
                if name.startswith("temperature_")
            ]
        if decoded.keys() <= _GROUPS:
            group = decoded.get("temperatureSensor", {})
            return _grouped(group) if isinstance(group, dict) else None
    if isinstance(decoded, list) and decoded and all(_is_entry(entry) for entry in decoded):
        return [
            Channel(int(str(entry["channel"])), entry["value"])
            for entry in decoded
            if isinstance(entry, dict) and str(entry["type"]) in ("103", "temperature")
        ]
    return None


def _grouped(group: dict[str, Json]) -> list[Channel]:
    return [Channel(int(name), value) for name, value in group.items() if name.isdecimal() and len(name) <= _DIGITS]


def _is_entry(entry: Json) -> bool:
    if not (isinstance(entry, dict) and {"channel", "type", "value"} <= entry.keys()):
        return False
    channel = str(entry["channel"])
    return channel.isdecimal() and len(channel) <= _DIGITS


def take(channels: list[Channel], device: str, when: Moment, result: Result) -> None:
    """Collect temperatures: one is the device's own, of several each channel is a device of its own."""
    for channel in channels:
        found = number(channel.value)
        if found is None:
            continue
        subject = device if len(channels) == 1 else f"{device}#{channel.number}"
        if found.is_fault or is_no_value(found.value, "temperature_c"):
            result.fault(subject, when, f"channel {channel.number} says that there is no value")
        else:
            result.reading(subject, "temperature_c", found.value, when)
