"""AI-on-the-edge-device: a camera in front of a meter's dial, JSON or one value a topic for each number it reads.

It reads dials of water, gas and electricity alike and sends no unit: water is what its main topic calls so, and its
unit is the cubic metre that its setup asks for, unless a rule in sources.toml or its announcement names another. `raw`
is what the picture showed before any check and `pre` the value before; neither is the register. After an error the
value is empty, or the one before.

Documentation: AI-on-the-edge-device-docs, MQTT-API and Parameters (rate: the flow of one minute).
"""

from __future__ import annotations

import re

from ingest.decoders.announced import announced
from ingest.decoders.by_rule import by_rule
from ingest.decoders.document import Document, Json
from ingest.decoders.harvest import Frame, Harvest
from ingest.decoders.message import DecodeContext, Decoded, Dialect, Message, Problem
from ingest.decoders.names import as_device
from ingest.decoders.result import Result
from ingest.decoders.time import as_written
from ingest.decoders.topic import levels
from ingest.decoders.water_words import is_of_else, is_of_water
from models.errors import RefusedError
from models.notice import NoticeKind
from models.units import find_unit

_JSON = frozenset(["value", "error", "timestamp"])
_BESIDE = frozenset(["raw", "pre", "rate"])
"""Fields of which its JSON has at least one: which, hangs on the firmware."""

_DIAL = re.compile(r"meter|z(?:ae|ä|a)hler|uhr|vodom|edge|ai")
"""By what a main topic is called that shows a dial. A tank's main value is a level."""

_OLD_TIME = "%Y-%m-%d_%H-%M-%S"
_OF_A_NUMBER = frozenset(
    str.split(
        "value raw error rate rate_per_time_unit rate_per_digitalization_round rate_per_digitization_round "
        "changeabsolut timestamp status"
    )
)
_MAIN = "main"
_NO_ERROR = frozenset(["", "no error"])


def _recognises(message: Message, document: Document) -> bool:
    if document.looks_json:
        names = document.object.keys()
        return names >= _JSON and not _BESIDE.isdisjoint(names) and message.topic.lower().endswith("/json")
    have = levels(message.topic)
    if len(have) < 3 or have[-2] != _MAIN or have[-1].lower() not in _OF_A_NUMBER:
        return False
    return have[-1].lower() != "value" or _DIAL.search(have[-3].lower()) is not None or not is_of_water(have[-3])


def _decode(message: Message, document: Document, context: DecodeContext) -> Decoded:
    result = Result(DIALECT.name, context)
    harvest = Harvest(message, context, result)
    device, number_name = _names(message.topic)
    unit, fields = _unit(message.topic, number_name, context), document.object
    when = harvest.moment(_as_iso(fields.get("timestamp"))) if document.looks_json else None
    frame = harvest.frame(harvest.device_by_rule() or device, unit, when=when)
    if document.looks_json:
        _take(fields, frame, harvest, result)
    else:
        _take_topic(message.topic.rpartition("/")[2].lower(), (document.text or "").strip(), frame, harvest, result)
    return result.finish(Problem("decode.no_reading", f"ai-on-the-edge: {message.topic[:80]!r} tells no reading"))


def _as_iso(timestamp: Json) -> Json:
    """Firmware before 7.1 wrote 2021-05-07_15-06-50."""
    return as_written(timestamp, _OLD_TIME) if isinstance(timestamp, str) and "_" in timestamp else timestamp


def _names(topic: str) -> tuple[str, str]:
    """(device, number): the main topic's last level, with the number's name where the dial has several."""
    have = levels(topic)[:-1]
    if len(have) < 2:
        return as_device(have[0] if have else topic) or "?", _MAIN
    main, name = have[-2:]
    return as_device(main if name == _MAIN else f"{main}/{name}") or "?", name


def _unit(topic: str, number_name: str, context: DecodeContext) -> str:
    """The unit of the dial; raises RefusedError where the topic does not call it water."""
    if context.source and context.source.unit:
        return context.source.unit
    told = announced(f"{topic.rpartition('/')[0]}/value", context).get("")
    if told is not None and told.quantity:
        return told.unit
    if is_of_else(topic):
        raise RefusedError("decode.not_water", f"ai-on-the-edge: topic {topic[:80]!r} is another medium's")
    if not is_of_water(topic):
        raise RefusedError(
            "decode.no_unit",
            f"ai-on-the-edge: topic {topic[:60]!r} does not say what number {number_name[:20]!r} counts; call the main "
            "topic watermeter, or add a rule with quantity and unit to sources.toml",
        )
    return told.unit if told is not None else "m3"


def _take(fields: dict[str, Json], frame: Frame, harvest: Harvest, result: Result) -> None:
    error = fields.get("error")
    if not isinstance(error, str) or error.strip().lower() not in _NO_ERROR:
        result.fault(frame.device, frame.moment, f"the camera says {str(error)[:60]!r}")
        return
    result.complete_status(frame.device)
    harvest.take_value("volume", fields.get("value"), frame, frame.unit)
    _take_rate(fields.get("rate"), frame, harvest)


def _take_rate(rate: Json, frame: Frame, harvest: Harvest) -> None:
    """The flow of one minute, of a dial whose unit is a volume's."""
    if rate not in (None, "") and find_unit(a_minute := f"{frame.unit}/min"):
        harvest.take_value("flow", rate, frame, a_minute)


def _take_topic(name: str, text: str, frame: Frame, harvest: Harvest, result: Result) -> None:
    if name == "error":
        result.notice(frame.device, NoticeKind.SENSOR_FAULT, text.lower() not in _NO_ERROR, frame.moment)
    elif name == "value" and text:
        harvest.take_value("volume", text, frame, frame.unit)
    elif name == "rate":
        _take_rate(text, frame, harvest)


DIALECT = Dialect("ai-on-the-edge", _recognises, by_rule(_decode))
