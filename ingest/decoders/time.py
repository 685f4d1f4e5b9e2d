"""Times as payloads write them: with a zone, without, as a number, doubled, missing or not to be believed."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ingest.decoders.calendar_text import written
from ingest.decoders.document import Json
from models.errors import VodaError
from models.quality import Quality
from models.reading import EPOCH, MILLISECOND, TimeSource

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST_AFTER_RECEIPT = timedelta(hours=24)
DOUBTED_BEFORE_RECEIPT = timedelta(days=3653)
"""No logger sends what is ten years old; a clock that lost its battery begins at 2000, 2010 or 2015."""

SENT_AT_ONCE = timedelta(minutes=30)
"""In the doubled hour of autumn: a message that arrives this soon after the later of its two moments is of that one."""

_CLOCK_TOLERANCE = timedelta(minutes=2)
_MS_FROM, _US_FROM, _NS_FROM = 1e11, 1e14, 1e17
_NUMBER = re.compile(r"[+-]?\d{1,20}(?:\.\d{0,12})?(?:[eE][+-]?\d{1,2})?$")
_NET = re.compile(r"\\?/Date\((-?\d{1,20})(?:[+-]\d{4})?\)\\?/$")
_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})?$")
_COMPACT_DIGITS = 14
_FIRST_COMPACT, _LAST_COMPACT = 20000101000000, 20991231235959
"""YYYYMMDDhhmmss as a number: as an epoch it would lie centuries ahead."""

_NEAR_RECEIPT = timedelta(days=2)


class Moment(NamedTuple):
    """A reading's time, where it came from, and what is thought of it."""

    time: datetime
    time_source: TimeSource
    quality: Quality = Quality.GOOD
    flags: tuple[str, ...] = ()


def receipt(received: datetime) -> Moment:
    """The moment of a reading that names no time of its own."""
    return Moment(to_millisecond(received), "received")


def moment(value: Json, received: datetime, zone: str) -> Moment:
    """The moment that a payload's time field means.

    value : ISO 8601 with or without zone, dates as people write them (calendar_text), or seconds, ms, µs or ns since
        1970, as a number or in a string
    zone : IANA name or fixed offset for times without a zone

    None, an empty string and the like are no time: the receipt. A time that can't be read, is before 2000 or more
    than 24 h after the receipt is not believed: the receipt, SUSPECT, flag CLOCK. One of ten years ago is kept, SUSPECT
    and flag CLOCK too. In the doubled hour the one that fits the receipt; a local time that does not exist is taken as
    winter time, SUSPECT, flag CLOCK.
    """
    if value is None or (isinstance(value, str) and value.strip().lower() in ("", "null", "none", "n/a", "unknown")):
        return receipt(received)
    found = _read(value, received, zone)
    if found is None:
        return _not_believed(received)
    time, sure = found
    if time < EARLIEST or time > received + LATEST_AFTER_RECEIPT:
        return _not_believed(received)
    if not sure or time < received - DOUBTED_BEFORE_RECEIPT:
        return Moment(time, "payload", Quality.SUSPECT, ("CLOCK",))
    return Moment(time, "payload")


def as_written(value: Json, detail: str) -> Json:
    """A time field in a writing that `moment` reads, by what its rule says.

    detail : s, ms, us or ns since 1970, or a pattern of strptime; empty: as it is
    """
    if not detail:
        return value
    if detail in _PER_SECOND:
        try:
            return float(str(value)) / _PER_SECOND[detail]
        except ValueError:
            return value
    try:
        return datetime.strptime(str(value)[:64].strip(), detail).isoformat()  # noqa: DTZ007 - moment gives it a zone
    except (ValueError, re.error):
        return value


_PER_SECOND = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}


def to_millisecond(time: datetime) -> datetime:
    """An aware time in UTC, cut to the millisecond."""
    return EPOCH + ((time - EPOCH) // MILLISECOND) * MILLISECOND


@lru_cache(maxsize=256)
def time_zone(name: str) -> tzinfo:
    """The zone of an IANA name or a fixed offset such as +01:00.

    Raises VodaError time.zone_unknown.
    """
    if match := _OFFSET.match(name):
        size = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
        return timezone(size if match[1] == "+" else -size)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise VodaError(
            "time.zone_unknown", f"time zone {name!r} is not known; write Europe/Prague or +01:00"
        ) from None


def _not_believed(received: datetime) -> Moment:
    return Moment(to_millisecond(received), "received", Quality.SUSPECT, ("CLOCK",))


def _read(value: Json, received: datetime, zone: str) -> tuple[datetime, bool] | None:
    if isinstance(value, (bool, dict, list)):
        return None
    if isinstance(value, int) and _FIRST_COMPACT <= value <= _LAST_COMPACT:
        return _from_calendar(str(value), received, zone)
    if isinstance(value, (int, float)):
        try:
            return _from_epoch(float(value))
        except OverflowError:
            return None
    text = str(value).strip()
    if len(text) > 64:  # no time is longer, and patterns stay quick
        return None
    if (found := _from_iso(text, received, zone)) is not None:
        return found
    if _NUMBER.match(text) and not (len(text) == _COMPACT_DIGITS and text.startswith("20")):
        return _from_epoch(float(text))
    if match := _NET.match(text):
        return _from_epoch(float(match[1]))
    return _from_calendar(text, received, zone)


def _from_iso(text: str, received: datetime, zone: str) -> tuple[datetime, bool] | None:
    """The way that most payloads write: what Python reads by itself, the quickest one."""
    if text[4:5] != "-" or len(text) < len("2026-11-24T08:00"):
        return None
    try:
        time = datetime.fromisoformat(text)
        if time.tzinfo is not None:
            return to_millisecond(time.astimezone(UTC)), True
        return _from_local(_cut(time), received, time_zone(zone))
    except (ValueError, OverflowError):
        return None


def _cut(local: datetime) -> datetime:
    return local.replace(microsecond=local.microsecond // 1000 * 1000)


def _from_epoch(number: float) -> tuple[datetime, bool] | None:
    if not math.isfinite(number):
        return None
    size = abs(number)
    scale = 1.0 if size < _MS_FROM else 1e3 if size < _US_FROM else 1e6 if size < _NS_FROM else 1e9
    try:
        return EPOCH + timedelta(milliseconds=math.floor(number / scale * 1e3 + 1e-4)), True
    except OverflowError:
        return None


def _from_calendar(text: str, received: datetime, zone: str) -> tuple[datetime, bool] | None:
    found: list[tuple[datetime, bool]] = []
    for one in written(text):
        try:
            if one.zone:
                found.append((_cut(one.local).replace(tzinfo=time_zone(one.zone)).astimezone(UTC), True))
            else:
                found.append(_from_local(_cut(one.local), received, time_zone(zone)))
        except (ValueError, OverflowError):
            continue
    if len(found) > 1:
        # Day and month could be either: the one that fits the receipt, else none is believed.
        found = [one for one in found if abs(one[0] - received) <= _NEAR_RECEIPT]
    return found[0] if len(found) == 1 else None


def _from_local(local: datetime, received: datetime, zone: tzinfo) -> tuple[datetime, bool]:
    early, late = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if early == late:
        return early, True
    if early > late:
        # The hour that spring leaves out. fold=0 reads it with the offset before the change: winter time.
        return early, False
    if late > received + _CLOCK_TOLERANCE:
        return early, True
    return late, received - late <= SENT_AT_ONCE
