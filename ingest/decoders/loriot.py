"""LORIOT: `rx` for each uplink and `gw` for the same uplink with all gateways that heard it.

Documentation: LORIOT, "Application output: data format" (rx, gw, txd, encdata).
"""

from __future__ import annotations

from ingest.decoders.document import Document, Json
from ingest.decoders.envelope import Envelope, eui, field, fields_of, from_hex
from ingest.decoders.lorawan import read
from ingest.decoders.message import DecodeContext, Decoded, Dialect, Message
from models.errors import RefusedError

_UPLINKS = ("rx", "gw")


def _recognises(message: Message, document: Document) -> bool:
    fields = document.object
    return isinstance(fields.get("cmd"), str) and "EUI" in fields


def _decode(message: Message, document: Document, context: DecodeContext) -> Decoded:
    fields = document.object
    command = str(fields.get("cmd"))
    if command not in _UPLINKS:
        raise RefusedError("decode.no_reading", f"loriot: a {command[:20]!r} message has nothing to read")
    device = eui(fields.get("EUI"))
    data = from_hex(fields.get("data"))
    if fields.get("encdata") and not data:
        raise RefusedError(
            "decode.encrypted", f"loriot: the payload of device {device} is still encrypted; give LORIOT its AppSKey"
        )
    gateways = fields.get("gws")
    envelope = Envelope(
        DIALECT.name,
        device=device,
        time=fields.get("ts") or next((ts for ts in fields_of(gateways, "ts") if ts), None),
        models=(fields.get("devname"), fields.get("title"), fields.get("name")),
        port=fields.get("port"),
        data=data,
        decoded=_object(fields.get("decoded")),
        counter=fields.get("fcnt"),
        path="decoded.data" if isinstance(field(fields.get("decoded"), "data"), (dict, list)) else "decoded",
        strengths=(fields.get("rssi"), *fields_of(gateways, "rssi")),
    )
    return read(envelope, message, context)


def _object(decoded: Json) -> Json:
    """The decoder's object: by itself, or as `data` beside `success`."""
    inner = field(decoded, "data")
    return inner if isinstance(inner, (dict, list)) else decoded


DIALECT = Dialect("loriot", _recognises, _decode)
