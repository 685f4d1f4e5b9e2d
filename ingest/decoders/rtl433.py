"""rtl_433: what a radio receiver hears, whoever sends it: JSON events, or one value a topic under `devices`.

Most of what it hears are weather stations, tyres and doors. Read is a water meter, by its model or by fields that say
volume and unit, and a detector of leaks. A signal strength here is in dB below full scale and no dBm.

Documentation: rtl_433, docs/DATA_FORMAT.md and docs/OPERATION.md (MQTT output); output fields of its decoders.
"""

from __future__ import annotations

import re

from ingest.decoders.alarms import in_field
from ingest.decoders.by_rule import by_rule
from ingest.decoders.document import Document, Json
from ingest.decoders.ert import check_water, take_r900_flags
from ingest.decoders.fields import meanings
from ingest.decoders.harvest import Frame, Harvest
from ingest.decoders.message import DecodeContext, Decoded, Dialect, Message, Problem
from ingest.decoders.names import as_device, joined, not_water
from ingest.decoders.result import Result
from ingest.decoders.topic import levels
from ingest.decoders.value import number, state
from models.errors import RefusedError
from models.notice import NoticeKind

_CHECKS = frozenset(["CRC", "CHECKSUM", "PARITY", "DIGEST", "COUNT"])
"""By what rtl_433 says that it checked a message (`mic`)."""

_MODULATIONS = frozenset(["ASK", "FSK"])
_COUNTS = frozenset(["consumption_data", "consumption", "lastconsumptioncount", "reading"])
"""Counts of meters whose unit nobody says, by the model's name."""

_COUNTING = re.compile(r"(?:ERT|SCM|SCMplus|IDM|NETIDM|Neptune-R900|Orion-Endpoint)(?![a-z])", re.IGNORECASE)
_ELSE = re.compile(r"gas|electric|energy|power|heat|oil|fuel|tpms|\bnetidm\b", re.IGNORECASE)
_WATER = ("volume_m3", "reverse_volume_m3", "flow_m3h")
_BATTERIES = {"battery_v": "V", "battery_mv": "mV"}


def _recognises(message: Message, document: Document) -> bool:
    fields = document.object
    if fields:
        model = fields.get("model")
        if not isinstance(model, str):
            return False
        is_heard = "time" in fields and (str(fields.get("mic")) in _CHECKS or str(fields.get("mod")) in _MODULATIONS)
        return is_heard or "rtl_433" in message.topic or bool(_COUNTING.match(model))
    return "rtl_433/" in message.topic and _of_topic(message.topic, "") is not None


def _decode(message: Message, document: Document, context: DecodeContext) -> Decoded:
    fields = document.object or _of_topic(message.topic, (document.text or "").strip()) or {}
    model = str(fields.get("model", ""))[:40]
    device = _device(fields)
    if _ELSE.search(model) or not_water(fields):
        raise RefusedError("decode.not_water", f"rtl_433: {model!r} {device} does not measure water")
    result = Result(DIALECT.name, context)
    harvest = Harvest(message, context, result)
    when = harvest.moment(fields["time"]) if "time" in fields else None
    frame = harvest.frame(harvest.device_by_rule() or device, when=when)
    is_water = _take_counts(model, fields, frame, result) if _COUNTING.match(model) else False
    is_water = _take_water(fields, frame, harvest) or is_water
    if not model.startswith("Neptune"):  # its `leak` counts days of the past
        is_water = _take_leak(fields, frame, result) or is_water
    if not is_water:
        raise RefusedError("decode.not_water", f"rtl_433: {model!r} {device} is no water meter that is known")
    _take_battery(fields, frame, harvest, result)
    return result.finish(Problem("decode.no_reading", f"rtl_433: {model!r} {device} tells no value"))


def _device(fields: dict[str, Json]) -> str:
    """The sender's id; an older IDM has its serial number only."""
    for name in ("id", "ERTSerialNumber", "EndpointID"):
        if isinstance(identifier := fields.get(name), (int, str)) and not isinstance(identifier, bool):
            return as_device(str(identifier))
    return ""


def _of_topic(topic: str, text: str) -> dict[str, Json] | None:
    """A value of its own under rtl_433/<receiver>/devices/<model>[/<channel>]/<id>/<field>, as an event has it."""
    have = levels(topic)
    if "devices" not in have or len(have) - have.index("devices") < 4:
        return None
    inner = have[have.index("devices") + 1 :]
    return {"model": inner[0], "id": inner[-2], inner[-1]: text}


def _take_counts(model: str, fields: dict[str, Json], frame: Frame, result: Result) -> bool:
    """Meters of ERT, R900 and ORION: a count without a unit."""
    by_name = {name.lower(): value for name, value in fields.items()}
    if model.startswith("Neptune"):
        take_r900_flags(result, frame.device, by_name.get("leaknow"), by_name.get("backflow"), frame.moment)
    elif not model.startswith("Orion"):
        code = next((by_name[name] for name in ("ert_type", "erttype", "endpointtype") if name in by_name), None)
        if by_name.get("metertype") != "Water":
            check_water(code, frame.device)
    found = [count for name in _COUNTS if (count := number(by_name.get(name))) is not None and not count.is_fault]
    for count in found:
        result.reading(frame.device, "pulses", count.value, frame.moment)
    return True


def _take_water(fields: dict[str, Json], frame: Frame, harvest: Harvest) -> bool:
    """Fields that say volume or flow and their unit, in their name or in a field beside them."""
    unit = fields.get("unit")
    found = False
    for name, value in fields.items():
        known = meanings(name)
        if not known or known[0].quantity not in _WATER or isinstance(value, (dict, list)):
            continue
        if known[0].unit:
            found = harvest.take_value(name, value, frame) or found
        elif isinstance(unit, str) and joined(name) == "volume":
            found = harvest.take_value(name, value, frame, unit) or found
    return found


def _take_leak(fields: dict[str, Json], frame: Frame, result: Result) -> bool:
    """Detectors of water on a floor, and the leak that a meter sees."""
    found = False
    for name, value in fields.items():
        if name in ("detect_wet", "water"):
            if (wet := state(value)) is not None:
                result.reading(frame.device, "flooded", float(wet), frame.moment)
                found = True
        elif (alarm := in_field(name, value)) and alarm.kind is NoticeKind.LEAK:
            result.notice(frame.device, alarm.kind, alarm.active, frame.moment)
            found = True
    return found


def _take_battery(fields: dict[str, Json], frame: Frame, harvest: Harvest, result: Result) -> None:
    for name, value in fields.items():
        if (unit := _BATTERIES.get(name.lower())) is not None:
            harvest.take_value("battery_voltage", value, frame, unit)
    charge = number(fields.get("battery_ok"))
    if charge is not None and 0 <= charge.value <= 1:
        result.notice(frame.device, NoticeKind.BATTERY_LOW, charge.value == 0, frame.moment)


DIALECT = Dialect("rtl_433", _recognises, by_rule(_decode))
