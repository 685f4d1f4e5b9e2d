"""A bare number or state on a topic: device and quantity are the topic's words or a rule's in sources.toml."""

from __future__ import annotations

from ingest.decoders.alarms import in_field
from ingest.decoders.document import Document
from ingest.decoders.fields import COUNTS, STATES, Meaning, own_unit, stored
from ingest.decoders.message import DecodeContext, Decoded, Dialect, Message, Problem
from ingest.decoders.result import Result
from ingest.decoders.time import receipt
from ingest.decoders.topic import alarm_of, device_of, filled, is_command, quantity_of
from ingest.decoders.trace import UnitFrom
from ingest.decoders.value import Number, is_no_value, number, says_nothing, state
from ingest.decoders.water_words import is_of_else
from models.errors import RefusedError
from models.quantity import QUANTITIES

_LONGEST = 64
_OF_WEATHER = frozenset(["rain_mm", "evaporation_mm", "ambient_temperature_c"])
"""What a station of weather measures for us: its topic may well say so."""
_ANNOUNCED = frozenset(["online", "offline", "connected", "connection lost", "ready", "init", "sleeping", "lost"])
"""Words by which devices say that they are there."""
_PAYLOAD = "the payload"


def _recognises(message: Message, document: Document) -> bool:
    text = document.text
    if text is None or not 0 < len(text.strip()) <= _LONGEST or document.looks_json:
        return False
    bare = text.strip().strip('"')
    return number(bare) is not None or state(bare) is not None or says_nothing(bare) or bare.lower() in _ANNOUNCED


def _decode(message: Message, document: Document, context: DecodeContext) -> Decoded:
    text = (document.text or "").strip().strip('"')
    if is_command(message.topic):
        raise RefusedError(
            "decode.no_reading", f"number: topic {message.topic[:80]!r} carries commands or announcements"
        )
    if text.lower() in _ANNOUNCED:
        raise RefusedError("decode.no_reading", f"number: {text!r} on {message.topic[:80]!r} announces a device")
    if says_nothing(text):
        raise RefusedError("decode.no_value", f"number: {text[:20]!r} on {message.topic[:80]!r} is no value")
    result = Result(DIALECT.name, context)
    when = receipt(message.received)
    if _take_alarm(message, text, context, result):
        return result.finish(Problem("decode.no_reading", "number: nothing to read"))
    device, name, found = _subject(message, context)
    if found[0].channel:
        device = f"{device}#{found[0].channel}"
    quantity = found[0].quantity
    if quantity in STATES:
        truth = state(text)
        if truth is None:
            raise RefusedError("decode.bad_value", f"number: {text[:30]!r} is no state of {quantity}")
        result.origin(_PAYLOAD, text)
        result.reading(device, quantity, float(truth), when)
        return result.finish(Problem("decode.no_reading", "number: nothing to read"))
    parsed = number(text)
    if parsed is None:
        raise RefusedError("decode.bad_value", f"number: {text[:30]!r} is no number")
    if parsed.is_fault or is_no_value(parsed.value, quantity):
        result.fault(device, when, f"number: {text[:30]!r} on {message.topic[:80]!r} says that there is no value")
        return result.finish(Problem("decode.no_reading", "number: nothing to read"))
    value, quantity, unit = _stored(parsed, found, name, context)
    if context.trace is not None:
        result.origin(_PAYLOAD, text, unit, _unit_from(unit, parsed, found, context))
    result.reading(device, quantity, value, when)
    return result.finish(Problem("decode.no_reading", "number: nothing to read"))


def _take_alarm(message: Message, text: str, context: DecodeContext, result: Result) -> bool:
    """A state on a topic that is an alarm's name; a rule for the topic outweighs it."""
    source = context.source
    told = None if source and source.quantity else alarm_of(message.topic)
    if told is None or quantity_of(message.topic) is not None:
        return False
    device, name = told
    alarm = in_field(name, text)
    if alarm is None:
        return False
    named = filled(source.device, message.topic) if source and source.device else ""
    result.notice(named or device, alarm.kind, alarm.active, receipt(message.received))
    return True


def _subject(message: Message, context: DecodeContext) -> tuple[str, str, tuple[Meaning, ...]]:
    source, topic = context.source, message.topic
    by_topic = quantity_of(topic)
    if source and source.quantity:
        if source.quantity not in QUANTITIES:
            raise RefusedError("decode.bad_mapping", f"sources.toml: {source.quantity!r} is no known quantity")
        device = filled(source.device, topic) or (by_topic[0] if by_topic else device_of(topic))
        return device, topic, (Meaning(source.quantity, source.unit or own_unit(source.quantity)),)
    if by_topic is None or not by_topic[0]:
        raise RefusedError(
            "decode.no_quantity",
            f"number: topic {topic[:80]!r} names no known quantity; add a rule with quantity and unit to sources.toml",
        )
    of_weather = by_topic[2][0].quantity in _OF_WEATHER
    if not of_weather and is_of_else(message.topic.rpartition(by_topic[1])[0]):
        raise RefusedError("decode.not_water", f"number: topic {topic[:80]!r} is another medium's")
    return (filled(source.device, topic) if source and source.device else by_topic[0]), by_topic[1], by_topic[2]


def _stored(parsed: Number, found: tuple[Meaning, ...], name: str, context: DecodeContext) -> tuple[float, str, str]:
    """The stored value, its quantity, and the unit in which it was read."""
    rule_unit = context.source.unit if context.source else ""
    if found[0].quantity in COUNTS:
        return parsed.value, found[0].quantity, ""
    for meaning in found:
        for unit in (parsed.unit,) if parsed.unit else (meaning.unit, rule_unit):
            value = stored(meaning.quantity, parsed.value, unit)
            if value is not None:
                return value, meaning.quantity, unit
    if parsed.unit:
        raise RefusedError("decode.bad_unit", f"number: {parsed.unit[:20]!r} is no unit of {found[0].quantity}")
    raise RefusedError("decode.no_unit", f"number: {name[:40]!r} has no unit; add a rule with unit to sources.toml")


def _unit_from(unit: str, parsed: Number, found: tuple[Meaning, ...], context: DecodeContext) -> UnitFrom:
    if not unit or unit == parsed.unit:
        return "value" if unit else ""
    if context.source is not None and (context.source.quantity or unit not in [meaning.unit for meaning in found]):
        return "rule's unit"
    return "name"


DIALECT = Dialect("number", _recognises, _decode)
