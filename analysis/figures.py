"""Figures that people quote: balances of closed days and months."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from analysis.closing import LATE, closed_day, months_between
from analysis.topology import Topology
from models.balance import Amount, amounts, balance, customer_points, figures
from models.calendar import day_bounds, day_edges, local_day, month_bounds, starts
from models.records import Records
from models.rollup import Level
from models.store import Store


class Figures:
    """Computes quoted figures from rollups and stores them, the old ones superseded."""

    def __init__(self, store: Store, records: Records, topology: Topology) -> None:
        self.store = store
        self.records = records
        self.topology = topology

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
        """Compute again what is closed of the days and months that the hours of [start, end) lie in."""
        tz = self.topology.region.tz
        days = [local_day(moment, tz) for moment in starts(day_edges(start, end, tz))]
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
