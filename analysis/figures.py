"""Figures that people quote: balances of closed days, months and twelve months."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from analysis.closing import LATE, closed_day, months_between
from analysis.topology import Topology
from models.balance import (
    Ledger,
    balance,
    customer_points,
    figures,
    mean_pressures_m,
    network_of,
    pressure_devices,
    return_figures,
    uarl,
)
from models.calendar import day_bounds, day_edges, local_day, month_bounds, starts, year_of_months
from models.records import Figure, FigurePeriod, Records
from models.rollup import Level
from models.store import Store


class Span(NamedTuple):
    """A closed period to be balanced."""

    period: FigurePeriod
    start: datetime
    end: datetime


class Figures:
    """Computes quoted figures from rollups and stores them, the old ones superseded."""

    def __init__(self, store: Store, records: Records, topology: Topology) -> None:
        self.store = store
        self.records = records
        self.topology = topology

    def day(self, level: Level, subject: str, day: date) -> None:
        """The balance of a local day."""
        self._quote(level, subject, [Span("day", *day_bounds(day, self.topology.region.tz))])

    def month(self, level: Level, subject: str, year: int, month: int) -> None:
        """The balance of a local month, and of the twelve that end with it."""
        self._quote(level, subject, self._month_and_year(year, month))

    def months(self, level: Level, subject: str, start: datetime, end: datetime) -> None:
        """The balances of the whole local months between two times, and of the twelve that end with each."""
        months = months_between(start, end, self.topology)
        self._quote(level, subject, [span for month in months for span in self._month_and_year(*month)])

    def follow(self, level: Level, subject: str, start: datetime, end: datetime, now: datetime) -> None:
        """Compute again what is closed of the days, months and twelve months that the hours of [start, end) lie in."""
        tz = self.topology.region.tz
        days = [local_day(moment, tz) for moment in starts(day_edges(start, end, tz))]
        last = closed_day(now, self.topology)
        spans = [Span("day", *day_bounds(day, tz)) for day in days if day <= last]
        for year, month in sorted({(day.year, day.month) for day in days}):
            spans += [span for span in self._around_month(year, month) if span.end + LATE <= now]
        self._quote(level, subject, list(dict.fromkeys(spans)))

    def _month_and_year(self, year: int, month: int) -> list[Span]:
        tz = self.topology.region.tz
        return [Span("month", *month_bounds(year, month, tz)), Span("year", *year_of_months(year, month, tz))]

    def _around_month(self, year: int, month: int) -> list[Span]:
        """A month and every twelve months that it is one of."""
        tz = self.topology.region.tz
        ends = [(year + (month - 1 + ahead) // 12, (month - 1 + ahead) % 12 + 1) for ahead in range(12)]
        return [Span("month", *month_bounds(year, month, tz)), *(Span("year", *year_of_months(*m, tz)) for m in ends)]

    def _quote(self, level: Level, subject: str, spans: Sequence[Span]) -> None:
        """Balance some periods, whose rollups are read at once, and store what is quoted of them."""
        if not spans:
            return
        start, end = min(span.start for span in spans), max(span.end for span in spans)
        used = self._ledger("point", customer_points(self.topology.region, level, subject, start, end), start, end)
        metered = self._ledger("device", self._boundary_devices(level, subject, start, end), start, end)
        inflow = self._ledger(level, [subject], start, end, "net_inflow_m3h")
        pressures = self._pressures(level, subject, spans)
        found: list[Figure] = []
        for span in spans:
            found += self._figures(level, subject, span, inflow, used, metered, pressures.get(span, {}))
        self.records.supersede_figures(found)

    def _figures(
        self,
        level: Level,
        subject: str,
        span: Span,
        inflow: Ledger,
        used: Ledger,
        metered: Ledger,
        pressures: Mapping[str, float],
    ) -> list[Figure]:
        region = self.topology.region
        period, start, end = span
        put_in = inflow.amount(subject, start, end)
        result = balance(
            region, level, subject, start, end, put_in, used.amounts(start, end), metered.amounts(start, end)
        )
        network = network_of(region, level, subject, start, pressures)
        unavoidable = uarl(region, level, subject, start, network) if period == "year" else None
        found = figures(result, period, network, unavoidable)
        return (
            found if level == "zone" or period == "day" else [*found, *return_figures(region, result, period, network)]
        )

    def _pressures(self, level: Level, subject: str, spans: Sequence[Span]) -> dict[Span, dict[str, float]]:
        """Mean pressures measured at average zone points, of twelve months only: nothing else asks for them."""
        years = [span for span in spans if span.period == "year"]
        if not years:
            return {}
        start, end = min(span.start for span in years), max(span.end for span in years)
        sensors = pressure_devices(self.topology.region, level, subject, start, end)
        devices = [device for several in sensors.values() for device in several]
        if not devices:
            return {}
        rows = self.store.rollups("device", devices, "day", "pressure_m", start, end)
        return {span: mean_pressures_m(sensors, rows, span.start, span.end) for span in years}

    def _boundary_devices(self, level: Level, subject: str, start: datetime, end: datetime) -> list[str]:
        """Meters that hung at the outer boundary."""
        around = self.topology.boundary(level, subject, start)
        points = (*around.inflows, *around.outflows)
        devices = (item.device for point in points for item in self.topology.region.devices_at(point, start, end))
        return list(dict.fromkeys(devices))

    def _ledger(
        self, level: Level, subjects: Sequence[str], start: datetime, end: datetime, quantity: str = "consumption_m3"
    ) -> Ledger:
        rows = self.store.rollups(level, subjects, "day", quantity, start, end) if subjects else {}
        return Ledger(rows, day_edges(start, end, self.topology.region.tz))
