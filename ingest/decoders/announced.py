"""Units that stand on another topic than their values: what was announced is remembered, where ingest has a memory.

Home Assistant's discovery (ESPHome, Zigbee2MQTT and others publish it) names a state's topic, unit and class; its
statestream has unit_of_measurement beside state; Homie has $unit beside a property. A command line that decodes one
message knows none of them. A template that computes makes another value than the one that is published: its unit is
not taken.

Documentation: Home Assistant, MQTT Discovery (with its abbreviations) and MQTT Statestream; Homie 4.0.0, properties.
"""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import NamedTuple

from ingest.decoders.document import Json
from ingest.decoders.message import DecodeContext, Message
from models.quantity_units import stored
from models.reading import to_ms
from models.units import find_unit

_TEMPLATE = re.compile(
    r"\{\{\s*value(?:_json(?:\.(?P<field>\w{1,64})|\[\s*['\"](?P<key>[^'\"]{1,64})['\"]\s*\]))?\s*"
    r"(?:\|\s*(?:float|int|round|is_defined|default)\s*(?:\([^(){}]{0,20}\))?\s*){0,4}\}\}$"
)
_UNITS = ("unit_of_measurement", "unit_of_meas")
_TOPICS = ("state_topic", "stat_t")
_TEMPLATES = ("value_template", "val_tpl")
_CLASSES = ("device_class", "dev_cla")
_KINDS = ("state_class", "stat_cla")
_QUANTITY_OF_CLASS = {"water": "volume_m3", "volume_flow_rate": "flow_m3h", "volume_storage": "storage_m3"}
_CLASSES_OF_WATER = frozenset(
    [
        *_QUANTITY_OF_CLASS,
        *str.split("volume pressure temperature battery signal_strength voltage ph conductivity duration"),
    ]
)
"""Device classes that a device of water may have; others (gas, energy, distance) are another medium's, or no level."""

_COMPONENTS = ("components", "cmps")
_FIELDS_AT_MOST = 200
_LONGEST_UNIT = 16


class Announced(NamedTuple):
    """What was announced of a value.

    unit : as it was written
    quantity : where the class says what is measured, else empty
    """

    unit: str
    quantity: str = ""


def learn_discovery(message: Message, fields: dict[str, Json], context: DecodeContext) -> None:
    """Remember what a discovery message says of the values to come on its sensors' topics."""
    parts = next((part for name in _COMPONENTS if isinstance(part := fields.get(name), dict)), None)
    if parts is None:
        _learn_sensor(message, fields, context)
        return
    for part in islice(parts.values(), _FIELDS_AT_MOST):
        if isinstance(part, dict) and _text(part, ("platform", "p")) == "sensor":
            _learn_sensor(message, {**fields, **part}, context)


def _learn_sensor(message: Message, fields: dict[str, Json], context: DecodeContext) -> None:
    topic, unit = _text(fields, _TOPICS), _text(fields, _UNITS)
    match = _TEMPLATE.match((_text(fields, _TEMPLATES) or "{{ value }}").strip())
    if not topic or not unit or match is None or len(unit) > _LONGEST_UNIT or find_unit(unit) is None:
        return
    if (kind := _text(fields, _CLASSES)) and kind not in _CLASSES_OF_WATER:
        return
    base = fields.get("~")
    if isinstance(base, str):
        topic = f"{base}{topic[1:]}" if topic.startswith("~") else topic.removesuffix("~") + base * topic.endswith("~")
    quantity = _QUANTITY_OF_CLASS.get(_text(fields, _CLASSES), "")
    if quantity and (stored(quantity, 1.0, unit) is None or _text(fields, _KINDS) == "total"):
        return  # a sum that somebody resets is no register
    if quantity == "volume_m3" and _text(fields, _KINDS) != "total_increasing":
        quantity = ""
    _remember(topic, match["field"] or match["key"] or "", Announced(unit, quantity), message, context)


def learn_unit(topic: str, text: str, message: Message, context: DecodeContext) -> None:
    """Remember the unit of the values to come on a topic."""
    if 0 < len(text) <= _LONGEST_UNIT and find_unit(text) is not None:
        _remember(topic, "", Announced(text), message, context)


def announced(topic: str, context: DecodeContext) -> dict[str, Announced]:
    """What was announced of a topic's values by field; the field of a bare value is empty."""
    if context.memory is None:
        return {}
    raw = context.memory.recall(_name(topic))
    try:
        told = json.loads(raw) if raw else {}
        return {str(field): Announced(str(unit), str(quantity)) for field, (unit, quantity) in told.items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def _remember(topic: str, field: str, told: Announced, message: Message, context: DecodeContext) -> None:
    if context.memory is None:
        return
    have = announced(topic, context)
    if have.get(field) == told or (len(have) >= _FIELDS_AT_MOST and field not in have):
        return
    have[field] = told
    context.memory.remember(_name(topic), to_ms(message.received), json.dumps(have, sort_keys=True).encode())


def _name(topic: str) -> str:
    return f"announced/{topic}"


def _text(fields: dict[str, Json], names: tuple[str, ...]) -> str:
    return next((value for name in names if isinstance(value := fields.get(name), str)), "")
