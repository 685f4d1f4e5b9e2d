"""A meter's own clock: data types F (to the minute) and I (to the second) of EN 13757-3, annex A."""

from __future__ import annotations

from typing import NamedTuple

_TYPE_F, _TYPE_I = 4, 6


class LocalTime(NamedTuple):
    """What a meter's clock shows.

    text : ISO 8601 without a zone
    is_summer : whether the meter says that it shows daylight saving time
    """

    text: str
    is_summer: bool


def local_time(raw: bytes) -> LocalTime | None:
    """The time in a record's bytes, None where they are of another type or say that the clock is not set.

    >>> local_time(bytes.fromhex("3B177F2A"))
    LocalTime(text='2019-10-31T23:59:00', is_summer=False)
    """
    if len(raw) == _TYPE_F:
        minute, hour, day, month = raw
        second = 0
        is_invalid, is_summer = minute & 0x80, hour & 0x80
        century = hour >> 5 & 0x03
    elif len(raw) == _TYPE_I:
        second, minute, hour, day, month, _ = raw
        is_invalid, is_summer = minute & 0x80, second & 0x40
        century = 0
    else:
        return None
    year = day >> 5 | (month & 0xF0) >> 1
    second, minute, hour, day, month = second & 0x3F, minute & 0x3F, hour & 0x1F, day & 0x1F, month & 0x0F
    if is_invalid or second > 59 or minute > 59 or hour > 23 or not 0 < month < 13 or not day or year > 99:
        return None
    year += 1900 + 100 * century if century else 2000 if year <= 80 else 1900
    return LocalTime(f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}", bool(is_summer))
