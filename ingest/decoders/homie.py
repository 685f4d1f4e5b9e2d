"""Homie: homie/<device>/<node>/<property> with the bare value; what begins with $ describes and is no value.

Documentation: Homie convention 3.0.1, 4.0.0 and 5.0 (which puts its version's number after the root).
"""

from __future__ import annotations

from ingest.decoders.alarms import in_field
from ingest.decoders.announced import announced, learn_unit
from ingest.decoders.by_rule import by_rule
from ingest.decoders.document import Document
from ingest.decoders.fields import STATES, meanings
from ingest.decoders.harvest import Harvest
from ingest.decoders.message import DecodeContext, Decoded, Dialect, Message, Problem
from ingest.decoders.names import as_device
from ingest.decoders.result import Result
from ingest.decoders.topic import levels
from ingest.decoders.value import says_nothing, state
from models.errors import RefusedError

_ROOT = "homie"
_VERSION = "5"
_ONE_OF_A_DEVICE = frozenset(
    str.split("meter watermeter water-meter vodomer sensor sensors main water voda measurements values data status")
)
"""Nodes that are the device itself. Of others a device may have several: tank1, tank2."""


def _recognises(message: Message, document: Document) -> bool:
    return message.topic.startswith(f"{_ROOT}/")


def _decode(message: Message, document: Document, context: DecodeContext) -> Decoded:
    have = levels(message.topic)[1:]
    if have[:1] == [_VERSION]:
        have = have[1:]
    if len(have) == 4 and have[-1] == "$unit":
        learn_unit(message.topic.removesuffix("/$unit"), (document.text or "").strip(), message, context)
    if len(have) != 3 or any(level.startswith("$") for level in have):
        raise RefusedError("decode.no_reading", f"homie: {message.topic[:80]!r} describes or commands")
    device, node, name = have
    text = (document.text or "").strip()
    if says_nothing(text):
        raise RefusedError("decode.no_value", f"homie: {text[:20]!r} on {message.topic[:80]!r} is no value")
    result = Result(DIALECT.name, context)
    harvest = Harvest(message, context, result)
    subject = device if node.lower() in _ONE_OF_A_DEVICE else f"{device}/{node}"
    named = harvest.device_by_rule()
    frame = harvest.frame(named or as_device(subject), named=bool(named))
    found = meanings(name)
    if found and found[0].quantity in STATES and (truth := state(text)) is not None:
        result.reading(frame.subject, found[0].quantity, float(truth), frame.moment)
    elif found:
        told = announced(message.topic, context).get("")
        harvest.take_value(name, text, frame, told.unit if told is not None and not found[0].unit else "")
    elif alarm := in_field(name, text):
        result.notice(frame.subject, alarm.kind, alarm.active, frame.moment)
    else:
        raise RefusedError(
            "decode.no_quantity",
            f"homie: property {name[:40]!r} names no known quantity; add a rule with quantity and unit to sources.toml",
        )
    return result.finish(Problem("decode.no_reading", f"homie: {message.topic[:80]!r} tells no reading"))


DIALECT = Dialect("homie", _recognises, by_rule(_decode))
