"""Which rule gave each reading: `smartvoda decode --explain`, as lines for people."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from ingest.decoders import DecodeContext, Decoded, Message
from ingest.decoders.signs import SIGNS
from ingest.decoders.time import Moment
from ingest.decoders.trace import Field, Given, Origin, Trace, UnitFrom
from models.errors import VodaError
from models.quality import Quality
from models.quantity import QUANTITIES
from models.quantity_units import own_unit, stored
from models.reading import Reading, iso_z

_UNIT_FROM: dict[UnitFrom, str] = {
    "value": "stands with the value",
    "payload": "stands elsewhere in the payload",
    "name": "is in the field's name",
    "document": "is documented by the vendor of the model",
    "rule": "is in the mapping rule",
    "rule's unit": "is the `unit` of the topic's rule",
    "format": "is fixed by the format",
}
_FATE = {
    "unknown": "no known name; a mapping rule in sources.toml can say what it is",
    "other": "its name says that it is something else than a reading of now",
    "ignored": "a rule of sources.toml says to ignore it",
}
BEFORE = "asked before"
_LEFT_AT_MOST = 60
_SHOWN = 60
_OWN_ZONE = re.compile(r"(?:Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)$", re.IGNORECASE)
_EPOCH = re.compile(r"[+-]?\d{6,20}(?:\.\d+)?$")


def explain(message: Message, context: DecodeContext, outcome: Decoded | VodaError) -> list[str]:
    """How a message was read, from its dialect to what was left out. Why it was refused is for others to say.

    context : with the trace that collected it
    outcome : what `decode` gave or raised
    """
    trace = context.trace or Trace()
    lines = [_rule(message.topic, context), *_dialect(trace, context, outcome)]
    if isinstance(outcome, Decoded):
        for reading in outcome.readings:
            lines += _reading(reading, trace.of(reading), trace, context)
        for notice in outcome.notices:
            lines.append(
                f"{notice.device}: {notice.notice.value} {'stands' if notice.active else 'is over'} "
                f"at {iso_z(notice.time)}, said by the device itself"
            )
    left = [*_left_out(trace, outcome)]
    if left:
        lines += ["left out:", *(f"  {line}" for line in left)]
    return [_visible(line) for line in lines]


def _rule(topic: str, context: DecodeContext) -> str:
    source = context.source
    if source is None:
        return f"topic {topic or '(none)'}: no rule of sources.toml; times without a zone are of {context.zone}"
    said = [f"dialect {source.dialect}"] if source.dialect not in ("", "auto") else []
    said += [f"{name} {value}" for name in ("device", "quantity", "unit") if (value := getattr(source, name))]
    said += [f"{len(source.mapping)} mapped fields"] if source.mapping else []
    said.append(f"times without a zone are of {context.zone}")
    return f"topic {topic or '(none)'}: rule {source.topic_filter} of sources.toml: {', '.join(said)}"


def _dialect(trace: Trace, context: DecodeContext, outcome: Decoded | VodaError) -> Iterator[str]:
    found = next((name for name, is_it in trace.asked if is_it), "")
    others = [name for name, is_it in trace.asked if not is_it]
    if found:
        yield f"dialect {found}: recognised by {SIGNS.get(found, 'its form')}"
    elif isinstance(outcome, Decoded):
        yield f"dialect {outcome.dialect}: the topic's rule says so"
    elif context.source is not None and context.source.dialect not in ("", "auto"):
        yield f"dialect {context.source.dialect}: the topic's rule says so"
    if others:
        yield f"  {BEFORE}, and lack:"
        yield from (f"    {name}: {SIGNS.get(name, 'its form')}" for name in others)


def _reading(reading: Reading, given: Given | None, trace: Trace, context: DecodeContext) -> Iterator[str]:
    unit = own_unit(reading.quantity)
    value = "no value" if reading.value is None else f"{reading.value:.15g}{f' {unit}' if unit else ''}"
    yield f"{reading.device}: {reading.quantity} = {value} at {iso_z(reading.time)}"
    if given is None:
        yield f"  by: dialect {reading.source}"
        return
    if given.origin is not None:
        yield from _where(given.origin, reading.quantity)
    if given.by and (given.origin is None or isinstance(given.origin.raw, bytes)):
        yield f"  by: {given.by}"
    yield f"  time: {_time(reading.time, given.moment, trace, context)}"
    yield f"  quality: {_quality(reading, given.moment)}"
    if reading.flags:
        yield f"  flags: {', '.join(reading.flags)}"


def _where(origin: Origin, quantity: str) -> Iterator[str]:
    yield f"  where: {origin.path} = {shown(origin.raw)}"
    if origin.rule:
        yield f'  rule: "{origin.path}" = "{origin.rule}" of sources.toml'
    if origin.unit:
        is_own = stored(quantity, 1.0, origin.unit) == 1.0
        kept_in = "" if is_own else f"; stored in {own_unit(quantity)}"
        yield f"  unit: {origin.unit} {_UNIT_FROM.get(origin.unit_from, '')}{kept_in}"


def _time(time: datetime, moment: Moment, trace: Trace, context: DecodeContext) -> str:
    raw, zone = trace.times.get(moment, (None, ""))
    if moment.time_source == "received":
        if raw is None or "CLOCK" not in moment.flags:
            return "of receipt; the payload names none"
        return f"of receipt; {shown(raw)} of the payload is not believed"
    said = "of the payload"
    if raw is not None:
        text = str(raw)
        if isinstance(raw, (int, float)) or _EPOCH.match(text):
            how = "counted from 1970 UTC"
        elif _OWN_ZONE.search(text):
            how = "with its zone"
        else:
            whose = "the rule's" if context.source and context.source.timezone == zone else "without one of its own"
            how = f"read in {zone}, {whose}"
        said = f"{shown(raw)} of the payload, {how}"
    if "CLOCK" in moment.flags:
        said += "; an hour that does not exist or comes twice"
    if time != moment.time:
        said += f"; moved by {(time - moment.time).total_seconds():g} s to the end of its interval, as the rule says"
    return said


def _quality(reading: Reading, moment: Moment) -> str:
    known, name = QUANTITIES[reading.quantity], reading.quality.name
    if reading.value is not None and not known.minimum <= reading.value <= known.maximum:
        return f"{name}: outside of {known.minimum:g} to {known.maximum:g}, what can be"
    if reading.quality is Quality.GOOD:
        return f"{name}: within {known.minimum:g} to {known.maximum:g}" if reading.value is not None else name
    if moment.quality is reading.quality:
        return f"{name}: for its time"
    if known.kind == "register" and reading.value is not None and reading.value < 0:
        return f"{name}: a register below zero, which only a net register shows"
    return f"{name}: the payload says so"


def _left_out(trace: Trace, outcome: Decoded | VodaError) -> Iterator[str]:
    kept = {key(reading) for reading in outcome.readings} if isinstance(outcome, Decoded) else set()
    for given in trace.given:
        origin = given.origin
        if origin is not None and isinstance(outcome, Decoded) and not _came_out(given, outcome.readings):
            why = "another field says the same better" if key(given.reading) in kept else "see below"
            yield f"{origin.path} = {shown(origin.raw)}: {given.reading.quantity}; {why}"
    left = [item for item in trace.fields if item.fate in _FATE]
    yield from (f"{item.path} = {shown(item.raw)}: {_FATE[item.fate]}" for item in left[:_LEFT_AT_MOST])
    if len(left) > _LEFT_AT_MOST:
        yield f"and {len(left) - _LEFT_AT_MOST} more fields"
    if isinstance(outcome, VodaError):
        refused = [item for item in trace.fields if item.fate == "refused"]
        yield from (f"{item.path} = {shown(item.raw)}: {_unit_of(item)}" for item in refused)
    else:
        yield from (f"{problem.code}: {problem.message}" for problem in outcome.problems)


def _unit_of(item: Field) -> str:
    return f"{item.note!r} is no unit of it" if item.note else "nothing says its unit"


def _came_out(given: Given, readings: Sequence[Reading]) -> bool:
    wanted = given.reading
    return any(r.device == wanted.device and r.time == wanted.time and r.value == wanted.value for r in readings)


def key(reading: Reading) -> tuple[str, str, datetime]:
    """What a reading is known by."""
    return reading.device, reading.quantity, reading.time


def shown(raw: object) -> str:
    """A raw value on one line, cut where it is long."""
    if isinstance(raw, (bytes, bytearray)):
        text = raw.hex(" ")
    else:
        try:
            text = json.dumps(raw, ensure_ascii=False)
        except (TypeError, ValueError):
            text = repr(raw)
    text = _visible(text)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _visible(text: str) -> str:
    return text if text.isprintable() else "".join(s if s.isprintable() else f"\\u{ord(s):04x}" for s in text)


def fields_of(trace: Trace) -> list[Field]:
    """The fields of a payload, each once, in their order."""
    return list({item.path: item for item in trace.fields}.values())
