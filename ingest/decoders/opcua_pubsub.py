"""OPC UA PubSub over MQTT in JSON: network messages, data set messages alone, and OPC Publisher's samples.

Documentation: OPC UA Part 14 (PubSub) 1.05, section 7.2.5 (JSON message mapping); Part 6, section 5.4 (JSON encoding);
Azure Industrial IoT OPC Publisher, "Message formats". Units stand in the metadata, which is remembered where it comes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from ingest.decoders.document import Document, Json
from ingest.decoders.harvest import Frame, Harvest
from ingest.decoders.message import DecodeContext, Decoded, Dialect, Message, Problem
from ingest.decoders.names import as_device
from ingest.decoders.result import Result
from ingest.decoders.tag_name import split_tag
from ingest.decoders.topic import device_of, levels
from models.quality import Quality
from models.reading import to_ms

_NETWORK_KINDS = ("ua-data", "ua-metadata", "ua-status", "ua-connection", "ua-endpoints", "ua-application")
_SET_KINDS = ("ua-keyframe", "ua-deltaframe", "ua-event", "ua-keepalive")
_SAMPLE_FIELDS = frozenset(["NodeId", "EndpointUrl", "ApplicationUri"])
_MESSAGES_AT_MOST = 10_000
_UNCERTAIN, _BAD = 0x40000000, 0x80000000


def _recognises(message: Message, document: Document) -> bool:
    fields = document.object or _first(document.list)
    kind = fields.get("MessageType")
    if isinstance(kind, str) and kind.startswith("ua-"):
        return kind in _NETWORK_KINDS or kind in _SET_KINDS
    if "DataSetWriterId" in fields and isinstance(fields.get("Payload"), dict):
        return True
    return "Value" in fields and bool(_SAMPLE_FIELDS & fields.keys())


def _first(value: Json) -> dict[str, Json]:
    return value[0] if isinstance(value, list) and value and isinstance(value[0], dict) else {}


def _decode(message: Message, document: Document, context: DecodeContext) -> Decoded:
    result = Result(DIALECT.name, context)
    harvest = Harvest(message, context, result)
    whole: Json = document.json
    networks = whole if isinstance(whole, list) else [whole]
    for network in networks[:_MESSAGES_AT_MOST]:
        if isinstance(network, dict):
            _take_network(network, message, context, harvest, result)
    return result.finish(Problem("decode.unknown_fields", "opcua: no field of the data sets says a quantity of ours"))


def _take_network(
    network: dict[str, Json], message: Message, context: DecodeContext, harvest: Harvest, result: Result
) -> None:
    kind = network.get("MessageType")
    if kind == "ua-metadata":
        _remember(network, message, context)
    if kind in _NETWORK_KINDS and kind != "ua-data":
        result.problem(Problem("decode.no_reading", f"opcua: a message of type {kind} has no readings"))
        return
    if "Value" in network and "Payload" not in network:
        _take_sample(network, message.topic, harvest)
        return
    publisher = network.get("PublisherId", "")
    sets = list(_sets(network))
    writers = {str(one.get("DataSetWriterId")) for one in sets}
    for one in sets:
        if one.get("MessageType") == "ua-keepalive":
            result.problem(Problem("decode.no_reading", "opcua: a keep-alive has no readings"))
            continue
        device = harvest.device_by_rule() or _device(one, publisher, len(writers) > 1, message.topic)
        units = _units(context, publisher, one.get("DataSetWriterId"))
        _take_set(one, replace(harvest.frame(device), named=True), units, harvest)


def _sets(network: dict[str, Json]) -> Iterator[dict[str, Json]]:
    """The data set messages of a network message, or the one that came without a network header."""
    messages = network.get("Messages", network)
    for one in messages[:_MESSAGES_AT_MOST] if isinstance(messages, list) else [messages]:
        if isinstance(one, dict):
            yield one if {"Payload", "MessageType", "DataSetWriterId"} & one.keys() else {"Payload": one}


def _device(one: dict[str, Json], publisher: Json, several: bool, topic: str) -> str:
    """Whose values a data set is: its writer's name, else the topic's, else the publisher and the writer's number."""
    name, writer = one.get("DataSetWriterName"), one.get("DataSetWriterId")
    if isinstance(name, str) and as_device(name):
        return as_device(name)
    if isinstance(writer, str) and as_device(writer) and not writer.isdecimal():
        return as_device(writer)
    have = levels(topic)
    if "data" in have and len(have) - have.index("data") > 3:  # PREFIX/json/data/PUBLISHER/GROUP/WRITER
        return as_device(have[-1])
    base = publisher if isinstance(publisher, (str, int)) and publisher != "" else "/".join(have[-1:])
    return as_device(f"{base}/{writer}" if several else str(base)) or as_device(topic)


def _take_set(one: dict[str, Json], frame: Frame, units: dict[str, str], harvest: Harvest) -> None:
    if "Timestamp" in one:
        frame = replace(frame, moment=harvest.moment(one["Timestamp"], "+00:00"))
    frame = replace(frame, quality=_quality(one.get("Status"), frame.quality))
    fields = one.get("Payload")
    for name, value in fields.items() if isinstance(fields, dict) else ():
        _take_value(name, value, frame, units.get(name, ""), harvest)


def _take_value(name: str, value: Json, frame: Frame, unit: str, harvest: Harvest) -> None:
    """A field: a plain value, a variant {"Type", "Body"}, or a data value with status and source time."""
    if isinstance(value, dict) and ("Value" in value or "SourceTimestamp" in value or "StatusCode" in value):
        stamp = value.get("SourceTimestamp") or value.get("ServerTimestamp")
        if stamp is not None:
            frame = replace(frame, moment=harvest.moment(stamp, "+00:00"))
        frame = replace(frame, quality=_quality(value.get("Status", value.get("StatusCode")), frame.quality))
        value = value.get("Value")
    value = _body(value)
    if not isinstance(value, (dict, list)):
        harvest.take_tag(name, value, frame, unit)


def _body(value: Json) -> Json:
    """The value inside of a variant, of Part 6 (Type, Body) or 1.05 (UaType, Value)."""
    for key in ("Body", "Value"):
        if isinstance(value, dict) and key in value:
            return value[key]
    return value


def _take_sample(sample: dict[str, Json], topic: str, harvest: Harvest) -> None:
    """OPC Publisher's sample: one node's value. Its display name says what it is, else its node's id."""
    names = [name for key in ("DisplayName", "NodeId") if isinstance(name := sample.get(key), str)]
    writer = sample.get("DataSetWriterId") or sample.get("ApplicationUri")
    places = [parts[0] for name in names if (parts := split_tag(name)) is not None and parts[0]]
    device = as_device(places[0] if places else "") or as_device(str(writer or "")) or device_of(topic)
    for name in names:
        if harvest.names_quantity(name):
            frame = replace(harvest.frame(harvest.device_by_rule() or device), named=True)
            parts = split_tag(name)
            _take_value(parts[1] if parts else name, sample["Value"], frame, "", harvest)
            return


def _quality(status: Json, otherwise: Quality) -> Quality:
    """The severity of an OPC UA status code: its two leading bits, 00 good, 01 uncertain, 10 bad."""
    code = status.get("Code", 0) if isinstance(status, dict) else status
    if isinstance(code, bool) or not isinstance(code, int):
        return otherwise
    return Quality.FAIL if code >= _BAD or code < 0 else Quality.SUSPECT if code >= _UNCERTAIN else otherwise


def _memory_name(publisher: Json, writer: Json) -> str:
    return f"opcua {publisher}/{writer}"


def _remember(network: dict[str, Json], message: Message, context: DecodeContext) -> None:
    """Keep the units that a metadata message tells for its writer's fields."""
    if context.memory is None:
        return
    metadata = network.get("MetaData")
    fields = metadata.get("Fields") if isinstance(metadata, dict) else None
    units: dict[str, str] = {}
    for one in fields if isinstance(fields, list) else []:
        if isinstance(one, dict) and isinstance(one.get("Name"), str) and (unit := _unit_of(one.get("Properties"))):
            units[str(one["Name"])] = unit
    text = json.dumps(units, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass")
    name = _memory_name(network.get("PublisherId", ""), network.get("DataSetWriterId"))
    context.memory.remember(name, to_ms(message.received), text)


def _unit_of(properties: Json) -> str:
    for one in properties if isinstance(properties, list) else []:
        key = one.get("Key") if isinstance(one, dict) else None
        name = key.get("Name") if isinstance(key, dict) else key
        if isinstance(one, dict) and isinstance(name, str) and name.rsplit(":", 1)[-1] == "EngineeringUnits":
            body = _body(_body(one.get("Value")))
            shown = body.get("DisplayName") if isinstance(body, dict) else None
            text = shown.get("Text") if isinstance(shown, dict) else shown
            return text if isinstance(text, str) else ""
    return ""


def _units(context: DecodeContext, publisher: Json, writer: Json) -> dict[str, str]:
    return _read(context.memory.recall(_memory_name(publisher, writer))) if context.memory is not None else {}


@lru_cache(maxsize=1024)
def _read(text: bytes) -> dict[str, str]:
    return json.loads(text) if text else {}


DIALECT = Dialect("opcua-pubsub", _recognises, _decode)
