"""The Things Stack 3: `uplink_message` with the payload formatter's `decoded_payload`.

Documentation: The Things Stack, "The Things Stack data formats" and "MQTT server".
"""

from __future__ import annotations

from ingest.decoders.document import Document, Json
from ingest.decoders.lorawan import from_base64, uplink
from ingest.decoders.message import DecodeContext, Decoded, Dialect, Message
from ingest.decoders.names import as_device
from models.errors import RefusedError


def _recognises(message: Message, document: Document) -> bool:
    return isinstance(document.object.get("end_device_ids"), dict)


def _decode(message: Message, document: Document, context: DecodeContext) -> Decoded:
    fields = document.object
    up = fields.get("uplink_message")
    if not isinstance(up, dict):
        kind = next((key for key in fields if key.endswith(("_message", "_accept", "_sent", "_ack", "_data"))), "event")
        raise RefusedError("decode.no_reading", f"ttn3: a {kind} has nothing to read")
    if fields.get("simulated") is True:
        raise RefusedError("decode.no_reading", "ttn3: the uplink was simulated in the console, no device sent it")
    identifiers = fields.get("end_device_ids")
    return uplink(
        message,
        context,
        dialect=DIALECT.name,
        device=_device(identifiers),
        time=_time(up, fields),
        models=(_model(up.get("version_ids")), _name(identifiers)),
        decoded=up.get("decoded_payload"),
        port=up.get("f_port"),
        data=from_base64(up.get("frm_payload")),
        receptions=up.get("rx_metadata"),
    )


def _device(identifiers: Json) -> str:
    named = identifiers if isinstance(identifiers, dict) else {}
    return as_device(str(named.get("dev_eui") or named.get("device_id") or ""))


def _name(identifiers: Json) -> Json:
    return identifiers.get("device_id") if isinstance(identifiers, dict) else None


def _time(up: dict[str, Json], fields: dict[str, Json]) -> Json:
    """When the network server got the uplink; the gateways' own clocks may be wrong."""
    return up.get("received_at") or fields.get("received_at")


def _model(version: Json) -> str:
    named = version if isinstance(version, dict) else {}
    return f"{named.get('brand_id') or ''} {named.get('model_id') or ''}".strip()


DIALECT = Dialect("ttn3", _recognises, _decode)
