"""wmbusmeters: one JSON object a telegram, whose fields its drivers name with their units.

Documentation: wmbusmeters README, "Output formats"; the drivers' field lists.
"""

from __future__ import annotations

from dataclasses import replace

from ingest.decoders.document import Document, Json
from ingest.decoders.harvest import Harvest
from ingest.decoders.message import DecodeContext, Decoded, Dialect, Message, Problem
from ingest.decoders.names import as_device
from ingest.decoders.result import Result
from models.errors import RefusedError

_MEDIA = ("water", "pressure", "unknown", "other", "")
"""Words of EN 13757-3's device types that can be a water utility's; cold, warm, hot, waste water among them."""

_NOT_FIELDS = frozenset(["_", "media", "meter", "name", "id", "timestamp", "device", "contents"])
_STATUS = ("status", "current_status", "current_alarms", "error_flags")


def _recognises(message: Message, document: Document) -> bool:
    fields = document.object
    return fields.get("_") == "telegram" or {"media", "meter", "id", "timestamp"} <= fields.keys()


def _decode(message: Message, document: Document, context: DecodeContext) -> Decoded:
    fields = document.object
    media, identifier = fields.get("media"), fields.get("id")
    media = media if isinstance(media, str) else ""
    if not any(word in media.lower() for word in _MEDIA if word) and media:
        raise RefusedError(
            "decode.not_water", f"wmbusmeters: medium {media[:40]!r} of meter {identifier!s:.20} is not water"
        )
    device = as_device(str(identifier or ""))
    if not device:
        raise RefusedError("decode.no_device", "wmbusmeters: the telegram names no id")
    result = Result(DIALECT.name, context)
    harvest = Harvest(message, context, result)
    frame = harvest.frame(device)
    if "timestamp" in fields:
        # wmbusmeters stamps in UTC; a bridge that leaves out the Z does not change that.
        frame = replace(frame, moment=harvest.moment(fields["timestamp"], "+00:00"))
    values: dict[str, Json] = {}
    for name, value in fields.items():
        if name in _STATUS and isinstance(value, str):
            harvest.take_status(value, frame)
            result.complete_status(device)
        elif name not in _NOT_FIELDS and not isinstance(value, (dict, list)):
            values[name] = value
    harvest.take_fields(values, frame)
    return result.finish(
        Problem("decode.no_reading", f"wmbusmeters: the telegram of meter {device} has no value of water")
    )


DIALECT = Dialect("wmbusmeters", _recognises, _decode)
