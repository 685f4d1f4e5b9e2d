"""Helium's console JSON: an uplink with its hotspots, and the function's `decoded` object.

Helium's newer consoles are ChirpStack 4 and speak as it does.

Documentation: Helium, "Integrations: JSON schema".
"""

from __future__ import annotations

from ingest.decoders.document import Document, Json
from ingest.decoders.envelope import Envelope, eui, field, fields_of, from_base64
from ingest.decoders.lorawan import read
from ingest.decoders.message import DecodeContext, Decoded, Dialect, Message
from models.errors import RefusedError


def _recognises(message: Message, document: Document) -> bool:
    fields = document.object
    return "dev_eui" in fields and ("hotspots" in fields or {"app_eui", "devaddr"} <= fields.keys())


def _decode(message: Message, document: Document, context: DecodeContext) -> Decoded:
    fields = document.object
    kind = fields.get("type")
    if isinstance(kind, str) and kind != "uplink":
        raise RefusedError("decode.no_reading", f"helium: a {kind[:40]} has nothing to read")
    hotspots = fields.get("hotspots")
    labels = fields_of(field(fields, "metadata", "labels"), "name")
    envelope = Envelope(
        DIALECT.name,
        device=eui(fields.get("dev_eui")),
        time=fields.get("reported_at") or next((at for at in fields_of(hotspots, "reported_at") if at), None),
        models=(fields.get("name"), *labels),
        port=fields.get("port"),
        data=from_base64(fields.get("payload")),
        decoded=_object(fields.get("decoded")),
        counter=fields.get("fcnt"),
        path="decoded.payload",
        strengths=fields_of(hotspots, "rssi"),
    )
    return read(envelope, message, context)


def _object(decoded: Json) -> Json:
    """What the function made of the payload, if it succeeded."""
    if field(decoded, "status") not in ("success", None):
        return None
    return field(decoded, "payload")


DIALECT = Dialect("helium", _recognises, _decode)
