"""Zigbee2MQTT: the state of a Zigbee device as JSON under its friendly name, or one property a topic.

Units stand in the device's page only. A device that names its model is read by it; else what it exposes tells what it
is: a meter in m³, a valve with a meter in litres, a detector. What an irrigation timer calls water consumed is the last
watering, and no register.

Documentation: zigbee2mqtt.io, guide/usage/mqtt_topics_and_messages.md and the pages of the named devices.
"""

from __future__ import annotations

import re
from dataclasses import replace

from ingest.decoders.alarms import in_field, in_status
from ingest.decoders.announced import announced
from ingest.decoders.by_rule import by_rule
from ingest.decoders.document import Document, Json
from ingest.decoders.fields import is_no_reading, meanings
from ingest.decoders.harvest import Frame, Harvest
from ingest.decoders.message import DecodeContext, Decoded, Dialect, Message, Problem
from ingest.decoders.names import as_device
from ingest.decoders.result import Result
from ingest.decoders.topic import levels
from ingest.decoders.value import number, state
from ingest.decoders.vendors import Fields
from models.errors import RefusedError
from models.notice import NoticeKind

_BASE = "zigbee2mqtt"
_OWN_TOPICS = frozenset(["bridge", "set", "get", "availability"])
_BATTERY: Fields = {"battery": ("battery_pct", "%")}
_ALWAYS: Fields = {"water_temperature": ("temperature_c", "°C")}
"""Properties that mean the same on every page that exposes them."""

_SIGNS_OF_ELSE = re.compile(
    r"temperature|humidity|pressure|illuminance\w*|occupancy|presence|contact|action|vibration|smoke|carbon_\w+|power|"
    r"energy|current|brightness|color\w*|local_temperature\w*|\w*heating_setpoint|system_mode|soil_moisture|gas\w*|state"
)

_METER: Fields = {
    "water_consumed": ("volume_m3", "m3"),
    "reverse_water_consumed": ("reverse_volume_m3", "m3"),
    "flow_rate": ("flow_m3h", "m3/h"),
    "temperature": ("temperature_c", "°C"),
    "voltage": ("battery_v", "V"),
}
_SIGNS_OF_A_METER = frozenset(
    ["reverse_water_consumed", "month_consumption", "daily_consumption", "auto_clean", "meter_id", "report_period"]
)
_COUNTING_VALVE: Fields = {"water_consumed": ("volume_m3", "L")}
_SIGNS_OF_A_COUNTING_VALVE = frozenset(["water_consumed_last"])
_SIGNS_OF_A_VALVE = re.compile(
    r"water_consumed|flow|flow_rate|water_shortage|valve_(?!detection|position_calibration|opening)\w+|last_valve\w+|"
    r"weather_delay|rain_delay|(?:\w+_)?irrigation\w*|auto_close_when_water_shortage|current_device_status"
)
_SIGNS_OF_A_TIMER = re.compile(r"irrigation|timer|weather_delay|countdown|last_valve")
_SIGNS_OF_HEATING = re.compile(r"local_temperature\w*|\w*heating_setpoint|system_mode|running_state|pi_heating_demand")
_SONOFF_FLOW: Fields = {"flow": ("flow_m3h", "m3/h")}
_MODELS: tuple[tuple[re.Pattern[str], Fields], ...] = (
    (re.compile(r"TS0601_water_(?:meter|valve)$"), _METER),
    (re.compile(r"FK-BV05$"), _COUNTING_VALVE),
    (re.compile(r"SWV"), _SONOFF_FLOW),
)
_FAULTS = {
    "battery_alarm": NoticeKind.BATTERY_LOW,
    "magnetism_alarm": NoticeKind.MAGNET,
    "cover_alarm": NoticeKind.TAMPER,
    "abnormal_water_alarm": NoticeKind.LEAK,
    "overflow_alarm": NoticeKind.OVERLOAD,
    "revflow_alarm": NoticeKind.REVERSE,
    "empty_pipe_alarm": NoticeKind.DRY,
    "transducer_alarm": NoticeKind.SENSOR_FAULT,
    "meter_body_alarm": NoticeKind.SENSOR_FAULT,
}
_LEAK_WORDS = {"water_leakage_yes": True, "water_leakage_no": False}
_VALVE_NAME = re.compile(r"ventil|valve|uzaver|uzávěr|soupe|šoupě", re.IGNORECASE)
_VALVE_MODEL = re.compile(r"VA42\d\d|SWV|ZVG1|QT06|FK|TS0601_water_valve|SASWELL|PSBZS|R7060|GX0\d", re.IGNORECASE)
_MILLIVOLTS_FROM = 1000.0
"""No battery has so many volts, and no button cell so few millivolts."""


def _recognises(message: Message, document: Document) -> bool:
    if message.topic.startswith(f"{_BASE}/"):
        return True
    return "linkquality" in document.object


def _decode(message: Message, document: Document, context: DecodeContext) -> Decoded:
    have = levels(message.topic)
    if len(have) < 2 or have[1] == "bridge" or have[-1] in _OWN_TOPICS:
        raise RefusedError("decode.no_reading", f"zigbee2mqtt: topic {message.topic[:80]!r} tells no device's state")
    fields, name = _state_of(document, have)
    result = Result(DIALECT.name, context)
    harvest = Harvest(message, context, result)
    frame = harvest.frame(harvest.device_by_rule() or as_device(name))
    if (seen := fields.get("last_seen")) not in (None, ""):
        frame = replace(frame, moment=harvest.moment(seen))
    known = {**_announced(fields, message.topic, context), **_documented(fields)}
    frame = replace(frame, documented={**known, **_BATTERY})
    is_timer = any(_SIGNS_OF_A_TIMER.search(key) for key in fields)
    for key, value in fields.items():
        if key in known:
            harvest.take_value(key, value, frame)
        elif not is_timer and (key == "water_consumed" or _is_unit_missing(key)):
            text = f"zigbee2mqtt: the unit of {key[:40]!r} of {name[:40]!r} is not known; map it in sources.toml"
            result.problem(Problem("decode.no_unit", text))
    _take_valve(fields, name, frame, result)
    _take_alarms(fields, frame, result)
    if result.is_empty and any(_SIGNS_OF_ELSE.fullmatch(key) for key in fields):
        raise RefusedError("decode.not_water", f"zigbee2mqtt: {name[:60]!r} measures something other than water")
    _take_battery(fields, known, frame, harvest, result)
    return result.finish(
        Problem("decode.no_reading", f"zigbee2mqtt: nothing of water is known among what {name[:60]!r} tells")
    )


def _state_of(document: Document, have: list[str]) -> tuple[dict[str, Json], str]:
    """The device's properties and its friendly name, which may have levels of its own."""
    if document.looks_json:
        fields = document.json
        return fields if isinstance(fields, dict) else {}, "/".join(have[1:])
    return {have[-1]: (document.text or "").strip()}, "/".join(have[1:-1])


def _documented(fields: dict[str, Json]) -> Fields:
    """What the device's page says of its properties: by its model where it names it, else by what it exposes."""
    model = _model(fields)
    for pattern, known in _MODELS:
        if model and pattern.match(model):
            return {**_ALWAYS, **known}
    if model:
        return _ALWAYS
    names = fields.keys()
    if not _SIGNS_OF_A_METER.isdisjoint(names) and {"water_consumed", "flow_rate"} & names:
        return {**_ALWAYS, **_METER}
    if {"water_consumed", "flow_rate", "voltage"} <= names:
        return {**_ALWAYS, **_METER}
    if not _SIGNS_OF_A_COUNTING_VALVE.isdisjoint(names):
        return {**_ALWAYS, **_COUNTING_VALVE}
    if {"flow", "current_device_status"} <= names:
        return {**_ALWAYS, **_SONOFF_FLOW}
    return _ALWAYS


def _is_unit_missing(key: str) -> bool:
    """Whether a property of an unknown model is a volume or a flow."""
    return not is_no_reading(key) and any(one.quantity in ("volume_m3", "flow_m3h") for one in meanings(key))


def _announced(fields: dict[str, Json], topic: str, context: DecodeContext) -> Fields:
    """Volumes and flows by the units that the device was announced with; what a timer waters is no register."""
    if any(_SIGNS_OF_A_TIMER.search(key) for key in fields):
        return {}
    found: Fields = {}
    for key, told in announced(topic, context).items():
        quantity = told.quantity or next((one.quantity for one in meanings(key)), "")
        if quantity in ("volume_m3", "reverse_volume_m3", "flow_m3h") and not is_no_reading(key):
            found[key] = (quantity, told.unit)
    return found


def _model(fields: dict[str, Json]) -> str:
    """The model, where Zigbee2MQTT was told to include what it knows of the device."""
    about = fields.get("device")
    model = about.get("model") if isinstance(about, dict) else None
    return model if isinstance(model, str) else ""


def _take_battery(fields: dict[str, Json], known: Fields, frame: Frame, harvest: Harvest, result: Result) -> None:
    """Devices on batteries tell millivolts; the voltage of others is the mains'."""
    if "battery" in fields:
        harvest.take_value("battery", fields["battery"], frame)
    for name in ("battery_low", "tamper"):
        if name in fields and (alarm := in_field(name, fields[name])):
            result.notice(frame.subject, alarm.kind, alarm.active, frame.moment)
    volts = number(fields.get("voltage"))
    if "voltage" in known or volts is None or not ("battery" in fields or "battery_low" in fields):
        return
    if volts.value >= _MILLIVOLTS_FROM:
        harvest.take_value("battery_voltage", fields["voltage"], frame, "mV")


def _take_valve(fields: dict[str, Json], name: str, frame: Frame, result: Result) -> None:
    """The state of a device that is a valve by its model, its name or what it exposes, and none of the heating."""
    if any(_SIGNS_OF_HEATING.fullmatch(key) for key in fields):
        return
    told = fields.get("state")
    by_name = _VALVE_NAME.search(name) or _VALVE_MODEL.match(_model(fields))
    if by_name or any(_SIGNS_OF_A_VALVE.fullmatch(key) for key in fields):
        is_open = state("closed" if isinstance(told, str) and told.lower() == "close" else told)
        if is_open is not None:
            result.reading(frame.subject, "valve_open", float(is_open), frame.moment)


def _take_alarms(fields: dict[str, Json], frame: Frame, result: Result) -> None:
    """Detectors and meters: {"water_leak": true}, {"fault": "revflow_alarm"}, {"valve_abnormal_state": …}."""
    for name, value in fields.items():
        if name in ("fault", "current_device_status", "valve_abnormal_state") and isinstance(value, str):
            _take_fault(value, frame, result)
        elif name == "water_leakage_state" and isinstance(value, str) and value in _LEAK_WORDS:
            result.notice(frame.subject, NoticeKind.LEAK, _LEAK_WORDS[value], frame.moment)
        elif name == "water_leak" and (wet := state(value)) is not None:
            result.reading(frame.subject, "flooded", float(wet), frame.moment)
            result.notice(frame.subject, NoticeKind.LEAK, wet, frame.moment)


def _take_fault(text: str, frame: Frame, result: Result) -> None:
    """A property that names every fault there is now."""
    if text in _FAULTS:
        result.notice(frame.subject, _FAULTS[text], True, frame.moment)
    for alarm in in_status(text.replace("water_leakage", "leakage").replace("water_shortage", "no_water")):
        if text not in _FAULTS:
            result.notice(frame.subject, alarm.kind, alarm.active, frame.moment)
    result.complete_status(frame.subject)


DIALECT = Dialect("zigbee2mqtt", _recognises, by_rule(_decode))
