"""Shelly: first generation, one value a topic under shellies/<id>/; later ones, a component's status as JSON.

A relay switches anything and is no valve; the temperature of a detector is the room's, that of an add-on's probe the
water's where the device's name says so. A battery is read of a detector of water. An input that counts has no weight
that is known.

Documentation: Shelly API, Gen1 (Shelly Flood, MQTT) and Gen2+ (RPC over MQTT, Flood, DevicePower, Temperature, Input).
"""

from __future__ import annotations

import re
from dataclasses import replace

from ingest.decoders.by_rule import by_rule
from ingest.decoders.document import Document, Json
from ingest.decoders.envelope import field
from ingest.decoders.harvest import Frame, Harvest
from ingest.decoders.message import DecodeContext, Decoded, Dialect, Message, Problem
from ingest.decoders.names import as_device
from ingest.decoders.result import Result
from ingest.decoders.topic import levels
from ingest.decoders.value import number, state
from ingest.decoders.water_words import is_of_water
from models.errors import RefusedError
from models.notice import NoticeKind

_FIRST = "shellies"
_METHODS = frozenset(["NotifyStatus", "NotifyFullStatus"])
_COMPONENT = re.compile(r"(flood|devicepower|temperature|input|wifi)(?::(\d{1,3}))?$")
_ID = re.compile(r"shelly[a-z0-9]*-[0-9a-f]{6,12}$", re.IGNORECASE)


def _recognises(message: Message, document: Document) -> bool:
    if message.topic.startswith(f"{_FIRST}/"):
        return True
    if "/status/" in message.topic:
        have = levels(message.topic)
        return len(have) > 2 and have[-2] == "status" and bool(_ID.match(have[-3]) or _COMPONENT.match(have[-1]))
    fields = document.object
    return fields.get("method") in (*_METHODS, "NotifyEvent") and "src" in fields


def _decode(message: Message, document: Document, context: DecodeContext) -> Decoded:
    result = Result(DIALECT.name, context)
    harvest = Harvest(message, context, result)
    have = levels(message.topic)
    fields = document.object
    if "method" in fields:
        frame = harvest.frame(harvest.device_by_rule() or as_device(str(fields.get("src", ""))))
        _take_notification(fields, frame, harvest, result)
    elif len(have) > 2 and have[0] == _FIRST and have[2] != "status":
        frame = harvest.frame(harvest.device_by_rule() or as_device(have[1]))
        if have[2] == "info":
            _take_info(fields, frame, harvest, result)
        else:
            _take_topic(have[2:], (document.text or "").strip(), frame, result)
    elif len(have) > 2 and have[-2] == "status":
        frame = harvest.frame(harvest.device_by_rule() or as_device(have[-3]))
        if have[-1].startswith("devicepower") and not is_of_water(_kind(frame.device)):
            raise RefusedError("decode.not_water", f"shelly: {frame.device} is no detector of water")
        _take_component(have[-1], fields, frame, harvest, result)
    return result.finish(Problem("decode.no_reading", f"shelly: {message.topic[:80]!r} tells nothing of water"))


def _take_topic(have: list[str], text: str, frame: Frame, result: Result) -> None:
    """First generation: …/sensor/flood, …/sensor/battery, …/sensor/temperature."""
    if have[0] != "sensor" or len(have) != 2:
        return
    if have[1] == "flood" and (wet := state(text)) is not None:
        _take_flood(wet, frame, result)
    elif (
        have[1] == "battery"
        and is_of_water(_kind(frame.device))
        and (charge := number(text)) is not None
        and not charge.is_fault
    ):
        result.reading(frame.subject, "battery_pct", charge.value, frame.moment)


def _take_info(fields: dict[str, Json], frame: Frame, harvest: Harvest, result: Result) -> None:
    """First generation: the whole status of a flood detector under …/info."""
    if isinstance(fields.get("flood"), bool):
        _take_flood(bool(fields["flood"]), frame, result)
        battery = fields.get("bat")
        if isinstance(battery, dict):
            harvest.take_value("battery_level", battery.get("value"), frame, "%")
            harvest.take_value("battery_voltage", battery.get("voltage"), frame, "V")
    if (strength := field(fields, "wifi_sta", "rssi")) is not None:
        harvest.take_value("rssi", strength, frame, "dBm")


def _kind(device: str) -> str:
    """A device's name with its kind as words of their own: shelly flood g4."""
    return device.replace("shelly", "shelly_", 1).replace("plus", "plus_", 1)


def _take_flood(is_wet: bool, frame: Frame, result: Result) -> None:
    """A flood sensor's state, which is a leak's too."""
    result.reading(frame.subject, "flooded", float(is_wet), frame.moment)
    result.notice(frame.subject, NoticeKind.LEAK, is_wet, frame.moment)


def _take_notification(fields: dict[str, Json], frame: Frame, harvest: Harvest, result: Result) -> None:
    params = fields.get("params")
    if str(fields.get("method")) not in _METHODS or not isinstance(params, dict):
        raise RefusedError("decode.no_reading", f"shelly: {str(fields.get('method'))[:40]} tells no reading")
    if isinstance(params.get("ts"), (int, float)):
        frame = replace(frame, moment=harvest.moment(params["ts"]))
    is_detector = any(name.startswith("flood") for name in params)
    for name, status in params.items():
        if name.startswith("devicepower") and not is_detector and not is_of_water(_kind(frame.device)):
            continue
        if isinstance(status, dict):
            _take_component(name, status, frame, harvest, result)


def _take_component(name: str, status: dict[str, Json], frame: Frame, harvest: Harvest, result: Result) -> None:
    """One component's status; the second of a kind is an input of its own."""
    found = _COMPONENT.match(name)
    if found is None:
        return
    kind, number_of_kind = found[1], int(found[2] or 0)
    own = replace(frame, channel=number_of_kind)
    if kind == "flood" and isinstance(status.get("alarm"), bool):
        _take_flood(bool(status["alarm"]), own, result)
    elif kind == "devicepower" and isinstance(status.get("battery"), dict):
        if field(status, "battery", "V") is not None:
            harvest.take_value("battery_voltage", field(status, "battery", "V"), own, "V")
        if field(status, "battery", "percent") is not None:
            harvest.take_value("battery_level", field(status, "battery", "percent"), own, "%")
    elif kind == "temperature" and "tC" in status:
        if number_of_kind >= _ADD_ON_FROM and is_of_water(_kind(frame.device)):
            harvest.take_value("temperature", status["tC"], own, "°C")
    elif kind == "input":
        count = number(field(status, "counts", "total"))
        if count is not None and not count.is_fault:
            result.reading(f"{frame.device}#{number_of_kind}", "pulses", count.value, frame.moment)
    elif kind == "wifi" and "rssi" in status:
        harvest.take_value("rssi", status["rssi"], frame, "dBm")


_ADD_ON_FROM = 100
"""Probes of the add-on are numbered from here on; below is the device's own sensor, which feels the room."""

DIALECT = Dialect("shelly", _recognises, by_rule(_decode))
