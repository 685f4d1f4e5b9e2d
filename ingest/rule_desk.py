"""Tries mapping rules on payloads, for the dashboard's page of new devices. Writes nothing, knows no keys."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.decoders import DecodeContext, Decoded, Message, decode
from ingest.decoders.document import Document
from ingest.decoders.fields import meanings, words
from ingest.decoders.topic import quantity_of
from ingest.decoders.trace import Field, Trace
from ingest.decoders.value import number, state
from ingest.explanation import shown
from models.errors import RefusedError
from models.quantity_units import DIMENSION_OF
from models.registry import Source
from models.rule_trial import WHOLE_PAYLOAD, FoundField, Sample, Tried
from models.units import find_unit

FIELDS_AT_MOST = 80
_INDEX = re.compile(r"\[[^\]]*\]$")
_STATES = {"value": "value", "unknown": "unknown", "refused": "refused", "part": "part", "other": "unknown"}


class TrialDesk:
    """See models.rule_trial.RuleDesk."""

    def fields(self, samples: Sequence[Sample], rule: Source | None, timezone: str) -> list[FoundField]:
        """The fields of payloads, read with the rule that holds now; in the order in which they stand there."""
        found: dict[str, FoundField] = {}
        for sample in samples:
            trace = Trace()
            _tried(sample, DecodeContext(rule, timezone, trace=trace))
            for field in _fields(sample, trace):
                have = found.get(field.path)
                if have is not None:
                    found[field.path] = have._replace(seen_in=have.seen_in + 1)
                elif len(found) < FIELDS_AT_MOST:
                    found[field.path] = field
        return list(found.values())

    def attempt(self, samples: Sequence[Sample], rule: Source, timezone: str) -> list[Tried]:
        """What a rule makes of each payload, in their order."""
        return [_tried(sample, DecodeContext(rule, timezone)) for sample in samples]


def _tried(sample: Sample, context: DecodeContext) -> Tried:
    try:
        decoded = decode(Message(sample.topic, sample.payload, sample.received), context)
    except RefusedError as error:
        return Tried(sample, (), ((error.code, error.message),))
    return Tried(sample, decoded.readings, _problems(decoded), decoded.dialect)


def _problems(decoded: Decoded) -> tuple[tuple[str, str], ...]:
    return tuple((problem.code, problem.message) for problem in decoded.problems)


def _fields(sample: Sample, trace: Trace) -> list[FoundField]:
    """The fields of one payload, each path once."""
    read_as = {
        given.origin.path: (given.reading.quantity, given.origin.unit)
        for given in trace.given
        if given.origin is not None
    }
    result = {field.path: _found(field, read_as) for field in trace.fields if _is_scalar(field.raw)}
    if not trace.fields and (bare := _bare(sample)) is not None:
        return [bare]
    return list(result.values())


def _found(field: Field, read_as: dict[str, tuple[str, str]]) -> FoundField:
    quantity, unit = read_as.get(field.path, ("", ""))
    guesses, named, named_unit = _guesses(field.path)
    numeric = number(field.raw) is not None or state(field.raw) is not None  # type: ignore[arg-type]  # of JSON
    kind = _STATES.get(field.fate, "unknown")
    return FoundField(
        field.path,
        shown(field.raw),
        1,
        kind,  # type: ignore[arg-type]  # one of the table's
        numeric and field.fate != "part",
        quantity or ("" if field.fate == "other" else named),
        unit or named_unit,
        guesses,
    )


def _bare(sample: Sample) -> FoundField | None:
    """A payload that is one value."""
    try:
        text = Document(sample.payload).text
    except RefusedError:
        return None
    bare = (text or "").strip().strip('"')
    parsed = number(bare) if len(bare) <= 64 else None
    if parsed is None and (not bare or state(bare) is None):
        return None
    by_topic = quantity_of(sample.topic)
    found = by_topic[2] if by_topic else ()
    quantities = tuple(dict.fromkeys(meaning.quantity for meaning in found))
    unit = parsed.unit if parsed else ""
    guesses = quantities or _by_unit(unit)
    quantity = quantities[0] if len(quantities) == 1 else ""
    return FoundField(WHOLE_PAYLOAD, shown(bare), 1, "refused", True, quantity, unit, guesses)


def _guesses(path: str) -> tuple[tuple[str, ...], str, str]:
    """Quantities that a field could be, the one that its name says, and the unit that its name says."""
    name = _INDEX.sub("", path).rpartition(".")[2]
    found = meanings(name)
    quantities = tuple(dict.fromkeys(meaning.quantity for meaning in found))
    unit = next((meaning.unit for meaning in found if meaning.unit), "")
    if not unit:
        unit = next((word for word in reversed(words(name)[1:]) if find_unit(word)), "")
    by_unit = tuple(quantity for quantity in _by_unit(unit) if quantity not in quantities)
    return (*quantities, *by_unit), quantities[0] if len(quantities) == 1 else "", unit


def _by_unit(word: str) -> tuple[str, ...]:
    unit = find_unit(word) if word else None
    if unit is None:
        return ()
    return tuple(quantity for quantity, dimension in DIMENSION_OF.items() if dimension == unit.dimension)


def _is_scalar(raw: object) -> bool:
    return not isinstance(raw, (dict, list)) and raw is not None
