"""The Czech return and the directive's leakage sheet of the region's towns and of the region as one supplier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dashboard.views.water_balance import end_of
from dashboard.visit import Rooms
from models.balance import Network, network_of, within_range
from models.balance.czech_return import RETURN
from models.balance.leakage_sheet import Supplier, people_supplied
from models.balance.quoted import CARL, ILI, PER_CONNECTION, PER_KM, UARL
from models.calendar import month_bounds
from models.records import Figure
from models.registry import Region
from models.rollup import Level

SHEET = ("system_input_m3", "nrw_m3", "real_m3", PER_CONNECTION, PER_KM, CARL, UARL, ILI)
DAY = timedelta(days=1)
OFFERED = 400 * DAY


@dataclass(frozen=True)
class ReturnRow:
    """One supplier: a town, or the region as one; figures of twelve months by quantity."""

    supplier: Supplier
    name: str
    figures: Mapping[str, Figure]
    network: Network
    in_range: bool


@dataclass(frozen=True)
class WaterReturn:
    """Everything on the page of returns.

    start, end : the twelve local months, None where none are computed; offered : starts of all that are, newest first
    rows : the region first, then towns by people supplied; chosen : the row whose chain is shown
    """

    start: datetime | None
    end: datetime | None
    offered: tuple[datetime, ...]
    rows: tuple[ReturnRow, ...]
    chosen: ReturnRow


def water_return(rooms: Rooms, region: Region, now: datetime, query: Mapping[str, str]) -> WaterReturn:
    """Twelve months that begin with the month `from` (2025-11), else the newest with an input; town: of the chain."""
    offered = _offered(rooms, region, now)
    start = _asked(query.get("from", ""), region)
    if start not in offered:
        start = offered[0] if offered else None
    subjects: list[tuple[Level, str, str]] = [("region", region.name, region.name)]
    towns = sorted(region.municipalities, key=lambda town: (-town.population_supplied, town.name))
    subjects += [("municipality", town.code, town.name) for town in towns]
    figures = {} if start is None else _figures(rooms, start)
    rows = tuple(
        _row(region, level, subject, name, figures.get((level, subject), {}), start or now)
        for level, subject, name in subjects
    )
    chosen = next((row for row in rows if row.supplier.subject == query.get("town", "")), rows[0])
    end = None if start is None else end_of("year", start, region)
    return WaterReturn(start, end, offered, rows, chosen)


def _offered(rooms: Rooms, region: Region, now: datetime) -> tuple[datetime, ...]:
    """Starts of twelve months that were computed, those whose input is known first, each newest first."""
    found = rooms.records.figures("region", [region.name], "year", "system_input_m3", now - 2 * OFFERED, now)
    known = [figure.time for figure in found if figure.value is not None and figure.coverage >= 0.9]
    times = known or [figure.time for figure in found]
    return tuple(sorted(times, reverse=True))


def _asked(text: str, region: Region) -> datetime | None:
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
    return month_bounds(first.year, first.month, region.tz)[0]


def _figures(rooms: Rooms, start: datetime) -> dict[tuple[str, str], dict[str, Figure]]:
    """Figures of the twelve months by (level, subject) and quantity: one query a quantity, not one a town."""
    found: dict[tuple[str, str], dict[str, Figure]] = {}
    levels: tuple[Level, ...] = ("municipality", "region")
    for level in levels:
        for name in (*RETURN, *SHEET):
            for one in rooms.records.figures(level, None, "year", name, start, start + timedelta(milliseconds=1)):
                found.setdefault((level, one.subject), {})[name] = one
    return found


def _row(
    region: Region, level: Level, subject: str, name: str, figures: Mapping[str, Figure], moment: datetime
) -> ReturnRow:
    whole = figures.get("system_input_m3")
    supplied = None
    if whole is not None and whole.value is not None and whole.coverage >= 0.9:
        supplied = whole.value / ((end_of("year", whole.time, region) - whole.time) / DAY)
    network = network_of(region, level, subject, moment)
    people = people_supplied(region, level, subject)
    return ReturnRow(Supplier(level, subject, people, supplied), name, figures, network, within_range(network))


def first_months(offered: Sequence[datetime], region: Region) -> list[str]:
    """Starts as the address writes them: 2025-11."""
    return [f"{start.astimezone(region.tz):%Y-%m}" for start in offered]
