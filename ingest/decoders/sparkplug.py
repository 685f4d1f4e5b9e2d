"""Sparkplug B: births that name metrics, data that may name them by number only, deaths, commands, states.

Documentation: Eclipse Sparkplug 3.0, sections 4 (topics), 6 (payloads). A birth is data too; what it says of names,
aliases and units is remembered for the data after it. Nothing is ever written to an edge node by a decoder.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from ingest.decoders.document import Document
from ingest.decoders.fields import ONE_WAY, channel_of, meanings
from ingest.decoders.harvest import Frame, Harvest
from ingest.decoders.message import DecodeContext, Decoded, Dialect, Message, Problem
from ingest.decoders.names import as_device, joined, quality_of
from ingest.decoders.result import Result
from ingest.decoders.sparkplug_payload import Metric, Payload, agrees, parse
from models.errors import RefusedError
from models.quality import Quality
from models.reading import to_ms

if TYPE_CHECKING:
    from ingest.decoders.memory import Memory

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
BELIEVED_BACK_MS = 24 * 3600 * 1000
"""Data received so long before the first birth that is heard are read with its names."""

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
    """What a birth says of a metric; datatype : 0 where it says none."""

    name: str
    unit: str
    datatype: int


class Session(NamedTuple):
    """What is known of an edge node's present session: data received before `from_ms` may have had other aliases.

    number : the node's bdSeq, None where its birth was not heard
    """

    number: int | None
    from_ms: int


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


def rebirth_topic(topic: str) -> str:
    """Where the edge node of a topic takes the request for its births; empty where it is no topic of data.

    >>> rebirth_topic("spBv1.0/Voda/DDATA/GW-01/VDJ-7")
    'spBv1.0/Voda/NCMD/GW-01'
    """
    address = address_of(topic)
    if address is None or address.kind not in _DATA:
        return ""
    before = topic[: topic.rindex(f"{_NAMESPACE}/{address.group}/{address.kind}/")]
    return f"{before}{_NAMESPACE}/{address.group}/NCMD/{address.node}"


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
    if address.kind == "NDEATH" and context.memory is not None:
        _end_session(address, message, context.memory)
    if address.kind in _OTHERS:
        raise RefusedError("decode.no_reading", f"sparkplug: {_OTHERS[address.kind]}, {address.node[:40]!r}")
    payload = parse(message.payload)
    if address.kind in _BIRTHS:
        _remember(address, payload, message, context)
        birth = _born([(metric.alias, _born_as(metric)) for metric in payload.metrics if metric.name])
    else:
        birth = _birth_of(address, message, context)
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
    if born is not None and not agrees(metric.kind, born.datatype):
        born = None  # the birth is another program's: its numbers mean other metrics
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


def _remember(address: Address, payload: Payload, message: Message, context: DecodeContext) -> None:
    """Keep what a birth says of names and units; a node's birth ends what its devices' earlier ones said."""
    memory = context.memory
    if memory is None:
        return
    received_ms = to_ms(message.received)
    session = _session(memory, address)
    if address.kind == "NBIRTH":
        memory.forget(f"sparkplug {address.group}/{address.node}/", received_ms)
        number = _number(payload)
        if session is None:
            # What came shortly before the first birth that is heard is most likely of the same session.
            _keep(memory, address, Session(number, received_ms - BELIEVED_BACK_MS), received_ms)
        elif number is None or number != session.number:
            _keep(
                memory,
                address,
                Session(number, session.from_ms if session.number is None else received_ms),
                received_ms,
            )
    elif session is None:
        _keep(memory, address, Session(None, received_ms - BELIEVED_BACK_MS), received_ms)
    # By the time of receipt: a node that starts without a clock still tells the newest.
    memory.remember(address.birth, received_ms, _written(payload.metrics))


def _birth_of(address: Address, message: Message, context: DecodeContext) -> Birth:
    """What the birth of data said, where it is known and of the data's session."""
    memory = context.memory
    written = memory.recall(address.birth) if memory is not None else b""
    if memory is None or not written:
        return _NO_BIRTH
    session = _session(memory, address)
    return _NO_BIRTH if session is not None and to_ms(message.received) < session.from_ms else _read(written)


def _end_session(address: Address, message: Message, memory: Memory) -> None:
    """A node's death ends its session, unless it is that of a connection before the present one (other bdSeq)."""
    session, received_ms = _session(memory, address), to_ms(message.received)
    try:
        number = _number(parse(message.payload))
    except RefusedError:
        number = None
    if session is not None and session.number not in (None, number):
        return
    memory.forget(f"sparkplug {address.group}/{address.node}/", received_ms + 1)
    _keep(memory, address, Session(None, received_ms), received_ms)


def _number(payload: Payload) -> int | None:
    """A session's number, which a node's birth and its death both tell."""
    value = next((metric.value for metric in payload.metrics if metric.name == "bdSeq"), None)
    return int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _session(memory: Memory, address: Address) -> Session | None:
    return _read_session(memory.recall(f"sparkplug-session {address.group}/{address.node}"))


def _keep(memory: Memory, address: Address, session: Session, at_ms: int) -> None:
    memory.remember(f"sparkplug-session {address.group}/{address.node}", at_ms, json.dumps(session).encode())


@lru_cache(maxsize=4096)
def _read_session(written: bytes) -> Session | None:
    return Session(*json.loads(written)) if written else None


def _born_as(metric: Metric) -> Born:
    return Born(metric.name, _unit(metric), metric.datatype)


def _born(rows: list[tuple[int | None, Born]]) -> Birth:
    """What a birth says of its metrics, each with its alias or None."""
    found = {meaning.quantity for _, born in rows for meaning in meanings(born.name.rsplit("/", 1)[-1])}
    return Birth(
        {alias: one for alias, one in rows if alias is not None}, {one.name: one for _, one in rows}, ONE_WAY & found
    )


def _written(metrics: Iterable[Metric]) -> bytes:
    """A birth in the least that data needs of it, the same for every birth of one program."""
    rows = [[metric.alias, *_born_as(metric)] for metric in metrics if metric.name]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


@lru_cache(maxsize=4096)
def _read(written: bytes) -> Birth:
    if not written:
        return _NO_BIRTH
    return _born([(alias, Born(*born)) for alias, *born in json.loads(written)])


DIALECT = Dialect("sparkplug", _recognises, _decode)
