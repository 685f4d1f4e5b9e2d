"""FIWARE entities: NGSI-v2 and NGSI-LD, normalized, concise and simplified, alone and in notifications.

Documentation: FIWARE NGSI-v2 specification; ETSI GS CIM 009 (NGSI-LD API); Smart Data Models (WaterConsumption,
WaterQuality, WaterDistribution, Device); UN/CEFACT Recommendation 20 for `unitCode`.
"""

from __future__ import annotations

from dataclasses import replace

from ingest.decoders.document import Document, Json
from ingest.decoders.harvest import Frame, Harvest
from ingest.decoders.message import DecodeContext, Decoded, Dialect, Message, Problem
from ingest.decoders.names import as_device, quality_of
from ingest.decoders.result import Result
from ingest.decoders.unit_codes import unit_of_code
from ingest.decoders.value import number

_NOT_VALUES = frozenset(["id", "type", "@context", "@id", "@type", "location", "address", "category", "source"])
_TIMES = ("dateObserved", "observedAt", "TimeInstant", "dateLastValueReported", "timestamp", "phenomenonTime")
"""An entity's time of observation, in order of preference; dateModified is that of the platform's copy."""

_NOT_PROPERTIES = frozenset(["GeoProperty", "geo:json", "Relationship", "LanguageProperty", "VocabProperty"])
_ENTITIES_AT_MOST = 5000

_RENAMED: dict[str, str] = {
    "waterConsumption": "volume",
    "currentLevel": "level",
    "alarmTamper": "tamper",
    "moduleTampered": "tamper",
    "alarmStopsLeaks": "leak",
    "alarmWaterQuality": "backflow_detected",
}
"""Names of the Smart Data Models whose meaning is documented there: the meter's cumulative reading and its alarms."""

_UNITS_OF_MODEL: dict[str, dict[str, str]] = {
    "WaterQualityObserved": {"temperature": "°C", "conductivity": "S/m", "turbidity": "NTU"},
}
"""Default units that a model documents. WaterConsumptionObserved's examples and text disagree, so it has none."""


def _recognises(message: Message, document: Document) -> bool:
    entity = document.object or _first(document.list)
    return _is_entity(_first(entity["data"]) if _is_notification(entity) else entity)


def _is_notification(fields: dict[str, Json]) -> bool:
    return "data" in fields and ("subscriptionId" in fields or fields.get("type") == "Notification")


def _first(value: Json) -> dict[str, Json]:
    if isinstance(value, dict):
        return value
    return value[0] if isinstance(value, list) and value and isinstance(value[0], dict) else {}


def _is_entity(fields: dict[str, Json]) -> bool:
    """An id and a type, and the marks of NGSI: its context, its URN or attributes with type and value."""
    if not (isinstance(fields.get("id"), str) and isinstance(fields.get("type"), (str, list))):
        return False
    if "@context" in fields or str(fields["id"]).startswith("urn:ngsi"):
        return True
    return any(_is_attribute(value) for value in fields.values())


def _is_attribute(value: Json) -> bool:
    if not isinstance(value, dict) or "value" not in value:
        return False
    return "type" in value and ("metadata" in value or value["type"] in ("Property", "Number", "DateTime", "geo:json"))


def _decode(message: Message, document: Document, context: DecodeContext) -> Decoded:
    result = Result(DIALECT.name, context)
    harvest = Harvest(message, context, result)
    whole: Json = document.json
    notified: Json = None
    if _is_notification(document.object):
        notified, whole = document.object.get("notifiedAt"), document.object["data"]
    entities = whole if isinstance(whole, list) else [whole]
    for entity in entities[:_ENTITIES_AT_MOST]:
        if isinstance(entity, dict) and isinstance(entity.get("id"), str):
            _take(entity, notified, harvest, result)
    return result.finish(Problem("decode.unknown_fields", "ngsi: no attribute of the entity is known"))


def _take(entity: dict[str, Json], notified: Json, harvest: Harvest, result: Result) -> None:
    kind = _kind(entity.get("type"))
    frame = harvest.frame(harvest.device_by_rule() or as_device(str(entity["id"])))
    stamp = next((_plain(entity[name]) for name in _TIMES if name in entity), None)
    # A notification goes out when something changed: without a time of observation that is when it was seen.
    frame = replace(frame, moment=harvest.moment(_end(stamp if stamp is not None else notified), "+00:00"))
    if kind == "DeviceMeasurement":
        _take_measurement(entity, frame, harvest)
        return
    units = _UNITS_OF_MODEL.get(kind, {})
    for key, attribute in entity.items():
        name = key.rsplit("/", 1)[-1].rsplit("#", 1)[-1]
        if name in _NOT_VALUES or name in _TIMES:
            continue
        for instance in _instances(attribute):
            _take_attribute(name, instance, units.get(name, ""), frame, harvest)


def _take_attribute(name: str, attribute: Json, unit: str, frame: Frame, harvest: Harvest) -> None:
    """One attribute, or one of several instances of it; in the simplified form the attribute is its value."""
    value = attribute
    if isinstance(attribute, dict):
        if _kind(attribute.get("type")) in _NOT_PROPERTIES or "value" not in attribute:
            for at in _pairs(attribute):
                _take_attribute(name, at, unit, frame, harvest)
            return
        value = attribute["value"]
        unit = _unit(attribute) or unit
        frame = _observed(attribute, frame, harvest)
    if isinstance(value, (dict, list)):
        return
    if name == "batteryLevel":
        level = number(value)
        # The Device model gives a share: 1.0 is full. What is beyond it is something else.
        if level is not None and 0 <= level.value <= 1 and not unit:
            harvest.take_value("battery_level", level.value * 100, frame, "%")
        return
    harvest.take_value(name if harvest.is_mapped(name) else _RENAMED.get(name, name), value, frame, unit)


def _take_measurement(entity: dict[str, Json], frame: Frame, harvest: Harvest) -> None:
    """The DeviceMeasurement model: one value, named by `controlledProperty`, whose device is `refDevice`."""
    name, value = _plain(entity.get("controlledProperty")), _plain(entity.get("numValue", entity.get("textValue")))
    unit = _plain(entity.get("unit")) or _unit(_first(entity.get("numValue")))
    device = _plain(entity.get("refDevice")) or _first(entity.get("refDevice")).get("object")
    if isinstance(device, str) and as_device(device):
        frame = replace(frame, device=as_device(device))
    name = name[0] if isinstance(name, list) and name else name
    if isinstance(name, str):
        harvest.take_value(name, value, frame, unit_of_code(unit) if isinstance(unit, str) else "")


def _pairs(attribute: dict[str, Json]) -> list[Json]:
    """The simplified temporal form {"values": [[value, time], …]} as attributes."""
    values = attribute.get("values")
    if not isinstance(values, list):
        return []
    return [
        {"type": "Property", "value": pair[0], "observedAt": pair[1]}
        for pair in values[:_ENTITIES_AT_MOST]
        if isinstance(pair, list) and len(pair) > 1
    ]


def _instances(attribute: Json) -> list[Json]:
    """An attribute's instances: a list of several, of several datasets or at several times, or itself."""
    several = isinstance(attribute, list) and all(isinstance(item, dict) for item in attribute)
    return attribute if isinstance(attribute, list) and several else [attribute]


def _observed(attribute: dict[str, Json], frame: Frame, harvest: Harvest) -> Frame:
    """The frame with the attribute's own time and quality, which may stand in its metadata."""
    metadata = _first(attribute.get("metadata"))
    stamp = attribute.get("observedAt")
    for name in ("TimeInstant", "observedAt", "dateObserved", "timestamp"):
        stamp = _plain(metadata.get(name)) if stamp is None else stamp
    if stamp is not None:
        frame = replace(frame, moment=harvest.moment(_end(_plain(stamp)), "+00:00"))
    quality = _plain(attribute.get("quality", metadata.get("quality", metadata.get("qualityCode"))))
    return replace(frame, quality=quality_of(quality)) if isinstance(quality, str) else frame


def _unit(attribute: dict[str, Json]) -> str:
    """The unit's word out of `unitCode`, `unit` or `unitText`, beside the value or in its metadata."""
    metadata = _first(attribute.get("metadata"))
    for place in (attribute, metadata):
        for name in ("unitCode", "unit", "unitText", "units"):
            code = _plain(place.get(name))
            if isinstance(code, str) and code.strip():
                # A code that is not known is no licence to take the field's own unit: it stays and is refused.
                return unit_of_code(code.rsplit("/", 1)[-1] if "://" in code else code) or code.strip()[:20]
    return ""


def _plain(value: Json) -> Json:
    """What an attribute holds; a plain value is itself."""
    if isinstance(value, dict):
        return _plain(value.get("value", value.get("@value"))) if ("value" in value or "@value" in value) else None
    return value


def _end(stamp: Json) -> Json:
    """A time, the end of an interval "begin/end"."""
    return stamp.rsplit("/", 1)[-1] if isinstance(stamp, str) else stamp


def _kind(kind: Json) -> str:
    named = kind[0] if isinstance(kind, list) and kind else kind
    return named.rsplit("/", 1)[-1].rsplit("#", 1)[-1] if isinstance(named, str) else ""


DIALECT = Dialect("ngsi", _recognises, _decode)
