"""Deliveries as bytes for the disk: JSON, so that a person can look at what waits.

A compiled writer and reader, since every reading passes here. What they can't write (half a surrogate pair in a name)
is written in the way of earlier programs, which is read for ever: a spool may have waited through an update.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from models.notice import Notice, NoticeKind
from models.quality import Quality
from models.reading import Reading, from_ms, to_ms
from models.records import Refused
from models.spool import TRIED_EARLIER, Delivery


class Batch(NamedTuple):
    """What some deliveries brought. topics : of each reading, for what the store refuses."""

    readings: list[Reading]
    topics: list[str]
    notices: list[Notice]
    refused: list[Refused]


class _Body(msgspec.Struct):
    """rows : readings by topic; notices, refused : as they go into the records"""

    rows: list[tuple[str, list[Reading]]]
    notices: list[Notice] = []
    refused: list[Refused] = []


_write = msgspec.json.Encoder().encode
_read = msgspec.json.Decoder(_Body).decode


def encode(deliveries: Sequence[Delivery]) -> bytes:
    """Deliveries without what only a redelivery needs."""
    body = _Body([(delivery.topic, delivery.readings) for delivery in deliveries if delivery.readings])  # type: ignore[misc]  # a tuple is written as a list is
    for delivery in deliveries:
        if delivery.notices or delivery.refused is not None:
            body.notices.extend(delivery.notices)
            body.refused.extend(_refused(delivery))
    try:
        return _write(body)
    except UnicodeEncodeError:
        return _encode_as_before(deliveries)


def _refused(delivery: Delivery) -> list[Refused]:
    if delivery.refused is None:
        return []
    refused = Refused(0, delivery.topic, delivery.received, *delivery.refused, delivery.payload)
    return [refused._replace(tried_with=delivery.tried_with, arrived=delivery.arrived)]


def _encode_as_before(deliveries: Sequence[Delivery]) -> bytes:
    rows: list[Any] = []
    notices: list[Any] = []
    refused: list[Any] = []
    for delivery in deliveries:
        if delivery.readings:
            rows.append((delivery.topic, [_reading_row(reading) for reading in delivery.readings]))
        notices += [_notice_row(notice) for notice in delivery.notices]
        if delivery.refused is not None:
            payload = b64encode(delivery.payload).decode()
            row = (delivery.topic, to_ms(delivery.received), *delivery.refused, payload)
            refused.append((*row, delivery.tried_with, delivery.arrived))
    body = {"readings": rows, "notices": notices, "refused": refused}
    return json.dumps(body, separators=(",", ":")).encode()


def encode_aside(deliveries: Sequence[Delivery]) -> bytes | None:
    """Only notices and refused payloads, None where there are none."""
    some = [d._replace(readings=()) for d in deliveries if d.notices or d.refused is not None]
    return encode(some) if some else None


def decode(body: bytes) -> Batch:
    """The opposite of both. Raises ValueError, TypeError, KeyError for what neither this nor an earlier one wrote."""
    try:
        whole = _read(body)
    except ValueError:
        return _decode_as_before(body)
    topics = [topic for topic, readings in whole.rows for _ in readings]
    return Batch([r for _, readings in whole.rows for r in readings], topics, whole.notices, whole.refused)


def _decode_as_before(body: bytes) -> Batch:
    parsed = json.loads(body)
    batch = Batch([], [], [], [])
    for topic, rows in parsed["readings"]:
        batch.topics.extend([topic] * len(rows))
        batch.readings.extend(_reading(*row) for row in rows)
    for device, kind, active, time_ms, time_source, source in parsed["notices"]:
        batch.notices.append(Notice(device, NoticeKind(kind), active, from_ms(time_ms), time_source, source))
    for topic, received_ms, code, reason, payload, *later in parsed["refused"]:
        refused = Refused(0, topic, from_ms(received_ms), code, reason, b64decode(payload), *later)
        # An earlier program did not write with what.
        batch.refused.append(refused if later else refused._replace(tried_with=TRIED_EARLIER))
    return batch


def as_batch(deliveries: Sequence[Delivery]) -> Batch:
    """What deliveries brought, without the way over bytes."""
    batch = Batch([], [], [], [])
    for delivery in deliveries:
        batch.readings.extend(delivery.readings)
        batch.topics.extend([delivery.topic] * len(delivery.readings))
        batch.notices.extend(delivery.notices)
        batch.refused.extend(_refused(delivery))
    return batch


def joined(batches: Iterable[Batch]) -> Batch:
    """Several batches as one, in order."""
    result = Batch([], [], [], [])
    for batch in batches:
        result.readings.extend(batch.readings)
        result.topics.extend(batch.topics)
        result.notices.extend(batch.notices)
        result.refused.extend(batch.refused)
    return result


def _reading_row(reading: Reading) -> tuple[Any, ...]:
    device, quantity, value, time, time_source, quality, flags, source = reading
    return device, quantity, value, to_ms(time), time_source, int(quality), flags, source


def _reading(
    device: str,
    quantity: str,
    value: float | None,
    time_ms: int,
    time_source: Any,
    quality: int,
    flags: list[str],
    source: str,
) -> Reading:
    return Reading(device, quantity, value, from_ms(time_ms), time_source, Quality(quality), tuple(flags), source)


def _notice_row(notice: Notice) -> tuple[Any, ...]:
    return notice.device, notice.notice, notice.active, to_ms(notice.time), notice.time_source, notice.source
