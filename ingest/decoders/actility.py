"""Actility ThingPark: `DevEUI_uplink` with `payload_hex`, and in ThingPark X with the driver's `payload`.

ThingPark can also send XML, but only over HTTP to an application server: over MQTT its connections speak JSON. XML that
arrives by another way is refused and says what to choose.

Documentation: ThingPark, "LRC-AS tunnel interface developer guide"; ThingPark X IoT Flow, "Message formats".
"""

from __future__ import annotations

from ingest.decoders.document import Document, Json, parse_json
from ingest.decoders.envelope import Envelope, eui, field, fields_of, from_hex
from ingest.decoders.lorawan import each, read
from ingest.decoders.message import DecodeContext, Decoded, Dialect, Message
from models.errors import RefusedError

_UPLINK = "DevEUI_uplink"
_XML = ("<?xml", "<DevEUI_")


def _recognises(message: Message, document: Document) -> bool:
    if _is_event(document.object) or (document.list and _is_event(document.list[0])):
        return True
    start = (document.text or "")[:500].lstrip()
    return start.startswith(_XML) and "DevEUI_" in start


def _is_event(value: Json) -> bool:
    return isinstance(value, dict) and any(name.startswith("DevEUI_") for name in list(value)[:8])


def _decode(message: Message, document: Document, context: DecodeContext) -> Decoded:
    if not document.looks_json:
        raise RefusedError("decode.unknown_format", "actility: a message as XML; choose JSON in ThingPark's connection")
    if listed := document.list:
        return each(listed, lambda entry: _decode_one(message, entry, context))
    return _decode_one(message, document.object, context)


def _decode_one(message: Message, fields: dict[str, Json], context: DecodeContext) -> Decoded:
    up = fields.get(_UPLINK)
    if not isinstance(up, dict):
        kind = next((name for name in fields if name.startswith("DevEUI_")), "message without an event")
        raise RefusedError("decode.no_reading", f"actility: a {kind[:40]} has nothing to read")
    if str(up.get("payload_encrypted") or up.get("PayloadEncryption") or "0").strip() in ("1", "true", "True"):
        raise RefusedError(
            "decode.encrypted",
            f"actility: the payload of device {eui(up.get('DevEUI'))} is still encrypted; give ThingPark its AppSKey",
        )
    decoded = up.get("payload")
    envelope = Envelope(
        DIALECT.name,
        device=eui(up.get("DevEUI")),
        time=up.get("Time"),
        models=_models(up),
        port=up.get("FPort"),
        data=from_hex(up.get("payload_hex")),
        decoded=decoded if isinstance(decoded, (dict, list)) else up.get("payloadDecoded"),
        counter=up.get("FCntUp"),
        points=up.get("points"),
        path="DevEUI_uplink.payload",
        strengths=(*fields_of(field(up, "Lrrs", "Lrr"), "LrrRSSI"), up.get("LrrRSSI")),
    )
    return read(envelope, message, context)


def _models(up: dict[str, Json]) -> tuple[Json, ...]:
    """The driver's model, then the application's profile and the device's name; the latter may be JSON in a string."""
    drivers = [field(up, "DriverCfg", part) for part in ("mod", "app")] + [field(up, "driver")]
    named: list[Json] = [
        f"{field(driver, 'pId') or ''} {field(driver, 'mId') or ''}" for driver in drivers if isinstance(driver, dict)
    ]
    customer = up.get("CustomerData")
    if isinstance(customer, str):
        customer = _opened(customer)
    return (*named, field(customer, "alr", "pro"), field(customer, "name"), up.get("DevName"), up.get("name"))


def _opened(text: str) -> Json:
    try:
        return parse_json(text) if text.lstrip().startswith("{") else None
    except RefusedError:
        return None


DIALECT = Dialect("actility", _recognises, _decode)
