"""Which fields of a payload say whose reading it is, when it was taken, in which unit, from which input, how good."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Literal, NamedTuple

from ingest.decoders.document import Json
from ingest.decoders.fields import words
from models.device import canonical
from models.quality import Quality

Part = Literal["device", "time", "unit", "channel", "quality", "status", "media", "container", "name", "value", ""]

_DEVICE = str.split(
    """serial_number serial meter_id meter_number meter_serial meter_no meter vodomer cislo_vodomeru
    zaehlernummer device_serial device_serial_number device_sn dev_eui deveui device_eui device device_id deviceid
    device_name imei mac sensor_id sensor station_id station station_name stanice node_id node id uid sn thing asset
    asset_id site name gateway gateway_id"""
)
"""In order of preference: the meter's own number, the device's address or name, what else names it."""

_TIME = str.split(
    """time timestamp ts datetime date_time measured_at measurement_time observed_at sampled_at sample_time
    reading_time read_at recorded_at event_time device_time meter_time meter_datetime timestamp_utc time_utc
    ts_utc utc timestamp_ms time_ms ts_ms epoch unix_time unixtime cas zeit zeitstempel date datum
    last_update last_seen uhrzeit time_of_day t"""
)
_CLOCKS = ("time", "cas", "zeit", "uhrzeit", "time_of_day")
_UNIT = frozenset(str.split("unit units uom unit_of_measurement jednotka einheit u"))
_CHANNEL = frozenset(str.split("channel ch input kanal vstup channel_id channel_no channel_number input_no"))
_QUALITY = frozenset(str.split("quality q valid validity kvalita"))
_STATUS = frozenset(str.split("status alarms alarm flags alerts warnings stav_zarizeni"))
_MEDIA = frozenset(str.split("media medium device_type meter_type commodity"))
_CONTAINER = str.split(
    """data payload values value measurements measurement telemetry object state fields params readings reading
    devices sensors meters records messages items entries results metrics inputs channels body content water
    voda samples uplink decoded"""
)
_NAME = str.split(
    """name type parameter quantity key tag tag_name measurement metric field variable n label channel_name
    display_name point point_name item item_id signal node_id id"""
)
_IDENTIFIERS = frozenset(["id", "node_id", "item_id", "item", "point", "signal", "display_name"])
_VALUE = str.split("value v val reading hodnota wert present_value")
_ERROR = frozenset(["err", "error", "error_code", "err_code"])
_NO_ERROR = frozenset(["", "0", "ok", "no error", "none", "false", "good"])

_PARTS: dict[str, Part] = {}
for _part, _names in (
    ("container", _CONTAINER),
    ("media", _MEDIA),
    ("status", _STATUS),
    ("quality", _QUALITY),
    ("channel", _CHANNEL),
    ("unit", _UNIT),
    ("time", _TIME),
    ("device", _DEVICE),
):
    for _name in _names:
        _PARTS[_name] = _part  # type: ignore[assignment]  # a literal, through the loop

_NOT_WATER = re.compile(
    r"electric|elektr|\bgas\b|natural_gas|plyn|heat|teplo|w[aä]rme|cooling|smoke|room_sensor|energy|hca", re.IGNORECASE
)
_LONGEST_NAME = 128
_GOOD_OPC, _LAST_OPC, _BAD_OPC = 192, 255, 64
_UA_UNCERTAIN, _UA_BAD = 0x40000000, 0x80000000


@lru_cache(maxsize=8192)
def joined(name: str) -> str:
    """A field's name in one writing: dev_eui for devEUI, DevEui and dev-eui."""
    return "_".join(words(name))


def part_of(name: str) -> Part:
    """What a field is for, empty where it is a value of its own."""
    return _PARTS.get(joined(name), "")


def device_in(fields: dict[str, Json]) -> str:
    """The canonical device that an object names, empty where it names none."""
    by_name = {joined(key): value for key, value in fields.items()}
    for name in _DEVICE:
        value = by_name.get(name)
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            continue
        if device := as_device(str(value)):
            return device
    return ""


@lru_cache(maxsize=65_536)
def as_device(text: str) -> str:
    """A device's canonical name out of a payload: one line, not too long, else empty."""
    device = canonical(" ".join(text.split()))
    return device if 0 < len(device) <= _LONGEST_NAME and device.isprintable() else ""


def time_in(fields: dict[str, Json]) -> tuple[Json, str] | None:
    """The time that an object names and the zone that its field's name says ("" where none), or None.

    A date and a time of day in two fields are put together. `t` is a time only where it can't be a temperature.
    """
    by_name = {joined(key): value for key, value in fields.items()}
    date = by_name.get("date", by_name.get("datum"))
    clock = next((by_name[name] for name in _CLOCKS if name in by_name), None)
    if isinstance(date, str) and isinstance(clock, str) and re.match(r"\d{1,2}:\d{2}(:\d{2})?$", clock.strip()):
        return f"{date.strip()} {clock.strip().rjust(5, '0')}", ""
    empty = None
    for name in _TIME:
        value = by_name.get(name)
        if value is None or isinstance(value, (bool, dict, list)):
            continue
        if name == "t" and isinstance(value, (int, float)) and value < 1e8:  # 1973 as seconds
            continue
        if isinstance(value, str) and not value.strip():
            empty = ("", "")
            continue
        return value, "+00:00" if "utc" in name else ""
    return empty


def unit_in(fields: dict[str, Json]) -> str:
    """The one unit that an object names, or empty."""
    for key, value in fields.items():
        if joined(key) in _UNIT and isinstance(value, str):
            return value
    return ""


def units_in(fields: dict[str, Json]) -> dict[str, str]:
    """Units by field: {"units": {"flow": "l/s"}}, {"flow_unit": "l/s"}."""
    result: dict[str, str] = {}
    for key, value in fields.items():
        name = joined(key)
        if name in ("units", "unit") and isinstance(value, dict):
            result |= {joined(field): unit for field, unit in value.items() if isinstance(unit, str)}
        stem, _, last = name.rpartition("_")
        if stem and last in ("unit", "units", "uom") and isinstance(value, str):
            result[stem] = value
    return result


def channel_in(fields: dict[str, Json]) -> int:
    """The input that an object numbers, or 0."""
    for key, value in fields.items():
        if joined(key) in _CHANNEL and not isinstance(value, bool):
            digits = re.search(r"(\d{1,2})$", str(value)) if isinstance(value, (int, str)) else None
            if digits:
                return int(digits[1])
    return 0


def quality_in(fields: dict[str, Json]) -> Quality:
    """What an object says of its values: OPC's 0–255, QARTOD's and plain words, valid: false. GOOD where nothing."""
    for key, value in fields.items():
        name = joined(key)
        if name in _QUALITY:
            is_truth = name in ("valid", "validity") and value in (0, 1)
            return quality_of(bool(value) if is_truth else value)
        if name in _ERROR and not isinstance(value, (dict, list)) and str(value or "").strip().lower() not in _NO_ERROR:
            return Quality.FAIL
        if name == "qc" and isinstance(value, int):  # SIMATIC: OPC's two leading bits, 3 is good
            return (Quality.FAIL, Quality.SUSPECT, Quality.GOOD, Quality.GOOD)[value & 3]
    return Quality.GOOD


def quality_of(value: Json) -> Quality:
    """The quality that a word, an OPC code (one byte or OPC UA's 32 bits) or a truth value means.

    >>> quality_of("uncertain").name, quality_of(0).name, quality_of(192).name, quality_of(True).name
    ('SUSPECT', 'FAIL', 'GOOD', 'GOOD')
    """
    if isinstance(value, bool):
        return Quality.GOOD if value else Quality.FAIL
    if isinstance(value, (int, float)):
        return _quality_of_code(value)
    word = value.strip().upper() if isinstance(value, str) else ""
    if word in Quality.__members__:
        return Quality[word]
    if word.isdecimal() and len(word) < 11:
        return _quality_of_code(int(word))
    if _BAD_WORD.search(word):
        return Quality.FAIL
    return Quality.SUSPECT if _DOUBTFUL_WORD.search(word) else Quality.GOOD


_BAD_WORD = re.compile(
    r"BAD|INVALID|ERROR|FAULT|FAIL|FALSE|STALE|DISCONNECT|NOT.?CONNECTED|COMM.?(LOST|LOSS)|OUT.?OF.?SERVICE|OFFLINE|"
    r"NO.?DATA|MISSING|CHYBA|UNGÜLTIG"
)
_DOUBTFUL_WORD = re.compile(r"UNCERTAIN|QUESTIONABLE|DOUBTFUL|SUSPECT|SUBNORMAL|SIMULAT|SUBSTITUTED|MANUAL|LAST.?KNOWN")


def _quality_of_code(code: float) -> Quality:
    if _GOOD_OPC <= code <= _LAST_OPC:
        return Quality.GOOD
    if code == 1 or _BAD_OPC <= code < 2 * _BAD_OPC or _UA_UNCERTAIN <= code < _UA_BAD:
        # 1 is "bad" to OPC and "good" to whoever counts from nothing: it is not known.
        return Quality.SUSPECT
    return Quality.FAIL


def not_water(fields: dict[str, Json]) -> str:
    """The medium that an object names, where it is not water; else empty."""
    for key, value in fields.items():
        named = joined(key) in _MEDIA and isinstance(value, str) and "water" not in value.lower()
        if named and _NOT_WATER.search(joined(str(value))):
            return str(value)
    return ""


class Named(NamedTuple):
    """A value that carries its name in a field beside it.

    label : the name as it stands; key : the field it stands in
    """

    label: str
    key: str
    value: Json


def named_value(fields: dict[str, Json], is_known: Callable[[str], bool]) -> Named | None:
    """An item that carries its value's name in a field: {"Type": "Volume", "Value": 1.5, "Unit": "m3"}.

    is_known : whether a name means something; of several fields the first that does holds. An id is a name only then.
    """
    by_name = {joined(key): key for key in fields}
    value = next((by_name[name] for name in _VALUE if name in by_name), None)
    if value is None:
        return None
    first: Named | None = None
    for name in _NAME:
        key = by_name.get(name)
        label = fields[key] if key is not None and key != value else None
        if key is None or not isinstance(label, str) or not label.strip():
            continue
        if is_known(label):
            return Named(label, key, fields[value])
        if first is None and name not in _IDENTIFIERS:
            first = Named(label, key, fields[value])
    return first


def valued(fields: dict[str, Json]) -> Json | None:
    """The value of an object that wraps one: {"value": 0.42, "unit": "MPa"}; None where it wraps none."""
    for key, value in fields.items():
        if joined(key) in ("value", "v", "val", "present_value") and not isinstance(value, (dict, list)):
            return value
    return None
