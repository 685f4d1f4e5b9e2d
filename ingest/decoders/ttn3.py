"""The Things Stack 3: `uplink_message` with the payload formatter's `decoded_payload`, one or a list of them.

Documentation: The Things Stack, "The Things Stack data formats" and "MQTT server".
"""

from __future__ import annotations

from ingest.decoders.document import Document, Json
from ingest.decoders.envelope import Envelope, eui, field, fields_of, from_base64
from ingest.decoders.lorawan import each, read
from ingest.decoders.message import DecodeContext, Decoded, Dialect, Message
from models.errors import RefusedError

_UPLINKS = ("uplink_message", "uplink_normalized")


def _recognises(message: Message, document: Document) -> bool:
    if isinstance(document.object.get("end_device_ids"), dict):
        return True
    listed = document.list
    return bool(listed) and isinstance(field(listed[0], "end_device_ids"), dict)


def _decode(message: Message, document: Document, context: DecodeContext) -> Decoded:
    if listed := document.list:
        return each(listed, lambda entry: _decode_one(message, entry, context))
    return _decode_one(message, document.object, context)


def _decode_one(message: Message, fields: dict[str, Json], context: DecodeContext) -> Decoded:
    up = next((found for name in _UPLINKS if isinstance(found := fields.get(name), dict)), None)
    if not isinstance(up, dict):
        kind = next((key for key in fields if key.endswith(("_message", "_accept", "_sent", "_ack", "_data"))), "event")
        raise RefusedError("decode.no_reading", f"ttn3: a {kind[:40]} has nothing to read")
    if fields.get("simulated") is True:
        raise RefusedError("decode.no_reading", "ttn3: the uplink was simulated in the console, no device sent it")
    identifiers = fields.get("end_device_ids")
    envelope = Envelope(
        DIALECT.name,
        device=eui(field(identifiers, "dev_eui") or field(identifiers, "device_id")),
        # The network server's time; the gateways' own clocks may be wrong.
        time=up.get("received_at") or fields.get("received_at"),
        models=(_model(up.get("version_ids")), field(identifiers, "device_id")),
        port=up.get("f_port"),
        data=from_base64(up.get("frm_payload")),
        decoded=up.get("decoded_payload"),
        normalized=up.get("normalized_payload"),
        counter=up.get("f_cnt", 0),
        path="uplink_message.decoded_payload",
        strengths=fields_of(up.get("rx_metadata"), "rssi"),
    )
    return read(envelope, message, context)


def _model(version: Json) -> str:
    return f"{field(version, 'brand_id') or ''} {field(version, 'model_id') or ''}".strip()


DIALECT = Dialect("ttn3", _recognises, _decode)
