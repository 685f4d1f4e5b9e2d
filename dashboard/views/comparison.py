"""Towns beside each other over whole months: what is known of each, how certainly, and where it stands to our own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from dashboard.visit import Rooms
from models.balance import LEAST_COVERED, Balance
from models.calendar import day_edges, month_bounds, starts
from models.comparison import Compared, TownComparison, compare
from models.comparison_ranges import Range, Standing, night_range, standing, use_range
from models.records import Figure, Records
from models.registry import Municipality, Region
from models.rollup import Rollup
from models.store import Store

Indicator = Literal["household", "billed", "night"]
INDICATORS: tuple[Indicator, ...] = ("household", "billed", "night")
PERIODS: dict[str, int] = {"month": 1, "quarter": 3, "year": 12}
"""Names of periods and how many whole months they are."""
QUOTED = ("system_input_m3", "household_m3", "billed_m3")
NOT_COMPUTED = "comparison.not_computed"
OTHERS_UNCOVERED = "comparison.others_uncovered"
DAY = timedelta(days=1)


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
    """

    town: Municipality
    figures: Mapping[Indicator, Ranked]
    connections: int
    pressure_m: float | None
    price_czk_m3: float | None


@dataclass(frozen=True)
class Comparison:
    """What the page and its export show.

    rows : every town, in the registry's order; own : our town, None where none is chosen
    start, end : whole local months; days : how many local days, the same for all
    """

    indicator: Indicator
    period: str
    start: datetime
    end: datetime
    days: int
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


def whole_months(now: datetime, months: int, region: Region) -> tuple[datetime, datetime]:
    """The last whole local months before now, as instants."""
    local = now.astimezone(region.tz)
    first = local.year * 12 + local.month - 1 - months
    start, _ = month_bounds(first // 12, first % 12 + 1, region.tz)
    end, _ = month_bounds(local.year, local.month, region.tz)
    return start, end


def comparison(rooms: Rooms, region: Region, now: datetime, period: str, indicator: Indicator, own: str) -> Comparison:
    """All towns over a period. Every figure is over the same days."""
    start, end = whole_months(now, PERIODS[period], region)
    found = town_comparisons(rooms.store, rooms.records, region, start, end)
    rows = tuple(_row(region, item, nights, complete) for item, nights, complete in found)
    mine = next((row for row in rows if row.town.code == own), None)
    return Comparison(indicator, period, start, end, len(day_edges(start, end, region.tz)) - 1, rows, mine)


def town_comparisons(
    store: Store, records: Records, region: Region, start: datetime, end: datetime
) -> list[tuple[TownComparison, list[float | None], bool]]:
    """Each town's comparison, its nights, and whether all months were computed, from the quoted monthly figures."""
    months = month_starts(start, end, region)
    quoted = {name: _by_town(records.figures("municipality", None, "month", name, start, end)) for name in QUOTED}
    rollups = store.rollups("municipality", None, "day", "night_flow_m3h", start, end)
    days = starts(day_edges(start, end, region.tz))
    nights = {town.code: _nights(rollups.get(town.code, ()), days) for town in region.municipalities}
    complete, balances = {}, {}
    for town in region.municipalities:
        parts = {name: [quoted[name].get(town.code, {}).get(month) for month in months] for name in QUOTED}
        complete[town.code] = all(figure is not None for figures in parts.values() for figure in figures)
        balances[town.code] = _balance(town.code, start, end, months, parts)
    return [
        (item, nights[item.municipality], complete[item.municipality]) for item in compare(region, balances, nights)
    ]


def month_starts(start: datetime, end: datetime, region: Region) -> list[datetime]:
    """The first moments of the local months in [start, end)."""
    found = [start]
    while True:
        local = found[-1].astimezone(region.tz)
        _, following = month_bounds(local.year, local.month, region.tz)
        if following >= end:
            return found
        found.append(following)


def _by_town(figures: Sequence[Figure]) -> dict[str, dict[datetime, Figure]]:
    found: dict[str, dict[datetime, Figure]] = {}
    for figure in figures:
        found.setdefault(figure.subject, {})[figure.time] = figure
    return found


def _nights(rows: Sequence[Rollup], days: Sequence[datetime]) -> list[float | None]:
    by_day = {row.time: row.value for row in rows}
    return [by_day.get(day) for day in days]


def _balance(
    town: str,
    start: datetime,
    end: datetime,
    months: Sequence[datetime],
    parts: Mapping[str, Sequence[Figure | None]],
) -> Balance:
    """A balance over several months from the figures of each; a term that one month lacks is not known."""
    lengths = [(following - month) / DAY for month, following in zip(months, [*months[1:], end], strict=True)]

    def total(name: str) -> float | None:
        values = [figure.value if figure is not None else None for figure in parts[name]]
        return None if None in values else sum(value for value in values if value is not None)

    def coverage(name: str) -> float:
        shares = [figure.coverage if figure is not None else 0.0 for figure in parts[name]]
        return sum(share * length for share, length in zip(shares, lengths, strict=True)) / sum(lengths)

    home, billed = total("household_m3"), total("billed_m3")
    return Balance(
        level="municipality",
        subject=town,
        start=start,
        end=end,
        system_input_m3=total("system_input_m3"),
        household_m3=home,
        other_m3=None if home is None or billed is None else billed - home,
        own_use_m3=0.0,
        fire_m3=0.0,
        nrw_m3=None,
        nrw_lower_m3=None,
        nrw_upper_m3=None,
        losses_m3=None,
        covered=coverage("billed_m3"),
        household_covered=coverage("household_m3"),
        input_coverage=coverage("system_input_m3"),
        reason="",
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


def month_days(start: datetime, end: datetime, region: Region) -> tuple[date, date]:
    """First and last local day of a period."""
    return start.astimezone(region.tz).date(), (end - DAY / 2).astimezone(region.tz).date()
