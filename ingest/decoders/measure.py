"""From a field's raw value to a reading: its number, its unit, marks for "no value", and where each was found."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from ingest.decoders.document import Json
from ingest.decoders.fields import COUNTS, ONE_WAY, STATES, Meaning, stored
from ingest.decoders.message import DecodeContext, Problem
from ingest.decoders.result import Result
from ingest.decoders.time import Moment
from ingest.decoders.trace import Origin, UnitFrom
from ingest.decoders.value import Number, is_no_value, number, says_nothing, state
from ingest.decoders.vendors import Fields
from models.quality import Quality
from models.quantity import QUANTITIES

MAPPED = -2
"""Rank of what a person wrote in sources.toml."""


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


class Measure:
    """Adds values of known meaning to a Result. rule_of : the rule of sources.toml for a path, if there is one"""

    def __init__(self, context: DecodeContext, result: Result, rule_of: Callable[[str], str | None]) -> None:
        self._result = result
        self._trace = context.trace
        self._rule_of = rule_of
        self._rule_unit = context.source.unit if context.source else ""

    def take(
        self, name: str, raw: Json, frame: Frame, found: Sequence[Meaning], unit: str, factor: float = 1.0
    ) -> None:
        """Add what a field's raw value says.

        found : what its name may mean, the first that its unit fits holds; unit : the payload's, for this field alone
        factor : value × factor is in the unit
        """
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

    def _take_number(
        self, name: str, raw: Json, frame: Frame, found: Sequence[Meaning], unit: str, factor: float
    ) -> None:
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
            self._trace.field(path_of(frame, name), raw, "refused", attached)
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
        path, rule = path_of(frame, name), ""
        if meaning.rank == MAPPED:
            rule = self._rule_of(path) or self._rule_of(name) or ""
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
            self._result.reading(frame.subject, quantity, value + 0.0, frame.moment, frame.quality, rank)
        else:
            self._result.fault(frame.subject, frame.moment, f"{quantity} is no finite number")


def path_of(frame: Frame, name: str) -> str:
    """The path of a field of an object, as a mapping rule writes it."""
    if frame.path == name or frame.path.endswith(f".{name}"):
        return frame.path
    return f"{frame.path}.{name}" if frame.path else name
