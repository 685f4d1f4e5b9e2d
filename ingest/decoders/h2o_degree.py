"""H2O Degree's packets: a header that names device and time, and beside it what the sensor said, in US units.

Documentation: packets that H2O Degree publishes (mqtt_packets: readme.md, definitions.md, samples by device type).
"""

from __future__ import annotations

from dataclasses import replace

from ingest.decoders.alarms import in_status
from ingest.decoders.by_rule import by_rule
from ingest.decoders.document import Document, Json
from ingest.decoders.envelope import field, fields_of
from ingest.decoders.harvest import Frame, Harvest
from ingest.decoders.lorawan import each
from ingest.decoders.message import DecodeContext, Decoded, Dialect, Message, Problem
from ingest.decoders.names import as_device
from ingest.decoders.result import Result
from ingest.decoders.time import Moment
from ingest.decoders.value import number, state
from models.errors import RefusedError

_PARTS = frozenset(["sensor_data", "header"])
_WATER = ("water", "aqura", "ultrasonic", "pulse", "encoded", "valve", "gwf", "axioma")
_VALUES = {
    "gallons": ("volume_m3", "gal"),
    "battery_vdc_millivolts": ("battery_v", "mV"),
    "temperature_f": ("temperature_c", "°F"),
    "pulse_count_raw": ("pulses", ""),
    "valve_position": ("valve_open", ""),
}
_DETECTORS = {"rope_sensor": 0, "sensor_1": 1, "sensor_2": 2}
"""What a detector of water on a floor calls its probes: the probe's number, 0 where it has one only."""


def _recognises(message: Message, document: Document) -> bool:
    first = document.object or (document.list[0] if document.list else None)
    return isinstance(first, dict) and first.keys() >= _PARTS


def _decode(message: Message, document: Document, context: DecodeContext) -> Decoded:
    if listed := document.list:
        return each(listed, lambda entry: _decode_one(message, entry, context))
    return _decode_one(message, document.object, context)


def _decode_one(message: Message, fields: dict[str, Json], context: DecodeContext) -> Decoded:
    kind = str(field(fields, "header", "common", "device_type") or "")[:40]
    data = fields.get("sensor_data")
    if not isinstance(data, dict):
        raise RefusedError("decode.no_reading", f"h2o-degree: a packet of {kind!r} without data")
    device = _device(fields, data)
    utility = data.get("utility", "water")
    if not any(word in kind.lower() for word in _WATER) or "water" not in str(utility).lower():
        raise RefusedError("decode.not_water", f"h2o-degree: {kind!r} {device} does not measure water")
    result = Result(DIALECT.name, context)
    harvest = Harvest(message, context, result)
    frame = harvest.frame(harvest.device_by_rule() or device, when=_moment(fields, harvest))
    if data.get("valid_read") == "no":
        result.fault(frame.device, frame.moment, f"h2o-degree: {device} says that its reading is not valid")
    else:
        _take(data, frame, harvest, result)
    _take_signal(fields, frame, result)
    return result.finish(Problem("decode.no_reading", f"h2o-degree: a packet of {kind!r} {device} without a reading"))


def _device(fields: dict[str, Json], data: dict[str, Json]) -> str:
    """The meter's own number where its register tells it to the radio, else the radio's."""
    for serial in (data.get("meter_sn"), field(fields, "header", "common", "serial_number")):
        if isinstance(serial, (str, int)) and not isinstance(serial, bool) and (device := as_device(str(serial))):
            return device
    return ""


def _moment(fields: dict[str, Json], harvest: Harvest) -> Moment:
    """When the gateway heard it, where it names a zone; its local time could be any zone's: then the packet's time."""
    heard = field(fields, "header", "common", "gateway_timestamp")
    if isinstance(heard, str) and heard.rstrip().endswith(("Z", "+00:00")):
        return harvest.moment(heard)
    return harvest.moment(fields.get("packet_creation_timestamp"))


def _take(data: dict[str, Json], frame: Frame, harvest: Harvest, result: Result) -> None:
    """What the sensor said: values in US units, probes of a detector, alarms as yes and no."""
    frame = replace(frame, documented=_VALUES)
    for name, value in data.items():
        if name in _VALUES:
            harvest.take_value(name, value, frame)
        elif name in _DETECTORS:
            if (wet := state(value)) is not None:
                result.reading(replace(frame, channel=_DETECTORS[name]).subject, "flooded", float(wet), frame.moment)
        elif value in ("yes", "no"):
            for alarm in in_status(name):
                result.notice(frame.device, alarm.kind, value == "yes" and alarm.active, frame.moment)


def _take_signal(fields: dict[str, Json], frame: Frame, result: Result) -> None:
    """The strongest gateway's, as LoRa's modules measure it [dBm]."""
    radio = field(fields, "header", "lora")
    heard = (*fields_of(field(radio, "gateway_list"), "GatewayRSSI"), field(radio, "rssi"))
    strengths = [found.value for one in heard if (found := number(one)) is not None and not found.is_fault]
    if strengths:
        result.reading(frame.device, "rssi_dbm", max(strengths), frame.moment)


DIALECT = Dialect("h2o-degree", _recognises, by_rule(_decode))
