"""SenML: packs of records as JSON or CBOR, in which base fields hold for the records after them.

Documentation: RFC 8428 (SenML), RFC 8798 (more units), RFC 9039 (device URNs), IANA's registry of SenML units.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache

from ingest.decoders.cbor import begins_as_list, begins_as_map, parse_cbor
from ingest.decoders.document import Document, Json
from ingest.decoders.fields import meanings
from ingest.decoders.harvest import Frame, Harvest
from ingest.decoders.message import DecodeContext, Decoded, Dialect, Message, Problem
from ingest.decoders.names import as_device
from ingest.decoders.result import Result
from ingest.decoders.time import LATEST_AFTER_RECEIPT, Moment, moment, receipt, to_millisecond
from ingest.decoders.topic import device_of
from models.errors import RefusedError

_VERSION = 10
_RELATIVE_BELOW_S = float(1 << 28)
"""Times below this are seconds from now, others seconds since 1970 (RFC 8428, section 4.5.3)."""

_LABELS = dict(zip(range(-6, 0), ("bs", "bv", "bu", "bt", "bn", "bver"), strict=True)) | dict(
    enumerate(("n", "u", "v", "vs", "vb", "s", "t", "ut", "vd"))
)
"""CBOR's labels (RFC 8428, table 4)."""

_BASES = frozenset(["bn", "bt", "bu", "bv", "bs", "bver"])
_FIELDS = _BASES | frozenset(["n", "u", "v", "vs", "vb", "vd", "s", "t", "ut"])
_VALUES = ("v", "vs", "vb", "s")
_SEPARATORS = "/:"
_LONGEST_NAME = 400

_UNITS = {
    "Cel": "°C",
    "K": "K",
    "m": "m",
    "m3": "m3",
    "l": "l",
    "m3/s": "m3/s",
    "l/s": "l/s",
    "Pa": "Pa",
    "hPa": "hPa",
    "V": "V",
    "mV": "mV",
    "W": "W",
    "kW": "kW",
    "Wh": "Wh",
    "kWh": "kWh",
    "%": "%",
    "%EL": "%",
    "dB": "dB",
    "dBm": "dBm",
    "S/m": "S/m",
    "NTU": "NTU",
    "mm": "mm",
    "cm": "cm",
    "s": "s",
    "min": "min",
    "h": "h",
}
"""IANA's names of the units that water has; letter case counts (C is coulomb, F farad, H henry)."""

_SHARES = frozenset(["/", "EL/100"])
_OTHERS = frozenset(
    str.split("g kg A cd mol Hz rad sr N J C F Ohm S Wb T H lm lx Bq Gy Sv kat m2 m/s EL lat lon pH count %RH beats")
)
"""IANA's units that nothing of ours has, though some look like one."""


@dataclass(frozen=True, slots=True)
class _Base:
    """What the base fields so far say."""

    name: str = ""
    time_s: float = 0.0
    unit: str = ""
    value: float = 0.0
    sum: float = 0.0


_LWM2M = re.compile(r"(?P<device>.*?)/?\b(?P<object>3424|3)/(?P<instance>\d{1,5})/(?P<resource>\d{1,5})$")
_RESOURCES: dict[tuple[str, str], tuple[str, str]] = {
    ("3424", "1"): ("volume", "m3"),
    ("3424", "4"): ("pulses", ""),
    ("3424", "9"): ("leak", ""),
    ("3424", "10"): ("leak", ""),
    ("3424", "11"): ("backflow_detected", ""),
    ("3424", "12"): ("meter_blocked", ""),
    ("3424", "13"): ("fraud", ""),
    ("3", "9"): ("battery_level", "%"),
}
"""LwM2M's water meter (object 3424 of the OMA registry) and battery level (object 3): resource → field and unit."""


def _recognises(message: Message, document: Document) -> bool:
    if _draft(document.object):
        return True
    if document.looks_json:
        value = document.list
        first = value[0] if value else None
        return isinstance(first, dict) and bool(first) and _is_record(first)
    # A list of maps: the first two bytes tell it from text and from almost all bytes that devices send.
    data = document.payload
    if not (begins_as_list(data) and begins_as_map(data[_list_head(data[0]) :])):
        return False
    try:
        pack = parse_cbor(data)
    except RefusedError:
        return False
    return isinstance(pack, list) and bool(pack) and isinstance(pack[0], dict) and _is_record(_named(pack[0]))


def _list_head(first: int) -> int:
    """How many bytes a CBOR list's own head has, by its first."""
    return 1 + {0x98: 1, 0x99: 2, 0x9A: 4, 0x9B: 8}.get(first, 0)


def _is_record(fields: dict[str, Json]) -> bool:
    """The first record of a pack: only SenML's fields, a name, and a value or base fields for the others."""
    known = _FIELDS & fields.keys()
    if not {"bn", "n"} & known or not ({*_VALUES, "vd"} | _BASES) & known:
        return False
    return all(key in _FIELDS or key.endswith("_") for key in fields) or "bn" in known


def _decode(message: Message, document: Document, context: DecodeContext) -> Decoded:
    result = Result(DIALECT.name, context)
    harvest = Harvest(message, context, result)
    for record, base in _records(_pack(document), result):
        _take(record, base, message, harvest, result)
    return result.finish(Problem("decode.unknown_fields", "senml: no record's name says a quantity of ours"))


def _draft(fields: dict[str, Json]) -> list[dict[str, Json]]:
    """The records of a pack as drafts before the RFC had it: {"bn": …, "bt": …, "e": [{"n": …, "v": …}]}."""
    entries = fields.get("e")
    if not isinstance(entries, list) or not (isinstance(fields.get("bn"), str) or "bt" in fields):
        return []
    base = {key: value for key, value in fields.items() if key in _BASES and key != "bver"}
    return [base, *(entry for entry in entries if isinstance(entry, dict))]


def _pack(document: Document) -> list[dict[str, Json]]:
    if draft := _draft(document.object):
        return draft
    value = document.json if document.looks_json else parse_cbor(document.payload)
    if not isinstance(value, list):
        raise RefusedError("decode.unknown_format", "senml: a pack is a list of records")
    return [_named(record) for record in value if isinstance(record, dict)]


def _named(record: dict[str, Json]) -> dict[str, Json]:
    """A record with CBOR's numbers for labels as their names."""
    named: dict[str, Json] = {}
    for key, value in record.items():
        named[_LABELS.get(_whole(key), key)] = value
    return named


def _whole(key: str) -> int:
    return int(key) if key.lstrip("-").isdecimal() and len(key) < 4 else 99


def _records(pack: list[dict[str, Json]], result: Result) -> Iterator[tuple[dict[str, Json], _Base]]:
    """Each record that has a value, with the base fields that hold for it."""
    base = _Base()
    for record in pack:
        version = record.get("bver")
        if isinstance(version, (int, float)) and version > _VERSION:
            raise RefusedError("decode.unknown_format", f"senml: version {version!s:.12} is newer than {_VERSION}")
        if unknown := next((key for key in record if key.endswith("_") and key not in _FIELDS), ""):
            result.problem(
                Problem("decode.unknown_fields", f"senml: field {unknown[:30]!r} must be understood and is not known")
            )
            continue
        base = _after(base, record)
        if any(key in record for key in _VALUES):
            yield record, base


def _after(base: _Base, record: dict[str, Json]) -> _Base:
    if not _BASES & record.keys():
        return base
    name, unit = record.get("bn"), record.get("bu")
    return replace(
        base,
        name=name if isinstance(name, str) else base.name,
        unit=unit if isinstance(unit, str) else base.unit,
        time_s=_number(record.get("bt"), base.time_s),
        value=_number(record.get("bv"), base.value),
        sum=_number(record.get("bs"), base.sum),
    )


def _number(value: Json, otherwise: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return otherwise
    try:
        return float(value)
    except OverflowError:
        return math.nan


def _take(record: dict[str, Json], base: _Base, message: Message, harvest: Harvest, result: Result) -> None:
    own = record.get("n")
    own = own if isinstance(own, str) else ""
    unit = record.get("u")
    unit = unit if isinstance(unit, str) else base.unit
    channel = 0
    if found := _LWM2M.match((base.name + own)[-_LONGEST_NAME:]):
        device, channel = as_device(found["device"]), int(found["instance"])
        name, documented = _RESOURCES.get((found["object"], found["resource"]), ("", ""))
        unit = unit or documented
    else:
        device, name = _split(base.name, own)
    frame = replace(
        harvest.frame(harvest.device_by_rule() or device or device_of(message.topic)),
        channel=channel,
        moment=_moment(base.time_s + _number(record.get("t"), 0.0), message),
    )
    if "v" in record:
        value = record["v"]
        if base.value and isinstance(value, (int, float)) and not isinstance(value, bool):
            value = _number(value, math.nan) + base.value
        value, word = _in_our_unit(value, unit)
        if word is None:
            result.problem(Problem("decode.bad_unit", f"senml: {name[:40]!r} in {unit[:10]!r} is nothing of water"))
        elif not harvest.take_value(name, value, frame, word) and not name:
            harvest.take_by_unit(name, value, frame, word)
    elif "s" in record:
        _take_sum(_number(record["s"], math.nan) + base.sum, name, unit, harvest, frame)
    else:
        harvest.take_value(name, record.get("vb", record.get("vs")), frame, unit if unit in _UNITS else "")


def _take_sum(total: float, name: str, unit: str, harvest: Harvest, frame: Frame) -> None:
    """A sum is the value integrated over seconds: that of a flow is what has flowed, a register."""
    volume = {"m3/s": "m3", "l/s": "l"}.get(unit)
    if volume and any(meaning.quantity == "flow_m3h" for meaning in meanings(name)):
        harvest.take_value("volume", total, frame, volume)


def _in_our_unit(value: Json, unit: str) -> tuple[Json, str | None]:
    """A value and the word of its unit; None where the unit is one that no water quantity has."""
    if unit in _SHARES and isinstance(value, (int, float)) and not isinstance(value, bool):
        return value * 100, "%"
    if unit in ("pH", "count"):
        return value, ""
    if unit in _OTHERS:
        return value, None
    return value, _UNITS.get(unit, unit)


def _moment(time_s: float, message: Message) -> Moment:
    """The moment of a resolved time: since 1970, or from now, which is the time of receipt."""
    if not math.isfinite(time_s):
        return receipt(message.received)
    if abs(time_s) >= _RELATIVE_BELOW_S:
        return moment(time_s, message.received, "+00:00")
    ahead = timedelta(seconds=min(time_s, LATEST_AFTER_RECEIPT.total_seconds()))
    return Moment(to_millisecond(message.received + ahead), "received")


@lru_cache(maxsize=8192)
def _split(base: str, own: str) -> tuple[str, str]:
    """(device, field) of a record's name, which is the base name and its own joined.

    >>> _split("urn:dev:mac:0024befffe804ff1/", "volume"), _split("", "urn:dev:ow:10e2073a0108006_level")
    (('urn:dev:mac:0024befffe804ff1', 'volume'), ('urn:dev:ow:10e2073a0108006', 'level'))
    """
    field = own.strip(_SEPARATORS)
    if base and meanings(field):
        return as_device(base.rstrip(_SEPARATORS + "_.")), field
    whole = (base + own)[:_LONGEST_NAME].rstrip(_SEPARATORS)
    at = max(whole.rfind(mark) for mark in _SEPARATORS)
    last = whole[at + 1 :]
    if at >= 0 and (meanings(last) or base.rstrip(_SEPARATORS) == whole[:at]):
        return as_device(whole[:at]), last
    for cut, mark in enumerate(last):
        if mark in "_.-" and cut and meanings(last[cut + 1 :]):
            return as_device(whole[: at + 1 + cut]), last[cut + 1 :]
    return ("", last) if at < 0 and meanings(last) else (as_device(whole), "")


DIALECT = Dialect("senml", _recognises, _decode)
