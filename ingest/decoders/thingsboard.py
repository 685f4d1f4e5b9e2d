"""ThingsBoard's device and gateway telemetry.

Documentation: ThingsBoard, "MQTT Device API Reference" and "MQTT Gateway API Reference".
"""

from __future__ import annotations

from ingest.decoders.document import Document, Json
from ingest.decoders.harvest import Frame, Harvest
from ingest.decoders.message import DecodeContext, Decoded, Dialect, Message, Problem
from ingest.decoders.names import as_device
from ingest.decoders.result import Result
from ingest.decoders.topic import filled
from models.errors import RefusedError

_PREFIXES = ("v1/devices/", "v1/gateway/", "v2/a", "v2/t")


def _recognises(message: Message, document: Document) -> bool:
    topic = message.topic
    if topic.startswith(_PREFIXES) or "/v1/devices/" in topic or "/v1/gateway/" in topic:
        return document.looks_json
    fields = document.object
    return len(fields) == 2 and "ts" in fields and isinstance(fields.get("values"), dict)


def _decode(message: Message, document: Document, context: DecodeContext) -> Decoded:
    kind = message.topic.rsplit("/", 1)[-1]
    if any(word in message.topic for word in ("/attributes", "/rpc", "/claim", "/connect", "/disconnect")):
        raise RefusedError("decode.no_reading", f"thingsboard: {kind} has no telemetry")
    result = Result(DIALECT.name, context)
    harvest = Harvest(message, context, result)
    value = document.json
    if "v1/gateway" in message.topic and isinstance(value, dict):
        for name, entries in value.items():
            if (device := as_device(name)) and isinstance(entries, (list, dict)):
                _take(entries, harvest.frame(device), harvest)
    else:
        _take(value, harvest.frame(_device(message.topic, context)), harvest)
    return result.finish(Problem("decode.unknown_fields", "thingsboard: no key of the telemetry is known"))


def _device(topic: str, context: DecodeContext) -> str:
    """Devices publish as "me": who that is, a rule of sources.toml says for the topic they are bridged to."""
    if context.source and context.source.device and (device := filled(context.source.device, topic)):
        return device
    if topic.startswith("v2/"):
        return "me"
    before = topic.split("v1/devices/")[0].strip("/")
    return as_device(before.rsplit("/", 1)[-1]) or "me"


def _take(value: Json, frame: Frame, harvest: Harvest) -> None:
    """Three forms: {key: value}, {"ts": ms, "values": {…}}, and a list of either."""
    harvest.take(value, frame)


DIALECT = Dialect("thingsboard", _recognises, _decode)
