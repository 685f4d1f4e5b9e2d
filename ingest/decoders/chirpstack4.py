"""ChirpStack 4: events of a device as JSON; an uplink with the codec's `object`. Helium's hosted consoles speak it too.

Documentation: ChirpStack, Integrations, "Event types" and "MQTT"; chirpstack/api, integration.proto.
"""

from __future__ import annotations

import re

from ingest.decoders.document import Document, Json
from ingest.decoders.envelope import Envelope, eui, field, fields_of, from_base64
from ingest.decoders.lorawan import read
from ingest.decoders.message import DecodeContext, Decoded, Dialect, Message
from models.errors import RefusedError

_TOPIC = re.compile(r"(?:^|/)application/[^/]+/device/([0-9a-fA-F]{16})/event/(\w+)$")
_UPLINK_FIELDS = frozenset(["object", "data", "fCnt", "rxInfo"])
_OTHER_EVENTS = (
    ("integrationName", "integration"),
    ("acknowledged", "ack"),
    ("queueItemId", "txack"),
    ("level", "log"),
    ("location", "location"),
    ("margin", "status"),
    ("batteryLevel", "status"),
    ("externalPowerSource", "status"),
    ("batteryLevelUnavailable", "status"),
)
"""Fields that only another event than an uplink has: on topics of bridges the event's name may be missing."""


def _recognises(message: Message, document: Document) -> bool:
    info = document.object.get("deviceInfo")
    return isinstance(info, dict) and "devEui" in info


def _decode(message: Message, document: Document, context: DecodeContext) -> Decoded:
    fields = document.object
    match = _TOPIC.search(message.topic)
    event = match[2] if match else next((kind for name, kind in _OTHER_EVENTS if name in fields), "up")
    if event == "up" and not _UPLINK_FIELDS & fields.keys():
        event = "join" if "devAddr" in fields else "status"
    if event != "up":
        raise RefusedError("decode.no_reading", f"chirpstack4: an event {event!r} has nothing to read")
    info = fields.get("deviceInfo")
    receptions = fields.get("rxInfo")
    envelope = Envelope(
        DIALECT.name,
        device=eui(field(info, "devEui") or (match[1] if match else "")),
        time=fields.get("time") or _first(fields_of(receptions, "nsTime")) or _first(fields_of(receptions, "gwTime")),
        models=(field(info, "deviceProfileName"), *_tagged(field(info, "tags")), field(info, "deviceName")),
        port=fields.get("fPort"),
        data=from_base64(fields.get("data")),
        decoded=fields.get("object"),
        counter=fields.get("fCnt", 0),
        path="object",
        strengths=fields_of(receptions, "rssi"),
    )
    return read(envelope, message, context)


def _tagged(tags: Json) -> tuple[Json, ...]:
    """The model as tags of a device name it: brand and model, type…"""
    if not isinstance(tags, dict):
        return ()
    named = {key.casefold(): value for key, value in tags.items() if isinstance(value, str)}
    words = [named[key] for key in ("brand", "vendor", "manufacturer", "model", "type", "device_type") if key in named]
    return (" ".join(words),) if words else ()


def _first(values: tuple[Json, ...]) -> Json:
    return next((value for value in values if value), None)


DIALECT = Dialect("chirpstack4", _recognises, _decode)
