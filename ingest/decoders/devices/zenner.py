"""ZENNER radio modules: the register of a water meter (EDC, IUWS), pulses of a pulse counter (PDC).

The first byte names packet and coding: in packet 1.1 the register follows in litres, in packet 5.1 two inputs of a
pulse counter, all as 32 bits, low byte first. Monthly values, single hours whose day is not told (packets 2, 12) and
parameters (packet 9) give no reading of now.

Documentation: ZENNER's packets as the public parsers of ELEMENT IoT have them (water meters, 2018 and 2019).
"""

from __future__ import annotations

from ingest.decoders.devices.codec import Codec, Uplink
from ingest.decoders.result import Result

_REGISTER, _TWO_INPUTS = 0x11, 0x51
_NO_COUNT = 0xFFFFFFFF


def _decode_meter(uplink: Uplink, result: Result) -> None:
    """Packet 1.1: the register in litres."""
    data = uplink.data
    if not data or data[0] != _REGISTER:
        raise _other(uplink)
    if len(data) != 5:
        raise uplink.refuse("packet 1.1 has 5 bytes")
    litres = int.from_bytes(data[1:], "little")
    if litres == _NO_COUNT:
        raise uplink.without_reading("a register without a value")
    result.reading(uplink.device, "volume_m3", litres / 1000, uplink.moment)


def _decode_pulses(uplink: Uplink, result: Result) -> None:
    """Packets 1.1 and 5.1: pulses of one or two inputs."""
    data = uplink.data
    if data[:1] == bytes([_REGISTER]) and len(data) == 5:
        result.reading(uplink.device, "pulses", float(int.from_bytes(data[1:], "little")), uplink.moment)
    elif data[:1] == bytes([_TWO_INPUTS]) and len(data) == 11:
        for channel, at in ((1, 1), (2, 5)):
            count = float(int.from_bytes(data[at : at + 4], "little"))
            result.reading(f"{uplink.device}#{channel}", "pulses", count, uplink.moment)
    else:
        raise _other(uplink)


def _other(uplink: Uplink) -> Exception:
    if uplink.data and uplink.data[0] >> 4 in (2, 9, 12):
        return uplink.without_reading(f"packet {uplink.data[0] >> 4}.{uplink.data[0] & 0x0F}")
    return uplink.refuse("it is no packet whose layout is public")


METER = Codec(
    "zenner-meter", ("zenner edc", "zenner iuws", "iuws", "zenner minomess", "zenner multidata"), _decode_meter
)
PULSES = Codec("zenner-pulses", ("zenner pdc",), _decode_pulses)
