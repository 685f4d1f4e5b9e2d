"""České Radiokomunikace: records of their LoRaWAN network as the IoT Hub's API gives them, one or many.

Unverified: written after the public API's documentation (pripoj.me, CRA IoT HUB REST API, /message); no real message
came yet. The same network also speaks LORIOT's and ThingPark's own formats, which have decoders of their own.
"""

from __future__ import annotations

from ingest.decoders.by_rule import by_rule
from ingest.decoders.document import Document, Json
from ingest.decoders.envelope import Envelope, eui, fields_of, from_hex
from ingest.decoders.lorawan import each, read
from ingest.decoders.message import DecodeContext, Decoded, Dialect, Message

_MARKS = frozenset(["devEUI", "payloadHex"])


def _recognises(message: Message, document: Document) -> bool:
    fields = document.object
    if fields.keys() >= _MARKS:
        return True
    listed = fields.get("records") if fields else document.list
    first = listed[0] if isinstance(listed, list) and listed else None
    return isinstance(first, dict) and first.keys() >= _MARKS


def _decode(message: Message, document: Document, context: DecodeContext) -> Decoded:
    fields = document.object
    listed = fields.get("records") if fields else document.list
    if isinstance(listed, list):
        return each(listed, lambda entry: _decode_one(message, entry, context))
    return _decode_one(message, fields, context)


def _decode_one(message: Message, fields: dict[str, Json], context: DecodeContext) -> Decoded:
    envelope = Envelope(
        DIALECT.name,
        device=eui(fields.get("devEUI")),
        time=fields.get("time") or fields.get("createdAt"),
        models=(fields.get("model"), fields.get("deviceName"), fields.get("name")),
        port=fields.get("fPort"),
        data=from_hex(fields.get("payloadHex")),
        counter=fields.get("fCntUp"),
        strengths=(*fields_of(fields.get("lrrs"), "LrrRSSI"), fields.get("lrrRSSI")),
    )
    return read(envelope, message, context)


DIALECT = Dialect("cra", _recognises, by_rule(_decode))
