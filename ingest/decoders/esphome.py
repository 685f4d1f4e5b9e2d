"""ESPHome: an entity's state on <node>/<domain>/<entity>/state, beside its log, its status and its announcements.

Documentation: ESPHome, MQTT Client Component ("MQTT topics"); entities' names are slugs.
"""

from __future__ import annotations

from ingest.decoders.announced import announced
from ingest.decoders.by_rule import by_rule
from ingest.decoders.document import Document
from ingest.decoders.entity import entity_of, take_entity
from ingest.decoders.harvest import Harvest
from ingest.decoders.home_assistant import is_statestream
from ingest.decoders.message import DecodeContext, Decoded, Dialect, Message, Problem
from ingest.decoders.names import as_device
from ingest.decoders.result import Result
from ingest.decoders.value import says_nothing
from models.errors import RefusedError

_LOG = "debug"
_LONGEST = 200


def _recognises(message: Message, document: Document) -> bool:
    text = document.text
    if text is None or document.looks_json:
        return False
    if message.topic.endswith(f"/{_LOG}"):
        return "][" in text[:_LONGEST] and text.lstrip("\x1b[0123456789;m")[:1] in "CDEIVW["
    if len(text) > _LONGEST or "/" not in message.topic:
        return False
    entity = entity_of(message.topic)
    return entity is not None and entity.leaf in ("state", "command") and not is_statestream(entity)


def _decode(message: Message, document: Document, context: DecodeContext) -> Decoded:
    entity = entity_of(message.topic)
    if entity is None or entity.leaf != "state":
        raise RefusedError("decode.no_reading", f"esphome: topic {message.topic[:80]!r} is a log or a command")
    text = (document.text or "").strip()
    if says_nothing(text):
        raise RefusedError("decode.no_value", f"esphome: {text[:20]!r} on {message.topic[:80]!r} is no value")
    result = Result(DIALECT.name, context)
    harvest = Harvest(message, context, result)
    named = harvest.device_by_rule()
    frame = harvest.frame(named or as_device(entity.base[-1]), named=bool(named))
    take_entity(entity, text, frame, harvest, result, announced(message.topic, context).get(""))
    return result.finish(Problem("decode.no_reading", f"esphome: {message.topic[:80]!r} tells no reading"))


DIALECT = Dialect("esphome", _recognises, by_rule(_decode))
