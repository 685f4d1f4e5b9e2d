"""The fixed data structure of old wired meters: two counters and their units (EN 1434-3, CI fields 73 and 77)."""

from __future__ import annotations

from typing import NamedTuple

from ingest.mbus import notices
from ingest.mbus.coding import BCD, INTEGER, number
from ingest.mbus.telegram import Content, Value
from models.device import canonical
from models.errors import RefusedError
from models.units import unit

CI = 0x73
_BYTES = 16
_WATER_MEDIA = frozenset([6, 7])
_BINARY, _STORED = 0x01, 0x02

_UNITS: dict[int, tuple[str, int, str]] = {
    **{0x26 + n: ("volume_m3", n - 6, "m3") for n in range(9)},
    **{0x2F + n: ("flow_m3h", n - 6, "m3/h") for n in range(9)},
}
"""Quantity, power of ten and unit by code: millilitres to hundreds of cubic metres, and the same an hour."""


class FixedAnswer(NamedTuple):
    """Whose it is and what it says."""

    device: str
    content: Content


def fixed_answer(content: bytes) -> FixedAnswer:
    """The counters of a fixed answer; content : from the CI field on.

    A counter that holds the value of a fixed date has no time of its own and is left out.
    Raises RefusedError decode.bad_frame, decode.not_water.
    """
    data = content[1:]
    if len(data) < _BYTES:
        raise RefusedError("decode.bad_frame", f"M-Bus: fixed answer has {len(data)} bytes instead of {_BYTES}")
    device = canonical(data[3::-1].hex())
    status, first, second = data[5], data[6], data[7]
    medium = first >> 6 | second >> 6 << 2
    if medium not in _WATER_MEDIA:
        raise RefusedError("decode.not_water", f"device {device} measures medium {medium}, not water")
    answer = Content()
    coding = INTEGER if status & _BINARY else BCD
    if not status & _STORED:
        for code, raw in ((first & 0x3F, data[8:12]), (second & 0x3F, data[12:16])):
            if code in _UNITS:
                answer.values.append(_value(code, coding, raw))
    answer.alarms = notices.of_status(None, status & 0xFC)
    return FixedAnswer(device, answer)


def _value(code: int, coding: int, raw: bytes) -> Value:
    quantity, power, word = _UNITS[code]
    found = number(coding, raw)
    if found is None:
        return Value(quantity, None)
    return Value(quantity, unit(word).stored(found / 10**-power if power < 0 else found * 10.0**power))
