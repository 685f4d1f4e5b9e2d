"""JSON of loggers, bridges and scripts whose fields say what they are: the device, a time, values with units."""

from __future__ import annotations

from dataclasses import replace

from ingest.decoders.document import Document, Json
from ingest.decoders.harvest import Harvest
from ingest.decoders.message import DecodeContext, Decoded, Dialect, Message, Problem
from ingest.decoders.result import Result
from ingest.decoders.topic import device_of, filled, is_command
from models.errors import RefusedError

_KEYS_SHOWN = 8


def _recognises(message: Message, document: Document) -> bool:
    return document.looks_json


def _decode(message: Message, document: Document, context: DecodeContext) -> Decoded:
    value = document.json
    if not isinstance(value, (dict, list)):
        raise RefusedError("decode.unknown_fields", "json: neither an object nor a list")
    if envelope := _foreign(value):
        raise RefusedError("decode.unknown_format", f"json: looks like {envelope}, which is not decoded yet")
    if is_command(message.topic) or (isinstance(value, dict) and "command" in value):
        raise RefusedError("decode.no_reading", f"json: topic {message.topic[:80]!r} carries commands or descriptions")
    result = Result(DIALECT.name, context)
    harvest = Harvest(message, context, result)
    source = context.source
    device = filled(source.device, message.topic) if source and source.device else device_of(message.topic)
    frame = harvest.frame(device)
    harvest.take(value, replace(frame, unit=source.unit) if source and source.unit else frame)
    return result.finish(
        Problem("decode.unknown_fields", f"json: no field is known among {_keys(value)}; map them in sources.toml")
    )


def _foreign(value: Json) -> str:
    """A known envelope in which device and time stand apart from the values, so that its fields alone would mislead."""
    first = value[0] if isinstance(value, list) and value else value
    if not isinstance(first, dict):
        return ""
    if {"sensor_data", "header"} <= first.keys():
        return "an H2O Degree packet"
    return ""


def _keys(value: Json) -> str:
    first = value[0] if isinstance(value, list) and value else value
    names = [key[:30] for key in first] if isinstance(first, dict) else []
    return ", ".join(names[:_KEYS_SHOWN]) + ("…" if len(names) > _KEYS_SHOWN else "") or "nothing"


DIALECT = Dialect("json", _recognises, _decode)
