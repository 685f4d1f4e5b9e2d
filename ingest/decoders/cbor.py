"""CBOR (RFC 8949) to the same plain values as JSON gives: names as text, numbers as numbers, times as ISO text."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from typing import Any

import cbor2

from ingest.decoders.document import MAX_BYTES, Json, check_shape
from models.errors import RefusedError

MAX_DEPTH = 24
_LIST_FROM, _MAP_FROM, _TAG_FROM = 0x80, 0xA0, 0xC0


def _refuse(decoder: cbor2.CBORDecoder, *_: object) -> object:
    raise ValueError("a tag that no meter uses")


_TAGS_REFUSED = dict.fromkeys((5, 25, 28, 29, 30, 35, 36, 256, 258), _refuse)
"""Tags by which few bytes become an endless or a costly thing: references, fractions of huge numbers, patterns."""


def begins_as_list(data: bytes) -> bool:
    """Whether the first byte is that of a CBOR list."""
    return bool(data) and _LIST_FROM <= data[0] < _MAP_FROM


def begins_as_map(data: bytes) -> bool:
    """Whether the first byte is that of a CBOR map."""
    return bool(data) and _MAP_FROM <= data[0] < _TAG_FROM


def parse_cbor(data: bytes) -> Json:
    """The one item that bytes hold; a map's numbers as names become text, byte strings become hex.

    Raises RefusedError decode.not_cbor, decode.too_large.
    """
    if len(data) > MAX_BYTES:
        raise RefusedError("decode.too_large", f"payload has {len(data)} bytes, at most {MAX_BYTES} are read")
    stream = io.BytesIO(data)
    try:
        item = cbor2.CBORDecoder(
            stream, max_depth=MAX_DEPTH, allow_duplicate_keys=False, semantic_decoders=_TAGS_REFUSED
        ).decode()
    except (cbor2.CBORDecodeError, ValueError, TypeError, ArithmeticError, MemoryError) as error:
        raise RefusedError("decode.not_cbor", f"payload is no CBOR: {error!s:.80}") from None
    if stream.tell() != len(data):
        raise RefusedError("decode.not_cbor", f"{len(data) - stream.tell()} bytes follow the CBOR item")
    value = _plain(item)
    check_shape(value)
    return value


def _plain(item: Any) -> Json:
    if isinstance(item, dict):
        return {str(key): _plain(value) for key, value in item.items()}
    if isinstance(item, (list, tuple)):
        return [_plain(value) for value in item]
    if item is None or isinstance(item, (bool, int, float, str)):
        return item
    if isinstance(item, Decimal):
        return float(item)
    if isinstance(item, date):
        return item.isoformat()
    return item.hex() if isinstance(item, bytes) else None
