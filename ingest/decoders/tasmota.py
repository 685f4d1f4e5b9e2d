"""Tasmota: telemetry under tele/<device>/SENSOR and STATE, the same in answers under stat/<device>/.

A counter counts pulses, and nobody says what one weighs. Its pressure is the weather's, its distance the way down to
something, its power electric. A probe of the DS18 family may hang anywhere: in water where the topic says
so; other temperatures are the air's.

Documentation: Tasmota, MQTT and Sensors; xsns_01_counter, xsns_96_flowratemeter, xsns_125_flow_counter.
"""

from __future__ import annotations

import re
from dataclasses import replace

from ingest.decoders.by_rule import by_rule
from ingest.decoders.document import Document, Json
from ingest.decoders.fields import meanings
from ingest.decoders.harvest import Frame, Harvest
from ingest.decoders.message import DecodeContext, Decoded, Dialect, Message, Problem
from ingest.decoders.names import as_device
from ingest.decoders.result import Result
from ingest.decoders.topic import levels
from ingest.decoders.value import number
from ingest.decoders.water_words import is_of_water
from models.errors import RefusedError

_PREFIXES = frozenset(["tele", "stat", "cmnd"])
_SIGNS = frozenset(["Time", "StatusSNS", "StatusSTS"])
_TELLS = re.compile(r"SENSOR|STATE|STATUS(?:8|10|11)?$")
_COUNTER = re.compile(r"C(\d{1,2})$")
_PROBE = re.compile(r"DS18\w+?(?:-(\d{1,2}))?$")
_NOT_READ = re.compile(
    r"ENERGY|BM[EP]\d+|DHT\d+|AM\d+|SHT\w+|SI7021|HTU21|LM75\w*|SR04|VL53L0X|ANALOG|ESP32|BH1750|SGP\d+|SCD\d+|MLX\w+|"
    r"Switch\d*|POWER\d*|SHUTTER\w*|IBEACON\w*|RfReceived|IrReceived"
)
"""Sensors of Tasmota's own that measure no water: weather, light, distance, electricity."""

_AFTER_POWER_ON = (85.0, 185.0)
"""What a DS18B20 tells before its first measurement [°C, °F] (Maxim, DS18B20 data sheet, "Memory")."""


def _recognises(message: Message, document: Document) -> bool:
    have = levels(message.topic)
    if len(have) < 3 or _PREFIXES.isdisjoint(have[:-1]):
        return False
    if _TELLS.match(have[-1]):
        return not _SIGNS.isdisjoint(document.object)
    return have[-1] in ("LWT", "RESULT", "UPTIME") or have[-1].startswith("INFO")


def _decode(message: Message, document: Document, context: DecodeContext) -> Decoded:
    have = levels(message.topic)
    if not have or not _TELLS.match(have[-1]) or not document.looks_json:
        raise RefusedError("decode.no_reading", f"tasmota: topic {message.topic[:80]!r} tells no reading")
    fields = document.json
    if isinstance(fields, dict):
        fields = _opened(fields)
    if not isinstance(fields, dict):
        raise RefusedError("decode.unknown_fields", "tasmota: not an object")
    result = Result(DIALECT.name, context)
    harvest = Harvest(message, context, result)
    name = next((level for level in reversed(have[:-1]) if level not in _PREFIXES), "")
    when = harvest.moment(fields["Time"]) if "Time" in fields else None
    frame = harvest.frame(harvest.device_by_rule() or as_device(name), when=when)
    _take_signal(fields, frame, harvest)
    for sensor, value in fields.items():
        if isinstance(value, dict):
            _take_sensor(sensor, value, fields.get("TempUnit"), frame, harvest, result)
    return result.finish(Problem("decode.no_reading", f"tasmota: {name[:60]!r} tells nothing of water"))


def _opened(fields: dict[str, Json]) -> dict[str, Json]:
    """What stat/<device>/STATUS8, 10 and 11 wrap."""
    inner = fields.get("StatusSNS", fields.get("StatusSTS"))
    return inner if isinstance(inner, dict) else fields


def _take_signal(fields: dict[str, Json], frame: Frame, harvest: Harvest) -> None:
    """STATE's Wifi: RSSI is a share of the best, Signal is in dBm (since Tasmota 6.6)."""
    wifi = fields.get("Wifi")
    if isinstance(wifi, dict) and "Signal" in wifi:
        harvest.take_value("rssi", wifi["Signal"], frame, "dBm")


def _take_sensor(
    sensor: str, fields: dict[str, Json], temperature_unit: Json, frame: Frame, harvest: Harvest, result: Result
) -> None:
    if sensor == "COUNTER":
        for name, value in fields.items():
            count, input_number = number(value), _COUNTER.match(name)
            if input_number and count is not None and not count.is_fault:
                result.reading(f"{frame.device}#{input_number[1]}", "pulses", count.value, frame.moment)
    elif sensor == "FLOWRATEMETER":
        _take_rates(fields, frame, harvest)
    elif probe := _PROBE.match(sensor):
        channel = int(probe[1]) if probe[1] else 0
        if fields.get("Temperature") == _AFTER_POWER_ON[temperature_unit == "F"]:
            result.fault(frame.device, frame.moment, f"probe {sensor[:20]} tells what it has before it measured")
        elif temperature_unit in ("C", "F") and is_of_water(frame.device):
            own = replace(frame, channel=channel)
            harvest.take_value("temperature", fields.get("Temperature"), own, f"°{temperature_unit}")
    elif not _NOT_READ.match(sensor) and sensor != "Wifi":
        _take_named(sensor, fields, frame, harvest, result)


def _take_rates(fields: dict[str, Json], frame: Frame, harvest: Harvest) -> None:
    """Tasmota's own flow rate meter: a rate for each of its two inputs, and what flowed today, which is no register."""
    rates, unit = fields.get("Rate"), fields.get("Unit")
    if not isinstance(unit, str):
        return
    several = isinstance(rates, list) and len(rates) > 1
    for at, rate in enumerate(rates if isinstance(rates, list) else [rates], 1):
        harvest.take_value("flow_rate", rate, replace(frame, channel=at if several else 0), unit)


def _take_named(sensor: str, fields: dict[str, Json], frame: Frame, harvest: Harvest, result: Result) -> None:
    """A meter of a script, whose user named its values: only a name that says quantity and unit is read."""
    for name, value in fields.items():
        known = meanings(name)
        if known and known[0].unit and not isinstance(value, (dict, list)):
            harvest.take_value(name, value, replace(frame, device=f"{frame.device}/{as_device(sensor) or '?'}"))
        elif known and known[0].quantity in ("volume_m3", "flow_m3h"):
            text = f"tasmota: {sensor[:30]}.{name[:30]} has no unit; map it in sources.toml"
            result.problem(Problem("decode.no_unit", text))


DIALECT = Dialect("tasmota", _recognises, by_rule(_decode))
