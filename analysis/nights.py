"""Night flows of closed nights: computed from raw steps, stored as rollups and as quoted figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from analysis.closing import LATE, closed_day, months_between
from analysis.readings import around
from analysis.topology import Topology
from models.boundary import Boundary
from models.calendar import day_edges, instant, local_day, month_bounds, starts
from models.clock import Clock
from models.night_account import (
    AROUND,
    Customers,
    Hours,
    customers,
    day_span,
    keys,
    night_span,
    nights,
    with_area_factor,
    with_factor,
)
from models.night_flow import NIGHT, NIGHT_FIGURES, night_rollups
from models.night_losses import LOSSES, Night, day_figures, day_rollup
from models.night_months import month_figures
from models.records import Figure, Records
from models.registry import Zone
from models.rollup import Level, Rollup
from models.store import Store

NIGHTS_AT_ONCE = 30
"""Nights whose readings are read together: enough to be quick, few enough to be small."""
AREA_FIGURES = ("night_day_factor_h", "real_losses_night_m3")
"""Of zones, from which those of towns are made."""


class Nights:
    """Computes the nights of areas and stores them as rollups and as quoted figures, superseded where they change."""

    def __init__(self, store: Store, records: Records, topology: Topology, clock: Clock) -> None:
        self.store = store
        self.records = records
        self.topology = topology
        self.clock = clock

    def flows(self, level: Level, subject: str, days: Sequence[date]) -> list[Rollup]:
        """Night flows of days in order and nothing else: what a page shows before the customers' meters are summed."""
        region = self.topology.region
        start = night_span(days, region)[0]
        border = self.topology.boundary(level, subject, start)
        if not border.inflows:
            return []
        # Large users are taken off as ever; what meters tell of the others isn't summed yet.
        who = customers(region, level, subject, start)._replace(households={}, own_use=())
        found = self._nights(border, who, days)
        return self._keep(level, subject, found, ("night_flow_m3h",), ())

    def one(self, level: Level, subject: str, day: date) -> list[Rollup]:
        """A night, and the losses of its day where that is over."""
        return self.several(level, subject, [day])

    def several(self, level: Level, subject: str, days: Sequence[date]) -> list[Rollup]:
        """Nights of days in order, whose readings are read at once; losses of those days that are over."""
        region = self.topology.region
        start = night_span(days, region)[0]
        border = self.topology.boundary(level, subject, start)
        if not border.inflows:
            return []
        who = customers(region, level, subject, start)
        found = self._nights(border, who, days)
        last = closed_day(self.clock.now(), self.topology)
        over = [day for day in days if day <= last]
        if over:
            found = self._with_factors(level, subject, who.zones, found, over)
        return self._keep(level, subject, found, tuple(NIGHT_FIGURES), over)

    def month(self, level: Level, subject: str, year: int, month: int) -> None:
        """Figures of a month from those of its days."""
        if not self.topology.boundary(level, subject).inflows:
            return
        tz = self.topology.region.tz
        start, end = month_bounds(year, month, tz)
        days = {name: self.records.figures(level, [subject], "day", name, start, end) for name in NIGHT_FIGURES}
        losses = self.store.rollups(level, [subject], "day", LOSSES, start, end).get(subject, [])
        self.records.supersede_figures(month_figures(level, subject, year, month, days, losses, tz))

    def months(self, level: Level, subject: str, start: datetime, end: datetime) -> None:
        """Figures of the whole local months between two times."""
        for year, month in months_between(start, end, self.topology):
            self.month(level, subject, year, month)

    def follow(self, level: Level, subject: str, start: datetime, end: datetime, now: datetime) -> None:
        """Compute again the nights, days and months that are over and that the hours of [start, end) touch."""
        tz = self.topology.region.tz
        touched = [local_day(moment, tz) for moment in starts(day_edges(start, end, tz))]
        days = [day for day in touched if instant(day, NIGHT[1], tz) + LATE <= now and self._night_in(day, start, end)]
        self.again(level, subject, days)

    def pressed(self, device: str, start: datetime, end: datetime) -> None:
        """Compute days that are over again where late pressure changes their losses: of the zone, then around it."""
        tz, last = self.topology.region.tz, closed_day(self.clock.now(), self.topology)
        days = [day for day in (local_day(at, tz) for at in starts(day_edges(start, end, tz))) if day <= last]
        if not days:
            return
        for zone in self.topology.zones_by_average_device.get(device, ()):
            before = self._losses_of(zone, days)
            self.again("zone", zone, days)
            if self._losses_of(zone, days) == before:
                continue
            for around_it in self.topology.and_around(zone)[1:]:
                self.again("zone", around_it, days)
            self.again("municipality", self.topology.municipality_of(zone), days)
            self.again("region", self.topology.region.name, days)

    def _losses_of(self, zone: str, days: Sequence[date]) -> list[tuple[float | None, float | None]]:
        start, end = day_span(days, self.topology.region)
        found = self.records.figures("zone", [zone], "day", "real_losses_night_m3", start, end)
        return [(figure.value, figure.upper) for figure in found]

    def again(self, level: Level, subject: str, days: Sequence[date]) -> None:
        """Days that are over, and their months where these are."""
        for begin in range(0, len(days), NIGHTS_AT_ONCE):
            self.several(level, subject, days[begin : begin + NIGHTS_AT_ONCE])
        for year, month in sorted({(day.year, day.month) for day in days}):
            if month_bounds(year, month, self.topology.region.tz)[1] + LATE <= self.clock.now():
                self.month(level, subject, year, month)

    def _night_in(self, day: date, start: datetime, end: datetime) -> bool:
        tz = self.topology.region.tz
        return start < instant(day, NIGHT[1], tz) and end > instant(day, NIGHT[0], tz)

    def _nights(self, border: Boundary, who: Customers, days: Sequence[date]) -> list[Night]:
        region = self.topology.region
        start, end = night_span(days, region)
        data = around(self.store, keys(region, border, who, start, end), start, end, timedelta(hours=6))
        asked = list(who.households)
        span = (start - AROUND, end + AROUND)
        sums = self.store.rollups("zone", asked, "hour", "household_m3", *span) if asked else {}
        homes = {zone: Hours.of(rows) for zone, rows in sums.items() if rows}
        return nights(region, border, who, days, data, homes)

    def _with_factors(
        self, level: Level, subject: str, zones: Sequence[Zone], found: Sequence[Night], over: Sequence[date]
    ) -> list[Night]:
        """Nights with the factor of days that are over: a zone's from pressure, a town's from its zones."""
        region, closed = self.topology.region, set(over)
        if level == "zone":
            [zone] = zones
            pressure = self._pressure(zone, over)
            made = {one.flow.day: with_factor(region, zone, one, pressure) for one in found if one.flow.day in closed}
        else:
            known = self._known([zone.zone for zone in zones], over)
            made = {
                one.flow.day: with_area_factor(region, subject, one, zones, known[one.flow.day])
                for one in found
                if one.flow.day in closed
            }
        return [made.get(one.flow.day, one) for one in found]

    def _pressure(self, zone: Zone, days: Sequence[date]) -> Hours:
        """Hourly pressure at a zone's average point, of whatever hung there."""
        start, end = day_span(days, self.topology.region)
        rows: list[Rollup] = []
        for hung in self.topology.region.devices_at(zone.azp_point, start, end):
            first, last = max(start, hung.start), end if hung.end is None else min(end, hung.end)
            rows += self.store.rollups("device", [hung.device], "hour", "pressure_m", first, last)[hung.device]
        return Hours.of(rows)

    def _known(self, zones: Sequence[str], days: Sequence[date]) -> Mapping[date, Mapping[str, Sequence[Figure]]]:
        """Figures of zones by day and quantity."""
        start, end = day_span(days, self.topology.region)
        result: dict[date, dict[str, list[Figure]]] = {day: {name: [] for name in AREA_FIGURES} for day in days}
        for name in AREA_FIGURES:
            for figure in self.records.figures("zone", zones, "day", name, start, end):
                result[local_day(figure.time, self.topology.region.tz)][name].append(figure)
        return result

    def _keep(
        self, level: Level, subject: str, found: Sequence[Night], names: Sequence[str], over: Sequence[date]
    ) -> list[Rollup]:
        tz, closed = self.topology.region.tz, set(over)
        rollups = [row for one in found for row in night_rollups(level, subject, one.flow, tz)]
        quoted = [row for one in found for row in day_figures(level, subject, one, tz, one.flow.day in closed)]
        self.store.write_rollups(
            [*rollups, *(day_rollup(level, subject, one, tz) for one in found if one.flow.day in closed)]
        )
        self.records.supersede_figures([figure for figure in quoted if figure.quantity in names])
        return rollups
