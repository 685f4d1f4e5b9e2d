"""A mapping rule while a person makes it: its fields, what was picked, and what it gives on the last payloads."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from models.errors import VodaError
from models.mapping import ROLES, MappingError, path_problem, target
from models.quality import Quality
from models.quantity import QUANTITIES
from models.quantity_units import DIMENSION_OF
from models.reading import Reading
from models.records import Records, Refused
from models.registry import Region, Source
from models.rule_trial import WHOLE_PAYLOAD, FoundField, RuleDesk, Sample, Tried
from models.topic_filter import covers, fits

_SHAPE_BYTES = 65_536
PAYLOADS = 100
"""On so many of the last payloads a rule is tried."""

QUANTITY, UNIT, FACTOR = "q:", "u:", "x:"
"""What names of a form's fields begin with; a payload's path follows."""


@dataclass(frozen=True)
class Pick:
    """What a person says of a field. factor : empty for one"""

    quantity: str
    unit: str = ""
    factor: str = ""

    @property
    def rule(self) -> str:
        """As sources.toml writes it."""
        return " ".join(part for part in (self.quantity, self.unit, self.factor and f"* {self.factor}") if part)


@dataclass(frozen=True)
class Line:
    """What a rule gives of one device and quantity.

    doubts : codes of what looks wrong in it, the gravest first
    """

    device: str
    quantity: str
    count: int
    first: Reading
    last: Reading
    minimum: float | None
    maximum: float | None
    doubts: tuple[str, ...]


@dataclass(frozen=True)
class Trial:
    """What a rule gives on payloads.

    understood : of how many anything comes out; problems : code, of how many, a sentence of one
    """

    payloads: int
    understood: int
    lines: tuple[Line, ...]
    problems: tuple[tuple[str, int, str], ...]


@dataclass(frozen=True)
class Draft:
    """The page's subject.

    before : the rule that holds for these topics now; rule : the one that the form makes, None while nothing is picked
    chosen : by path what is chosen, or preselected since the name or unit says it
    wrong : why the form makes no rule; unit_missing : the path of a quantity whose unit is not chosen yet
    """

    topic_filter: str
    samples: tuple[Sample, ...]
    fields: tuple[FoundField, ...]
    before: Source | None
    rule: Source | None
    chosen: Mapping[str, Pick]
    trial: Trial | None
    wrong: str = ""
    unit_missing: str = ""


def draft(records: Records, region: Region, desk: RuleDesk, form: Mapping[str, str]) -> Draft:
    """A rule as the form has it. form : the page's query"""
    topic_filter = form.get("filter", "").strip()
    samples = samples_of(records, topic_filter)
    if not samples:
        return Draft(topic_filter, (), (), None, None, {}, None)
    before = rule_of(region, samples[0].topic)
    fields = tuple(desk.fields(samples, before, region.timezone))
    chosen = {field.path: _chosen(field, before, form) for field in fields}
    wrong, rule = "", None
    if unitless := [path for path, pick in chosen.items() if pick.quantity in DIMENSION_OF and not pick.unit]:
        # A unit is read or chosen, never taken for granted.
        return Draft(topic_filter, samples, fields, before, None, chosen, None, unit_missing=unitless[0] or "payload")
    try:
        rule = composed(before, topic_filter, form, chosen)
    except VodaError as error:
        wrong = error.message
    trial = tried(desk.attempt(samples, rule, region.timezone)) if rule is not None else None
    return Draft(topic_filter, samples, fields, before, rule, chosen, trial, wrong)


def samples_of(records: Records, topic_filter: str) -> tuple[Sample, ...]:
    """The last payloads of topics that fit, which are refused still; newest first."""
    if not topic_filter:
        return ()
    return tuple(Sample(item.topic, item.received, item.payload) for item in records.refused(PAYLOADS, topic_filter))


def topics_like(refused: Sequence[Refused], one: Refused) -> list[str]:
    """Topics of payloads that are refused for the same reason, have the same fields and differ in one level at most."""
    levels, shape = one.topic.split("/"), shape_of(one.payload)
    found = {one.topic: None}
    for item in refused:
        other = item.topic.split("/")
        near = len(other) == len(levels) and sum(a != b for a, b in zip(levels, other, strict=True)) <= 1
        if near and item.code == one.code and item.topic not in found and shape_of(item.payload) == shape:
            found[item.topic] = None
    # In one level all of them; a second one would take in what nobody has seen.
    places = [at for at in range(len(levels)) if any(topic.split("/")[at] != levels[at] for topic in found)]
    if len(places) < 2:
        return list(found)
    often = max(places, key=lambda at: sum(topic.split("/")[at] != levels[at] for topic in found))
    return [topic for topic in found if topic == one.topic or topic.split("/")[often] != levels[often]]


def shape_of(payload: bytes) -> frozenset[str]:
    """The names of a payload's fields, empty where it is no JSON object.

    >>> sorted(shape_of(b'{"d": {"a": 1}, "t": 2}'))
    ['d', 'd.a', 't']
    """
    try:
        value = json.loads(payload[:_SHAPE_BYTES])
    except ValueError:
        return frozenset()
    if not isinstance(value, dict):
        return frozenset()
    inner = {f"{key}.{name}" for key, held in value.items() if isinstance(held, dict) for name in held}
    return frozenset({*value, *inner})


def filter_of(topics: Sequence[str]) -> str:
    """A filter for topics that differ in their levels, + where they do.

    >>> filter_of(["a/1/x", "a/2/x"]), filter_of(["a/1"]), filter_of(["a", "a/b"])
    ('a/+/x', 'a/1', 'a')
    """
    split = [topic.split("/") for topic in topics]
    same = [levels for levels in split if len(levels) == len(split[0])]
    return "/".join(level[0] if len(set(level)) == 1 else "+" for level in zip(*same, strict=True))


def can_be_mapped(refused: Refused) -> bool:
    """Whether a rule could be made of a refused payload: it is JSON, a table or a value, and not encrypted bytes."""
    start = refused.payload[:4096]
    return bool(start.strip()) and b"\0" not in start and refused.code not in _NOT_TO_BE_MAPPED


_NOT_TO_BE_MAPPED = frozenset(
    f"decode.{name}"
    for name in ("key_missing", "key_wrong", "bad_gzip", "too_large", "too_deep", "not_json", "no_codec")
)


def rule_of(region: Region, topic: str) -> Source | None:
    """The rule that holds for a topic: the first that fits."""
    return next((source for source in region.sources if fits(source.topic_filter, topic)), None)


def _chosen(field: FoundField, before: Source | None, form: Mapping[str, str]) -> Pick:
    """The form's word; without one the present rule's; else what name or unit say, and nothing that is guessed."""
    if (quantity := form.get(QUANTITY + field.path)) is not None:
        unit, factor = form.get(UNIT + field.path, ""), form.get(FACTOR + field.path, "").strip().replace(",", ".")
        return Pick(quantity, unit, factor)
    if any(name.startswith((QUANTITY, UNIT)) for name in form):
        return Pick("")
    said = dict(before.mapping).get(field.path, "") if before else ""
    if said:
        return _pick_of(said)
    if field.path == WHOLE_PAYLOAD and before is not None and before.quantity:
        return Pick(before.quantity, before.unit)
    return Pick(field.quantity if field.state == "refused" else "", field.unit if field.state == "refused" else "")


def _pick_of(rule: str) -> Pick:
    try:
        found = target(rule)
    except MappingError:
        return Pick("")
    if found.role != "value":
        return Pick(found.role)
    return Pick(found.quantity, found.unit, "" if found.factor == 1.0 else f"{found.factor:g}")


def composed(
    before: Source | None, topic_filter: str, form: Mapping[str, str], chosen: Mapping[str, Pick]
) -> Source | None:
    """The rule that a form makes; None where nothing is picked.

    Raises VodaError (rule.wrong) with what is wrong with a pick.
    """
    source = replace(before, topic_filter=topic_filter) if before else Source(topic_filter)
    mapping = {path: rule for path, rule in source.mapping if path not in chosen}
    for path, pick in chosen.items():
        if not pick.quantity:
            continue
        if path == WHOLE_PAYLOAD:
            source = replace(source, quantity=pick.quantity, unit=pick.unit)
        else:
            mapping[path] = pick.rule
        _check(path, pick)
    kind, _, place = form.get("device", "").partition(":")
    if kind == "level":
        source = replace(source, device=f"{{{place}}}")
    elif kind == "field":
        mapping[place] = "device"
    if (time := form.get("time", "")).startswith("field:"):
        mapping[time.removeprefix("field:")] = "time"
    if "zone" in form:
        source = replace(source, timezone=form["zone"].strip())
    if not mapping and not source.quantity:
        return None
    return replace(source, mapping=tuple(mapping.items()))


def _check(path: str, pick: Pick) -> None:
    if path and (problem := path_problem(path)):
        raise VodaError("rule.wrong", problem)
    try:
        found = target(pick.rule)
    except MappingError as error:
        raise VodaError("rule.wrong", f"{path}: {error}") from None
    if path == WHOLE_PAYLOAD and (found.role != "value" or pick.factor):
        raise VodaError("rule.wrong", "a payload that is one value needs a quantity and its unit, and takes no factor")


def with_rule(region: Region, rule: Source, topics: Collection[str]) -> Region:
    """A region with a rule, in the place of one of the same filter, else where its topics come to it first.

    topics : that it is made for. More special rules stay before it.
    """
    kept = [source for source in region.sources if source.topic_filter != rule.topic_filter]
    places = [at for at, source in enumerate(region.sources) if source.topic_filter == rule.topic_filter]
    at = places[0] if places else next((n for n, one in enumerate(kept) if _hides(one, rule, topics)), len(kept))
    return replace(region, sources=(*kept[:at], rule, *kept[at:]))


def _hides(source: Source, rule: Source, topics: Collection[str]) -> bool:
    """Whether a source placed before a rule would take topics from it that are the rule's."""
    if covers(source.topic_filter, rule.topic_filter):
        return True
    is_special = covers(rule.topic_filter, source.topic_filter)
    return not is_special and any(fits(source.topic_filter, topic) for topic in topics)


def tried(attempts: Sequence[Tried]) -> Trial:
    """What attempts came to, by device and quantity; the ones with doubts first."""
    readings: dict[tuple[str, str], list[Reading]] = {}
    problems: Counter[str] = Counter()
    reasons: dict[str, str] = {}
    for attempt in attempts:
        for reading in attempt.readings:
            readings.setdefault((reading.device, reading.quantity), []).append(reading)
        for code, reason in dict(attempt.problems).items():
            problems[code] += 1
            reasons.setdefault(code, reason)
    lines = [_line(sorted(items, key=lambda reading: reading.time)) for items in readings.values()]
    lines.sort(key=lambda line: (not line.doubts, line.device, line.quantity))
    understood = sum(bool(attempt.readings) for attempt in attempts)
    said = tuple((code, count, reasons[code]) for code, count in problems.most_common())
    return Trial(len(attempts), understood, tuple(lines), said)


def _line(readings: list[Reading]) -> Line:
    first = readings[0]
    values = [reading.value for reading in readings if reading.value is not None]
    lowest, highest = (min(values), max(values)) if values else (None, None)
    return Line(
        first.device, first.quantity, len(readings), first, readings[-1], lowest, highest, tuple(_doubts(readings))
    )


def _doubts(readings: list[Reading]) -> list[str]:
    doubts = []
    if any(reading.quality is Quality.FAIL for reading in readings):
        doubts.append("implausible")
    times: dict[datetime, set[float | None]] = {}
    for reading in readings:
        times.setdefault(reading.time, set()).add(reading.value)
    if any(len(values) > 1 for values in times.values()):
        doubts.append("two_values")
    known = QUANTITIES[readings[0].quantity]
    pairs = list(pairwise(readings))
    if known.kind == "register" and any((b.value or 0) < (a.value or 0) for a, b in pairs):
        doubts.append("falls")
    if any("CLOCK" in reading.flags for reading in readings):
        doubts.append("clock")
    elif all(reading.time_source == "received" for reading in readings):
        doubts.append("no_time")
    return doubts


ROLE_CHOICES = tuple(role for role in ROLES if role in ("channel", "ignore"))
"""What a field can be beside a quantity; device and time are asked for by themselves."""
