"""Towns beside each other over the same days: what is known of each, how certainly, and where it stands to our own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from dashboard.views.comparison_periods import DAY, Compare, Piece, asked, pieces
from dashboard.visit import Rooms
from models.balance import LEAST_COVERED
from models.calendar import day_edges, starts
from models.comparison import Compared, TownComparison, TownUse, compare
from models.comparison_ranges import Range, Standing, night_range, standing, use_range
from models.records import Figure, Records
from models.registry import Municipality, Region

Indicator = Literal["household", "billed", "night"]
INDICATORS: tuple[Indicator, ...] = ("household", "billed", "night")
QUOTED = ("system_input_m3", "household_m3", "billed_m3")
NIGHT = "night_flow_m3h"
NOT_COMPUTED = "comparison.not_computed"
OTHERS_UNCOVERED = "comparison.others_uncovered"


@dataclass(frozen=True)
class Ranked:
    """One figure of a town with its range.

    value None : not known, `reason` (a translation key) says why; coverage : share that data speak for
    """

    value: float | None
    range: Range | None
    coverage: float
    reason: str


@dataclass(frozen=True)
class TownRow:
    """A town with all indicators.

    pressure_m : mean of its zones, by connections; price_czk_m3 : what its people pay
    earlier : the same indicators over the same days a year before
    """

    town: Municipality
    figures: Mapping[Indicator, Ranked]
    connections: int
    pressure_m: float | None
    price_czk_m3: float | None
    earlier: Mapping[Indicator, Ranked] = field(default_factory=dict)


@dataclass(frozen=True)
class Comparison:
    """What the page and its export show.

    span : what is compared, the same days for all; period : its name
    rows : every town, in the registry's order; own : our town, None where none is chosen
    """

    indicator: Indicator
    period: str
    span: Compare
    rows: tuple[TownRow, ...]
    own: TownRow | None

    @property
    def known(self) -> list[TownRow]:
        """Towns with a figure and its range, by value."""
        found = [row for row in self.rows if row.figures[self.indicator].range is not None]
        return sorted(found, key=lambda row: (row.figures[self.indicator].value or 0.0, row.town.name))

    @property
    def unknown(self) -> list[TownRow]:
        """Towns without a figure."""
        return [row for row in self.rows if row.figures[self.indicator].range is None]

    def standing_of(self, row: TownRow) -> Standing | None:
        """Where a town stands to our own; None without one, or where a figure is not known."""
        if self.own is None:
            return None
        mine, other = self.own.figures[self.indicator].range, row.figures[self.indicator].range
        return None if mine is None or other is None else standing(mine, other)


def comparison(rooms: Rooms, region: Region, now: datetime, period: str, indicator: Indicator, own: str) -> Comparison:
    """All towns over a period and over the same days a year before. Every figure is over the same days."""
    span = asked(now, period, region)
    earlier = {row.town.code: row for row in town_rows(rooms.records, region, *span.earlier)}
    rows = tuple(
        replace(row, earlier=earlier[row.town.code].figures if row.town.code in earlier else {})
        for row in town_rows(rooms.records, region, span.start, span.end)
    )
    mine = next((row for row in rows if row.town.code == own), None)
    return Comparison(indicator, period, span, rows, mine)


def town_rows(records: Records, region: Region, start: datetime, end: datetime) -> list[TownRow]:
    """Each town over whole local days, from quoted figures alone: so they can be told again as they were known."""
    parts = pieces(start, end, region)
    quoted = {name: _quoted(records, name, parts) for name in QUOTED}
    nights = _by_town(records.figures("municipality", None, "day", NIGHT, start, end))
    days = starts(day_edges(start, end, region.tz))
    known_nights: dict[str, list[float | None]] = {}
    complete, uses = {}, {}
    for town in region.municipalities:
        of_town = {name: [found.get((town.code, piece)) for piece in parts] for name, found in quoted.items()}
        complete[town.code] = all(figure is not None for figures in of_town.values() for figure in figures)
        uses[town.code] = _use_of(start, end, parts, of_town)
        by_day = nights.get(town.code, {})
        known_nights[town.code] = [by_day[day].value if day in by_day else None for day in days]
    return [
        _row(region, item, known_nights[item.municipality], complete[item.municipality])
        for item in compare(region, uses, known_nights)
    ]


def _quoted(records: Records, name: str, parts: Sequence[Piece]) -> dict[tuple[str, Piece], Figure]:
    """The figures of each town and piece of a period."""
    found: dict[tuple[str, Piece], Figure] = {}
    for period in ("day", "month"):
        wanted = {piece.start: piece for piece in parts if piece.period == period}
        if wanted:
            last = max(piece.end for piece in wanted.values())
            for figure in records.figures("municipality", None, period, name, min(wanted), last):
                if figure.time in wanted:
                    found[figure.subject, wanted[figure.time]] = figure
    return found


def _by_town(figures: Sequence[Figure]) -> dict[str, dict[datetime, Figure]]:
    found: dict[str, dict[datetime, Figure]] = {}
    for figure in figures:
        found.setdefault(figure.subject, {})[figure.time] = figure
    return found


def _use_of(
    start: datetime,
    end: datetime,
    pieces_of: Sequence[Piece],
    parts: Mapping[str, Sequence[Figure | None]],
) -> TownUse:
    """A town's use over several months and days from the figures of each; a term that one lacks is not known."""
    lengths = [(piece.end - piece.start) / DAY for piece in pieces_of]

    def total(name: str) -> float | None:
        values = [figure.value if figure is not None else None for figure in parts[name]]
        return None if None in values else sum(value for value in values if value is not None)

    def coverage(name: str) -> float:
        shares = [figure.coverage if figure is not None else 0.0 for figure in parts[name]]
        return sum(share * length for share, length in zip(shares, lengths, strict=True)) / sum(lengths)

    return TownUse(
        start=start,
        end=end,
        system_input_m3=total("system_input_m3"),
        household_m3=total("household_m3"),
        billed_m3=total("billed_m3"),
        nrw_m3=None,
        covered=coverage("billed_m3"),
        household_covered=coverage("household_m3"),
    )


def _row(region: Region, item: TownComparison, nights: Sequence[float | None], complete: bool) -> TownRow:
    town = region.municipality[item.municipality]
    zones = region.zones_of_municipality.get(town.code, ())
    weighed = [(zone.connections, zone.mean_pressure_m) for zone in zones if zone.mean_pressure_m is not None]
    weight = sum(connections for connections, _ in weighed)
    night = night_range(item.night_flow_lch, nights, item.connections)
    return TownRow(
        town=town,
        figures={
            "household": _use(item.household_lpd, complete),
            "billed": _use(item.billed_lpd, complete),
            "night": _ranked(item.night_flow_lch, night),
        },
        connections=item.connections,
        pressure_m=sum(n * (head or 0.0) for n, head in weighed) / weight if weight else None,
        price_czk_m3=town.retail_czk_m3,
    )


def _use(figure: Compared, complete: bool) -> Ranked:
    """A use per person; where it is not known, the nearest reason: a month that is not computed, the other customers.

    Of all connections enough may be covered, and yet too few of those that are no households.
    """
    if figure.value is None and figure.reason == "comparison.too_few_covered":
        if not complete:
            return Ranked(None, None, figure.coverage, NOT_COMPUTED)
        if figure.coverage >= LEAST_COVERED:
            return Ranked(None, None, figure.coverage, OTHERS_UNCOVERED)
    return _ranked(figure, use_range(figure))


def _ranked(figure: Compared, span: Range | None) -> Ranked:
    if figure.value is None or span is None:
        return Ranked(None, None, figure.coverage, figure.reason or "comparison.too_few_nights")
    return Ranked(figure.value, span, figure.coverage, "")
