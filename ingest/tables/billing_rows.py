"""Billed volumes of a table as rows of billing.csv."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from ingest.tables import headings, number_cells, time_cells
from ingest.tables.plan import Plan
from ingest.tables.readings import Bad
from ingest.tables.registry_names import Names, as_name
from ingest.tables.registry_rows import Edit, cells_of
from models.registry import Billing, Region
from models.tables import Hints, Said
from models.units import find_unit

METHOD = "import"
_CLASSES = {
    "household": """domacnost|domacnosti|obyvatelstvo|obyvatele|household|households|domestic|residential|haushalt
        |haushalte|privathaushalte|dom""",
    "other": "ostatni|other|others|jine|jini|ostatni odberatele|ostatni odber|nedomacnosti|sonstige|andere",
}
CLASS_OF = {" ".join(w.split()): name for name, words in _CLASSES.items() for w in words.split("|")}
"""Customers as tables call them → our classes."""
_METHODS = {"odecet": "read", "odecteno": "read", "odectem": "read", "gelesen": "read", "ablesung": "read"}
_METHODS |= {"odhad": "estimated", "odhadem": "estimated", "geschatzt": "estimated", "schatzung": "estimated"}
_MONTH_YEAR = re.compile(r"(\d{1,2})\s*[./-]\s*(\d{4})$")
_YEAR_MONTH = re.compile(r"(\d{4})\s*[./-]\s*(\d{1,2})$")
_NAMED_MONTH = re.compile(r"([^\W\d]{3,12})\.?\s+(\d{4})$")
_QUARTER = re.compile(r"(?:q\s*([1-4])|([1-4])\s*\.?\s*(?:q|ctvrtleti|kv|quartal))\s*[/ .-]?\s*(\d{4})$")
_YEAR = re.compile(r"(\d{4})$")


class Span(NamedTuple):
    """A period of days as the table writes it; `last` belongs to it or not, as the whole table tells."""

    first: date
    last: date
    is_whole: bool
    """Whether it came from the name of a month or year, so that `last` is the first day after it."""


class BillingRows:
    """Reads rows of billed volumes as a plan says."""

    def __init__(self, plan: Plan, names: Names, region: Region, hints: Hints, headings_of: Sequence[str]) -> None:
        self._plan = plan
        self._names = names
        self._region = region
        self._hints = hints
        self._headings = headings_of

    def problems(self, rows: Sequence[tuple[int, Sequence[Any]]]) -> list[Said]:
        """What stands in the way of all rows."""
        places = self._plan.places
        if not ({"from", "to"} <= set(places) or "period" in places or "year" in places):
            return [Said("no_period")]
        found = []
        if "class" not in places and not self._hints.customer_class and not self._plan.values:
            found.append(Said("no_class"))
        if not self._hints.to_is and self._to_is(rows) == "?":
            example = next((f"{span.first} – {span.last}" for span in self._spans(rows) if not span.is_whole), "")
            found.append(Said("to_open", {"example": example}))
        return found

    def edits(self, rows: Sequence[tuple[int, Sequence[Any]]]) -> tuple[list[Edit], list[Bad]]:
        """Rows of billing.csv, and lines that give none."""
        inclusive = (self._hints.to_is or self._to_is(rows)) == "inclusive"
        edits: list[Edit] = []
        bad: list[Bad] = []
        for line, row in rows:
            for volume in self._volumes:
                made = self._billing(row, inclusive, *volume)
                if isinstance(made, Billing):
                    edits.append(Edit(line, made))
                elif made is not None:
                    role, reason = made
                    place = volume[0] if role == "volume" else self._places.get(role)
                    cell = row[place] if place is not None and place < len(row) else None
                    bad.append(Bad(line, "" if place is None else self._headings[place], as_name(cell), reason))
        return edits, bad

    @property
    def _volumes(self) -> list[tuple[int, str, str]]:
        """Columns of volumes: place, unit, and whose volumes these are where the heading says it."""
        if self._plan.values:
            return [(column.place, column.unit, column.quantity) for column in self._plan.values]
        place = self._plan.places["volume"]
        return [(place, self._plan.units_of_places.get(place, ""), "")]

    @property
    def _places(self) -> dict[str, int]:
        return {str(role): place for role, place in self._plan.places.items()}

    def _billing(
        self, row: Sequence[Any], inclusive: bool, place: int, unit: str, customers: str
    ) -> Billing | tuple[str, Said] | None:
        """A volume of a row; the role and reason of what is wrong with it; None for an empty cell among several."""
        span = self._span(row)
        if span is None:
            return "from" if "from" in self._plan.places else "period", Said("no_date_in_row")
        last = span.last + timedelta(days=int(inclusive and not span.is_whole))
        if last <= span.first:
            return "to", Said("period_backwards")
        zone, town, reason = self._subject(row)
        if reason:
            return "zone" if "zone" in self._plan.places else "municipality", reason
        if customers and number_cells.says_nothing(row[place] if place < len(row) else None):
            return None
        volume = self._volume_m3(row, place, unit)
        if volume is None:
            return "volume", Said("no_volume_in_row")
        if volume < 0:
            return "volume", Said("negative_volume")
        customers = customers or self._class(row)
        if not customers:
            return "class", Said("no_class_in_row")
        word = as_name(cells_of(self._places, row, "method"))
        method = _METHODS.get(headings.normal(word), word) or METHOD
        return Billing(self._midnight(span.first), self._midnight(last), zone, town, customers, volume, method)

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self._region.tz).astimezone(UTC)

    def _class(self, row: Sequence[Any]) -> str:
        word = as_name(cells_of(self._places, row, "class")) or self._hints.customer_class
        return CLASS_OF.get(headings.normal(word), word)

    def _volume_m3(self, row: Sequence[Any], place: int, unit: str) -> float | None:
        found = number_cells.number(row[place] if place < len(row) else None, self._plan.decimals.get(place, "."))
        if found is None:
            return None
        unit = found[1] or unit
        if unit.strip().casefold() in headings.THOUSAND_M3:
            return float(f"{found[0] * 1000:.12g}")
        known = find_unit(unit)
        return known.stored(found[0]) if known is not None and known.dimension == "volume" else None

    def _subject(self, row: Sequence[Any]) -> tuple[str, str, Said | None]:
        """Zone or municipality of a row; a town beside a zone only says where the zone lies."""
        zone_name = as_name(cells_of(self._places, row, "zone"))
        town_name = as_name(cells_of(self._places, row, "municipality"))
        town = self._names.municipality(town_name)
        if zone_name:
            zone = self._names.zone(zone_name)
            lies_there = not town or (zone and self._region.zone[zone].municipality == town)
            return zone, "", None if zone and lies_there else Said("unknown_subject", {"name": zone_name})
        return "", town, None if town else Said("unknown_subject", {"name": town_name or "—"})

    # -- periods ---------------------------------------------------------------------------------------------------

    def _spans(self, rows: Sequence[tuple[int, Sequence[Any]]]) -> list[Span]:
        return [span for _, row in rows if (span := self._span(row)) is not None]

    def _span(self, row: Sequence[Any]) -> Span | None:
        if {"from", "to"} <= set(self._plan.places):
            first, last = (self._day(cells_of(self._places, row, role)) for role in ("from", "to"))
            return Span(first, last, False) if first and last else None
        period, year = cells_of(self._places, row, "period"), cells_of(self._places, row, "year")
        return period_of(period, as_name(year))

    def _day(self, cell: Any) -> date | None:
        stamps = time_cells.column([cell], self._plan.order)
        if stamps.wrong or stamps.empty:
            return None
        return date(1970, 1, 1) + timedelta(milliseconds=int(stamps.local_ms[0]))

    def _to_is(self, rows: Sequence[tuple[int, Sequence[Any]]]) -> str:
        """inclusive or exclusive, as months that are whole either way tell; "?" where they don't, or contradict."""
        spans = [span for span in self._spans(rows) if not span.is_whole]
        if not spans:
            return "exclusive"
        begins = {span.first for span in spans}
        day = timedelta(days=1)
        inclusive = sum(span.first.day == 1 and (span.last + day).day == 1 for span in spans)
        exclusive = sum(span.first.day == 1 and span.last.day == 1 and span.last > span.first for span in spans)
        if not inclusive and not exclusive:
            inclusive = sum(span.last + day in begins for span in spans)
            exclusive = sum(span.last in begins and span.last > span.first for span in spans)
        if bool(inclusive) == bool(exclusive):
            return "?"
        return "inclusive" if inclusive else "exclusive"


def period_of(cell: Any, year: str = "") -> Span | None:
    """The whole month, quarter or year that a cell names.

    >>> period_of("leden 2026").last, period_of("2026-01").first, period_of("1", "2026").last
    (datetime.date(2026, 2, 1), datetime.date(2026, 1, 1), datetime.date(2026, 2, 1))
    >>> period_of("Q2 2026").last, period_of(None, "2026").last, period_of("13/2026")
    (datetime.date(2026, 7, 1), datetime.date(2027, 1, 1), None)
    """
    if isinstance(cell, (datetime, date)):
        return _months(cell.year, cell.month, 1) if cell.day == 1 else None
    text = time_cells.unaccented(as_name(cell))
    if year and text:
        month = int(text) if text.isdigit() else time_cells.month_of(text)
        return _months(int(year), month, 1) if month and year.isdigit() else None
    text = text or year
    if match := _MONTH_YEAR.match(text):
        return _months(int(match[2]), int(match[1]), 1)
    if match := _YEAR_MONTH.match(text):
        return _months(int(match[1]), int(match[2]), 1)
    if match := _QUARTER.match(text):
        return _months(int(match[3]), int(match[1] or match[2]) * 3 - 2, 3)
    if (match := _NAMED_MONTH.match(text)) and (month := time_cells.month_of(match[1])):
        return _months(int(match[2]), month, 1)
    if match := _YEAR.match(text):
        return _months(int(match[1]), 1, 12)
    return None


def _months(year: int, month: int, count: int) -> Span | None:
    if not (1900 <= year <= 2200 and 1 <= month <= 12):
        return None
    after = year * 12 + month - 1 + count
    return Span(date(year, month, 1), date(after // 12, after % 12 + 1, 1), True)
