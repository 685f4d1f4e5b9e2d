"""JSON of loggers, bridges and scripts whose fields say what they are: the device, a time, values with units."""

from __future__ import annotations

from dataclasses import replace

from ingest.decoders.document import Document, Json
from ingest.decoders.fields import meanings, own_unit
from ingest.decoders.harvest import Frame, Harvest
from ingest.decoders.message import DecodeContext, Decoded, Dialect, Message, Problem
from ingest.decoders.names import joined, named_value, part_of, unit_in
from ingest.decoders.result import Result
from ingest.decoders.topic import device_of, is_command, quantity_of
from models.errors import RefusedError

_KEYS_SHOWN = 8
_NOTHING = Problem("decode.unknown_fields", "json: no field is known")
_VALUES = frozenset(["value", "v", "val", "d", "present_value", "payload"])
"""Fields that hold the one value of a topic; `d` is that of AVEVA's MQTT driver."""


def _recognises(message: Message, document: Document) -> bool:
    return document.looks_json


def _decode(message: Message, document: Document, context: DecodeContext) -> Decoded:
    value = document.json
    if not isinstance(value, (dict, list)):
        raise RefusedError("decode.unknown_fields", "json: neither an object nor a list")
    if is_command(message.topic) or (isinstance(value, dict) and "command" in value):
        raise RefusedError("decode.no_reading", f"json: topic {message.topic[:80]!r} carries commands or descriptions")
    result = Result(DIALECT.name, context)
    harvest = Harvest(message, context, result)
    topic = message.topic
    if inner := _node_red(value):
        topic, value = inner
    named, by_topic = harvest.device_by_rule(), quantity_of(topic)
    device = named or (by_topic[0] if by_topic else device_of(topic))
    frame = harvest.frame(device, context.source.unit if context.source else "", bool(named))
    if not _take_by_topic(value, topic, frame, harvest, context) and isinstance(value, (dict, list)):
        harvest.take(value, frame)
    return result.finish(_nothing(value) if result.is_empty else _NOTHING)


def _nothing(value: Json) -> Problem:
    return Problem("decode.unknown_fields", f"json: no field is known among {_keys(value)}; map them in sources.toml")


def _node_red(value: Json) -> tuple[str, Json] | None:
    """Node-RED's whole message {"topic": …, "payload": …}: its own topic, and its payload with the other fields."""
    if not isinstance(value, dict) or not isinstance(value.get("topic"), str) or "payload" not in value:
        return None
    payload, topic = value["payload"], str(value["topic"])
    rest = {key: other for key, other in value.items() if key not in ("topic", "payload", "_msgid")}
    if isinstance(payload, dict):
        return topic, {**rest, **payload}
    return topic, payload if isinstance(payload, list) else {**rest, "value": payload}


def _take_by_topic(value: Json, topic: str, frame: Frame, harvest: Harvest, context: DecodeContext) -> bool:
    """A value with its time and quality on a topic that names what it is: {"value": 3.42, "ts": …}, {"d": 3.42, …}."""
    if not isinstance(value, dict):
        return False
    # A loop of its own: every payload comes by here.
    for key in value:
        if joined(key) in _VALUES:
            break
    else:
        return False
    if isinstance(value[key], (dict, list)) or harvest.is_mapped(key):
        return False
    source = context.source
    if source and source.quantity:
        device, name = frame.device, source.quantity
        frame = replace(frame, unit=source.unit or own_unit(name))
    elif (found := quantity_of(topic)) and not _names_itself(value, harvest):
        device, name = found[:2]
    else:
        return False
    rest = {other: field for other, field in value.items() if other != key}
    if any(meanings(other) and not part_of(other) for other in rest):
        return False  # the object has named values of its own
    inner = harvest.refined(rest, replace(frame, device=frame.device if frame.named else device))
    return harvest.take_value(name, value[key], inner, unit_in(rest) or (frame.unit if source else ""))


def _names_itself(value: dict[str, Json], harvest: Harvest) -> bool:
    """Whether an object says by a name beside its value what it is."""
    named = named_value(value, harvest.names_quantity)
    return named is not None and harvest.names_quantity(named.label)


def _keys(value: Json) -> str:
    first = value[0] if isinstance(value, list) and value else value
    names = [key[:30] for key in first] if isinstance(first, dict) else []
    return ", ".join(names[:_KEYS_SHOWN]) + ("…" if len(names) > _KEYS_SHOWN else "") or "nothing"


DIALECT = Dialect("json", _recognises, _decode)
