"""The Things Stack's normalized payload: fields whose meaning and unit the network documents, whatever the device.

Documentation: TheThingsNetwork/lorawan-devices, lib/payload.json (schema of normalized payloads): volumes in litres,
battery in V, temperatures in °C, pressure in hPa (of the air: no reading here).
"""

from __future__ import annotations

from dataclasses import replace

from ingest.decoders.document import Json
from ingest.decoders.harvest import Frame, Harvest
from ingest.decoders.result import Result
from ingest.decoders.value import number, state
from models.notice import NoticeKind

_AFTER_DECODED = 5
"""Rank: what the device's own codec says holds."""

_FIELDS: tuple[tuple[tuple[str, ...], str, float], ...] = (
    (("metering", "water", "total"), "volume_m3", 1e3),
    (("water", "temperature", "current"), "temperature_c", 1),
    (("air", "temperature"), "ambient_temperature_c", 1),
    (("battery",), "battery_v", 1),
)
"""Path, quantity, and by what its number is divided for the stored unit."""


def take_normalized(value: Json, frame: Frame, harvest: Harvest, result: Result) -> None:
    """Collect from a normalized payload, one object or a list of them; each may have a `time` of its own."""
    for entry in value if isinstance(value, list) else [value]:
        if not isinstance(entry, dict):
            continue
        own = replace(frame, moment=harvest.moment(entry["time"])) if entry.get("time") else frame
        for path, quantity, divisor in _FIELDS:
            found = number(_at(entry, path))
            if found is not None and not found.is_fault:
                result.reading(own.subject, quantity, found.value / divisor, own.moment, rank=_AFTER_DECODED)
        leak = state(_at(entry, ("water", "leak")))
        if leak is not None:
            result.notice(own.subject, NoticeKind.LEAK, leak, own.moment)


def _at(value: Json, path: tuple[str, ...]) -> Json:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
