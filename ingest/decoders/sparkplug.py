"""Sparkplug B: births that name metrics, data that may name them by number only, deaths, commands, states.

Documentation: Eclipse Sparkplug 3.0, sections 4 (topics), 6 (payloads). A birth is data too; what it says of names,
aliases and units is remembered for the data after it. Nothing is ever written to an edge node by a decoder.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from ingest.decoders.document import Document
from ingest.decoders.fields import ONE_WAY, channel_of, meanings
from ingest.decoders.harvest import Frame, Harvest
from ingest.decoders.message import DecodeContext, Decoded, Dialect, Message, Problem
from ingest.decoders.names import as_device, joined, quality_of
from ingest.decoders.result import Result
from ingest.decoders.sparkplug_payload import Metric, Payload, parse
from models.errors import RefusedError
from models.quality import Quality

BIRTH_MISSING = "decode.birth_missing"

_NAMESPACE = "spBv1.0"
_DATA = ("NDATA", "DDATA")
_BIRTHS = ("NBIRTH", "DBIRTH")
_OTHERS = {
    "NDEATH": "an edge node went offline",
    "DDEATH": "a device went offline",
    "NCMD": "a command to an edge node",
    "DCMD": "a command to a device",
}
_UNIT_PROPERTIES = ("eng_unit", "engineering_units", "engineering_unit", "units", "unit", "uom")
_STALE = 500
_NOT_VALUES = ("Node Control/", "Device Control/", "Node Info/", "Device Info/", "Properties/")


class Address(NamedTuple):
    """What a topic says: spBv1.0/GROUP/TYPE/NODE[/DEVICE]."""

    group: str
    kind: str
    node: str
    device: str

    @property
    def birth(self) -> str:
        """The name under which this node's or device's birth is remembered."""
        return f"sparkplug {self.group}/{self.node}/{self.device}"


class Born(NamedTuple):
    """What a birth says of a metric."""

    name: str
    unit: str


class Birth(NamedTuple):
    """A birth's metrics by alias and by name.

    ways : inflow and outflow, as far as metrics are named so
    """

    by_alias: dict[int, Born]
    by_name: dict[str, Born]
    ways: frozenset[str]


_NO_BIRTH = Birth({}, {}, frozenset())


@lru_cache(maxsize=16_384)
def address_of(topic: str) -> Address | None:
    """The parts of a Sparkplug topic, None where it is none.

    Brokers that know Sparkplug keep births under $sparkplug/certificates, bridges put a prefix of theirs before it.

    >>> address_of("spBv1.0/Voda/DDATA/GW-01/VDJ-7").device, address_of("voda/1/level")
    ('VDJ-7', None)
    """
    _, namespace, after = f"/{topic}".partition(f"/{_NAMESPACE}/")
    levels = after.split("/")
    if topic.startswith("STATE/") or (namespace and len(levels) > 1 and levels[0] == "STATE"):
        return Address("", "STATE", topic.rsplit("/", 1)[-1], "")
    if not namespace or len(levels) < 3 or levels[1] not in (*_DATA, *_BIRTHS, *_OTHERS):
        return None
    return Address(levels[0], levels[1], levels[2], "/".join(levels[3:]))


def _recognises(message: Message, document: Document) -> bool:
    if _NAMESPACE in message.topic:
        return address_of(message.topic) is not None
    return message.topic.startswith("STATE/") and message.payload in (b"ONLINE", b"OFFLINE")


def _decode(message: Message, document: Document, context: DecodeContext) -> Decoded:
    address = address_of(message.topic)
    if address is None:
        raise RefusedError("decode.unknown_format", f"sparkplug: topic {message.topic[:80]!r} is none of Sparkplug's")
    if address.kind == "STATE":
        raise RefusedError("decode.no_reading", f"sparkplug: the state of host {address.node[:40]!r}")
    if address.kind in _OTHERS:
        raise RefusedError("decode.no_reading", f"sparkplug: {_OTHERS[address.kind]}, {address.node[:40]!r}")
    payload = parse(message.payload)
    if address.kind in _BIRTHS:
        _remember(address, payload, context)
        birth = _born([(metric.alias, Born(metric.name, _unit(metric))) for metric in payload.metrics if metric.name])
    else:
        birth = _read(context.memory.recall(address.birth)) if context.memory is not None else _NO_BIRTH
    result = Result(DIALECT.name, context)
    harvest = Harvest(message, context, result)
    device = harvest.device_by_rule() or as_device(address.device or address.node)
    frame = harvest.frame(device)
    for way in birth.ways:
        result.way(way)
    for metric in payload.metrics:
        _take(metric, birth, frame, harvest, result)
    return result.finish(Problem("decode.no_reading", f"sparkplug: {address.kind} of {device[:40]!r} has no readings"))


def _take(metric: Metric, birth: Birth, frame: Frame, harvest: Harvest, result: Result) -> None:
    born = birth.by_alias.get(metric.alias) if metric.alias is not None and not metric.name else None
    born = born or birth.by_name.get(metric.name)
    name = metric.name or (born.name if born else "")
    if not name:
        text = f"sparkplug: metric {metric.alias} of {frame.device[:40]!r} has no name, only its birth does"
        result.problem(Problem(BIRTH_MISSING, f"{text}; births come when a node starts or is asked for a rebirth"))
        return
    if name.startswith(_NOT_VALUES) or name == "bdSeq":
        return
    unit = _unit(metric) or (born.unit if born else "")
    field = name if harvest.is_mapped(name) else name.rsplit("/", 1)[-1]
    if metric.value is None:
        if meanings(field):
            result.problem(Problem("decode.no_value", f"sparkplug: {name[:60]!r} is null or no single value"))
    elif not unit and birth is _NO_BIRTH and harvest.needs_unit(field):
        text = f"sparkplug: the unit of {name[:60]!r} of {frame.device[:40]!r} may stand in its birth, which is missing"
        result.problem(Problem(BIRTH_MISSING, text))
    else:
        moment = harvest.moment(metric.time_ms or None, "+00:00")
        inner = replace(_within(name, frame), moment=moment, quality=_quality(metric))
        harvest.take_value(field, metric.value, inner, unit)


def _within(name: str, frame: Frame) -> Frame:
    """A folder that is numbered is an instrument of its own: Pump 2/Flow, Channel 1/Level."""
    folder = name.rpartition("/")[0].rsplit("/", 1)[-1]
    if channel := channel_of(folder):
        return replace(frame, channel=channel)
    if any(sign.isdigit() for sign in folder) and (device := as_device(f"{frame.device}/{folder}")):
        return replace(frame, device=device)
    return frame


def _unit(metric: Metric) -> str:
    for name, value in metric.properties.items():
        if joined(name) in _UNIT_PROPERTIES and isinstance(value, str):
            return value.strip()
    return ""


def _quality(metric: Metric) -> Quality:
    """The property `Quality` (section 6.4.14): 192 good, 0 bad, 500 stale, a value from before the device was lost."""
    for name, value in metric.properties.items():
        if joined(name) in ("quality", "quality_code"):
            return Quality.MISSING if value == _STALE else quality_of(value)
    return Quality.GOOD


def _remember(address: Address, payload: Payload, context: DecodeContext) -> None:
    """Keep what a birth says of names and units; a node's birth ends what its devices' earlier ones said."""
    if context.memory is None:
        return
    if address.kind == "NBIRTH":
        context.memory.forget(f"sparkplug {address.group}/{address.node}/", payload.time_ms)
    context.memory.remember(address.birth, payload.time_ms, _written(payload.metrics))


def _born(rows: list[tuple[int | None, Born]]) -> Birth:
    """What a birth says of its metrics, each with its alias or None."""
    found = {meaning.quantity for _, born in rows for meaning in meanings(born.name.rsplit("/", 1)[-1])}
    return Birth(
        {alias: one for alias, one in rows if alias is not None}, {one.name: one for _, one in rows}, ONE_WAY & found
    )


def _written(metrics: Iterable[Metric]) -> bytes:
    """A birth in the least that data needs of it, the same for every birth of one program."""
    rows = [[metric.alias, metric.name, _unit(metric)] for metric in metrics if metric.name]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


@lru_cache(maxsize=4096)
def _read(written: bytes) -> Birth:
    if not written:
        return _NO_BIRTH
    return _born([(alias, Born(name, unit)) for alias, name, unit in json.loads(written)])


DIALECT = Dialect("sparkplug", _recognises, _decode)
