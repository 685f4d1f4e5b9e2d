"""What only a model's vendor documents of a codec's object: units of fields, and which values of a field are an alarm.

Used where a network server hands over a codec's object whose fields carry no unit. A model is found by what names it:
the device's profile, its version, its own name, the topic; and by fields that only that codec's object has, where
other codecs of the same model write other units. A field that is not listed has no meaning by the model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from ingest.decoders.document import Json
from ingest.decoders.model_name import fit
from models.notice import NoticeKind

Fields = dict[str, tuple[str, str]]
Alarms = dict[str, dict[str, NoticeKind]]


class Model(NamedTuple):
    """A model by phrases of which its name must have one.

    fields : name → (quantity, unit); an empty quantity means that it is no reading, though its name may look like one
    alarms : name → which of its values, in lower case, is which alarm; any other value is none
    needs : fields that the object must have, so that another codec's object is not taken for this one's
    """

    phrases: tuple[str, ...]
    fields: Fields
    documentation: str
    alarms: Alarms = {}  # noqa: RUF012 - of a NamedTuple, and never changed
    needs: frozenset[str] = frozenset()


def _model(phrases: str, fields: Fields, documentation: str, alarms: Alarms | None = None, needs: str = "") -> Model:
    parts = tuple(phrase.strip() for phrase in phrases.split("|"))
    return Model(parts, fields, documentation, alarms or {}, frozenset(needs.split()))


_MILESIGHT = {"battery": ("battery_pct", "%")}
_MILESIGHT_DECODERS = "Milesight-IoT/SensorDecoders"
_DRAGINO = {
    "BatV": ("battery_v", "V"),
    "Bat": ("battery_v", "V"),
    "BAT": ("battery_v", "V"),
}
_AXIOMA_DRIVER = "actility/device-catalog, vendors/axioma/drivers/w1: volumes in litres"
_AXIOMA_ERRORS = {
    "dry": NoticeKind.DRY,
    "backflow": NoticeKind.REVERSE,
    "burst": NoticeKind.BURST,
    "leakage": NoticeKind.LEAK,
    "lowtemperature": NoticeKind.FREEZE,
}
_AXIOMA_ALARMS = {
    "power low": NoticeKind.BATTERY_LOW,
    "permanent error": NoticeKind.SENSOR_FAULT,
    "empty pipe": NoticeKind.DRY,
    "leakage": NoticeKind.LEAK,
    "burst": NoticeKind.BURST,
    "backflow": NoticeKind.REVERSE,
    "freeze": NoticeKind.FREEZE,
}

MODELS: tuple[Model, ...] = (
    _model(
        "axioma | qalcosonic",
        {"volume": ("volume_m3", "l"), "lastVolume": ("", ""), "temporaryError": ("", "")},
        _AXIOMA_DRIVER,
        {"temporaryError": _AXIOMA_ERRORS},
        needs="volumes lastVolume",
    ),
    _model("axioma | qalcosonic", {}, _AXIOMA_DRIVER, {"alarmDescription": _AXIOMA_ALARMS}, needs="alarmDescription"),
    _model(
        "quandify | cubicmeter",
        {
            "totalVolume": ("volume_m3", "l"),
            "batteryRecovered": ("battery_v", "mV"),
            "ambientTemperature": ("ambient_temperature_c", "°C"),
            "leakState": ("", ""),
        },
        "Quandify, CubicMeter 1.1 decoder: litres, mV of the battery at rest, °C; leak states 3 medium, 4 large",
        {
            "leakState": {"3": NoticeKind.LEAK, "4": NoticeKind.LEAK},
            "isSensing": {"false": NoticeKind.DRY},
            "errorCode": {"384": NoticeKind.REVERSE},
        },
        needs="totalVolume",
    ),
    _model(
        "lobaro",
        {"temp": ("temperature_c", "°C"), "vBat": ("battery_v", "V"), "vbat": ("battery_v", "V")},
        "Lobaro LoRaWAN sensors, payload description: temp in °C, vBat in V",
    ),
    _model(
        "lobaro pressure | lobaro pegelsonde",
        {"pressure": ("pressure_m", "bar"), "temp": ("temperature_c", "°C"), "v_batt": ("battery_v", "V")},
        "Lobaro/docs, pressure-lorawan: pressure in bar",
    ),
    _model(
        "vegapuls",
        {
            "batteryLevel": ("battery_pct", "%"),
            "temperature": ("ambient_temperature_c", "°C"),
            "measurement": ("", ""),
        },
        "actility/device-catalog, vendors/vega: the electronics' temperature; the measurement is a distance",
    ),
    _model(
        "ellenex pls2",
        {"level": ("level_m", "mm"), "battery": ("battery_v", "V"), "batteryVoltage": ("battery_v", "V")},
        "actility/device-catalog, vendors/ellenex, pls2-l: level in mm",
    ),
    _model(
        "milesight em500-swl",
        {**_MILESIGHT, "depth": ("level_m", "cm"), "water_level": ("level_m", "cm")},
        f"{_MILESIGHT_DECODERS}, EM500-SWL: water_level (depth in older versions) in cm, battery in %",
    ),
    _model(
        "milesight em500-pp",
        {**_MILESIGHT, "pressure": ("pressure_m", "kPa")},
        f"{_MILESIGHT_DECODERS}, EM500-PP: pressure in kPa, battery in %",
    ),
    _model(
        "milesight uc511 | milesight uc512",
        {**_MILESIGHT, "valve_1": ("valve_open", ""), "valve1": ("valve_open", "")},
        f"{_MILESIGHT_DECODERS}, UC511: valve_1 open or close, battery in %",
    ),
    _model(
        "milesight em300 | milesight em400 | milesight em410 | milesight em500-pt100",
        {**_MILESIGHT, "temperature": ("temperature_c", "°C")},
        f"{_MILESIGHT_DECODERS}, EM300, EM400, EM410, EM500-PT100: temperature in °C, battery in %",
    ),
    _model("milesight", _MILESIGHT, f"{_MILESIGHT_DECODERS}: battery in %"),
    _model("dragino", _DRAGINO, "Dragino user manuals: BatV in V"),
    _model(
        "elsys",
        {
            "vdd": ("battery_v", "mV"),
            "temperature": ("ambient_temperature_c", "°C"),
            "externalTemperature": ("temperature_c", "°C"),
            "waterleak": ("flooded", ""),
        },
        "ELSYS, generic decoder: vdd in mV, the device's own temperature and that of its probe in °C",
    ),
)


class Known(NamedTuple):
    """What a vendor documents of one object."""

    fields: Fields
    alarms: Alarms


_NOTHING = Known({}, {})


def documented(names: tuple[str, ...], decoded: Json) -> Known:
    """What the vendor documents of a codec's object.

    names : what may name the model, the surest first; the first that names a listed one holds

    >>> documented(("", "Lobaro usonic"), {}).fields["vBat"]
    ('battery_v', 'V')
    >>> documented(("CubicMeter",), {"volume": 5}).fields
    {}
    """
    for name in names:
        if fitting := _fitting(name):
            keys = set(_keys(decoded, 3)) if any(model.needs for model in fitting) else set()
            found = next((model for model in fitting if model.needs <= keys), None)
            return _NOTHING if found is None else Known(found.fields, found.alarms)
    return _NOTHING


@lru_cache(maxsize=4096)
def _fitting(name: str) -> tuple[Model, ...]:
    """The models that a name names, those whose name it has more of first."""
    scored = [(max(fit(phrase, name) for phrase in model.phrases), model) for model in MODELS]
    best = max(score for score, _ in scored)
    return tuple(model for score, model in scored if score == best) if best else ()


def _keys(value: Json, depth: int) -> Iterator[str]:
    if depth and isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _keys(inner, depth - 1)


def alarms_in(decoded: Json, known: Mapping[str, Mapping[str, NoticeKind]], depth: int = 3) -> Iterator[NoticeKind]:
    """The alarms that an object's fields report by their vendor's words or codes."""
    if not (depth and known and isinstance(decoded, dict)):
        return
    for name, value in decoded.items():
        if name in known and isinstance(value, (str, int, bool)):
            kind = known[name].get(str(value).strip().casefold())
            if kind is not None:
                yield kind
        else:
            yield from alarms_in(value, known, depth - 1)
