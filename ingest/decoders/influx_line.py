"""InfluxDB line protocol: one point a line, tags beside fields, a time in ns, µs, ms or s.

Documentation: InfluxDB, "Line protocol" (syntax, escapes, data types); Telegraf writes the same.
"""

from __future__ import annotations

import re

from ingest.decoders.document import Document, Json
from ingest.decoders.fields import is_no_reading, meanings
from ingest.decoders.harvest import Harvest
from ingest.decoders.message import DecodeContext, Decoded, Dialect, Message, Problem
from ingest.decoders.names import as_device, device_in, joined, part_of
from ingest.decoders.result import Result
from ingest.decoders.topic import device_of, quantity_of
from models.units import find_unit

# Each backslash escape is one unit of the pattern, so that no two ways of matching compete.
_NAME = r"(?:\\.|[^\\,= \n])+"
_MEASUREMENT = r"(?:\\.|[^\\, \n])+"
_VALUE = r'(?:"(?:\\.|[^"\\])*"|[^\s,"=]+)'
_HEAD = re.compile(rf"(?P<measurement>{_MEASUREMENT})(?P<tags>(?:,{_NAME}={_NAME})*) +", re.DOTALL)
_FIELD = re.compile(rf"(?P<key>{_NAME})=(?P<value>{_VALUE})(?P<more>,?)", re.DOTALL)
_TAG = re.compile(rf",({_NAME})=({_NAME})", re.DOTALL)
_LINE = re.compile(rf"\s*(?:#[^\n]*\n\s*)*{_MEASUREMENT}(?:,{_NAME}={_NAME})* +{_NAME}={_VALUE}", re.DOTALL)
_STAMP = re.compile(r" +(-?\d{1,19})$| *$")
_NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?)$")
_WHOLE = re.compile(r"[+-]?\d{1,20}[iu]$")
_ESCAPED = re.compile(r'\\([,= "\\])')
_TRUE, _FALSE = frozenset(["t", "T", "true", "True", "TRUE"]), frozenset(["f", "F", "false", "False", "FALSE"])
_VALUE_FIELDS = frozenset(["value", "val", "v", "state", "reading"])
_TELLING = frozenset(["unit", "channel", "quality", "media"])
"""Parts of a message that tags can be, beside the device."""

_LONGEST_POINT = 10_000
_NAMING_TAGS = ("entity_id", "metric", "field", "name", "parameter", "quantity", "tag", "sensor_type", "type")


def _recognises(message: Message, document: Document) -> bool:
    text = document.text
    return text is not None and "=" in text and not document.looks_json and _LINE.match(text) is not None


def _decode(message: Message, document: Document, context: DecodeContext) -> Decoded:
    result = Result(DIALECT.name, context)
    harvest = Harvest(message, context, result)
    rest = document.text or ""
    for number, line in enumerate(_lines(rest), 1):
        point = _point(line)
        if point is None:
            text = f"influx-line: line {number} is no point: {line[:40]!r}"
            result.problem(Problem("decode.bad_row", text))
            continue
        take_point(*point, message, harvest)
    return result.finish(Problem("decode.unknown_fields", "influx-line: no field's name says a quantity of ours"))


def _lines(text: str) -> list[str]:
    """Lines that are points; a line end inside of quotes belongs to its string."""
    lines: list[str] = []
    held = ""
    for piece in text.splitlines():
        held = f"{held}\n{piece}" if held else piece
        if (held.count('"') - held.count('\\"')) % 2 and len(held) < _LONGEST_POINT:
            continue
        if held.strip() and not held.lstrip().startswith("#"):
            lines.append(held.strip())
        held = ""
    return [*lines, held] if held else lines


def _point(line: str) -> tuple[str, dict[str, str], dict[str, Json], Json] | None:
    """(measurement, tags, fields, time) of a line, or None where it is none."""
    head = _HEAD.match(line)
    if head is None:
        return None
    fields: dict[str, Json] = {}
    at, more = head.end(), True
    while more:
        field = _FIELD.match(line, at)
        if field is None:
            return None
        value = _value(field["value"])
        if value is not None:
            fields[_plain(field["key"])] = value
        at, more = field.end(), bool(field["more"])
    stamp = _STAMP.match(line, at)
    if stamp is None or not fields:
        return None
    tags = {_plain(key): _plain(value) for key, value in _TAG.findall(head["tags"])}
    return _plain(head["measurement"]), tags, fields, int(stamp[1]) if stamp[1] else None


def _value(text: str) -> Json:
    """A field's value: a string in quotes, a truth, 12i, 12u, 1.5; None where it is none of these."""
    if text[0] == '"':
        return _plain(text[1:-1])
    if _NUMBER.match(text):
        return float(text)
    if _WHOLE.match(text):
        return int(text[:-1])
    return True if text in _TRUE else False if text in _FALSE else None


def _plain(text: str) -> str:
    return _ESCAPED.sub(r"\1", text) if "\\" in text else text


def take_point(
    measurement: str, tags: dict[str, str], fields: dict[str, Json], stamp: Json, message: Message, harvest: Harvest
) -> None:
    """Collect one point's fields; its tags may name the device, the unit, the channel, or what "value" is."""
    by_topic = quantity_of(tags["topic"]) if "topic" in tags else None  # as Telegraf's mqtt_consumer says it
    named = harvest.device_by_rule() or device_in(dict(tags)) or device_in(fields) or (by_topic[0] if by_topic else "")
    device = named or as_device(tags.get("entity_id", "")) or device_of(message.topic)
    # Home Assistant names its measurements after their unit.
    unit = measurement if find_unit(measurement) and not meanings(measurement) else ""
    when = harvest.moment(stamp, "+00:00") if stamp is not None else None
    frame = harvest.frame(device, unit, bool(named), when)
    values: dict[str, Json] = {key: value for key, value in tags.items() if part_of(key) in _TELLING}
    for key, value in fields.items():
        if part_of(key) != "device":
            name = _named_by(measurement, tags) if joined(key) in _VALUE_FIELDS else ""
            if not name and by_topic and joined(key) in _VALUE_FIELDS:
                name = by_topic[1]
            values[name or key] = value
    if not is_no_reading(measurement) or any(harvest.is_mapped(key) for key in values):
        harvest.take(values, frame)


def _named_by(measurement: str, tags: dict[str, str]) -> str:
    """What a field that is only called "value" holds: the measurement's name says it, or one of the tags."""
    for name in (measurement, *(tags[tag] for tag in _NAMING_TAGS if tag in tags)):
        if meanings(name):
            return name
    return ""


DIALECT = Dialect("influx-line", _recognises, _decode)
