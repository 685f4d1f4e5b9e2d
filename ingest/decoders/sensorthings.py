"""OGC SensorThings API: observations over MQTT, with their datastream expanded or named by the topic.

Documentation: OGC SensorThings API Part 1: Sensing 1.1 (OGC 18-088), sections 8.2 (entities), 10.1 (data array), 14
(MQTT extension).

An observation alone has no unit: it is its datastream's.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import NamedTuple

from ingest.decoders.document import Document, Json
from ingest.decoders.fields import is_no_reading, meanings, words
from ingest.decoders.harvest import Frame, Harvest
from ingest.decoders.message import DecodeContext, Decoded, Dialect, Message, Problem
from ingest.decoders.names import as_device, quality_of
from ingest.decoders.result import Result
from models.errors import RefusedError

_TOPIC = re.compile(
    r"(?:^|/)v1\.[01]/(?:.*/)?(?P<set>Things|Datastreams|MultiDatastreams|Observations|CreateObservations|Locations"
    r"|HistoricalLocations|Sensors|ObservedProperties|FeaturesOfInterest)\b"
)
_STREAM_IN_TOPIC = re.compile(r"(?:Multi)?Datastreams\((?P<id>[^)]{1,100})\)")
_STREAM_FIELDS = frozenset(["unitOfMeasurement", "unitOfMeasurements"])
_OBSERVATION_FIELDS = frozenset(["phenomenonTime", "resultTime"])


class Stream(NamedTuple):
    """What a datastream says of its observations.

    names : what is observed, best first: the observed property, the datastream
    """

    identifier: str
    thing: str
    names: tuple[str, ...]
    unit: str


def _recognises(message: Message, document: Document) -> bool:
    if not document.looks_json:
        return False
    if _TOPIC.search(message.topic):
        return True
    first = document.object or _first(document.list)
    if "result" in first and _OBSERVATION_FIELDS & first.keys():
        return True
    return bool(_STREAM_FIELDS & first.keys() and "observationType" in first)


def _first(value: Json) -> dict[str, Json]:
    if isinstance(value, dict):
        return value
    return value[0] if isinstance(value, list) and value and isinstance(value[0], dict) else {}


def _decode(message: Message, document: Document, context: DecodeContext) -> Decoded:
    result = Result(DIALECT.name, context)
    walk = _Walk(message, context, result)
    value: Json = document.json
    if isinstance(value, dict) and isinstance(value.get("value"), list):
        value = value["value"]
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            walk.take(item, None)
    return result.finish(Problem("decode.no_reading", "sensorthings: an entity without observations"))


class _Walk:
    """Goes through one message's entities, whichever holds which."""

    def __init__(self, message: Message, context: DecodeContext, result: Result) -> None:
        self._topic = message.topic
        self._context = context
        self._result = result
        self._harvest = Harvest(message, context, result)

    def take(self, entity: dict[str, Json], above: Stream | None, thing: str = "") -> None:
        """An observation, a data array, a datastream with its observations or a thing with its datastreams."""
        if _STREAM_FIELDS & entity.keys():
            streams = _streams(entity, thing)
            for observation in _entities(entity.get("Observations")):
                self._take_observation(observation, streams)
        elif isinstance(entity.get("dataArray"), list):
            self._take_array(entity, self._streams_of(entity, above))
        elif "result" in entity:
            self._take_observation(entity, self._streams_of(entity, above))
        else:
            name = entity.get("name")
            for key in ("Datastreams", "MultiDatastreams"):
                for stream in _entities(entity.get(key)):
                    self.take(stream, None, name if isinstance(name, str) else "")

    def _streams_of(self, entity: dict[str, Json], above: Stream | None) -> list[Stream]:
        """The datastream that an observation belongs to; a multi-datastream has one for each of its results."""
        for key in ("Datastream", "MultiDatastream"):
            expanded = entity.get(key)
            if isinstance(expanded, dict) and _STREAM_FIELDS & expanded.keys():
                return _streams(expanded, "")
        if above:
            return [above]
        named = _first(entity.get("Datastream")).get("@iot.id")
        in_topic = _STREAM_IN_TOPIC.search(self._topic)
        identifier = str(named) if isinstance(named, (int, str)) else in_topic["id"].strip("'") if in_topic else ""
        return [self._by_rule(identifier)]

    def _by_rule(self, identifier: str) -> Stream:
        """What sources.toml says of a topic whose observations have no datastream with them."""
        source = self._context.source
        if source is None or not (source.quantity or source.unit):
            raise RefusedError(
                "decode.no_unit",
                f"sensorthings: an observation of datastream {identifier[:40] or 'without id'!r} has no unit of its "
                "own; subscribe with $expand=Datastream, or write quantity, unit and device for its topic into "
                "sources.toml",
            )
        return Stream(identifier, "", (source.quantity,), source.unit)

    def _take_array(self, entity: dict[str, Json], streams: list[Stream]) -> None:
        names, rows = entity.get("components"), entity.get("dataArray")
        if not isinstance(names, list) or not isinstance(rows, list):
            return
        columns = [str(name) for name in names]
        for row in rows:
            if isinstance(row, list):
                self._take_observation(dict(zip(columns, row, strict=False)), streams)

    def _take_observation(self, observation: dict[str, Json], streams: list[Stream]) -> None:
        result = observation.get("result")
        results = result if isinstance(result, list) else [result]
        if len(results) != len(streams):
            text = f"sensorthings: {len(results)} results for {len(streams)} units"
            self._result.problem(Problem("decode.bad_value", text))
            return
        for stream, value in zip(streams, results, strict=True):
            self._take_result(value, observation, stream)

    def _take_result(self, value: Json, observation: dict[str, Json], stream: Stream) -> None:
        frame = self._frame(observation, stream)
        for name in stream.names:
            field = _field(name)
            if field and self._harvest.take_value(field, value, frame, stream.unit):
                return
        if not any(stream.names) and self._harvest.take_by_unit("result", value, frame, stream.unit):
            return
        text = (
            f"sensorthings: what datastream {stream.identifier[:40]!r} observes ({stream.names[0][:40]!r}) is unknown"
        )
        self._result.problem(Problem("decode.unknown_fields", text))

    def _frame(self, observation: dict[str, Json], stream: Stream) -> Frame:
        named = self._harvest.device_by_rule() or as_device(stream.thing)
        device = named or as_device(f"Datastreams({stream.identifier})")
        stamp = observation.get("phenomenonTime") or observation.get("resultTime")
        if isinstance(stamp, str):
            stamp = stamp.rsplit("/", 1)[-1]
        frame = replace(self._harvest.frame(device), moment=self._harvest.moment(stamp))
        quality = observation.get("resultQuality")
        return replace(frame, quality=quality_of(quality)) if isinstance(quality, str) else frame


def _entities(value: Json) -> list[dict[str, Json]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _streams(entity: dict[str, Json], thing: str) -> list[Stream]:
    """A datastream, or the several of a multi-datastream."""
    identifier = str(entity.get("@iot.id", entity.get("name", "")))
    own = _first(entity.get("Thing")).get("name")
    thing = own if isinstance(own, str) else thing
    title = str(entity.get("name") or "")
    many = entity.get("unitOfMeasurements")
    if isinstance(many, list):
        properties = _entities(entity.get("ObservedProperties"))
        names = [str(item.get("name") or "") for item in properties] + [""] * len(many)
        return [Stream(identifier, thing, (name,), _unit(unit)) for unit, name in zip(many, names, strict=False)]
    observed = str(_first(entity.get("ObservedProperty")).get("name") or "")
    return [
        Stream(identifier, thing, (observed, title) if observed else (title,), _unit(entity.get("unitOfMeasurement")))
    ]


def _unit(unit: Json) -> str:
    """The unit's symbol, else its name."""
    fields = _first(unit)
    for key in ("symbol", "name"):
        word = fields.get(key)
        if isinstance(word, str) and word.strip():
            return word.strip()
    return ""


def _field(name: str) -> str:
    """The part of a title that names a quantity: "VDJ-Podhaj hladina" is hladina; empty where none does."""
    if meanings(name):
        return name
    parts = words(name)
    for length in (3, 2, 1):
        for tail in ("_".join(parts[-length:]), "_".join(parts[:length])):
            if len(parts) > length and meanings(tail) and not is_no_reading(name):
                return tail
    return ""


DIALECT = Dialect("sensorthings", _recognises, _decode)
