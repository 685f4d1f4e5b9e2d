"""Sparkplug messages for tests, made with the decoder's own schema."""

from __future__ import annotations

from typing import NamedTuple

from ingest.decoders.sparkplug_payload import payload_class

BIRTH_MS = 1_795_507_951_000


class Sent(NamedTuple):
    """A metric: name or alias or both, a value, the unit as a property."""

    value: float
    name: str = ""
    alias: int | None = None
    unit: str = ""


def message(*metrics: Sent, at_ms: int = BIRTH_MS) -> bytes:
    """The payload of a birth or of data; every value was taken when it was sent."""
    payload = payload_class()()
    payload.timestamp = at_ms
    for sent in metrics:
        metric = payload.metrics.add()
        metric.datatype, metric.double_value = 10, sent.value
        if sent.name:
            metric.name = sent.name
        if sent.alias is not None:
            metric.alias = sent.alias
        if sent.unit:
            metric.properties.keys.append("engUnit")
            unit = metric.properties.values.add()
            unit.type, unit.string_value = 12, sent.unit
    return bytes(payload.SerializeToString())
