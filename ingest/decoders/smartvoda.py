"""Smart voda's own JSON: one reading or notice as `smartvoda decode` writes it, or a list of them."""

from __future__ import annotations

import re

from ingest.decoders.document import Document, Json
from ingest.decoders.fields import own_unit, stored
from ingest.decoders.message import DecodeContext, Decoded, Dialect, Message, Problem
from ingest.decoders.names import as_device
from ingest.decoders.result import Result
from ingest.decoders.time import Moment, moment
from ingest.decoders.trace import UnitFrom
from ingest.decoders.value import number
from models.notice import NoticeKind
from models.quality import Quality
from models.quantity import QUANTITIES

_FLAG = re.compile(r"[A-Z][A-Z0-9_]{0,31}$")
_FLAGS_AT_MOST = 16


def _recognises(message: Message, document: Document) -> bool:
    if not document.looks_json:
        return False
    value = document.json
    first = value[0] if isinstance(value, list) and value else value
    return isinstance(first, dict) and "device" in first and (_is_reading(first) or _is_notice(first))


def _is_reading(entry: dict[str, Json]) -> bool:
    quantity = entry.get("quantity")
    return "value" in entry and isinstance(quantity, str) and quantity in QUANTITIES


def _is_notice(entry: dict[str, Json]) -> bool:
    notice = entry.get("notice")
    return "active" in entry and isinstance(notice, str) and notice in NoticeKind.__members__


def _decode(message: Message, document: Document, context: DecodeContext) -> Decoded:
    result = Result(DIALECT.name, context)
    value = document.json
    for entry in value if isinstance(value, list) else [value]:
        if isinstance(entry, dict):
            _take(entry, message, context, result)
        else:
            result.problem(Problem("decode.not_a_reading", "an entry of the list is no object"))
    return result.finish(Problem("decode.no_reading", "smartvoda: neither a reading nor a notice"))


def _take(entry: dict[str, Json], message: Message, context: DecodeContext, result: Result) -> None:
    device = as_device(str(entry.get("device") or ""))
    when = moment(entry.get("time"), message.received, context.zone)
    if context.trace is not None:
        context.trace.time(when, entry.get("time"), context.zone)
    if entry.get("time_source") == "received":
        when = when._replace(time_source="received")
    if not device:
        result.problem(Problem("decode.no_device", "an entry names no device"))
    elif _is_reading(entry):
        _take_reading(entry, device, when, result)
    elif _is_notice(entry) and isinstance(entry["active"], bool):
        result.notice(device, NoticeKind[str(entry["notice"])], entry["active"], when)
    else:
        result.problem(
            Problem("decode.not_a_reading", f"an entry of device {device[:40]!r} is neither a reading nor a notice")
        )


def _take_reading(entry: dict[str, Json], device: str, when: Moment, result: Result) -> None:
    quantity = str(entry["quantity"])
    named = entry.get("quality", "GOOD")
    quality = Quality.__members__.get(named.upper()) if isinstance(named, str) else None
    if quality is None:
        result.problem(
            Problem("decode.bad_value", f"quality {str(named)[:20]!r} is none of {', '.join(Quality.__members__)}")
        )
        return
    flags = _flags(entry.get("flags"))
    if entry["value"] is None and quality in (Quality.MISSING, Quality.FAIL):
        result.origin("value", None)
        result.reading(device, quantity, None, when, quality, flags=flags)
        return
    parsed = number(entry["value"])
    if parsed is None:
        result.problem(Problem("decode.no_value", f"device {device[:40]!r}: {quantity} has no value"))
        return
    if parsed.is_fault:
        result.fault(device, when, f"device {device[:40]!r}: {quantity} is no finite number")
        return
    unit = parsed.unit or str(entry.get("unit") or "")
    value = stored(quantity, parsed.value, unit) if unit and own_unit(quantity) else parsed.value
    if value is None:
        result.problem(Problem("decode.bad_unit", f"device {device[:40]!r}: {unit[:20]!r} is no unit of {quantity}"))
        return
    result.origin("value", entry["value"], unit or own_unit(quantity), _unit_from(parsed.unit, unit))
    result.reading(device, quantity, value, when, quality, flags=flags)


def _unit_from(with_value: str, unit: str) -> UnitFrom:
    return "value" if with_value else "payload" if unit else "format"


def _flags(raw: Json) -> tuple[str, ...]:
    if not isinstance(raw, list):
        return ()
    return tuple(flag for flag in raw[:_FLAGS_AT_MOST] if isinstance(flag, str) and _FLAG.match(flag))


DIALECT = Dialect("smartvoda", _recognises, _decode)
