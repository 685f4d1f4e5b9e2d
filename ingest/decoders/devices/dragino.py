"""Dragino level, pressure, flow and leak sensors; on port 5 every model tells its battery.

Documentation: Dragino, user manuals of the models and dragino-end-node-decoder. Ultrasonic sensors measure a distance
down to the water. Their external thermometer is optional and reads 0.0 where none is plugged in. A flow sensor's pulse
weight hangs on its probe (SW3L-004 to -020); the calculation flag in the frame is the user's own, and the vendor's
decoders do not agree on what it stands for.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from ingest.decoders.devices.codec import Codec, Uplink, fit
from ingest.decoders.devices.stored import record
from ingest.decoders.message import Problem
from ingest.decoders.result import Result
from models.notice import NoticeKind
from models.units import unit

_MPA, _KPA = unit("MPa"), unit("kPa")
_STATUS_PORT, _DATALOG_PORT = 5, 3
_STATUS_BYTES = 7
_RECORD_BYTES = 11
_BATTERY_14_BITS = 0x3FFF
_NO_PROBE, _INVALID_MM = 0, 20
_PULSES_PER_LITRE = {"sw3l-004": 450, "sw3l-006": 390, "sw3l-010": 64, "sw3l-020": 12}
_BROKEN_LOOP_MA, _SHORTED_LOOP_MA = 3.6, 21.0
"""NAMUR NE 43: outside of these a 4–20 mA transmitter reports a failure."""


class _Range(NamedTuple):
    """A pressure transmitter's range at 4 and 20 mA."""

    low: float
    high: float
    unit_name: str = "MPa"


_PRESSURE_RANGES = {
    1: _Range(0, 0.6), 2: _Range(0, 1), 3: _Range(0, 1.6), 4: _Range(0, 2.5), 5: _Range(0, 10), 6: _Range(0, 40),
    7: _Range(0, 60), 8: _Range(0, -0.1), 9: _Range(-0.1, 0.1), 10: _Range(0, 5, "kPa"), 11: _Range(0, 50, "kPa"),
    12: _Range(0, 100, "kPa"),
}  # fmt: skip


def _u16(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "big")


def _u32(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "big")


def _battery(raw_mv: int, uplink: Uplink, result: Result) -> None:
    result.reading(uplink.device, "battery_v", raw_mv / 1000, uplink.moment)


def _told_on_status_port(uplink: Uplink, result: Result) -> bool:
    """Whether it was the status of port 5: model, version, band and battery, alike in every model."""
    if uplink.port != _STATUS_PORT:
        return False
    if len(uplink.data) != _STATUS_BYTES:
        raise uplink.refuse(f"a status on port 5 has {_STATUS_BYTES} bytes")
    _battery(_u16(uplink.data, 5) & _BATTERY_14_BITS, uplink, result)
    return True


def _records(uplink: Uplink, result: Result) -> list[tuple[bytes, Uplink]]:
    """The records of a datalog: eleven bytes each, the last four of them the time."""
    data = uplink.data
    if not data or len(data) % _RECORD_BYTES:
        raise uplink.refuse(f"a datalog has {_RECORD_BYTES} bytes a record")
    parts = [data[at : at + _RECORD_BYTES] for at in range(0, len(data), _RECORD_BYTES)]
    dated = [(part, record(uplink, _u32(part, 7), result)) for part in parts]
    return [(part, then) for part, then in dated if then is not None]


def _status_only(uplink: Uplink, result: Result) -> None:
    if not _told_on_status_port(uplink, result):
        raise uplink.refuse("of this model only the status on port 5 is read")


def _distance(uplink: Uplink, result: Result) -> None:
    """LDDS and DDS: battery, distance, flags, thermometer; newer ones begin with battery and thermometer."""
    if _told_on_status_port(uplink, result):
        return
    if uplink.port == _DATALOG_PORT:
        raise uplink.without_reading("a datalog of distances")
    data = uplink.data
    if len(data) not in (5, 8, _RECORD_BYTES):
        raise uplink.refuse("an ultrasonic sensor sends 5, 8 or 11 bytes")
    _battery(_u16(data, 0) & _BATTERY_14_BITS, uplink, result)
    if len(data) > 5:
        tenths = int.from_bytes(data[2:4] if len(data) == _RECORD_BYTES else data[5:7], "big", signed=True)
        if tenths:
            result.reading(uplink.device, "temperature_c", tenths / 10, uplink.moment)
    if len(data) < _RECORD_BYTES:
        if _u16(data, 2) in (_NO_PROBE, _INVALID_MM):
            result.fault(uplink.device, uplink.moment, "the ultrasonic probe is missing or its echo is invalid")
        result.complete_status(uplink.device)


def _flow(uplink: Uplink, result: Result) -> None:
    """SW3L: flags, pulses, mode, time. In mode 1 the pulses are those since the last report."""
    if _told_on_status_port(uplink, result):
        return
    data = uplink.data
    if uplink.port == _DATALOG_PORT:
        for part, then in _records(uplink, result):
            _flow_record(part[0], part[1], _u32(part, 3), then, result)
    elif uplink.port in (2, None):
        if len(data) != _RECORD_BYTES:
            raise uplink.refuse("a flow report has 11 bytes")
        when = uplink.at(_u32(data, 7))
        _flow_record(data[0], data[5], _u32(data, 1), replace(uplink, moment=when), result)
    else:
        raise uplink.without_reading("a frame of the settings' port")


def _flow_record(flags: int, mode: int, pulses: int, uplink: Uplink, result: Result) -> None:
    when = uplink.moment
    result.notice(uplink.device, NoticeKind.LEAK, bool(flags & 2), when)
    if mode != 0:
        result.problem(
            Problem("decode.no_value", f"device {uplink.device}: pulses since the last report are no counter")
        )
        return
    result.reading(uplink.device, "pulses", float(pulses), when)
    weight = next((per_litre for probe, per_litre in _PULSES_PER_LITRE.items() if fit(probe, uplink.model)), None)
    if weight is not None:
        result.reading(uplink.device, "volume_m3", pulses / weight / 1000, when)


def _probe(uplink: Uplink, result: Result) -> None:
    """PS-LB: battery, kind and range of the probe, its current and voltage, flags; later firmware adds pulses."""
    if _told_on_status_port(uplink, result):
        return
    data = uplink.data
    if uplink.port == _DATALOG_PORT:
        for part, then in _records(uplink, result):
            _probe_record(part[0], part[1], _u16(part, 2), then, result)
    elif uplink.port in (7, 8) and len(data) >= 4 and len(data) % 2 == 0:
        # A burst of currents; their times and the kind of the probe are not in the frame.
        _battery(_u16(data, 0), uplink, result)
    elif uplink.port in (2, None) and len(data) in (9, 13):
        _battery(_u16(data, 0), uplink, result)
        _probe_record(data[2], data[3], _u16(data, 4), uplink, result)
        if len(data) == 13:
            result.reading(uplink.device, "pulses", float(_u32(data, 9)), uplink.moment)
    else:
        raise uplink.refuse("a probe's report has 9 or 13 bytes on port 2, an even number on ports 7 and 8")


def _probe_record(kind: int, size: int, current_ua: int, uplink: Uplink, result: Result) -> None:
    """A probe's current as depth or pressure, where kind and range of the probe are set in the device."""
    current_ma = current_ua / 1000
    result.complete_status(uplink.device)
    if not _BROKEN_LOOP_MA <= current_ma <= _SHORTED_LOOP_MA:
        result.fault(uplink.device, uplink.moment, f"the probe's current of {current_ma} mA is outside of 4 to 20 mA")
        return
    share = max(current_ma - 4, 0.0) / 16
    if kind == 0 and size:
        result.reading(uplink.device, "level_m", round(share * size, 9), uplink.moment)
    elif kind == 1 and size in _PRESSURE_RANGES:
        low, high, name = _PRESSURE_RANGES[size]
        value = round(low + share * (high - low), 9)
        result.reading(uplink.device, "pressure_m", (_MPA if name == "MPa" else _KPA).stored(value), uplink.moment)
    else:
        result.problem(
            Problem(
                "decode.no_quantity",
                f"device {uplink.device}: its probe (mode {kind:02x}{size:02x}) is set to no pressure and no depth",
            )
        )


def _leak(uplink: Uplink, result: Result) -> None:
    """LWL03A, WL03A: flags, how often and how long it leaked, time."""
    if _told_on_status_port(uplink, result):
        return
    data = uplink.data
    if uplink.port == _DATALOG_PORT:
        for part, then in _records(uplink, result):
            result.reading(uplink.device, "flooded", float(part[0] & 1), then.moment)
    elif uplink.port in (2, None) and len(data) == _RECORD_BYTES:
        result.reading(uplink.device, "flooded", float(data[0] & 1), uplink.at(_u32(data, 7)))
    elif uplink.port == 4:
        raise uplink.without_reading("a frame of the settings' port")
    else:
        raise uplink.refuse("a leak report has 11 bytes on port 2")


def _contact(uplink: Uplink, result: Result) -> None:
    """LWL01, LWL02: battery with two state bits, mode (1 door, 2 leak, 3 both), counters, alarm (port 10)."""
    data = uplink.data
    if uplink.port != 10 or len(data) != 10:
        raise uplink.refuse("a report has 10 bytes on port 10")
    if data[2] not in (1, 2, 3):
        raise uplink.refuse(f"mode {data[2]} is none of 1, 2, 3")
    _battery(_u16(data, 0) & _BATTERY_14_BITS, uplink, result)
    if data[2] in (2, 3):
        result.reading(uplink.device, "flooded", float(data[0] >> 6 & 1), uplink.moment)
    if data[2] in (1, 3):
        result.reading(uplink.device, "door_open", float(data[0] >> 7 & 1), uplink.moment)


CODECS = (
    Codec("dragino distance", ("ldds75", "ldds45", "ldds20", "dds75", "dds45", "dds20"), _distance),
    Codec("dragino sw3l", ("sw3l",), _flow),
    Codec("dragino ps-lb", ("ps-lb", "ps-ls"), _probe),
    Codec("dragino lwl03a", ("lwl03a", "wl03a-lb", "wl03a-ls"), _leak),
    Codec("dragino lwl02", ("lwl01", "lwl02"), _contact),
    Codec("dragino", ("dragino",), _status_only),
)
