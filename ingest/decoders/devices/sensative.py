"""Sensative Strips (Drip and the like): a sequence number, then a type byte and its value each (port 1).

Port 2 sends what was kept: each with the seconds since then. Relative wetness (13) is no flood: the strip decides by
its own threshold and says so in the flood alarm (14).

Documentation: Sensative, "Strips LoRa payload" and its decoder in TheThingsNetwork/lorawan-devices (vendor/sensative).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

from ingest.decoders.devices.codec import Codec, Uplink
from ingest.decoders.devices.tagged import Field, read_tagged
from ingest.decoders.result import Result
from models.notice import NoticeKind

_LIVE_PORT, _HISTORY_PORT = 1, 2
_TYPE = 0x7F
"""The highest bit only says whether the value is also kept."""

_LONGEST_AGE_S = 366 * 86400


def _battery(raw: bytes, uplink: Uplink, result: Result) -> None:
    result.reading(uplink.device, "battery_pct", float(raw[0]), uplink.moment)


def _temperature(raw: bytes, uplink: Uplink, result: Result, at: int = 0) -> None:
    tenths = int.from_bytes(raw[at : at + 2], "big", signed=True)
    result.reading(uplink.device, "ambient_temperature_c", tenths / 10, uplink.moment)


def _flooded(raw: bytes, uplink: Uplink, result: Result) -> None:
    result.reading(uplink.device, "flooded", float(raw[0] != 0), uplink.moment)


def _tampered(raw: bytes, uplink: Uplink, result: Result) -> None:
    result.notice(uplink.device, NoticeKind.TAMPER, raw[0] != 0, uplink.moment)


_WIDTHS = {
    0: 0, 3: 1, 4: 2, 5: 1, 6: 1, 7: 2, 8: 2, 9: 1, 10: 1, 11: 1, 13: 1, 15: 1, 16: 1, 17: 2, 18: 1, 19: 2, 20: 2,
    21: 1, 22: 1, 81: 3, 82: 3, 110: 8, 112: 2, 113: 2, 114: 2,
}  # fmt: skip

_FIELDS = {
    **{kind: Field(size) for kind, size in _WIDTHS.items()},
    1: Field(1, _battery),
    2: Field(2, _temperature),
    12: Field(1, _tampered),
    14: Field(1, _flooded),
    80: Field(3, partial(_temperature, at=1)),
}


def _decode(uplink: Uplink, result: Result) -> None:
    data = uplink.data
    if len(data) < 3:
        raise uplink.refuse("a sequence number and at least one value are awaited")
    if uplink.port == _HISTORY_PORT:
        _history(uplink, result)
    elif uplink.port in (_LIVE_PORT, None):
        read_tagged(uplink, data[2:], 1, _FIELDS, result, mask=_TYPE)
    else:
        raise uplink.refuse("values come on port 1, kept ones on port 2")


def _history(uplink: Uplink, result: Result) -> None:
    """Each kept value: seconds since then (four bytes), type, value."""
    data, at = uplink.data, 2
    while at < len(data):
        field = _FIELDS.get(data[at + 4] & _TYPE) if at + 4 < len(data) else None
        if field is None:
            raise uplink.refuse(f"the kept value at byte {at} is cut off or of a type that is not documented")
        end = at + 5 + field.size
        age_s = int.from_bytes(data[at : at + 4], "big")
        if end > len(data) or age_s > _LONGEST_AGE_S:
            raise uplink.refuse(f"the kept value at byte {at} is cut off, or older than a year")
        then = replace(uplink, moment=uplink.moment._replace(time=uplink.moment.time - timedelta(seconds=age_s)))
        read_tagged(then, data[at + 4 : end], 1, _FIELDS, result, mask=_TYPE)
        at = end


CODECS = (Codec("sensative strips", ("sensative",), _decode),)
