"""Readings out of a JSON object: the one way that every dialect with named fields shares."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from ingest.decoders import names
from ingest.decoders.alarms import in_field, in_status
from ingest.decoders.document import Json
from ingest.decoders.fields import COUNTS, STATES, Meaning, channel_of, is_no_reading, meanings, own_unit, stored
from ingest.decoders.message import DecodeContext, Message, Problem
from ingest.decoders.result import Result
from ingest.decoders.time import Moment, moment, receipt
from ingest.decoders.value import is_no_value, number, says_nothing, state
from ingest.decoders.vendors import Fields
from models.quality import Quality
from models.quantity import QUANTITIES


@dataclass(frozen=True, slots=True)
class Frame:
    """What holds for the values of an object unless a nested one says otherwise.

    unit : the payload's unit, for those fields whose dimension it has
    path : dotted names from the payload's root, for mapping rules
    documented : what the vendor documents of the model's fields
    """

    device: str
    moment: Moment
    unit: str = ""
    channel: int = 0
    quality: Quality = Quality.GOOD
    path: str = ""
    documented: Fields = field(default_factory=dict)

    @property
    def subject(self) -> str:
        """The device, each input of a station as a device of its own."""
        return f"{self.device}#{self.channel}" if self.channel else self.device


class Harvest:
    """Walks one payload's objects and collects what they say into a Result."""

    def __init__(self, message: Message, context: DecodeContext, result: Result) -> None:
        self._message = message
        self._context = context
        self._result = result
        source = context.source
        self._mapping = dict(source.mapping) if source else {}
        self._rule_unit = source.unit if source else ""

    def frame(self, device: str) -> Frame:
        """The frame of a payload that names neither time nor unit."""
        return Frame(device, receipt(self._message.received))

    def moment(self, value: Json, zone: str = "") -> Moment:
        """The moment that a time field means, in the source's zone where it names none."""
        return moment(value, self._message.received, zone or self._context.zone)

    def take(self, value: Json, frame: Frame) -> None:
        """Collect from an object, or from each object of a list."""
        if isinstance(value, list):
            for item in value:
                if isinstance(item, (dict, list)):
                    self.take(item, frame)
        elif isinstance(value, dict):
            self._take_object(value, frame)

    def take_fields(self, fields: dict[str, Json], frame: Frame) -> None:
        """Collect from fields that are values only: none of them is read as device, time, unit or container."""
        for name, value in fields.items():
            if name in self._mapping:
                self._take_mapped(self._mapping[name], value, frame, name)
            else:
                self._take_field(name, value, frame, "")

    def _take_object(self, fields: dict[str, Json], outer: Frame) -> None:
        if medium := names.not_water(fields):
            self._result.problem(Problem("decode.not_water", f"the medium is {medium[:40]!r}, not water"))
            return
        if item := names.named_value(fields):
            inner = self._refined({key: value for key, value in fields.items() if names.joined(key) != "name"}, outer)
            self._take_field(item[0], item[1], inner, inner.unit)
            return
        frame = self._refined(fields, outer)
        units = names.units_in(fields)
        for key, value in fields.items():
            path = f"{frame.path}.{key}" if frame.path else key
            if path in self._mapping:
                self._take_mapped(self._mapping[path], value, frame, key)
            elif isinstance(value, (dict, list)):
                self._take_nested(key, value, replace(frame, path=path))
            elif not (part := names.part_of(key)):
                self._take_field(key, value, frame, units.get(names.joined(key), ""))
            elif part == "status" and isinstance(value, str):
                self.take_status(value, frame)
            elif part == "container" and frame.unit:
                self._take_bare(key, value, frame)

    def _refined(self, fields: dict[str, Json], outer: Frame) -> Frame:
        """The frame with what an object says of device, time, unit, channel and quality."""
        changes: dict[str, object] = {}
        if device := names.device_in(fields):
            changes["device"] = device
        if found := names.time_in(fields):
            changes["moment"] = self.moment(*found)
        if unit := names.unit_in(fields):
            changes["unit"] = unit
        if channel := names.channel_in(fields):
            changes["channel"] = channel
        if (quality := names.quality_in(fields)) is not Quality.GOOD:
            changes["quality"] = quality
        return replace(outer, **changes) if changes else outer  # type: ignore[arg-type]  # each has its field's type

    def _take_nested(self, key: str, value: dict[str, Json] | list[Json], frame: Frame) -> None:
        if isinstance(value, list) and names.part_of(key) == "status":
            self.take_status(" ".join(word for word in value if isinstance(word, str)), frame)
            return
        if isinstance(value, dict) and (meanings(key) or key in frame.documented):
            wrapped = names.valued(value)
            if wrapped is not None:
                own = self._refined({k: v for k, v in value.items() if names.part_of(k) != "device"}, frame)
                self._take_field(key, wrapped, own, names.unit_in(value))
                return
        if is_no_reading(key) or names.part_of(key) in ("unit", "time", "media"):
            return
        self.take(value, replace(frame, channel=channel_of(key) or frame.channel))

    def take_status(self, text: str, frame: Frame) -> None:
        """Collect the alarms that a status names."""
        for alarm in in_status(text):
            self._result.notice(frame.subject, alarm.kind, alarm.active, frame.moment)

    def _take_mapped(self, rule: str, value: Json, frame: Frame, key: str) -> None:
        """A field whose meaning a person wrote in sources.toml: "quantity" or "quantity unit"."""
        quantity, _, unit = rule.strip().partition(" ")
        if isinstance(value, dict):
            value = names.valued(value)
        self._take_as(key, value, frame, [Meaning(quantity, unit.strip() or own_unit(quantity), -2)], "")

    def _take_bare(self, key: str, value: Json, frame: Frame) -> None:
        """{"device": …, "value": 1.5, "unit": "m3"}: the unit alone tells, where only one quantity has it."""
        for quantity in ("volume_m3", "flow_m3h"):
            if stored(quantity, 1.0, frame.unit) is not None:
                self._take_as(key, value, frame, [Meaning(quantity, frame.unit)], frame.unit)

    def _take_field(self, name: str, raw: Json, frame: Frame, unit: str) -> None:
        if name in frame.documented:
            quantity, documented_unit = frame.documented[name]
            self._take_as(name, raw, frame, [Meaning(quantity, documented_unit, 0)], unit)
        elif found := meanings(name):
            self._take_as(name, raw, frame, list(found), unit)
        elif alarm := in_field(name, raw):
            self._result.notice(frame.subject, alarm.kind, alarm.active, frame.moment)

    def _take_as(self, name: str, raw: Json, frame: Frame, found: list[Meaning], unit: str) -> None:
        if found[0].channel and not frame.channel:
            frame = replace(frame, channel=found[0].channel)
        quantity = found[0].quantity
        if quantity not in QUANTITIES:
            self._result.problem(
                Problem("decode.bad_mapping", f"the mapping of field {name[:40]!r} names no known quantity")
            )
        elif quantity in STATES:
            truth = state(raw)
            if truth is not None:
                self._add(quantity, float(truth), frame, found[0].rank)
        else:
            self._take_number(name, raw, frame, found, unit)

    def _take_number(self, name: str, raw: Json, frame: Frame, found: list[Meaning], unit: str) -> None:
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
        if found[0].quantity in COUNTS:
            self._add(found[0].quantity, parsed.value, frame, found[0].rank)
            return
        for meaning in found:
            for word in (attached,) if attached else (frame.unit, meaning.unit, self._rule_unit):
                value = stored(meaning.quantity, parsed.value, word)
                if value is not None:
                    self._add(meaning.quantity, value, frame, meaning.rank)
                    return
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

    def _add(self, quantity: str, value: float, frame: Frame, rank: int) -> None:
        if frame.quality in (Quality.FAIL, Quality.MISSING):
            self._result.fault(frame.subject, frame.moment, f"{quantity} is marked {frame.quality.name}")
        elif math.isfinite(value):
            self._result.reading(frame.subject, quantity, value, frame.moment, frame.quality, rank)
        else:
            self._result.fault(frame.subject, frame.moment, f"{quantity} is no finite number")
