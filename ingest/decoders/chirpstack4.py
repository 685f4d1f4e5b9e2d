"""ChirpStack 4: events of a device as JSON; an uplink with the codec's `object`.

Documentation: ChirpStack, Integrations, "Event types" and "MQTT".
"""

from __future__ import annotations

import re

from ingest.decoders.document import Document
from ingest.decoders.lorawan import from_base64, uplink
from ingest.decoders.message import DecodeContext, Decoded, Dialect, Message
from ingest.decoders.names import as_device
from models.errors import RefusedError

_TOPIC = re.compile(r"(?:^|/)application/[^/]+/device/([0-9a-fA-F]{16})/event/(\w+)$")


def _recognises(message: Message, document: Document) -> bool:
    fields = document.object
    info = fields.get("deviceInfo")
    return isinstance(info, dict) and "devEui" in info


def _decode(message: Message, document: Document, context: DecodeContext) -> Decoded:
    fields = document.object
    match = _TOPIC.search(message.topic)
    event = match[2] if match else ""
    if event not in ("up", "") or not ({"object", "data", "fCnt", "rxInfo"} & fields.keys()):
        kind = event or "status"
        raise RefusedError("decode.no_reading", f"chirpstack4: a {kind} event has nothing to read")
    info = fields.get("deviceInfo")
    info = info if isinstance(info, dict) else {}
    return uplink(
        message,
        context,
        dialect=DIALECT.name,
        device=as_device(str(info.get("devEui") or (match[1] if match else ""))),
        time=fields.get("time"),
        models=(info.get("deviceProfileName"), info.get("deviceName")),
        decoded=fields.get("object"),
        port=fields.get("fPort"),
        data=from_base64(fields.get("data")),
        receptions=fields.get("rxInfo"),
    )


DIALECT = Dialect("chirpstack4", _recognises, _decode)
