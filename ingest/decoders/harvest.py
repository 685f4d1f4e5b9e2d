"""Readings out of a JSON object: the one way that every dialect with named fields shares."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from ingest.decoders import names
from ingest.decoders.alarms import in_field, in_status
from ingest.decoders.columns import rows_of
from ingest.decoders.document import Json
from ingest.decoders.fields import COUNTS, STATES, Meaning, channel_of, is_no_reading, meanings, stored
from ingest.decoders.measure import MAPPED, Frame, Measure, path_of
from ingest.decoders.message import DecodeContext, Message, Problem
from ingest.decoders.result import Result
from ingest.decoders.tag_name import split_tag
from ingest.decoders.time import Moment, as_written, moment, receipt
from ingest.decoders.topic import filled
from models.mapping import MappingError, Rules, item_path, target
from models.quality import Quality

__all__ = ["Frame", "Harvest"]

_rules = lru_cache(maxsize=1024)(Rules)
_NO_RULES = Rules(())
_NO_UNITS: dict[str, str] = {}
_SHORT = 2
_A_TAG = re.compile(r"[./:\\]")
_A_TIME = re.compile(r"20\d{2}-\d{2}-\d{2}[T ]\d{2}:\d{2}")
_A_SERIAL = re.compile(r"(?=[^\d]*\d[^\d]*\d[^\d]*\d[^\d]*\d)[A-Za-z0-9:._-]{5,32}$")
"""A name with four digits or more names a device, where an object holds one object for each."""


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
        self._receipt = receipt(message.received)
        self._measure = Measure(context, result, self._rules.rule)

    def frame(self, device: str, unit: str = "", named: bool = False, when: Moment | None = None) -> Frame:
        """The frame of a payload; named : the device is no guess by the topic; when : without it the receipt"""
        return Frame(device, when or self._receipt, unit, named=named)

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
                self._measure.take(name, value, frame, [Meaning(quantity, unit)], unit)
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
        if (layout.columns or layout.time) and (rows := rows_of(fields, layout)) is not None:
            self.take(rows, outer)
            return
        item = names.named_value(fields, self.names_quantity, layout)
        if item is not None and not self._has_rule(fields, outer.path):
            inner = self.refined({key: value for key, value in fields.items() if key != item.key}, outer)
            self.take_tag(item.label, item.value, inner, inner.unit)
            return
        if not layout.value and layout.labels and self._take_series(fields, layout, outer):
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

    def _take_series(self, fields: dict[str, Json], layout: names.Layout, outer: Frame) -> bool:
        """One tag's values at several times: {"tagName": "Level_m", "vqts": [{"v": 3.4, "q": 192, "t": …}]}."""
        labels = [(key, fields[key]) for _, key in layout.labels if isinstance(fields[key], str)]
        known = next(((key, str(tag)) for key, tag in labels if self.names_quantity(str(tag))), None)
        series = next((value for value in fields.values() if isinstance(value, list)), None)
        if known is None or not series:
            return False
        key, tag = known
        frame = self.refined({other: value for other, value in fields.items() if other != key}, outer)
        for item in series:
            own = names.layout_of(item) if isinstance(item, dict) else None
            if isinstance(item, dict) and own is not None and own.value:
                inner = self.refined(item, frame, own)
                self.take_tag(tag, item[own.value], inner, inner.unit)
        return True

    def refined(self, fields: dict[str, Json], outer: Frame, layout: names.Layout | None = None) -> Frame:
        """The frame with what an object says of device, time, unit, channel and quality."""
        layout = layout or names.layout_of(fields)
        device = names.device_in(fields, layout) if layout.device else ""
        number = 0
        if outer.named and len(device) <= _SHORT and device.isdecimal():
            number, device = int(device), ""  # of an input within the device that is named around it
        found = names.time_in(fields, layout) if layout.time else None
        channel = names.channel_in(fields, layout) if layout.channel else number
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
        if isinstance(value, dict) and (meanings(key) or key in frame.documented) and names.wraps_value(value):
            own = self.refined({k: v for k, v in value.items() if names.part_of(k) != "device"}, frame)
            self._take_field(key, names.valued(value), own, names.unit_in(value))
            return
        skipped = is_no_reading(key) or names.part_of(key) in ("unit", "time", "media", "quality")
        if skipped and not (self._rules and self._rules.reach(frame.path)):
            if self._trace is not None:
                self._trace.field(frame.path, value, "other")
            return
        if isinstance(value, dict) and meanings(key):
            self._take_by_last_word(key, value, frame)
            return
        if channel := channel_of(key):
            frame = replace(frame, channel=channel)
        elif _A_TIME.match(key):
            frame = replace(frame, moment=self.moment(key))
        elif isinstance(value, dict) and not frame.named and _A_SERIAL.match(key):
            frame = replace(frame, device=names.as_device(key) or frame.device)
        self.take(value, frame)

    def _take_by_last_word(self, key: str, value: dict[str, Json], frame: Frame) -> None:
        """{"flow": {"l_s": 12.5}}: the names within are the last words of the one around them, as units are."""
        frame = self.refined({inner: item for inner, item in value.items() if names.part_of(inner) != "device"}, frame)
        rest: dict[str, Json] = {}
        for inner, item in value.items():
            if isinstance(item, (dict, list)) or not meanings(f"{key}_{inner}"):
                rest[inner] = item
            else:
                self._take_field(f"{key}_{inner}", item, frame, "")
        if rest:
            self.take(rest, frame)

    def _take_within(self, place: str, name: str, raw: Json, frame: Frame, unit: str) -> None:
        """A field that is a tag's whole name; a place with a number is an instrument of its own."""
        if any(sign.isdigit() for sign in place):
            device = names.as_device(f"{frame.device}/{place}" if frame.named else place)
            frame = replace(frame, device=device or frame.device)
        self._take_field(name, raw, frame, unit)

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
            self._measure.take(key, value, frame, [Meaning(found.quantity, found.unit, MAPPED)], "", found.factor)
        elif self._trace is not None:
            self._trace.field(path_of(frame, key), value, "ignored" if found.role == "ignore" else "part", found.role)

    def _take_bare(self, key: str, value: Json, frame: Frame) -> None:
        """{"device": …, "value": 1.5, "unit": "m3"}: the unit alone tells, where only one quantity has it."""
        self.take_by_unit(key, value, frame, frame.unit)

    def _take_field(self, name: str, raw: Json, frame: Frame, unit: str) -> None:
        if name in frame.documented:
            quantity, documented_unit = frame.documented[name]
            self._measure.take(name, raw, frame, [Meaning(quantity, documented_unit, 0)], unit)
        elif found := meanings(name):
            self._measure.take(name, raw, frame, list(found), unit)
        elif alarm := in_field(name, raw):
            self._result.notice(frame.subject, alarm.kind, alarm.active, frame.moment)
        elif _A_TAG.search(name) and (parts := split_tag(name)) is not None and parts[0]:
            self._take_within(*parts, raw, frame, unit)
        elif self._trace is not None:
            self._trace.field(path_of(frame, name), raw, "other" if is_no_reading(name) else "unknown")


def _at(fields: dict[str, Json], place: str) -> Json:
    """The value at a dotted place under an object, None where there is none."""
    value: Json = fields
    if place in fields:
        return fields[place]
    for name in place.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value
