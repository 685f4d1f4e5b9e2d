"""rtlamr: what a radio scanner hears of American meters, one JSON object a message; and metermon, which adds the unit.

Documentation: rtlamr README and wiki, "Protocol"; metermon README.
"""

from __future__ import annotations

from ingest.decoders.by_rule import by_rule
from ingest.decoders.document import Document, Json
from ingest.decoders.ert import check_water, take_r900_flags
from ingest.decoders.harvest import Frame, Harvest
from ingest.decoders.message import DecodeContext, Decoded, Dialect, Message, Problem
from ingest.decoders.names import as_device
from ingest.decoders.result import Result
from ingest.decoders.value import number
from models.errors import RefusedError

_TYPES = frozenset(["SCM", "SCM+", "IDM", "NetIDM", "R900", "R900BCD"])
_METERMON = frozenset(["Protocol", "ID", "Consumption"])


def _recognises(message: Message, document: Document) -> bool:
    fields = document.object
    if "Message" in fields:
        return str(fields.get("Type")) in _TYPES and isinstance(fields["Message"], dict)
    return fields.keys() >= _METERMON and str(fields["Protocol"]) in _TYPES


def _decode(message: Message, document: Document, context: DecodeContext) -> Decoded:
    fields = document.object
    body = fields.get("Message")
    inner = body if isinstance(body, dict) else fields
    device = _device(inner)
    if not device:
        raise RefusedError("decode.no_device", "rtlamr: the message names no meter")
    result = Result(DIALECT.name, context)
    harvest = Harvest(message, context, result)
    when = harvest.moment(fields["Time"]) if "Time" in fields else None
    frame = harvest.frame(harvest.device_by_rule() or device, when=when)
    if inner is fields:
        _take_metermon(fields, frame, harvest)
    else:
        _take(str(fields.get("Type")), inner, frame, result)
    return result.finish(Problem("decode.no_reading", f"rtlamr: a message of meter {device} without a count"))


def _device(body: dict[str, Json]) -> str:
    for name in ("EndpointID", "ERTSerialNumber", "ID"):
        if isinstance(identifier := body.get(name), (int, str)) and not isinstance(identifier, bool):
            return as_device(str(identifier))
    return ""


def _take(kind: str, body: dict[str, Json], frame: Frame, result: Result) -> None:
    if kind == "NetIDM":
        raise RefusedError("decode.not_water", f"rtlamr: meter {frame.device} nets electricity out, it is not water")
    if kind.startswith("R900"):
        take_r900_flags(result, frame.device, body.get("LeakNow"), body.get("BackFlow"), frame.moment)
    else:
        code = body.get("Type", body.get("EndpointType", body.get("ERTType")))
        check_water(code, frame.device)
    count = number(body.get("Consumption", body.get("LastConsumptionCount")))
    if count is not None and not count.is_fault:
        result.reading(frame.device, "pulses", count.value, frame.moment)


def _take_metermon(fields: dict[str, Json], frame: Frame, harvest: Harvest) -> None:
    """metermon says in words what is measured and, where it was set up, in which unit."""
    kind, unit = fields.get("Type"), fields.get("Unit")
    if not isinstance(kind, str) or kind.strip().lower() != "water":
        raise RefusedError("decode.not_water", f"rtlamr: type {str(kind)[:20]!r} of meter {frame.device} is not water")
    if not isinstance(unit, str) or not harvest.take_by_unit("Consumption", fields.get("Consumption"), frame, unit):
        raise RefusedError(
            "decode.no_unit", f"rtlamr: the count of meter {frame.device} has no unit; map it in sources.toml"
        )


DIALECT = Dialect("rtlamr", _recognises, by_rule(_decode))
