"""What meters' status bytes and flags mean, by bit: the standard's, and those that manufacturers document."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ingest.mbus.identity import Identity
from ingest.mbus.telegram import Alarm
from models.notice import NoticeKind as Kind

Bits = Mapping[int, Alarm]


def _now(**kinds: int) -> dict[int, Alarm]:
    return {bit: Alarm(Kind[kind], True) for kind, bit in kinds.items()}


def _past(**kinds: int) -> dict[int, Alarm]:
    return {bit: Alarm(Kind[kind], False) for kind, bit in kinds.items()}


_STATUS: Bits = {**_now(BATTERY_LOW=2, SENSOR_FAULT=3), 4: Alarm(Kind.SENSOR_FAULT, True)}
"""EN 13757-7, status byte: bit 2 power low, 3 permanent error, 4 temporary error; above, the manufacturer's."""

_OWN_STATUS: dict[tuple[str, int], Bits] = {("BMT", 0x18): _now(TAMPER=6)}
"""The three upper bits by manufacturer and version: BMeters iWM-TX5."""

_ANY_ALARM = 0x03
_ALARM_IS_A_LEAK = frozenset(["ECM", "KDN", "VIP"])
"""Ecomess (Picoflux) and Kaden document the status "abnormal condition" as a leak."""

KAMSTRUP_INFO: Bits = _now(DRY=0, REVERSE=1, LEAK=2, BURST=3)
"""Multical 21 and flowIQ, info code of 16 bits; its other bits tell for how long."""

KAMSTRUP_STATUS: Bits = {**KAMSTRUP_INFO, **_now(TAMPER=4, BATTERY_LOW=5, FREEZE=6, OVERLOAD=7, STOPPED=9)}
"""flowIQ 2200 and later, 32 bits."""

GWF: Bits = _now(LEAK=1, BURST=3, BATTERY_LOW=5, REVERSE=6)
"""GWF's own block, first byte after its type: continuous flow, broken pipe, battery, backflow."""

HYDRODIGIT_FRAUD: Bits = {5: Alarm(Kind.TAMPER, False), 6: Alarm(Kind.TAMPER, False), 7: Alarm(Kind.MAGNET, False)}
"""BMeters Hydrodigit, with the date on which it was: module removed, sensor, magnet."""

PRIOS: Bits = {
    **_now(STOPPED=13, LEAK=15, REVERSE=23, OVERLOAD=21),
    14: Alarm(Kind.LEAK, False),
    16: Alarm(Kind.TAMPER, False),
    17: Alarm(Kind.TAMPER, True),
    18: Alarm(Kind.TAMPER, False),
    19: Alarm(Kind.TAMPER, True),
}
"""IZAR: blocked, leak, leak before, mechanical and sensor fraud now and before, overflow, backflow."""

APATOR_NA1: Bits = _now(BATTERY_LOW=0, MAGNET=1, LEAK=3, REVERSE=5, OVERLOAD=6)

_ULTRIMIS: Bits = {
    **_now(TAMPER=0, BATTERY_LOW=1, DRY=2, BURST=5, REVERSE=6, LEAK=7),
    **_past(TAMPER=8, BATTERY_LOW=9, DRY=10, BURST=13, REVERSE=14, LEAK=15),
    **_past(TAMPER=16, BATTERY_LOW=17, DRY=18, BURST=21, REVERSE=22, LEAK=23),
}
_WATERSTAR: Bits = {
    **{bit: Alarm(Kind.SENSOR_FAULT, True) for bit in range(4)},
    **_now(BATTERY_LOW=4, TAMPER=5, LEAK=6, REVERSE=7, OVERLOAD=8),
}
_MINOMESS: Bits = {
    **_now(REVERSE=3, LEAK=5, TAMPER=6, BURST=7, BATTERY_LOW=10),
    **_past(STOPPED=2, REVERSE=4, LEAK=13, TAMPER=14),
    11: Alarm(Kind.SENSOR_FAULT, True),
    12: Alarm(Kind.SENSOR_FAULT, True),
    15: Alarm(Kind.TAMPER, False),
}
_APATOR_WIRED: Bits = {
    **_past(MAGNET=0, OVERLOAD=5, REVERSE=6, LEAK=7),
    **_now(BATTERY_LOW=10, MAGNET=16, OVERLOAD=21, REVERSE=22),
}

_ERROR_FLAGS: dict[tuple[str, int, int], Bits] = {
    ("APA", 0x01, 0x16): _ULTRIMIS,
    ("APA", 0x20, 0x16): _ULTRIMIS,
    ("APA", 0x15, 0x07): _APATOR_WIRED,
    **{("DWZ", version, medium): _WATERSTAR for version in (0, 2) for medium in (6, 7)},
    **{("EFE", version, 0x07): _WATERSTAR for version in (0x03, 0x70)},
    ("ZRI", 0x00, 0x07): _MINOMESS,
    ("ZRI", 0x01, 0x16): _MINOMESS,
    ("ZRI", 0x01, 0x06): _MINOMESS,
}
"""Error flags (VIF FD 17) by manufacturer, version, medium, as published drivers know them."""


def _aquastream(flags: int) -> list[Alarm]:
    """Bits 4 and 5 are one code: module removed, leak, burst."""
    code = {1: Kind.TAMPER, 2: Kind.LEAK, 3: Kind.BURST}.get(flags >> 4 & 0x03)
    found = [Alarm(code, True)] if code else []
    return [*found, Alarm(Kind.BATTERY_LOW, True)] if flags & 0x04 else found


_FLAGS_BY_MAKER = frozenset(["KAM", "KAW", "GWF"])
_CODED: dict[tuple[str, int, int], Callable[[int], list[Alarm]]] = {("IMT", 0x01, 0x07): _aquastream}


def alarms(bits: Bits, flags: int) -> list[Alarm]:
    """The alarms whose bits are set."""
    return [alarm for bit, alarm in bits.items() if flags >> bit & 1] if flags else []


def of_status(meter: Identity | None, status: int | None) -> list[Alarm]:
    """The alarms of a transport header's status byte."""
    if not status:
        return []
    found = alarms(_STATUS, status)
    if meter is not None and (meter.manufacturer, meter.version) in _OWN_STATUS:
        found += alarms(_OWN_STATUS[meter.manufacturer, meter.version], status)
    if status & _ANY_ALARM == _ANY_ALARM and meter is not None and meter.manufacturer in _ALARM_IS_A_LEAK:
        found.append(Alarm(Kind.LEAK, True))
    return found


def of_error_flags(meter: Identity, flags: int) -> list[Alarm] | None:
    """The alarms of a meter's error flags, None where nobody documents its model's."""
    model = (meter.manufacturer, meter.version, meter.medium)
    if model in _CODED:
        return _CODED[model](flags)
    return alarms(_ERROR_FLAGS[model], flags) if model in _ERROR_FLAGS else None


def has_own_flags(meter: Identity) -> bool:
    """Whether a model tells its alarms in flags of its own, which not each of its telegrams carries."""
    model = (meter.manufacturer, meter.version, meter.medium)
    return model in _ERROR_FLAGS or model in _CODED or meter.manufacturer in _FLAGS_BY_MAKER
