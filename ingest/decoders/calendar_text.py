"""Dates and times in words and digits, as people, PLCs and programs write them, to the moments that they may mean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple


class Written(NamedTuple):
    """A time as it stands: naive, with its zone ("" where it names none)."""

    local: datetime
    zone: str


_CLOCK = (
    r"(?:[T _,]+(?:at\s+)?(?P<H>\d{1,2})[:.h](?P<M>\d{2})(?:[:.](?P<S>\d{2})(?:[.,](?P<f>\d{1,9})\d*)?)?"
    r"(?:\s*(?P<half>[AP])\.?M\.?)?)?"
)
_ZONE = (
    r"\s*(?P<zone>Z|UTC|GMT|UT|CET|CEST|MEZ|MESZ|SEČ|SELČ|EET|EEST|WET|WEST|[+-]\d{2}(?::?\d{2})?)?"
    r"(?:\s*(?:UTC|[A-Z]{3,4}|\[[\w/+-]{1,40}\]|\([^)]{1,40}\)))?$"
)
_NAMED_ZONES = {
    **dict.fromkeys(("Z", "UTC", "GMT", "UT", "WET"), "+00:00"),
    **dict.fromkeys(("CET", "MEZ", "SEČ", "WEST"), "+01:00"),
    **dict.fromkeys(("CEST", "MESZ", "SELČ", "EET"), "+02:00"),
    "EEST": "+03:00",
}
_MONTHS_IN_ORDER = """jan january ledna|feb february února|mar march března|apr april dubna|may května|
    jun june června|jul july července|aug august srpna|sep sept september září|oct october října|
    nov november listopadu|dec december prosince"""
_MONTHS = {name: at for at, names in enumerate(_MONTHS_IN_ORDER.split("|"), 1) for name in names.split()}
_YEAR_FIRST = re.compile(r"(?P<y>\d{4})(?P<mark>[-/.])(?P<m>\d{1,2})(?P=mark)(?P<d>\d{1,2})" + _CLOCK + _ZONE, re.I)
_COMPACT = re.compile(
    r"(?P<y>20\d{2})(?P<m>\d{2})(?P<d>\d{2})"
    r"(?:[T _]?(?P<H>\d{2})(?P<M>\d{2})(?P<S>\d{2})?(?:[.,](?P<f>\d{1,9}))?)?(?P<half>)" + _ZONE,
    re.I,
)
_DAY_FIRST = re.compile(r"(?P<d>\d{1,2})\.\s*(?P<m>\d{1,2})\.\s*(?P<y>\d{4}|\d{2}(?!\d))" + _CLOCK + _ZONE, re.I)
_EITHER_FIRST = re.compile(r"(?P<d>\d{1,2})(?P<mark>[-/])(?P<m>\d{1,2})(?P=mark)(?P<y>\d{4})" + _CLOCK + _ZONE, re.I)
_DAY_MONTH_NAME = re.compile(
    r"(?:[a-z]{3,9},?\s+)?(?P<d>\d{1,2})(?:\.|st|nd|rd|th)?[\s-]+(?P<m>[^\W\d]{3,10})\.?,?[\s-]+(?P<y>\d{4})"
    + _CLOCK
    + _ZONE,
    re.I,
)
_MONTH_NAME_DAY = re.compile(
    r"(?:[a-z]{3,9},?\s+)?(?P<m>[a-z]{3,9})\.?\s+(?P<d>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<y>\d{4})" + _CLOCK + _ZONE, re.I
)
_C_TIME = re.compile(
    r"[a-z]{3}\s+(?P<m>[a-z]{3})\s+(?P<d>\d{1,2})\s+(?P<H>\d{2}):(?P<M>\d{2}):(?P<S>\d{2})(?P<f>)(?P<half>)\s+"
    r"(?:(?P<zone>UTC|GMT|CET|CEST)\s+)?(?P<y>\d{4})$",
    re.I,
)
_PATTERNS = (_YEAR_FIRST, _DAY_FIRST, _EITHER_FIRST, _COMPACT, _DAY_MONTH_NAME, _MONTH_NAME_DAY, _C_TIME)
_LONGEST = 64
_LAST_MONTH = 12


def written(text: str) -> list[Written]:
    """What a time may mean; two where day and month can't be told apart (5/6/2026), none where it is no time.

    >>> [str(one.local) for one in written("24.11.2026 9:12")], written("Tue, 24 Nov 2026 08:12:31 GMT")[0].zone
    (['2026-11-24 09:12:00'], '+00:00')
    """
    if len(text) > _LONGEST:
        return []
    for pattern in _PATTERNS:
        if match := pattern.match(text):
            return list(_read(match, either=pattern is _EITHER_FIRST))
    return []


def _read(match: re.Match[str], either: bool) -> Iterator[Written]:
    part = match.groupdict()
    month_name = part["m"].casefold()
    month = int(part["m"]) if part["m"].isdecimal() else _MONTHS.get(month_name, 0)
    day, year = int(part["d"]), int(part["y"]) + (2000 if len(part["y"]) == 2 else 0)
    zone = (part["zone"] or "").upper()
    for first, second in ((day, month), (month, day)) if either and day != month else ((day, month),):
        if second <= _LAST_MONTH and (local := _local(part, year, second, first)) is not None:
            yield Written(local, _NAMED_ZONES.get(zone, zone))


def _local(part: dict[str, str | None], year: int, month: int, day: int) -> datetime | None:
    hour, minute, second = (int(part[name] or 0) for name in "HMS")
    if half := (part["half"] or "").upper():
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "P" else 0)
    day_after = hour == 24 and minute == second == 0
    microsecond = int((part["f"] or "0").ljust(6, "0")[:6])
    try:
        local = datetime(  # noqa: DTZ001 - the zone follows
            year, month, day, 0 if day_after else hour, minute, min(second, 59) if second == 60 else second, microsecond
        )
        return local + timedelta(days=1) if day_after else local
    except (ValueError, OverflowError):
        return None
