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
    asset_id zarizeni pristroj cislo_pristroje meridlo cislo_meridla vyrobni_cislo evidencni_cislo odberne_misto
    merne_misto merene_misto geraet gerat geratenummer zahler zaehler zahlernummer messstelle seriennummer
    site name gateway gateway_id"""
)
"""In order of preference: the meter's own number, the device's address or name, what else names it."""

_TIME = str.split(
    """time timestamp ts datetime date_time measured_at measurement_time observed_at sampled_at sample_time
    reading_time read_at recorded_at event_time device_time meter_time meter_datetime timestamp_utc time_utc
    ts_utc utc timestamp_ms time_ms ts_ms epoch unix_time unixtime cas zeit zeitstempel date datum
    last_update last_seen datum_a_cas datum_cas datum_i_cas cas_mereni cas_odectu
    datum_mereni datum_odectu datum_uhrzeit datum_und_uhrzeit messzeit messzeitpunkt ablesedatum reading_date
    sampling_time measure_time uhrzeit time_of_day t"""
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
    display_name point point_name item item_id signal nazev velicina parametr bezeichnung node_id id"""
)
_IDENTIFIERS = frozenset(["id", "node_id", "item_id", "item", "point", "signal", "display_name"])
_VALUE = str.split("value v val reading hodnota wert present_value")
_COLUMNS = str.split("columns fields header headers components names")
_ROWS = str.split("rows values data data_array points")
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
_CLOCK = re.compile(r"\d{1,2}[:.]\d{2}([:.]\d{2}([.,]\d{1,9})?)?$")
_LAST_DIGITS = re.compile(r"(\d{1,2})$")
_CHANNELS = 1_000_000
_GOOD_OPC, _LAST_OPC, _BAD_OPC = 192, 255, 64
_UA_UNCERTAIN, _UA_BAD = 0x40000000, 0x80000000


def joined(name: str) -> str:
    """A field's name in one writing: dev_eui for devEUI, DevEui and dev-eui."""
    return _joined(name if len(name) <= _LONGEST_NAME else name[:_LONGEST_NAME])


@lru_cache(maxsize=8192)
def _joined(name: str) -> str:
    return "_".join(words(name))


def part_of(name: str) -> Part:
    """What a field is for, empty where it is a value of its own."""
    return _PARTS.get(joined(name), "")


class Layout(NamedTuple):
    """Which fields of an object say what; objects of one kind have the same names, so it is worked out once.

    device, time : in order of preference, each time with the zone that its name says
    units : fields that hold the unit of another one, with that one's name; "" for a table of units
    labels : fields that may name the value beside them, each with its own name, in order of preference
    columns, rows : of a table inside of JSON
    """

    device: tuple[str, ...]
    time: tuple[tuple[str, str], ...]
    date: str
    clock: str
    unit: tuple[str, ...]
    units: tuple[tuple[str, str], ...]
    channel: tuple[str, ...]
    quality: tuple[tuple[str, str], ...]
    media: tuple[str, ...]
    labels: tuple[tuple[str, str], ...]
    value: str
    columns: str
    rows: str


_INNER_NAMES = ("serial_number", "serial", "devEui", "dev_eui", "id", "device_id", "deviceId", "number", "name")
_FIELDS_AT_MOST, _SIGNS_AT_MOST = 64, 1500
"""Objects with more or longer names are rare or evil, and not remembered."""


def layout_of(fields: dict[str, Json]) -> Layout:
    """What an object's fields say by their names."""
    keys = tuple(fields)
    if len(keys) <= _FIELDS_AT_MOST and sum(map(len, keys)) <= _SIGNS_AT_MOST:
        return _known_layout(keys)
    return _layout(keys)


def _layout(keys: tuple[str, ...]) -> Layout:
    by_name = {joined(key): key for key in keys}
    names = [(name, key) for name, key in ((joined(key), key) for key in keys)]
    units = [(key, "") for name, key in names if name in ("units", "unit")]
    for name, key in names:
        stem, _, last = name.rpartition("_")
        if stem and last in ("unit", "units", "uom"):
            units.append((key, stem))
    return Layout(
        tuple(by_name[name] for name in _DEVICE if name in by_name),
        tuple((by_name[name], "+00:00" if "utc" in name else "") for name in _TIME if name in by_name),
        by_name.get("date", by_name.get("datum", "")),
        next((by_name[name] for name in _CLOCKS if name in by_name), ""),
        tuple(key for name, key in names if name in _UNIT),
        tuple(units),
        tuple(key for name, key in names if name in _CHANNEL),
        tuple((name, key) for name, key in names if name in _QUALITY or name in _ERROR or name == "qc"),
        tuple(key for name, key in names if name in _MEDIA),
        tuple((name, by_name[name]) for name in _NAME if name in by_name),
        next((by_name[name] for name in _VALUE if name in by_name), ""),
        next((by_name[name] for name in _COLUMNS if name in by_name), ""),
        next((by_name[name] for name in _ROWS if name in by_name), ""),
    )


_known_layout = lru_cache(maxsize=4096)(_layout)


def device_in(fields: dict[str, Json], layout: Layout | None = None) -> str:
    """The canonical device that an object names, empty where it names none."""
    for key in (layout or layout_of(fields)).device:
        value = fields[key]
        if isinstance(value, dict):  # {"meter": {"id": "12345678"}, …}
            value = next((value[inner] for inner in _INNER_NAMES if isinstance(value.get(inner), (str, int))), None)
        if isinstance(value, (str, int)) and not isinstance(value, bool) and (device := as_device(str(value))):
            return device
    return ""


@lru_cache(maxsize=65_536)
def as_device(text: str) -> str:
    """A device's canonical name out of a payload: one line, not too long, else empty."""
    device = canonical(" ".join(text.split()))
    return device if 0 < len(device) <= _LONGEST_NAME and device.isprintable() else ""


def time_in(fields: dict[str, Json], layout: Layout | None = None) -> tuple[Json, str] | None:
    """The time that an object names and the zone that its field's name says ("" where none), or None.

    A date and a time of day in two fields are put together. `t` is a time only where it can't be a temperature.
    """
    layout = layout or layout_of(fields)
    if layout.date and layout.clock:
        date, clock = fields[layout.date], fields[layout.clock]
        if isinstance(date, str) and isinstance(clock, str) and _CLOCK.match(clock.strip()):
            return f"{date.strip()} {clock.strip().rjust(5, '0')}", ""
    empty = None
    for key, zone in layout.time:
        value = fields[key]
        if isinstance(value, dict):
            value = _wrapped_time(value)
        if value is None or isinstance(value, (bool, dict, list)):
            continue
        if key in ("t", "T") and isinstance(value, (int, float)) and value < 1e8:  # 1973 as seconds
            continue
        if isinstance(value, str) and not value.strip():
            empty = ("", "")
            continue
        return value, zone
    return empty


def _wrapped_time(value: dict[str, Json]) -> Json:
    """A time that MongoDB exports as {"$date": …}, or protobuf as {"seconds": …, "nanos": …}."""
    inner = value.get("$date", value.get("seconds", value.get("_seconds")))
    return inner.get("$numberLong") if isinstance(inner, dict) else inner


def unit_in(fields: dict[str, Json], layout: Layout | None = None) -> str:
    """The one unit that an object names, or empty."""
    for key in (layout or layout_of(fields)).unit:
        if isinstance(value := fields[key], str):
            return value
    return ""


def units_in(fields: dict[str, Json], layout: Layout | None = None) -> dict[str, str]:
    """Units by field: {"units": {"flow": "l/s"}}, {"flow_unit": "l/s"}."""
    result: dict[str, str] = {}
    for key, stem in (layout or layout_of(fields)).units:
        value = fields[key]
        if not stem and isinstance(value, dict):
            result |= {joined(field): unit for field, unit in value.items() if isinstance(unit, str)}
        elif stem and isinstance(value, str):
            result[stem] = value
    return result


def channel_in(fields: dict[str, Json], layout: Layout | None = None) -> int:
    """The input that an object numbers, or 0."""
    for key in (layout or layout_of(fields)).channel:
        value = fields[key]
        if isinstance(value, (int, str)) and not isinstance(value, bool):
            digits = _LAST_DIGITS.search(str(value)) if isinstance(value, str) or 0 <= value < _CHANNELS else None
            if digits:
                return int(digits[1])
    return 0


def quality_in(fields: dict[str, Json], layout: Layout | None = None) -> Quality:
    """What an object says of its values: OPC's 0–255, QARTOD's and plain words, valid: false. GOOD where nothing."""
    for name, key in (layout or layout_of(fields)).quality:
        value = fields[key]
        if isinstance(value, dict):  # Ignition's {"code": 192, "good": true}
            value = next((value[inner] for inner in ("good", "code", "name", "value") if inner in value), None)
        if name in _QUALITY and value is not None:
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
    if _GOOD_OPC <= code <= _LAST_OPC or code == 100:  # of a hundred
        return Quality.GOOD
    if code == 1 or _BAD_OPC <= code < 2 * _BAD_OPC or _UA_UNCERTAIN <= code < _UA_BAD:
        # 1 is "bad" to OPC and "good" to whoever counts from nothing: it is not known.
        return Quality.SUSPECT
    return Quality.FAIL


def not_water(fields: dict[str, Json], layout: Layout | None = None) -> str:
    """The medium that an object names, where it is not water; else empty."""
    for key in (layout or layout_of(fields)).media:
        value = fields[key]
        if isinstance(value, str) and "water" not in value.lower() and _NOT_WATER.search(joined(value)):
            return value
    return ""


class Named(NamedTuple):
    """A value that carries its name in a field beside it.

    label : the name as it stands; key : the field it stands in
    """

    label: str
    key: str
    value: Json


def named_value(fields: dict[str, Json], is_known: Callable[[str], bool], layout: Layout | None = None) -> Named | None:
    """An item that carries its value's name in a field: {"Type": "Volume", "Value": 1.5, "Unit": "m3"}.

    is_known : whether a name means something; of several fields the first that does holds. An id is a name only then.
    """
    layout = layout or layout_of(fields)
    if not layout.value:
        return None
    first: Named | None = None
    for name, key in layout.labels:
        label = fields[key]
        if key == layout.value or not isinstance(label, str) or not label.strip():
            continue
        if is_known(label):
            return Named(label, key, fields[layout.value])
        if first is None and name not in _IDENTIFIERS:
            first = Named(label, key, fields[layout.value])
    return first


def wraps_value(fields: dict[str, Json]) -> bool:
    """Whether an object wraps one value: {"value": 0.42, "unit": "MPa"}, {"value": null}."""
    return any(joined(key) in _WRAPPED and not isinstance(value, (dict, list)) for key, value in fields.items())


def valued(fields: dict[str, Json]) -> Json | None:
    """The value of an object that wraps one; None where it wraps none, or null."""
    for key, value in fields.items():
        if joined(key) in _WRAPPED and not isinstance(value, (dict, list)):
            return value
    return None


_WRAPPED = frozenset(["value", "v", "val", "present_value"])
