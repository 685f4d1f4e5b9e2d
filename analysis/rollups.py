"""Rollups of a span: devices, points, and the areas that their water flows through."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from analysis.readings import REGISTER_MARGIN, around
from analysis.topology import Topology
from models import rollup_series
from models.calendar import Edges, edges_of
from models.clock import Clock
from models.consumption import (
    QUANTITIES as VOLUME_QUANTITIES,
)
from models.consumption import REGISTERS, Data, device_increments, keys_of_points
from models.estimation import reaches_back_ms
from models.metered import Asked, device_accounts, point_accounts
from models.profiles import LEARNED_MS, Likes
from models.quantity import DAILY, QUANTITIES
from models.reading import Series, from_ms, to_ms
from models.register_turns import reaches_from_ms
from models.rollup import Level, Period, RollupSeries
from models.store import Store
from models.zone_flow import keys as boundary_keys

PERIODS: tuple[Period, ...] = ("hour", "day")
AVERAGED = frozenset({"rate", "level", "measure", "state"})


class Rollups:
    """Computes rollups from readings. What it returns covers whole hours and whole local days of a span."""

    def __init__(self, store: Store, topology: Topology, clock: Clock) -> None:
        self.store = store
        self.topology = topology
        self.clock = clock
        self.likes: Likes = {}

    def of_device(self, device: str, quantities: Sequence[str], start: datetime, end: datetime) -> list[RollupSeries]:
        """Consumption and averages of a device."""
        tz = self.topology.region.tz
        known = [name for name in quantities if name in QUANTITIES]
        first, last = self._days(start, end)
        data = self._gaps_whole(around(self.store, [(device, name) for name in known], first, last), first, last)
        row = self.topology.region.device.get(device)
        start = self._before_turns([device], data, start)
        edges = {period: edges_of(period, start, end, tz) for period in PERIODS}
        result = []
        if any(name in VOLUME_QUANTITIES for name in known):
            used = device_accounts(self._asked(data, edges), device)
            result += [
                rollup_series.of_account("device", device, period, "consumption_m3", used[period]) for period in PERIODS
            ]
        for period in PERIODS:
            for name in known:
                if period == "hour" and name in DAILY:
                    continue
                kind = QUANTITIES[name].kind
                if kind in AVERAGED or (kind == "interval" and name not in VOLUME_QUANTITIES):
                    series = data.get((device, name)) or rollup_series.no_readings(device, name)
                    scale = rollup_series.scale_of(row, name)
                    result.append(rollup_series.of_averages("device", device, period, series, edges[period], *scale))
        return result

    def of_point(self, point: str, start: datetime, end: datetime) -> list[RollupSeries]:
        """Consumption at a point, over the devices that hung there."""
        region = self.topology.region
        first, last = self._days(start, end)
        data = self._gaps_whole(
            around(self.store, keys_of_points(region, [point], first, last), first, last), first, last
        )
        start = self._before_turns([item.device for item in region.devices_at(point, first, last)], data, start)
        edges = {period: edges_of(period, start, end, region.tz) for period in PERIODS}
        used = point_accounts(self._asked(data, edges), point)
        return [rollup_series.of_account("point", point, period, "consumption_m3", used[period]) for period in PERIODS]

    def _asked(self, data: Data, edges: dict[Period, Edges]) -> Asked:
        return Asked(self.topology.region, data, edges, to_ms(self.clock.now()), self.likes)

    def _before_turns(self, devices: Sequence[str], data: Data, start: datetime) -> datetime:
        """A start, or from when on it has changed that another counter answered in turn."""
        start_ms = to_ms(start)
        begins = start_ms
        for device in devices:
            for quantity in REGISTERS:
                if (series := data.get((device, quantity))) is not None:
                    found = partial(device_increments, self.topology.region, device, data)
                    begins = min(begins, reaches_from_ms(series, found, start_ms))
        return from_ms(begins) if begins < start_ms else start

    def _gaps_whole(self, data: dict[tuple[str, str], Series], start: datetime, end: datetime) -> Data:
        """The data, with more before it where a gap reaches into the span: its other end, and what fills it."""
        begins = to_ms(start)
        for (device, quantity), series in data.items():
            if quantity not in VOLUME_QUANTITIES:
                continue
            if series.time_ms[0] >= to_ms(start):
                before = self.store.before(device, quantity, from_ms(int(series.time_ms[0])))
                begins = min(begins, to_ms(before.time)) if before else begins
            elif (reached := reaches_back_ms(series, to_ms(start))) is not None:
                begins = min(begins, reached)
        if begins - LEARNED_MS >= to_ms(start - REGISTER_MARGIN):
            return data
        return data | around(
            self.store, [key for key in data if key[1] in VOLUME_QUANTITIES], from_ms(begins - LEARNED_MS), end
        )

    def net_inflow(self, level: Level, subject: str, start: datetime, end: datetime) -> list[RollupSeries]:
        """Net inflow of a zone, municipality or the region at its own outer boundary."""
        region = self.topology.region
        first, last = self._days(start, end)
        border = self.topology.boundary(level, subject, start)
        if not border.inflows:
            return []
        data = around(self.store, boundary_keys(region, border, first, last), first, last)
        raw = rollup_series.net_inflow_steps(region, border, data, to_ms(first), to_ms(last))
        return [
            rollup_series.of_net_inflow(region, border, data, raw, period, edges_of(period, start, end, region.tz))
            for period in PERIODS
        ]

    def sums(self, level: Level, subject: str, start: datetime, end: datetime) -> list[RollupSeries]:
        """Sums of consumption of a zone's points, a municipality's zones, the region's municipalities."""
        result = []
        known = self.topology.region.point
        customers = self.topology.customers_inside(subject) if level == "zone" else []
        for period in PERIODS:
            edges = edges_of(period, start, end, self.topology.region.tz)
            used = self._stored("point", customers, period, "consumption_m3", edges)
            for quantity, roles in rollup_series.SUMS.items():
                if level == "zone":
                    points = [point for point in customers if known[point].role in roles]
                    parts = [part for part in used if known[part.subject].role in roles]
                else:
                    points = self.inside(level, subject)
                    inner: Level = "zone" if level == "municipality" else "municipality"
                    parts = self._stored(inner, points, period, quantity, edges)
                if parts:
                    errors = self.errors([part.subject for part in parts], end) if level == "zone" else None
                    found = rollup_series.of_sum(level, subject, quantity, edges, period, parts, len(points), errors)
                    result.append(found)
        return result

    def errors(self, points: Sequence[str], moment: datetime) -> list[rollup_series.MeterErrors]:
        """What the meters of points have in common with others of their kind."""
        return [rollup_series.meter_errors(self.topology.region, point, to_ms(moment)) for point in points]

    def inside(self, level: Level, subject: str) -> list[str]:
        """Outermost zones of a municipality, municipalities of the region."""
        region = self.topology.region
        if level == "region":
            return list(region.zones_of_municipality)
        zones = region.zones_of_municipality.get(subject, ())
        return [zone.zone for zone in zones if zone.parent not in {other.zone for other in zones}]

    def _stored(
        self, level: Level, subjects: Sequence[str], period: Period, quantity: str, edges: Edges
    ) -> list[RollupSeries]:
        """Stored rollups on the periods between edges, one subject at a time to stay small."""
        start, end = from_ms(int(edges[0])), from_ms(int(edges[-1]))
        result = []
        for subject in subjects:
            rows = self.store.rollups(level, [subject], period, quantity, start, end).get(subject)
            if rows:
                result.append(rollup_series.on_edges(rows, edges))
        return result

    def _days(self, start: datetime, end: datetime) -> tuple[datetime, datetime]:
        """The whole local days of a span."""
        edges = edges_of("day", start, end, self.topology.region.tz)
        return from_ms(int(edges[0])), from_ms(int(edges[-1]))
