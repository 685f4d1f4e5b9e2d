"""Smart voda's own payload, read the quick way: one good reading, written as the product itself writes it.

What a region's own gateways and the simulator send comes by the ten thousand a second. Here a compiled parser reads
exactly that form; whatever differs from it in the least (another field, a flag, a quality, a time without Z, an escaped
character) is none of it and goes the way of all payloads, `ingest.decoders.decode`. A test holds both to one result.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
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


class _Own(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    device: str
    quantity: str
    value: float
    time: str
    time_source: Literal["payload"] | msgspec.UnsetType = msgspec.UNSET
    quality: Literal["GOOD"] | msgspec.UnsetType = msgspec.UNSET


_parse = msgspec.json.Decoder(_Own).decode
_device = lru_cache(maxsize=65_536)(as_device)


def own_readings(payloads: Iterable[bytes], receipts: Iterable[datetime]) -> list[Reading | None]:
    """The reading of each payload, or None where it has to go the way of all others.

    receipts : of each; its time is believed only up to a day after it
    """
    # One loop with what it needs at hand: at a hundred thousand payloads a second a call is a twentieth of the time.
    parse, device_of, bounds_of, iso = _parse, _device, _BOUNDS.get, datetime.fromisoformat
    new, good, dialect, unset = tuple.__new__, Quality.GOOD, DIALECT, msgspec.UNSET
    found: list[Reading | None] = []
    add = found.append
    at: datetime | None = None
    first = last = EARLIEST
    for payload, received in zip(payloads, receipts, strict=True):
        if received is not at:
            at = received
            first, last = max(received - DOUBTED_BEFORE_RECEIPT, EARLIEST), received + LATEST_AFTER_RECEIPT
        try:
            own = parse(payload)
            text = own.time
            if len(text) != _TIME_LENGTH or text[4::3] != _TIME_MARKS:
                add(None)
                continue
            time = iso(text)
        except ValueError:  # msgspec's errors are such, and so is UnicodeDecodeError
            add(None)
            continue
        # A doubled name or an escaped character shows in the number of quotes and backslashes.
        more = payload.count(b'"') - _QUOTES
        if more and more != _QUOTES_OF_ONE_MORE * ((own.time_source is not unset) + (own.quality is not unset)):
            add(None)
            continue
        value, quantity = own.value, own.quantity
        bounds, device = bounds_of(quantity), device_of(own.device)
        fits = bounds is not None and device and bounds[0] <= value <= bounds[1] and first <= time <= last
        if not fits or b"\\" in payload:
            add(None)
            continue
        add(new(Reading, (device, quantity, value, time, "payload", good, (), dialect)))
    return found


def own_reading(payload: bytes, received: datetime) -> Reading | None:
    """The reading of one payload, or None."""
    return own_readings([payload], [received])[0]


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
