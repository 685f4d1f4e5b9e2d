"""Smart voda's own payload, read the quick way: one good reading, written as the product itself writes it.

What a region's own gateways and the simulator send comes by the ten thousand a second. Here a compiled parser reads
exactly that form; whatever differs from it in the least (another field, a flag, a quality, a time without Z, an escaped
character) is none of it and goes the way of all payloads, `ingest.decoders.decode`. A test holds both to one result.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal

import msgspec

from ingest.decoders import smartvoda
from ingest.decoders.names import as_device
from ingest.decoders.time import DOUBTED_BEFORE_RECEIPT, EARLIEST, LATEST_AFTER_RECEIPT
from models.quality import Quality
from models.quantity import QUANTITIES
from models.reading import Reading
from models.registry import Source

DIALECT = smartvoda.DIALECT.name

_TIME_LENGTH = len("2026-11-24T08:00:00Z")
_TIME_MARKS = "--T::Z"
"""Every third character from the fourth on."""

_QUOTES = 14
"""Of four names and three strings."""

_QUOTES_OF_ONE_MORE = 4


class _Own(msgspec.Struct, forbid_unknown_fields=True):
    device: str
    quantity: str
    value: float
    time: str
    time_source: Literal["payload"] | msgspec.UnsetType = msgspec.UNSET
    quality: Literal["GOOD"] | msgspec.UnsetType = msgspec.UNSET


_parse = msgspec.json.Decoder(_Own).decode
_device = lru_cache(maxsize=65_536)(as_device)
_GOOD, _NEW = Quality.GOOD, tuple.__new__


def own_reading(payload: bytes, received: datetime) -> Reading | None:
    """The reading, or None where the payload has to go the way of all others.

    received : the time is believed only up to a day after it
    """
    try:
        own = _parse(payload)
        text = own.time
        if len(text) != _TIME_LENGTH or text[4::3] != _TIME_MARKS:
            return None
        time = datetime.fromisoformat(text)
    except ValueError:  # msgspec's errors are such, and so is UnicodeDecodeError
        return None
    quotes = _QUOTES
    if own.time_source is not msgspec.UNSET:
        quotes += _QUOTES_OF_ONE_MORE
    if own.quality is not msgspec.UNSET:
        quotes += _QUOTES_OF_ONE_MORE
    # A doubled name or an escaped character shows in the number of quotes and backslashes.
    if payload.count(b'"') != quotes or b"\\" in payload:
        return None
    value, quantity = own.value, own.quantity
    bounds = _BOUNDS.get(quantity)
    device = _device(own.device)
    if bounds is None or not device or not bounds[0] <= value <= bounds[1]:
        return None
    if time < EARLIEST or not received - DOUBTED_BEFORE_RECEIPT <= time <= received + LATEST_AFTER_RECEIPT:
        return None
    return _NEW(Reading, (device, quantity, value, time, "payload", _GOOD, (), DIALECT))


def leaves_alone(rule: Source | None) -> bool:
    """Whether a source's rule changes nothing in a payload of this kind."""
    return rule is None or (rule.dialect in ("", "auto", DIALECT) and rule.rate_step_s is None)


def _bounds(quantity: str) -> tuple[float, float]:
    """What a good value lies between: it is finite, and a register below zero is suspect."""
    known = QUANTITIES[quantity]
    least = 0.0 if known.kind == "register" else -sys.float_info.max
    return max(known.minimum, least), min(known.maximum, sys.float_info.max)


_BOUNDS = {quantity: _bounds(quantity) for quantity in QUANTITIES}
assert datetime.fromisoformat("2026-11-24T08:00:00Z").tzinfo is UTC, "times are compared as they are"
