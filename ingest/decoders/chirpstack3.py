"""ChirpStack 3 (LoRa App Server): events as JSON, in both of its writings.

Its marshaler `json` has addresses in base64 and the codec's object as a string (`objectJSON`); `json_v3` has addresses
in hex and the object as an object. Its marshaler `protobuf` sends bytes: those are refused, and it says so.

Documentation: ChirpStack Application Server 3, Integrations, "Event types"; its configuration file, "marshaler".
"""

from __future__ import annotations

import re

from ingest.decoders.document import Document, Json, parse_json
from ingest.decoders.envelope import Envelope, eui, field, fields_of, from_base64
from ingest.decoders.lorawan import read
from ingest.decoders.message import DecodeContext, Decoded, Dialect, Message
from models.errors import RefusedError

_TOPIC = re.compile(
    r"(?:^|/)application/[^/]+/(?:device|node)/([0-9a-fA-F]{16})/(?:event/)?"
    r"(up|rx|join|status|ack|txack|error|location|integration)$"
)
_UPLINK_FIELDS = frozenset(["object", "objectJSON", "data", "fCnt", "fPort", "rxInfo"])
_OTHER_EVENTS = (
    ("acknowledged", "ack"),
    ("gatewayID", "txack"),
    ("error", "error"),
    ("location", "location"),
    ("integrationName", "integration"),
    ("margin", "status"),
    ("batteryLevel", "status"),
)


def _recognises(message: Message, document: Document) -> bool:
    if not document.looks_json:
        return _TOPIC.search(message.topic) is not None
    fields = document.object
    return "devEUI" in fields and ("applicationID" in fields or "deviceName" in fields)


def _decode(message: Message, document: Document, context: DecodeContext) -> Decoded:
    if not document.looks_json:
        raise RefusedError(
            "decode.not_json",
            "chirpstack3: an event as protobuf; set ChirpStack to JSON (`marshaler` of version 3, `json` of 4)",
        )
    fields = document.object
    match = _TOPIC.search(message.topic)
    event = match[2] if match else next((kind for name, kind in _OTHER_EVENTS if name in fields), "up")
    if event in ("up", "rx") and not _UPLINK_FIELDS & fields.keys():
        event = "join" if "devAddr" in fields else "status"
    if event not in ("up", "rx"):
        raise RefusedError("decode.no_reading", f"chirpstack3: an event {event!r} has nothing to read")
    receptions = fields.get("rxInfo")
    envelope = Envelope(
        DIALECT.name,
        device=eui(fields.get("devEUI")) or (match[1].lower() if match else ""),
        time=_time(fields, receptions),
        models=(fields.get("deviceProfileName"), field(fields, "tags", "model"), fields.get("deviceName")),
        port=fields.get("fPort"),
        data=from_base64(fields.get("data")),
        decoded=_object(fields),
        counter=fields.get("fCnt", 0),
        path="object" if "object" in fields else "objectJSON",
        strengths=fields_of(receptions, "rssi"),
    )
    return read(envelope, message, context)


def _time(fields: dict[str, Json], receptions: Json) -> Json:
    """When the server published it; gateways with a server of their own write `time` or `timestamp`."""
    for name in ("publishedAt", "time", "timestamp"):
        if time := fields.get(name):
            return time
    return next((time for time in fields_of(receptions, "time") if time), None)


def _object(fields: dict[str, Json]) -> Json:
    """The codec's object: as an object, or as JSON in a string, empty where there is no codec."""
    decoded = fields.get("object")
    if isinstance(decoded, (dict, list)):
        return decoded
    text = fields.get("objectJSON")
    if not isinstance(text, str) or not text.strip():
        return None
    value = parse_json(text)
    return value if isinstance(value, (dict, list)) else None


DIALECT = Dialect("chirpstack3", _recognises, _decode)
