"""wmbusmeters: one JSON object a telegram, whose fields its drivers name with their units.

Documentation: wmbusmeters README, "Output formats"; the drivers' field lists.
"""

from __future__ import annotations

import re
from dataclasses import replace

from ingest.decoders.document import Document, Json
from ingest.decoders.harvest import Frame, Harvest
from ingest.decoders.message import DecodeContext, Decoded, Dialect, Message, Problem
from ingest.decoders.names import as_device
from ingest.decoders.result import Result
from models.errors import RefusedError

_MEDIA = ("water", "pressure", "unknown", "other", "")
"""Words of EN 13757-3's device types that can be a water utility's; cold, warm, hot, waste water among them."""

_WATER_DRIVERS = frozenset(["apator08", "emerlin868", "gwfwater", "itron"])
"""Water meters whose telegrams name another medium: gas, a radio converter, a bus component."""

_NOT_FIELDS = frozenset(["_", "media", "meter", "driver", "name", "id", "timestamp", "device", "contents"])
_STATUS = ("status", "current_status", "current_alarms", "error_flags")
_PAST = ("historic_status", "previous_alarms", "fraud_type")
"""Alarms that the meter remembers."""

_DATED_ALARMS = {"leak_date": "PREV_LEAK", "fraud_date": "PREV_FRAUD"}
_REMEMBERED = re.compile(r"\bP_(?=[A-Z])")
"""How the driver aptmbusna marks what is past."""

_STORED = (
    ("target_m3", "target_datetime"),
    ("consumption_at_set_date_m3", "set_datetime"),
    ("consumption_at_set_m3", "set_datetime"),
    ("historic_m3", "historic_datetime"),
)
"""Registers of a moment that the meter names to the minute, in its local time."""


def _recognises(message: Message, document: Document) -> bool:
    fields = document.object
    return fields.get("_") == "telegram" or {"media", "meter", "id", "timestamp"} <= fields.keys()


def _decode(message: Message, document: Document, context: DecodeContext) -> Decoded:
    fields = document.object
    device = _water_meter(fields)
    result = Result(DIALECT.name, context)
    harvest = Harvest(message, context, result)
    frame = harvest.frame(device)
    if "timestamp" in fields:
        # wmbusmeters stamps in UTC; a bridge that leaves out the Z does not change that.
        frame = replace(frame, moment=harvest.moment(fields["timestamp"], "+00:00"))
    values: dict[str, Json] = {}
    for name, value in fields.items():
        if name in _STATUS and isinstance(value, str):
            harvest.take_status(_REMEMBERED.sub("PREV_", value), frame)
            result.complete_status(device)
        elif name in _PAST and isinstance(value, str):
            harvest.take_status(" ".join(f"PREV_{word}" for word in value[:300].split()), frame)
        elif name in _DATED_ALARMS:
            harvest.take_status(_DATED_ALARMS[name] if value else "", frame)
        elif name not in _NOT_FIELDS and not isinstance(value, (dict, list)):
            values[name] = value
    harvest.take_fields(values, frame)
    _take_stored(fields, frame, harvest)
    return result.finish(
        Problem("decode.no_reading", f"wmbusmeters: the telegram of meter {device} has no value of water")
    )


def _water_meter(fields: dict[str, Json]) -> str:
    """The meter that a telegram is from.

    Raises RefusedError decode.not_water, decode.no_device.
    """
    media, identifier = fields.get("media"), fields.get("id")
    media = media.lower() if isinstance(media, str) else ""
    is_water = not media or any(word in media for word in _MEDIA if word)
    if not is_water and not _WATER_DRIVERS & {str(fields.get("meter")), str(fields.get("driver"))}:
        raise RefusedError(
            "decode.not_water", f"wmbusmeters: medium {media[:40]!r} of meter {identifier!s:.20} is not water"
        )
    device = as_device(str(identifier or ""))
    if not device:
        raise RefusedError("decode.no_device", "wmbusmeters: the telegram names no id")
    return device


def _take_stored(fields: dict[str, Json], frame: Frame, harvest: Harvest) -> None:
    """Registers of a past moment, where the meter's clock says which."""
    for name, at in _STORED:
        when = fields.get(at)
        if name in fields and isinstance(when, str) and ":" in when:
            moment = harvest.moment(when)
            if moment.time_source == "payload":
                harvest.take_fields({"total_m3": fields[name]}, replace(frame, moment=moment))


DIALECT = Dialect("wmbusmeters", _recognises, _decode)
