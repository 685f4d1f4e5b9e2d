"""Dates and times as people write them. Only forms of this table are read; what else there is is no time.

24.11.2026 8:00   24. 11. 2026   24.11.26 8.00   po 24.11.2026 08:00:00   24. listopadu 2026   24-Nov-2026
2026-11-24T08:00:00.000+01:00   2026/11/24 8:00   20261124 080000   2026-11-24 08:00 CET
24/11/2026 or 11/24/2026: whose day and month can change places, the whole column must tell
46350.33 as workbooks count days; 1795507200 as seconds, or milli- and microseconds, since 1970
8:00   08:00:15,250   8:00 PM   24:00, in a column of their own beside a column of dates
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ingest.tables.number_cells import says_nothing

DAY_MS = 86_400_000
NO_CLOCK = -1
NO_ZONE = 32_767
"""Stands in an array of offsets where a cell names none."""

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_SERIAL_OF_1970 = 25_569
_SERIALS = (20_000.0, 80_000.0)
_EPOCHS = ((1e8, 1e11, 1000.0), (1e11, 1e14, 1.0), (1e14, 1e17, 1e-3))
_SERIAL_ROUNDING_MS = 50
"""Six decimals of a day."""
_LONGEST = 48

_ISO_DATE = re.compile(r"(\d{4})([-/.])\s?(\d{1,2})\2\s?(\d{1,2})$")
_COMPACT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})$")
_DOTTED = re.compile(r"(\d{1,2})\.\s*(\d{1,2})\.\s*(\d{4}|\d{2})\.?$")
_PARTED = re.compile(r"(\d{1,2})([/-])(\d{1,2})\2(\d{4}|\d{2})$")
_NAMED = re.compile(r"(\d{1,2})[.\s-]*\s*([^\W\d]{3,12})[.\s,-]*(\d{4})$")
_NAMED_FIRST = re.compile(r"([^\W\d]{3,12})\.?\s+(\d{1,2}),?\s+(\d{4})$")
_WEEKDAY = re.compile(r"[^\W\d]{2,9}[.,]?\s+(?=\d)")
_CLOCK = re.compile(
    r"(\d{1,2})(?:[:.h](\d{2}))(?:[:.](\d{2})(?:[.,](\d{1,9}))?)?\s*(am|pm|dop\.?|odp\.?|h|hod\.?|uhr)?$", re.IGNORECASE
)
_WHOLE = re.compile(
    r"(?P<date>.{6,20}?)(?:[T,;_]\s*|\s+|\s*[-–]\s+)(?P<clock>\d{1,2}[:.h]\d{2}(?:[:.]\d{2}(?:[.,]\d{1,9})?)?"
    r"(?:\s*(?:am|pm|hod\.?|h|uhr))?)$",
    re.IGNORECASE,
)
_COMPACT_WHOLE = re.compile(r"((?:19|20)\d{6})[T _]?(\d{2})(\d{2})(\d{2})?$")
_ZONE = re.compile(r"\s*(Z|UTC|GMT|CET|CEST|SEČ|SELČ|SEC|SELC|MEZ|MESZ|[+-]\d{2}(?::?\d{2})?)$")
_NUMBER = re.compile(r"\d{5}(?:[.,]\d{1,12})?$|\d{9,17}$")

_ZONES_MIN = {"Z": 0, "UTC": 0, "GMT": 0, "CET": 60, "SEČ": 60, "SEC": 60, "MEZ": 60}
_ZONES_MIN |= {"CEST": 120, "SELČ": 120, "SELC": 120, "MESZ": 120}
_MONTHS = (
    "jan january leden ledna januar janner led",
    "feb february unor unora februar uno",
    "mar march brezen brezna marz maerz bre mrz",
    "apr april duben dubna dub",
    "may kveten kvetna mai kve",
    "jun june cerven cervna juni cvn",
    "jul july cervenec cervence juli cvc",
    "aug august srpen srpna srp",
    "sep sept september zari zar",
    "oct october rijen rijna oktober okt rij",
    "nov november listopad listopadu lis",
    "dec december prosinec prosince dezember dez pro",
)
_MONTH = {name: number for number, names in enumerate(_MONTHS, start=1) for name in names.split()}


class Stamp(NamedTuple):
    """What a cell says of time.

    day : since 1970, None for a clock alone; swapped : the day if day and month change places, None where they can't
    clock_ms : since midnight, NO_CLOCK for a date alone; offset_min : of the zone that the cell names, or NO_ZONE
    """

    day: int | None
    swapped: int | None
    clock_ms: int
    offset_min: int = NO_ZONE


def stamp(cell: Any) -> Stamp | None:
    """What a cell says of time, None where it says none.

    >>> stamp("24.11.2026 8:00"), stamp("2026-11-24T08:00Z").offset_min
    (Stamp(day=20781, swapped=None, clock_ms=28800000, offset_min=32767), 0)
    >>> stamp("5/11/2026").day - stamp("11/5/2026").swapped, stamp("31.2.2026"), stamp("24:00").clock_ms
    (0, None, 86400000)
    """
    if isinstance(cell, str):
        return _of_text(cell)
    if isinstance(cell, datetime):
        day_ms = ((cell.hour * 60 + cell.minute) * 60 + cell.second) * 1000 + round(cell.microsecond / 1000)
        return Stamp(cell.toordinal() - _EPOCH_DAY, None, _whole_second(day_ms))
    if isinstance(cell, date):
        return Stamp(cell.toordinal() - _EPOCH_DAY, None, NO_CLOCK)
    if isinstance(cell, time):
        return Stamp(None, None, ((cell.hour * 60 + cell.minute) * 60 + cell.second) * 1000 + cell.microsecond // 1000)
    if isinstance(cell, (int, float)) and math.isfinite(cell):
        return _of_number(float(cell))
    return None


@lru_cache(maxsize=100_000)
def _of_text(text: str) -> Stamp | None:
    trimmed = text.strip()
    if not 3 < len(trimmed) <= _LONGEST:
        return None
    if _NUMBER.match(trimmed) and not _COMPACT_WHOLE.match(trimmed):
        return _of_number(float(trimmed.replace(",", ".")))
    offset = NO_ZONE
    if (zone := _ZONE.search(trimmed)) and ":" in trimmed[: zone.start()] + ":" * trimmed[: zone.start()].isdigit():
        offset = _offset_min(zone[1])
        trimmed = trimmed[: zone.start()]
    if (weekday := _WEEKDAY.match(trimmed)) and month_of(weekday[0].strip(" .,")) is None:
        trimmed = trimmed[weekday.end() :]
    if match := _COMPACT_WHOLE.match(trimmed):
        found, clock = _date(match[1]), _clock_ms(int(match[2]), int(match[3]), int(match[4] or 0), 0)
        return Stamp(*found, clock, offset) if found and clock is not None else None
    if found := _date(trimmed):
        return Stamp(*found, NO_CLOCK, offset)
    if (clock := _clock(trimmed)) is not None:
        return Stamp(None, None, clock, offset)
    if match := _WHOLE.match(trimmed):
        found, clock = _date(match["date"].strip()), _clock(match["clock"])
        if found and clock is not None:
            return Stamp(*found, clock, offset)
    return None


def _offset_min(word: str) -> int:
    if word in _ZONES_MIN:
        return _ZONES_MIN[word]
    digits = word[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return -minutes if word[0] == "-" else minutes


@lru_cache(maxsize=20_000)
def _date(text: str) -> tuple[int, int | None] | None:
    """Days since 1970 of a date, and where its day and month may change places the other day."""
    if match := _ISO_DATE.match(text):
        return _day(match[1], match[3], match[4])
    if match := _COMPACT.match(text):
        return _day(match[1], match[2], match[3])
    if match := _DOTTED.match(text):
        return _day(match[3], match[2], match[1])
    if match := _PARTED.match(text):
        first, second = _day(match[4], match[3], match[1]), _day(match[4], match[1], match[3])
        if first and second:
            return first[0], second[0]
        # Only one of them is a date of the calendar; which order that is the column must bear.
        return (first[0], None) if first else (_NEVER, second[0]) if second else None
    if match := _NAMED.match(text):
        return _named(match[3], match[2], match[1])
    if match := _NAMED_FIRST.match(text):
        return _named(match[3], match[1], match[2])
    return None


_NEVER = -(10**6)
"""Stands for a day that can't be, where only the other order gives a date."""


def _day(year: str, month: str, day: str) -> tuple[int, None] | None:
    whole = int(year) if len(year) == 4 else 2000 + int(year)
    try:
        return date(whole, int(month), int(day)).toordinal() - _EPOCH_DAY, None
    except ValueError:
        return None


def _named(year: str, month: str, day: str) -> tuple[int, None] | None:
    number = _MONTH.get(unaccented(month))
    return _day(year, str(number), day) if number else None


def unaccented(text: str) -> str:
    """Lower case without accents.

    >>> unaccented("Průtok"), unaccented("Zählerstand")
    ('prutok', 'zahlerstand')
    """
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def month_of(word: str) -> int | None:
    """The number of a month's name in Czech, English or German.

    >>> month_of("ledna"), month_of("Března"), month_of("May"), month_of("Dům")
    (1, 3, 5, None)
    """
    return _MONTH.get(unaccented(word))


def _clock(text: str) -> int | None:
    match = _CLOCK.match(text)
    if match is None:
        return None
    hour, word = int(match[1]), (match[5] or "").lower()
    if word in ("am", "pm"):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if word == "pm" else 0)
    return _clock_ms(hour, int(match[2] or 0), int(match[3] or 0), int((match[4] or "0").ljust(3, "0")[:3]))


def _clock_ms(hour: int, minute: int, second: int, milli: int) -> int | None:
    if minute > 59 or second > 59 or hour > 24 or (hour == 24 and (minute or second or milli)):
        return None
    return ((hour * 60 + minute) * 60 + second) * 1000 + milli


def _of_number(number: float) -> Stamp | None:
    """Days as workbooks count them (local), or an epoch (UTC)."""
    if _SERIALS[0] <= number < _SERIALS[1]:
        day = math.floor(number)
        clock = _whole_second(round((number - day) * DAY_MS), _SERIAL_ROUNDING_MS)
        return Stamp(day - _SERIAL_OF_1970, None, clock if number != day else NO_CLOCK)
    for least, most, factor in _EPOCHS:
        if least <= number < most:
            day_count, clock = divmod(math.floor(number * factor + 1e-4), DAY_MS)
            return Stamp(day_count, None, clock, 0)
    if 0 < number < 1:
        return Stamp(None, None, _whole_second(round(number * DAY_MS), _SERIAL_ROUNDING_MS))
    return None


def _whole_second(milliseconds: int, rounding_ms: int = 2) -> int:
    """Days with fractions are rounded in workbooks: what is next to a whole second is one."""
    near = round(milliseconds / 1000) * 1000
    return near if abs(near - milliseconds) <= rounding_ms else milliseconds


class Stamps(NamedTuple):
    """A column of times.

    local_ms : wall clock as if it were UTC [ms]; of a clock alone since midnight, of a date alone at midnight
    offset_min : of the zone a cell names, else NO_ZONE; wrong : places of cells that are no time; empty : of empty ones
    """

    local_ms: npt.NDArray[np.int64]
    offset_min: npt.NDArray[np.int16]
    no_clock: npt.NDArray[np.bool_]
    wrong: list[int]
    empty: list[int]


def column(cells: Sequence[Any], order: str = "") -> Stamps:
    """The times of a column's cells; `order` mdy lets the month come first where slashes or hyphens part a date."""
    count = len(cells)
    local = np.zeros(count, dtype=np.int64)
    offset = np.full(count, NO_ZONE, dtype=np.int16)
    no_clock = np.zeros(count, dtype=np.bool_)
    wrong: list[int] = []
    empty: list[int] = []
    for place, cell in enumerate(cells):
        found = stamp(cell)
        day = None if found is None else _chosen(found, order)
        if found is None or day == _NEVER:
            (empty if found is None and says_nothing(cell) else wrong).append(place)
            continue
        clock = found.clock_ms
        if clock == NO_CLOCK:
            no_clock[place] = True
            clock = 0
        local[place] = (day or 0) * DAY_MS + clock
        offset[place] = found.offset_min
    return Stamps(local, offset, no_clock, wrong, empty)


def clocks(cells: Sequence[Any]) -> Stamps:
    """The times of day of a column beside a column of dates; a whole number to 24 is an hour."""
    hours = [_hour(cell) for cell in cells]
    stamps = column([None if hour is not None else cell for cell, hour in zip(cells, hours, strict=True)])
    for place, hour in enumerate(hours):
        if hour is not None:
            stamps.local_ms[place] = hour * 3_600_000
    stamps.local_ms[:] = _within_a_day(stamps.local_ms)
    empty = [place for place in stamps.empty if hours[place] is None]
    return stamps._replace(empty=empty)


def _within_a_day(local_ms: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Workbooks keep a clock as a time of some day about 1900."""
    return np.where((local_ms > DAY_MS) | (local_ms < 0), local_ms % DAY_MS, local_ms)


def _hour(cell: Any) -> int | None:
    """A whole hour, 0 to 24, written as a number."""
    text = str(cell).strip().removesuffix(".0")
    return int(text) if len(text) <= 2 and text.isdigit() and int(text) <= 24 else None


def _chosen(found: Stamp, order: str) -> int | None:
    """The day of a stamp in an order; _NEVER where it has none in that order."""
    if order != "mdy" or found.swapped is None:
        is_parted_mdy_only = found.day == _NEVER and order != "mdy"
        return _NEVER if is_parted_mdy_only else found.day
    return found.swapped


class OrderEvidence:
    """What a column's dates with slashes or hyphens say of their order."""

    def __init__(self) -> None:
        self.day_first = 0
        self.month_first = 0
        self.either = 0
        self.examples: list[str] = []

    def add(self, cells: Sequence[Any]) -> None:
        """Look at some cells."""
        for cell in cells:
            if not isinstance(cell, str) or not _PARTED_SOMEWHERE.match(cell):
                continue
            found = _of_text(cell)
            if found is None or found.day is None:
                continue
            if found.day == _NEVER:
                self.month_first += 1
            elif found.swapped is None:
                self.day_first += 1
            elif found.day != found.swapped:
                self.either += 1
                if len(self.examples) < 2:
                    self.examples.append(cell.strip())

    def order(self) -> str:
        """dmy or mdy; "?" where the dates leave it open or contradict each other; empty where there are none."""
        if self.day_first and self.month_first:
            return "?"
        if self.day_first or self.month_first:
            return "dmy" if self.day_first else "mdy"
        return "?" if self.either else ""


_PARTED_SOMEWHERE = re.compile(r"\D*\d{1,2}[/-]\d{1,2}[/-]\d{2}")
