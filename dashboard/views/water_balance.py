"""The water balance of an area as it is quoted, and what its newest month says of its own validity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from dashboard.visit import Rooms
from models.balance import (
    Balance,
    Grade,
    Ledger,
    Narrowing,
    Network,
    OverdueMeter,
    balance,
    customer_points,
    figures,
    grades,
    most_narrowing,
    network_of,
    overdue_meters,
    score,
    within_range,
)
from models.balance.quoted import CARL, ILI, PER_CONNECTION, PER_KM, PRESSURE, QUOTED, UARL
from models.balance.terms import LEAST_INPUT_COVERAGE
from models.boundary import boundary
from models.calendar import day_bounds, edges_of, local_day, month_bounds, year_of_months
from models.records import Figure, FigurePeriod, Records
from models.registry import Region
from models.rollup import Level, Period
from models.store import Store

DAY = timedelta(days=1)
BACK: dict[FigurePeriod, timedelta] = {"day": 20 * DAY, "month": 130 * DAY, "year": 500 * DAY}
"""How far back the newest figure of a period is looked for."""
Shown = Literal["hour", "day", "month", "year"]
"""What a page can show: an hour is computed when it is looked at, the others are quoted."""
MOSTLY = 0.9
"""Share of connections whose pressure was measured from which the pressure counts as measured."""
HOURS_BACK = timedelta(hours=12)
NIGHT = "real_losses_night_m3"
INDICATORS = (PER_CONNECTION, PER_KM, CARL, UARL, ILI, PRESSURE)


@dataclass(frozen=True)
class Validity:
    """What a month's balance says of its own validity; score 10–100."""

    grades: tuple[Grade, ...]
    score: float | None
    overdue: tuple[OverdueMeter, ...]
    narrowing: Narrowing | None


@dataclass(frozen=True)
class WaterBalance:
    """A balance.

    terms : quoted figures of the shown period by quantity; annual : indicators of the newest twelve months
    night : real losses of the same period from night flow, None where it has none
    in_range : whether UARL may be used without a warning
    validity : of the newest month, None where it has no input, or where it was not judged
    judged : whether validity was asked for
    """

    level: Level
    subject: str
    period: Shown
    start: datetime | None
    end: datetime | None
    terms: Mapping[str, Figure]
    annual: Mapping[str, Figure]
    night: Figure | None
    network: Network
    in_range: bool
    validity: Validity | None
    judged: bool


def _with_pressure(network: Network, quoted: Figure | None) -> Network:
    """The pressure that UARL was quoted with."""
    if quoted is None or quoted.value is None:
        return network
    return network._replace(pressure_m=quoted.value, pressure_measured=quoted.coverage)


def period_of(query: Mapping[str, str]) -> Shown:
    """The period that the address asks for; a month where it asks for none."""
    asked = query.get("balance", "")
    shown: dict[str, Shown] = {"hour": "hour", "day": "day", "year": "year"}
    return shown.get(asked, "month")


def water_balance(
    rooms: Rooms, region: Region, level: Level, subject: str, now: datetime, query: Mapping[str, str]
) -> WaterBalance:
    """The newest balance of an area in the period that the address asks for."""
    period = period_of(query)
    # The region's has to look through every meter: the first page of all does not wait for that.
    judged = level != "region" or "balance" in query
    if period == "hour":
        start, terms = _last_hour(rooms.store, region, level, subject, now)
    else:
        terms = newest(rooms.records, level, subject, period, QUOTED, now)
        whole = terms.get("system_input_m3")
        start = None if whole is None else whole.time
    annual = terms if period == "year" else newest(rooms.records, level, subject, "year", INDICATORS, now, CARL)
    end = None
    if start is not None:
        end = start + timedelta(hours=1) if period == "hour" else end_of(period, start, region)
    network = _with_pressure(network_of(region, level, subject, start or now), annual.get(PRESSURE))
    return WaterBalance(
        level,
        subject,
        period,
        start,
        end,
        terms,
        annual,
        _night(rooms.records, level, subject, period, start, end),
        network,
        within_range(network),
        _validity(rooms, region, level, subject, now, network.pressure_measured) if judged else None,
        judged,
    )


def _last_hour(
    store: Store, region: Region, level: Level, subject: str, now: datetime
) -> tuple[datetime | None, dict[str, Figure]]:
    """The last whole hour whose inflow is known, balanced now; nothing of it is kept."""
    rows = store.rollups(level, [subject], "hour", "net_inflow_m3h", now - HOURS_BACK, now - timedelta(hours=1))
    known = [row.time for row in rows.get(subject, ()) if row.coverage >= LEAST_INPUT_COVERAGE]
    if not known:
        return None, {}
    start = max(known)
    result = balance_of(store, region, level, subject, start, start + timedelta(hours=1), "hour")
    network = network_of(region, level, subject, start)
    return start, {one.quantity: one for one in figures(result, "day", network)}


def newest(
    records: Records,
    level: Level,
    subject: str,
    period: FigurePeriod,
    quantities: Sequence[str],
    now: datetime,
    leading: str = "system_input_m3",
) -> dict[str, Figure]:
    """Figures of the newest period whose leading figure has a value, else of the newest that was computed."""
    found = records.figures(level, [subject], period, leading, now - BACK[period], now)
    times = [figure.time for figure in found if figure.value is not None] or [figure.time for figure in found]
    if not times:
        return {}
    return at(records, level, subject, period, quantities, max(times))


def at(
    records: Records, level: Level, subject: str, period: FigurePeriod, quantities: Sequence[str], start: datetime
) -> dict[str, Figure]:
    """Figures of one period."""
    beyond = start + timedelta(milliseconds=1)
    rows = (records.figures(level, [subject], period, name, start, beyond) for name in quantities)
    return {one.quantity: one for several in rows for one in several}


def end_of(period: FigurePeriod, start: datetime, region: Region) -> datetime:
    """The end of a quoted period."""
    local = local_day(start, region.tz)
    if period == "day":
        return day_bounds(local, region.tz)[1]
    if period == "month":
        return month_bounds(local.year, local.month, region.tz)[1]
    last = (local.year, 12) if local.month == 1 else (local.year + 1, local.month - 1)
    return year_of_months(*last, region.tz)[1]


def _night(
    records: Records, level: Level, subject: str, period: Shown, start: datetime | None, end: datetime | None
) -> Figure | None:
    """Real losses from night flow of a day or month; of twelve months their sum, where all are known."""
    if start is None or end is None or period == "hour":
        return None
    if period == "year":
        return _summed(records.figures(level, [subject], "month", NIGHT, start, end))
    found = records.figures(level, [subject], period, NIGHT, start, end)
    return found[0] if found else None


def _summed(months: Sequence[Figure]) -> Figure | None:
    """Twelve months as one; what each errs by is mostly the same meter's, so that the bounds add up."""
    if len(months) < 12 or any(one.value is None for one in months):
        return None

    def total(bounds: Sequence[float | None]) -> float | None:
        return None if None in bounds else sum(one for one in bounds if one is not None)

    return months[0]._replace(
        period="year",
        value=total([one.value for one in months]),
        lower=total([one.lower for one in months]),
        upper=total([one.upper for one in months]),
        coverage=min(one.coverage for one in months),
    )


def _validity(
    rooms: Rooms, region: Region, level: Level, subject: str, now: datetime, pressure_measured: float
) -> Validity | None:
    found = rooms.records.figures(level, [subject], "month", "system_input_m3", now - BACK["month"], now)
    months = [figure.time for figure in found if figure.value is not None]
    if not months:
        return None
    start = max(months)
    result = balance_of(rooms.store, region, level, subject, start, end_of("month", start, region))
    graded = grades(region, result, network_of(region, level, subject, start), pressure_measured >= MOSTLY)
    return Validity(graded, score(graded), overdue_meters(region, result), most_narrowing(region, result))


def balance_of(
    store: Store, region: Region, level: Level, subject: str, start: datetime, end: datetime, by: Period = "day"
) -> Balance:
    """The balance of whole local days, or hours, from stored rollups, with all that it is made of."""
    around = boundary(region, level, subject, start)
    points = (*around.inflows, *around.outflows)
    devices = [item.device for point in points for item in region.devices_at(point, start, end)]

    def ledger(of: Level, names: Sequence[str], quantity: str) -> Ledger:
        rows = store.rollups(of, list(dict.fromkeys(names)), by, quantity, start, end) if names else {}
        return Ledger(rows, edges_of(by, start, end, region.tz))

    put_in = ledger(level, [subject], "net_inflow_m3h").amount(subject, start, end)
    used = ledger("point", customer_points(region, level, subject, start, end), "consumption_m3")
    metered = ledger("device", devices, "consumption_m3")
    return balance(region, level, subject, start, end, put_in, used.amounts(start, end), metered.amounts(start, end))
