"""Towns beside each other over a period: figures per person and connection, or the reason why there is none.

Every town is measured over the same elapsed days; a figure that can't be had stays empty and says why, it is never
filled from a neighbour or a default.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import NamedTuple

from models.balance import LEAST_COVERED, Amount, Balance, amounts, balance
from models.boundary import zones_inside
from models.calendar import day_bounds, day_edges, instant, local_day, starts
from models.night_flow import mean_night_flow_m3h
from models.registry import Municipality, Region
from models.rollup import Rollup


class Compared(NamedTuple):
    """A figure of a town. value None: not available, `reason` (a translation key) says why; coverage is stated."""

    value: float | None
    coverage: float
    reason: str = ""


class TownComparison(NamedTuple):
    """A town over a period.

    household_lpd : metered and billed household use per person supplied [L/(person·d)]
    billed_lpd : all billed authorised use per person supplied [L/(person·d)]
    night_flow_lch : minimum night flow per connection [L/(connection·h)], mean of the nights
    nrw_pct : non-revenue water over system input [%]
    """

    municipality: str
    name: str
    population_supplied: int
    connections: int
    start: datetime
    end: datetime
    household_lpd: Compared
    billed_lpd: Compared
    night_flow_lch: Compared
    nrw_pct: Compared


class TownUse(NamedTuple):
    """What a comparison is made of: water of a town over [start, end) [m³], None where it is not known.

    covered : share of connections that the billed use speaks for; of households the same in household_covered
    reason : why nrw_m3 is not known
    """

    start: datetime
    end: datetime
    system_input_m3: float | None
    household_m3: float | None
    billed_m3: float | None
    nrw_m3: float | None
    covered: float
    household_covered: float
    reason: str = ""


def use_of(result: Balance) -> TownUse:
    """What a comparison takes from a balance."""
    billed = None
    if result.household_m3 is not None and result.other_m3 is not None:
        billed = result.household_m3 + result.other_m3
    return TownUse(
        result.start,
        result.end,
        result.system_input_m3,
        result.household_m3,
        billed,
        result.nrw_m3,
        result.covered,
        result.household_covered,
        result.reason,
    )


def per_person_day(volume_m3: float, persons: int, days: float) -> float:
    """Litres per person and day.

    Hand-computed: 2 790 m³ in 31 days for 1 000 persons are 90 L.

    >>> per_person_day(2790.0, 1000, 31.0)
    90.0
    """
    return 1000.0 * volume_m3 / (persons * days)


def compare(
    region: Region, uses: Mapping[str, TownUse], nights: Mapping[str, Sequence[float | None]]
) -> list[TownComparison]:
    """Every town of the region whose use is told, in the region's order (sorting by name is a language's affair).

    uses : by municipality, all over the same period
    nights : minimum night flow of each local day of the period [m³/h] by municipality, None where there is none
    """
    towns = [town for town in region.municipalities if town.code in uses]
    return [_town(region, town, uses[town.code], nights.get(town.code, ())) for town in towns]


def compare_towns(
    region: Region,
    start: datetime,
    end: datetime,
    inflow: Mapping[str, Sequence[Rollup]],
    consumption: Mapping[str, Sequence[Rollup]],
    nights: Mapping[str, Sequence[Rollup]],
) -> list[TownComparison]:
    """Every town over whole local days [start, end), from stored day rollups.

    inflow : net_inflow_m3h of level municipality; nights : night_flow_m3h of the same level
    consumption : consumption_m3 of level point, by point
    """
    put_in, used = amounts(inflow, start, end), amounts(consumption, start, end)
    days = starts(day_edges(start, end, region.tz))
    uses, known_nights = {}, {}
    for town in region.municipalities:
        of_town = put_in.get(town.code, Amount(0.0, 0.0))
        result = balance(region, "municipality", town.code, start, end, of_town, used)
        uses[town.code] = use_of(result)
        by_day = {row.time: row.value for row in nights.get(town.code, ())}
        known_nights[town.code] = [by_day.get(day) for day in days]
    return compare(region, uses, known_nights)


def _town(region: Region, town: Municipality, result: TownUse, nights: Sequence[float | None]) -> TownComparison:
    days = (result.end - result.start) / timedelta(days=1)
    connections = connections_of(region, town.code, result.start)
    persons = town.population_supplied
    nrw = None
    if result.nrw_m3 is not None and result.system_input_m3:
        nrw = 100.0 * result.nrw_m3 / result.system_input_m3
    return TownComparison(
        town.code,
        town.name,
        persons,
        connections,
        result.start,
        result.end,
        _per_person(result.household_m3, persons, days, result.household_covered),
        _per_person(result.billed_m3, persons, days, result.covered),
        _night(nights, connections),
        Compared(nrw, result.covered, result.reason),
    )


def _per_person(volume_m3: float | None, persons: int, days: float, covered: float) -> Compared:
    if persons <= 0:
        return Compared(None, covered, "comparison.no_population")
    if volume_m3 is None or covered < LEAST_COVERED:
        return Compared(None, covered, "comparison.too_few_covered")
    return Compared(per_person_day(volume_m3, persons, days), covered)


def _night(nights: Sequence[float | None], connections: int) -> Compared:
    known = [night for night in nights if night is not None]
    coverage = len(known) / len(nights) if nights else 0.0
    mean = mean_night_flow_m3h(nights)
    if mean is None:
        return Compared(None, coverage, "comparison.too_few_nights")
    if connections <= 0:
        return Compared(None, coverage, "comparison.no_connections")
    return Compared(1000.0 * mean / connections, coverage)


def connections_of(region: Region, municipality: str, moment: datetime) -> int:
    """Service connections of a town: those of its outermost zones."""
    outermost, _ = zones_inside(region, "municipality", municipality, moment)
    return sum(zone.connections for zone in outermost)


def elapsed(first: date, last: date, known_until: datetime, tz: tzinfo) -> tuple[datetime, datetime] | None:
    """The period from one local day to another (inclusive), cut to the days that are over for everyone; None: none is.

    >>> from datetime import UTC
    >>> from zoneinfo import ZoneInfo
    >>> now = datetime(2026, 11, 24, 15, tzinfo=UTC)
    >>> start, end = elapsed(date(2026, 11, 1), date(2026, 11, 30), now, ZoneInfo("Europe/Prague"))
    >>> (end - start).days
    23
    """
    full = min(last, local_day(known_until, tz) - timedelta(days=1))
    if full < first:
        return None
    return day_bounds(first, tz)[0], day_bounds(full, tz)[1]


def same_days_before(start: datetime, end: datetime, tz: tzinfo) -> tuple[datetime, datetime]:
    """The same local days a year earlier, as many of them: what a period is compared with.

    >>> from zoneinfo import ZoneInfo
    >>> prague = ZoneInfo("Europe/Prague")
    >>> period = day_bounds(date(2028, 2, 1), prague)[0], day_bounds(date(2028, 2, 29), prague)[1]
    >>> [moment.astimezone(prague).date().isoformat() for moment in same_days_before(*period, prague)]
    ['2027-02-01', '2027-03-02']
    """
    first, beyond = local_day(start, tz), local_day(end, tz)
    leap_day = first.month == 2 and first.day == 29
    earlier = first.replace(year=first.year - 1, day=28) if leap_day else first.replace(year=first.year - 1)
    midnight = start.astimezone(tz).time()
    return instant(earlier, midnight, tz), instant(earlier + (beyond - first), midnight, tz)
