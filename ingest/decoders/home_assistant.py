"""Home Assistant: what its statestream and eventstream publish, and the announcements that devices make to it.

A statestream's state stands alone under <base>/<domain>/<entity>/state; unit and class have topics of their own, so an
entity is read whose name says them. An event has state, unit and class together. An announcement has no reading.

Documentation: Home Assistant, MQTT Statestream, MQTT Eventstream, MQTT Discovery; device classes of sensors.
"""

from __future__ import annotations

from ingest.decoders.announced import announced, learn_discovery, learn_unit
from ingest.decoders.by_rule import by_rule
from ingest.decoders.document import Document, Json
from ingest.decoders.entity import Entity, entity_of, placed, take_entity
from ingest.decoders.envelope import field
from ingest.decoders.fields import is_no_reading, meanings
from ingest.decoders.harvest import Frame, Harvest
from ingest.decoders.message import DecodeContext, Decoded, Dialect, Message, Problem
from ingest.decoders.names import as_device
from ingest.decoders.result import Result
from ingest.decoders.value import says_nothing, state
from ingest.decoders.water_words import is_of_water
from models.errors import RefusedError

_BASES = frozenset(str.split("hass ha homeassistant home_assistant statestream hass_statestream ha_statestream hassio"))
_ATTRIBUTES = frozenset(
    str.split(
        """last_changed last_updated last_reported unit_of_measurement device_class state_class friendly_name icon
        attribution entity_picture last_reset restored supported_features options assumed_state"""
    )
)
_LONGEST = 200
_CLASSES = {
    "water": "volume_total",
    "volume_flow_rate": "flow",
    "volume_storage": "storage",
    "battery": "battery",
    "signal_strength": "rssi",
}
"""Device classes that say what is measured, and the name that means it here."""

_CLASSES_BY_NAME = frozenset(["volume", "pressure", "temperature", "voltage", "duration", "ph", "conductivity", ""])
"""Device classes under which only the entity's name says what is measured: rooms and weather have theirs too."""

_OF_ANYTHING = frozenset(["temperature", "pressure", "battery", "signal_strength", "voltage"])
"""Device classes that every device of a home may have."""

_LEAKS = frozenset(["moisture", "leak"])


def is_statestream(entity: Entity) -> bool:
    """Whether a topic's base is one by which people call Home Assistant."""
    return any(level.lower().replace("-", "_") in _BASES for level in entity.base)


def _recognises(message: Message, document: Document) -> bool:
    fields = document.object
    if fields:
        if "event_type" in fields or "entity_id" in fields:
            return _new_state(fields) is not None or "event_data" in fields
        return message.topic.endswith("/config") and _is_announcement(fields)
    text = document.text
    if text is None or len(text) > _LONGEST:
        return False
    entity = entity_of(message.topic)
    if entity is None:
        return False
    return entity.leaf in _ATTRIBUTES or (entity.leaf == "state" and is_statestream(entity))


def _decode(message: Message, document: Document, context: DecodeContext) -> Decoded:
    result = Result(DIALECT.name, context)
    harvest = Harvest(message, context, result)
    if document.looks_json:
        told = _new_state(document.object)
        if told is None:
            learn_discovery(message, document.object, context)
            raise RefusedError("decode.no_reading", f"home-assistant: {message.topic[:80]!r} announces or commands")
        _take_event(told, harvest, result)
    else:
        _take_stream(message, (document.text or "").strip(), harvest, result, context)
    return result.finish(Problem("decode.no_reading", f"home-assistant: {message.topic[:80]!r} tells no reading"))


def _is_announcement(fields: dict[str, Json]) -> bool:
    return not {"state_topic", "stat_t", "command_topic", "cmd_t", "device", "dev"}.isdisjoint(fields)


def _new_state(fields: dict[str, Json]) -> dict[str, Json] | None:
    """The state that an event brings, None where the message is none."""
    for told in (field(fields, "event_data", "new_state"), field(fields, "data", "new_state"), fields):
        if isinstance(told, dict) and isinstance(told.get("entity_id"), str) and "state" in told:
            return told
    return None


def _take_stream(message: Message, text: str, harvest: Harvest, result: Result, context: DecodeContext) -> None:
    entity = entity_of(message.topic)
    if entity is not None and entity.leaf == "unit_of_measurement":
        of_state = message.topic.removesuffix(entity.leaf) + "state"
        learn_unit(of_state, text.strip('"'), message, context)
    if entity is None or entity.leaf != "state":
        raise RefusedError("decode.no_reading", f"home-assistant: {message.topic[-60:]!r} is an attribute of an entity")
    if says_nothing(text):
        raise RefusedError("decode.no_value", f"home-assistant: entity {entity.name[:60]!r} is {text[:20]!r}")
    frame = harvest.frame(harvest.device_by_rule() or as_device(entity.name), named=True)
    take_entity(entity, text, frame, harvest, result, announced(message.topic, context).get(""))


def _take_event(told: dict[str, Json], harvest: Harvest, result: Result) -> None:
    domain, _, name = str(told["entity_id"]).partition(".")
    if says_nothing(told["state"]):
        raise RefusedError("decode.no_value", f"home-assistant: entity {name[:60]!r} is {str(told['state'])[:20]!r}")
    since = told.get("last_updated", told.get("last_changed"))
    when = harvest.moment(since, "+00:00") if since is not None else None
    frame = harvest.frame(harvest.device_by_rule() or as_device(name), named=True, when=when)
    unit, kind = field(told, "attributes", "unit_of_measurement"), field(told, "attributes", "device_class")
    if domain == "sensor" and isinstance(unit, str):
        _take_measured(name, str(kind or ""), told, unit, frame, harvest)
    elif domain == "binary_sensor" and str(kind) in _LEAKS and (wet := state(told["state"])) is not None:
        result.reading(frame.subject, "flooded", float(wet), frame.moment)
    else:
        take_entity(Entity((), domain, name, "state"), str(told["state"])[:_LONGEST], frame, harvest, result)


def _take_measured(name: str, kind: str, told: dict[str, Json], unit: str, frame: Frame, harvest: Harvest) -> None:
    """A value with its unit and class: the class says what it is, or the last words of the entity's name do."""
    if is_no_reading(name) or field(told, "attributes", "state_class") == "total":
        raise RefusedError("decode.no_reading", f"home-assistant: entity {name[:60]!r} is a sum of a time or a limit")
    if kind in _OF_ANYTHING and not is_of_water(name):
        raise RefusedError("decode.not_water", f"home-assistant: entity {name[:60]!r} does not say that it is water's")
    if kind in _CLASSES:
        harvest.take_value(_CLASSES[kind], told["state"], frame, unit)
        return
    if kind not in _CLASSES_BY_NAME:
        raise RefusedError("decode.not_water", f"home-assistant: entity {name[:60]!r} is of class {kind[:30]!r}")
    parts = name.split("_")
    for cut in range(len(parts)):
        found = meanings("_".join(parts[cut:]))
        if found and harvest.take_value("_".join(parts[cut:]), told["state"], frame, unit):
            return
    split = placed(name)
    if split is not None:
        harvest.take_value(split[1], told["state"], frame, unit)


DIALECT = Dialect("home-assistant", _recognises, by_rule(_decode))
