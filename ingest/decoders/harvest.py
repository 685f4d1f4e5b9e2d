"""Readings out of a JSON object: the one way that every dialect with named fields shares."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import lru_cache

from ingest.decoders import names
from ingest.decoders.alarms import in_field, in_status
from ingest.decoders.document import Json
from ingest.decoders.fields import COUNTS, ONE_WAY, STATES, Meaning, channel_of, is_no_reading, meanings, stored
from ingest.decoders.message import DecodeContext, Message, Problem
from ingest.decoders.result import Result
from ingest.decoders.tag_name import split_tag
from ingest.decoders.time import Moment, as_written, moment, receipt
from ingest.decoders.topic import filled
from ingest.decoders.trace import Origin, UnitFrom
from ingest.decoders.value import Number, is_no_value, number, says_nothing, state
from ingest.decoders.vendors import Fields
from models.mapping import MappingError, Rules, item_path, target
from models.quality import Quality
from models.quantity import QUANTITIES


@dataclass(frozen=True, slots=True)
class Frame:
    """What holds for the values of an object unless a nested one says otherwise.

    unit : the payload's unit, for those fields whose dimension it has
    path : dotted names from the payload's root, for mapping rules
    documented : what the vendor documents of the model's fields
    named : the payload or a rule names the device; else it is the topic's
    """

    device: str
    moment: Moment
    unit: str = ""
    channel: int = 0
    quality: Quality = Quality.GOOD
    path: str = ""
    documented: Fields = field(default_factory=dict)
    named: bool = False

    @property
    def subject(self) -> str:
        """The device, each input of a station as a device of its own."""
        return f"{self.device}#{self.channel}" if self.channel else self.device


_rules = lru_cache(maxsize=1024)(Rules)
_NO_RULES = Rules(())
_NO_UNITS: dict[str, str] = {}
_MAPPED = -2
"""Rank of what a person wrote in sources.toml."""


class Harvest:
    """Walks one payload's objects and collects what they say into a Result."""

    def __init__(self, message: Message, context: DecodeContext, result: Result) -> None:
        self._message = message
        self._context = context
        self._result = result
        self._trace = context.trace
        source = context.source
        self._rules = _rules(source.mapping) if source and source.mapping else _NO_RULES
        self._rule_unit = source.unit if source else ""

    def frame(self, device: str, unit: str = "", named: bool = False) -> Frame:
        """The frame of a payload that names neither time nor unit; named : the device is no guess by the topic."""
        return Frame(device, receipt(self._message.received), unit, named=named)

    def moment(self, value: Json, zone: str = "") -> Moment:
        """The moment that a time field means, in the source's zone where it names none."""
        found = moment(value, self._message.received, zone or self._context.zone)
        if self._trace is not None:
            self._trace.time(found, value, zone or self._context.zone)
        return found

    def device_by_rule(self) -> str:
        """The device that the topic's rule in sources.toml names, or empty."""
        source = self._context.source
        return filled(source.device, self._message.topic) if source and source.device else ""

    def is_mapped(self, name: str) -> bool:
        """Whether the topic's rule maps a field of this name."""
        return self._rules.rule(name) is not None

    def take_tag(self, tag: str, value: Json, frame: Frame, unit: str = "") -> bool:
        """Collect one value by its tag's name, which may hold the device's too; False where no quantity is in it."""
        if self.take_value(tag, value, frame, unit):
            return True
        parts = split_tag(tag)
        if parts is None:
            return False
        place, field_name = parts
        if place and not frame.named:
            frame = replace(frame, device=names.as_device(place) or frame.device)
        elif any(sign.isdigit() for sign in place):
            frame = replace(frame, device=names.as_device(f"{frame.device}/{place}") or frame.device)
        return self.take_value(field_name, value, frame, unit)

    def names_quantity(self, label: str) -> bool:
        """Whether a tag's name or a rule says what quantity it is."""
        return self._rules.rule(label) is not None or split_tag(label) is not None

    def needs_unit(self, name: str) -> bool:
        """Whether a field's name has a meaning for which only the payload can tell the unit."""
        if self.is_mapped(name) or self._rule_unit:
            return False
        found = meanings(name)
        return bool(found) and not any(m.unit or m.quantity in STATES or m.quantity in COUNTS for m in found)

    def take_value(self, name: str, value: Json, frame: Frame, unit: str = "") -> bool:
        """Collect one value by its name; unit : the payload's own, empty where it names none.

        False where the name has no meaning: then the value was not looked at.
        """
        if (rule := self._rules.rule(name)) is not None:
            self._take_mapped(rule, value, frame, name)
            return True
        if not (name in frame.documented or meanings(name) or in_field(name, value)):
            if self._trace is not None:
                self._trace.field(name, value, "other" if is_no_reading(name) else "unknown")
            return False
        self._take_field(name, value, frame, unit)
        return True

    def take_by_unit(self, name: str, value: Json, frame: Frame, unit: str) -> bool:
        """Collect a value that has no telling name: only a volume's or a flow's unit says alone what it is."""
        for quantity in ("volume_m3", "flow_m3h"):
            if unit and stored(quantity, 1.0, unit) is not None:
                self._take_as(name, value, frame, [Meaning(quantity, unit)], unit)
                return True
        return False

    def take(self, value: Json, frame: Frame) -> None:
        """Collect from an object, or from each object of a list."""
        if isinstance(value, list):
            for at, item in enumerate(value):
                if self._rules.has_lists:
                    self._take_item(item, at, frame)
                elif isinstance(item, (dict, list)):
                    self.take(item, frame)
                elif self._trace is not None:
                    self._trace.field(f"{frame.path}[{at}]", item, "unknown")
        elif isinstance(value, dict):
            self._take_object(value, frame)

    def take_fields(self, fields: dict[str, Json], frame: Frame) -> None:
        """Collect from fields that are values only: none of them is read as device, time, unit or container."""
        for name, value in fields.items():
            if (rule := self._rules.rule(name)) is not None:
                self._take_mapped(rule, value, frame, name)
            else:
                self._take_field(name, value, frame, "")

    def _take_item(self, item: Json, at: int, frame: Frame) -> None:
        """A list's item where a rule may name its place."""
        frame = replace(frame, path=item_path(frame.path, at, item, self._rules.selectors))
        if (rule := self._rules.rule(frame.path)) is not None:
            self._take_mapped(rule, item, frame, frame.path)
        elif isinstance(item, (dict, list)):
            self.take(item, frame)

    def _take_object(self, fields: dict[str, Json], outer: Frame) -> None:
        layout = names.layout_of(fields)
        if medium := names.not_water(fields, layout):
            self._result.problem(Problem("decode.not_water", f"the medium is {medium[:40]!r}, not water"))
            return
        item = names.named_value(fields, self.names_quantity, layout)
        if item is not None and not self._has_rule(fields, outer.path):
            inner = self.refined({key: value for key, value in fields.items() if key != item.key}, outer)
            self.take_tag(item.label, item.value, inner, inner.unit)
            return
        frame = self.refined(fields, outer, layout)
        units = names.units_in(fields, layout) if layout.units else _NO_UNITS
        paths = bool(self._rules) or self._trace is not None
        for key, value in fields.items():
            path = f"{frame.path}.{key}" if paths and frame.path else key
            if self._rules and (rule := self._rules.rule(path)) is not None:
                self._take_mapped(rule, value, frame, key)
            elif isinstance(value, (dict, list)):
                self._take_nested(key, value, replace(frame, path=path) if paths else frame)
            elif not (part := names.part_of(key)):
                self._take_field(key, value, frame, units.get(names.joined(key), ""))
            elif part == "status" and isinstance(value, str):
                self.take_status(value, frame)
            elif part == "container" and frame.unit:
                self._take_bare(key, value, frame)
            elif self._trace is not None:
                self._trace.field(path, value, "part", part)

    def refined(self, fields: dict[str, Json], outer: Frame, layout: names.Layout | None = None) -> Frame:
        """The frame with what an object says of device, time, unit, channel and quality."""
        layout = layout or names.layout_of(fields)
        device = names.device_in(fields, layout) if layout.device else ""
        found = names.time_in(fields, layout) if layout.time else None
        channel = names.channel_in(fields, layout) if layout.channel else 0
        unit = names.unit_in(fields, layout) if layout.unit else ""
        quality = names.quality_in(fields, layout) if layout.quality else Quality.GOOD
        frame = outer
        if device or found or unit or channel or quality is not Quality.GOOD:
            frame = Frame(
                device or outer.device,
                self.moment(*found) if found else outer.moment,
                unit or outer.unit,
                channel or outer.channel,
                outer.quality if quality is Quality.GOOD else quality,
                outer.path,
                outer.documented,
                outer.named or bool(device),
            )
        if self._rules.roles and (changes := self._by_roles(fields, outer.path)):
            frame = replace(frame, **changes)  # type: ignore[arg-type]  # each has its field's type
        return frame

    def _by_roles(self, fields: dict[str, Json], path: str) -> dict[str, object]:
        """What the rules' own fields for device, time and channel say of an object."""
        changes: dict[str, object] = {}
        for within, place, found in self._rules.roles:
            value = _at(fields, place) if within.match(path) else None
            if value is None or isinstance(value, (dict, list)):
                continue
            if found.role == "device" and (device := names.as_device(str(value))):
                changes["device"], changes["named"] = device, True
            elif found.role == "time":
                changes["moment"] = self.moment(as_written(value, found.detail))
            elif found.role == "channel" and (channel := names.channel_in({"channel": value})):
                changes["channel"] = channel
        return changes

    def _has_rule(self, fields: dict[str, Json], path: str) -> bool:
        """Whether a rule names one of an object's fields by its path."""
        if not self._rules:
            return False
        return any(self._rules.rule(f"{path}.{key}" if path else key) is not None for key in fields)

    def _take_nested(self, key: str, value: dict[str, Json] | list[Json], frame: Frame) -> None:
        if isinstance(value, list) and names.part_of(key) == "status":
            self.take_status(" ".join(word for word in value if isinstance(word, str)), frame)
            return
        if isinstance(value, dict) and (meanings(key) or key in frame.documented):
            wrapped = names.valued(value)
            if wrapped is not None:
                own = self.refined({k: v for k, v in value.items() if names.part_of(k) != "device"}, frame)
                self._take_field(key, wrapped, own, names.unit_in(value))
                return
        skipped = is_no_reading(key) or names.part_of(key) in ("unit", "time", "media")
        if skipped and not (self._rules and self._rules.reach(frame.path)):
            if self._trace is not None:
                self._trace.field(frame.path, value, "other")
            return
        channel = channel_of(key)
        self.take(value, replace(frame, channel=channel) if channel else frame)

    def take_status(self, text: str, frame: Frame) -> None:
        """Collect the alarms that a status names."""
        for alarm in in_status(text):
            self._result.notice(frame.subject, alarm.kind, alarm.active, frame.moment)

    def _take_mapped(self, rule: str, value: Json, frame: Frame, key: str) -> None:
        """A field whose meaning a person wrote in sources.toml; see models.mapping."""
        try:
            found = target(rule)
        except MappingError as error:
            self._result.problem(Problem("decode.bad_mapping", f"the mapping of field {key[:40]!r}: {error}"))
            return
        if found.role == "value":
            if isinstance(value, dict):
                value = names.valued(value)
            self._take_as(key, value, frame, [Meaning(found.quantity, found.unit, _MAPPED)], "", found.factor)
        elif self._trace is not None:
            self._trace.field(_path(frame, key), value, "ignored" if found.role == "ignore" else "part", found.role)

    def _take_bare(self, key: str, value: Json, frame: Frame) -> None:
        """{"device": …, "value": 1.5, "unit": "m3"}: the unit alone tells, where only one quantity has it."""
        self.take_by_unit(key, value, frame, frame.unit)

    def _take_field(self, name: str, raw: Json, frame: Frame, unit: str) -> None:
        if name in frame.documented:
            quantity, documented_unit = frame.documented[name]
            self._take_as(name, raw, frame, [Meaning(quantity, documented_unit, 0)], unit)
        elif found := meanings(name):
            self._take_as(name, raw, frame, list(found), unit)
        elif alarm := in_field(name, raw):
            self._result.notice(frame.subject, alarm.kind, alarm.active, frame.moment)
        elif self._trace is not None:
            self._trace.field(_path(frame, name), raw, "other" if is_no_reading(name) else "unknown")

    def _take_as(
        self, name: str, raw: Json, frame: Frame, found: list[Meaning], unit: str, factor: float = 1.0
    ) -> None:
        if found[0].channel and not frame.channel:
            frame = replace(frame, channel=found[0].channel)
        quantity = found[0].quantity
        if quantity in ONE_WAY and found[0].rank >= 0:
            self._result.way(quantity, frame.subject, frame.moment)
        if quantity not in QUANTITIES:
            self._result.problem(
                Problem("decode.bad_mapping", f"the mapping of field {name[:40]!r} names no known quantity")
            )
        elif quantity in STATES:
            truth = state(raw)
            if truth is not None:
                self._tell_origin(name, raw, frame, found[0], "")
                self._add(quantity, float(truth), frame, found[0].rank)
        else:
            self._take_number(name, raw, frame, found, unit, factor)

    def _take_number(self, name: str, raw: Json, frame: Frame, found: list[Meaning], unit: str, factor: float) -> None:
        parsed = number(raw)
        if parsed is None:
            if says_nothing(raw):
                self._result.problem(Problem("decode.no_value", f"field {name[:40]!r} has no value"))
            else:
                self._result.problem(
                    Problem("decode.bad_value", f"field {name[:40]!r} is no number: {str(raw)[:30]!r}")
                )
            return
        if parsed.is_fault or is_no_value(parsed.value, found[0].quantity):
            self._result.fault(frame.subject, frame.moment, f"field {name[:40]!r} says that there is no value")
            return
        attached = parsed.unit or unit
        if factor != 1.0:
            parsed = Number(float(f"{parsed.value * factor:.12g}"), parsed.unit)
        if found[0].quantity in COUNTS:
            self._tell_origin(name, raw, frame, found[0], "")
            self._add(found[0].quantity, parsed.value, frame, found[0].rank)
            return
        for meaning in found:
            for word in (attached,) if attached else (frame.unit, meaning.unit, self._rule_unit):
                value = stored(meaning.quantity, parsed.value, word)
                if value is not None:
                    if self._trace is not None:
                        self._tell_origin(name, raw, frame, meaning, word, "value" if parsed.unit else "payload")
                    self._add(meaning.quantity, value, frame, meaning.rank)
                    return
        if self._trace is not None:
            self._trace.field(_path(frame, name), raw, "refused", attached)
        if attached:
            self._result.problem(
                Problem("decode.bad_unit", f"field {name[:40]!r}: {attached[:20]!r} is no unit for it")
            )
        else:
            self._result.problem(
                Problem(
                    "decode.no_unit",
                    f"field {name[:40]!r} has no unit; name it in the payload, in the field's name or in sources.toml",
                )
            )

    def _tell_origin(
        self, name: str, raw: Json, frame: Frame, meaning: Meaning, unit: str, attached: UnitFrom = ""
    ) -> None:
        """Say where a value stood, to those who ask. attached : where a unit was, if one stood beside the value"""
        if self._trace is None:
            return
        path, rule = _path(frame, name), ""
        if meaning.rank == _MAPPED:
            rule = self._rules.rule(path) or self._rules.rule(name) or ""
        if not unit:
            unit_from: UnitFrom = ""
        elif unit == meaning.unit and attached != "value":
            unit_from = "rule" if rule else "document" if name in frame.documented else "name"
        else:
            unit_from = "rule's unit" if attached != "value" and unit == self._rule_unit else attached or "payload"
        self._trace.origin(Origin(path, raw, unit, unit_from, rule))

    def _add(self, quantity: str, value: float, frame: Frame, rank: int) -> None:
        if frame.quality is Quality.MISSING:
            self._result.problem(Problem("decode.no_value", f"{quantity} is said to be missing"))
        elif frame.quality is Quality.FAIL:
            self._result.fault(frame.subject, frame.moment, f"{quantity} is marked {frame.quality.name}")
        elif math.isfinite(value):
            self._result.reading(frame.subject, quantity, value, frame.moment, frame.quality, rank)
        else:
            self._result.fault(frame.subject, frame.moment, f"{quantity} is no finite number")


def _path(frame: Frame, name: str) -> str:
    """The path of a field of an object, as a mapping rule writes it."""
    if frame.path == name or frame.path.endswith(f".{name}"):
        return frame.path
    return f"{frame.path}.{name}" if frame.path else name


def _at(fields: dict[str, Json], place: str) -> Json:
    """The value at a dotted place under an object, None where there is none."""
    value: Json = fields
    if place in fields:
        return fields[place]
    for name in place.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value
