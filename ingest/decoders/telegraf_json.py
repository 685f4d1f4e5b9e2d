"""Telegraf's JSON: one metric, or a batch of them, with name, tags, fields and time.

Documentation: Telegraf, "JSON Output Data Format" (data_format = "json").
"""

from __future__ import annotations

from ingest.decoders.document import Document, Json
from ingest.decoders.harvest import Harvest
from ingest.decoders.influx_line import take_point
from ingest.decoders.message import DecodeContext, Decoded, Dialect, Message, Problem
from ingest.decoders.result import Result

_METRICS_AT_MOST = 20_000


def _recognises(message: Message, document: Document) -> bool:
    fields = document.object
    metrics = fields.get("metrics")
    return _is_metric(metrics[0] if isinstance(metrics, list) and metrics else fields)


def _is_metric(value: Json) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("fields"), dict)
        and isinstance(value.get("tags"), dict)
        and isinstance(value.get("name"), str)
        and "timestamp" in value
    )


def _decode(message: Message, document: Document, context: DecodeContext) -> Decoded:
    result = Result(DIALECT.name, context)
    harvest = Harvest(message, context, result)
    fields = document.object
    metrics = fields.get("metrics")
    for metric in metrics[:_METRICS_AT_MOST] if isinstance(metrics, list) else [fields]:
        if isinstance(metric, dict) and _is_metric(metric):
            _take(metric, message, harvest)
    return result.finish(Problem("decode.unknown_fields", "telegraf-json: no field's name says a quantity of ours"))


def _take(metric: dict[str, Json], message: Message, harvest: Harvest) -> None:
    tags, values = metric["tags"], metric["fields"]
    named = {key: tag for key, tag in tags.items() if isinstance(tag, str)} if isinstance(tags, dict) else {}
    if isinstance(values, dict):
        take_point(str(metric["name"]), named, values, metric["timestamp"], message, harvest)


DIALECT = Dialect("telegraf-json", _recognises, _decode)
