"""Figures that people quote: night flows and balances of closed days and months."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import Literal

import numpy as np

from analysis.readings import around
from analysis.topology import Topology
from models.balance import Amount, amounts, balance, customer_points, figures
from models.boundary import zones_inside
from models.calendar import day_bounds, day_edges, instant, local_day, month_bounds, starts
from models.consumption import keys_of_points, point_increments
from models.night_flow import NIGHT, NightFlow, large_in_some_hour, large_user_points, night_flow, night_rollups
from models.reading import Series, to_ms
from models.records import Figure, Records
from models.rollup import Level, Rollup
from models.store import Store
from models.zone_flow import keys as boundary_keys
from models.zone_flow import net_inflow_series

NIGHTS_AT_ONCE = 30
"""Nights whose readings are read together: enough to be quick, few enough to be small."""
AROUND_NIGHT = timedelta(hours=1)
LATE = timedelta(minutes=20)
"""A night or a day is closed so long after its end: the last readings are on their way."""


class Figures:
    """Computes quoted figures from rollups and stores them, the old ones superseded."""

    def __init__(self, store: Store, records: Records, topology: Topology) -> None:
        self.store = store
        self.records = records
        self.topology = topology

    def night(self, level: Level, subject: str, day: date) -> list[Rollup]:
        """The night flow of a local day, stored as rollups and as a quoted figure."""
        return self.nights(level, subject, [day])

    def nights(self, level: Level, subject: str, days: Sequence[date]) -> list[Rollup]:
        """Night flows of days in order, whose readings are read at once."""
        region = self.topology.region
        start, end = instant(days[0], NIGHT[0], region.tz), instant(days[-1], NIGHT[1], region.tz)
        border = self.topology.boundary(level, subject, start)
        if not border.inflows:
            return []
        _, inside = zones_inside(region, level, subject, start)
        large = large_user_points(region, inside)
        keys = [*boundary_keys(region, border, start, end), *keys_of_points(region, large, start, end)]
        data = around(self.store, keys, start, end, timedelta(hours=6))
        net = net_inflow_series(region, border, data, start - AROUND_NIGHT, end + AROUND_NIGHT)
        taken = [one for point in large for one in point_increments(region, point, data, start, end)]
        taken = [one for one in taken if large_in_some_hour(one)]
        found: list[Rollup] = []
        quoted: list[Figure] = []
        for day in days:
            night = night_flow(_night_of(net, day, region.tz), day, region.tz, taken)
            found += night_rollups(level, subject, night, region.tz)
            quoted.append(self._quoted(level, subject, night))
        self.store.write_rollups(found)
        self.records.supersede_figures(quoted)
        return found

    def _quoted(self, level: Level, subject: str, night: NightFlow) -> Figure:
        start = day_bounds(night.day, self.topology.region.tz)[0]
        reason = "" if night.mnf_m3h is not None else "night_flow.too_little_data"
        value = None if night.mnf_m3h is None else round(night.mnf_m3h, 6)
        coverage = round(night.coverage, 6)
        return Figure(level, subject, "day", "night_flow_m3h", start, value, None, None, coverage, reason)

    def day(self, level: Level, subject: str, day: date) -> None:
        """The balance of a local day."""
        self._balance(level, subject, "day", *day_bounds(day, self.topology.region.tz))

    def month(self, level: Level, subject: str, year: int, month: int) -> None:
        """The balance of a local month."""
        self._balance(level, subject, "month", *month_bounds(year, month, self.topology.region.tz))

    def months(self, level: Level, subject: str, start: datetime, end: datetime) -> None:
        """The balances of the whole local months between two times."""
        for year, month in months_between(start, end, self.topology):
            self.month(level, subject, year, month)

    def follow(self, level: Level, subject: str, start: datetime, end: datetime, now: datetime) -> None:
        """Compute again what is closed of the nights, days and months that the hours of [start, end) lie in."""
        tz = self.topology.region.tz
        days = [local_day(moment, tz) for moment in starts(day_edges(start, end, tz))]
        nights = [
            day
            for day in days
            if instant(day, NIGHT[1], tz) + LATE <= now
            and start < instant(day, NIGHT[1], tz)
            and end > instant(day, NIGHT[0], tz)
        ]
        for begin in range(0, len(nights), NIGHTS_AT_ONCE):
            self.nights(level, subject, nights[begin : begin + NIGHTS_AT_ONCE])
        for day in days:
            if day <= closed_day(now, self.topology):
                self.day(level, subject, day)
        for year, month in sorted({(day.year, day.month) for day in days}):
            if month_bounds(year, month, tz)[1] + LATE <= now:
                self.month(level, subject, year, month)

    def _balance(
        self, level: Level, subject: str, period: Literal["day", "month"], start: datetime, end: datetime
    ) -> None:
        region = self.topology.region
        inflow = self.store.rollups(level, [subject], "day", "net_inflow_m3h", start, end)
        system_input = amounts(inflow, start, end).get(subject, Amount(0.0, 0.0))
        points = customer_points(region, level, subject, start, end)
        used = self.store.rollups("point", points, "day", "consumption_m3", start, end) if points else {}
        result = balance(region, level, subject, start, end, system_input, amounts(used, start, end))
        self.records.supersede_figures(figures(result, period))


def _night_of(net: Series, day: date, tz: tzinfo) -> Series:
    """The steps of one night: a whole month of them would be looked through for each."""
    start, end = instant(day, NIGHT[0], tz) - AROUND_NIGHT, instant(day, NIGHT[1], tz) + AROUND_NIGHT
    first, last = np.searchsorted(net.time_ms, [to_ms(start), to_ms(end)], side="right")
    one = slice(int(first), int(last))
    return net._replace(time_ms=net.time_ms[one], value=net.value[one], quality=net.quality[one])


def months_between(start: datetime, end: datetime, topology: Topology) -> Iterable[tuple[int, int]]:
    """Local months that lie wholly in [start, end), in order."""
    first = start.astimezone(topology.region.tz)
    year, month = first.year, first.month
    while month_bounds(year, month, topology.region.tz)[1] <= end:
        if month_bounds(year, month, topology.region.tz)[0] >= start:
            yield year, month
        year, month = year + month // 12, month % 12 + 1


def ended_month(day: date) -> tuple[int, int] | None:
    """The month that ends with a local day."""
    following = day + timedelta(days=1)
    return (day.year, day.month) if following.day == 1 else None


def closed_night(now: datetime, topology: Topology) -> date:
    """The last local day whose night is over."""
    tz = topology.region.tz
    day = now.astimezone(tz).date()
    return day if now >= instant(day, NIGHT[1], tz) + LATE else day - timedelta(days=1)


def closed_day(now: datetime, topology: Topology) -> date:
    """The last local day that is over."""
    return (now - LATE).astimezone(topology.region.tz).date() - timedelta(days=1)
