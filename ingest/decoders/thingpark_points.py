"""ThingPark X's points: what a driver extracted, each with its quantity's name and unit.

`{"volume:1": {"unitId": "m3", "nature": "standard", "records": [{"value": 0.236, "eventTime": "…"}]}}`: the name before
the colon is of Actility's ontology, the nature tells maxima, minima and other kinds of the same quantity apart.

Documentation: ThingPark X IoT Flow, "Points extraction" and ontology; drivers of actility/device-catalog.
"""

from __future__ import annotations

from dataclasses import replace

from ingest.decoders.document import Json
from ingest.decoders.fields import stored
from ingest.decoders.harvest import Frame, Harvest
from ingest.decoders.result import Result
from ingest.decoders.value import is_no_value, number

_QUANTITIES = {
    "volume": "volume_m3",
    "flowRate": "flow_m3h",
    "temperature": "temperature_c",
    "pressure": "pressure_m",
    "level": "level_m",
    "waterLevel": "level_m",
    "batteryVoltage": "battery_v",
    "batteryLevel": "battery_pct",
}
_OF_NOW = frozenset(["", "standard", "absolute", "instantaneous", "index", "forward", "water", "external"])
_REVERSE = frozenset(["reverse", "backward"])
_UNITS = {"Cel": "°C", "%EL": "%"}
"""Codes of units that are written otherwise here."""

_RECORDS_AT_MOST = 1000


def take_points(points: Json, frame: Frame, harvest: Harvest, result: Result) -> None:
    """Collect the points whose quantity, nature and unit are known; a record without a time has the uplink's."""
    if not isinstance(points, dict):
        return
    for name, point in points.items():
        if not isinstance(point, dict):
            continue
        kind, _, _ = name.partition(":")
        quantity = _quantity(kind, str(point.get("nature") or ""))
        unit = str(point.get("unitId") or "")
        records = point.get("records", [{"value": point.get("record")}])
        for record in records[:_RECORDS_AT_MOST] if quantity and isinstance(records, list) else []:
            _take(record, quantity, _UNITS.get(unit, unit), frame, harvest, result)


def _quantity(kind: str, nature: str) -> str:
    quantity = _QUANTITIES.get(kind, "")
    if nature.casefold() in _REVERSE:
        return "reverse_volume_m3" if quantity == "volume_m3" else ""
    return quantity if nature.casefold() in _OF_NOW else ""


def _take(record: Json, quantity: str, unit: str, frame: Frame, harvest: Harvest, result: Result) -> None:
    found = number(record.get("value")) if isinstance(record, dict) else None
    if found is None or found.is_fault or is_no_value(found.value, quantity):
        return
    value = stored(quantity, found.value, unit)
    if value is not None and isinstance(record, dict):
        time = record.get("eventTime")
        own = replace(frame, moment=harvest.moment(time)) if time else frame
        result.reading(own.subject, quantity, value, own.moment)
