"""The simulated waterworks at any time: what passed each meter until then, and what pressure there is.

Base flows (customers, background leakage) are whole millilitres by the hour and by five minutes, so that sums do not
depend on how a span is cut. Releases (bursts, leaks, flushing) are added exactly at every moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache

import numpy as np

from ingest.simulator.almanac import DAY_H, HOUR_S, Hours
from ingest.simulator.chance import Floats, Ints
from ingest.simulator.commands import Command
from ingest.simulator.demand import Demand
from ingest.simulator.network import STEPS, Network, friction, within_hours
from ingest.simulator.parameters import Parameters
from ingest.simulator.releases import ML_PER_M3, Release, Releases, of_zone
from models.registry import Region

STEP_S = HOUR_S // STEPS
EPOCH_DAY = 20_089  # 2025-01-01: registers are counted from here, backwards too
_LEDGER_DAYS = 32


class Span:
    """Base flows of the hours [first, last): computed once, read by many."""

    def __init__(self, works: Waterworks, first: int, last: int) -> None:
        self.first, self.last = first, last
        self._works = works

    @cached_property
    def _own(self) -> tuple[Ints, Ints, Ints, Ints]:
        """(zones' own ground, other customers, homes, leakage) with an hour more at either end."""
        return self._works.own_ml(self._works.demand.almanac.hours(self.first - 1, self.last + 1))

    @cached_property
    def hours(self) -> Hours:
        """The calendar of these hours."""
        return self._works.demand.almanac.hours(self.first, self.last)

    @property
    def own(self) -> Ints:
        """Volume that each zone's own ground takes an hour [ml]: customers, exports, background leakage."""
        return self._own[0][:, 1:-1]

    @property
    def customers(self) -> Ints:
        """Volume of each of demand.points an hour [ml]."""
        return self._own[1][:, 1:-1]

    @property
    def homes(self) -> Ints:
        """Volume of each of demand.homes an hour [ml]."""
        return self._own[2][:, 1:-1]

    @property
    def leakage(self) -> Ints:
        """Background leakage of each zone an hour [ml]."""
        return self._own[3][:, 1:-1]

    @cached_property
    def passing(self) -> Ints:
        """Volume that passes each meter an hour [ml]."""
        return self._works.passing(self.own[..., None], self.hours, self.customers[..., None])[..., 0]

    @cached_property
    def _own_within(self) -> Ints:
        works = self._works
        return within_hours(works.seed, works.zones, works.demand.own_population, self._own[0], self.first)

    @cached_property
    def own_steps(self) -> Ints:
        """Volume that each zone's own ground takes in each five minutes [ml]: (zones, steps)."""
        return np.diff(self._own_within, axis=2, prepend=0).reshape(len(self._works.zones), -1)

    @cached_property
    def passed_steps(self) -> Ints:
        """Volume passed since the first hour at every step's end, with 0 at the start: (meters, steps + 1)."""
        share = np.arange(1, STEPS + 1) / STEPS
        customers = np.rint(self.customers[..., None] * share).astype(np.int64)
        within = self._works.passing(self._own_within, self.hours, customers)
        started = np.cumsum(self.passing, axis=1) - self.passing
        ends = (within + started[..., None]).reshape(len(within), -1)
        return np.concatenate([np.zeros((len(ends), 1), dtype=np.int64), ends], axis=1)


class Waterworks:
    """A region's water at any time, by seed and command log."""

    def __init__(self, region: Region, seed: int, commands: Sequence[Command] = ()) -> None:
        self.region, self.seed = region, seed
        self.parameters = Parameters(region)
        self.demand = Demand(region, self.parameters, seed)
        self.network = Network(region, self.parameters, seed)
        self.zones = self.demand.zones
        self.row_of_zone = {zone: row for row, zone in enumerate(self.zones)}
        self.row_of_customer = {point.point: row for row, point in enumerate(self.demand.points)}
        self.row_of_home = {point.point: row for row, point in enumerate(self.demand.homes)}
        self.truth = [self.parameters.zone(zone) for zone in region.zones]
        self.mean_m3h = self.demand.mean_m3h + np.array([truth.leakage_m3h for truth in self.truth])
        self._exports = np.array([self.row_of_customer[point] for point in self.network.exports], dtype=np.int64)
        self._weights = self.network.weights()
        self.span = lru_cache(maxsize=3)(self._span)
        self._ledger: dict[int, Ints] = {}
        self._release_base = lru_cache(maxsize=4096)(self._released_until)
        self.command(commands)

    def command(self, commands: Sequence[Command]) -> None:
        """Follow this command log from now on (all of it, not what is new)."""
        self.commands = tuple(commands)
        leaks = self.parameters.leaks
        self.releases: list[Releases] = [
            of_zone(zone, float(mean), self.seed, self.region, leaks, self.commands)
            for zone, mean in zip(self.zones, self.mean_m3h, strict=True)
        ]
        self._release_base.cache_clear()

    def own_ml(self, hours: Hours) -> tuple[Ints, Ints, Ints, Ints]:
        """(zones' own ground, other customers, homes, background leakage) an hour [ml]."""
        homes = self.demand.homes_ml(hours)
        customers = self.demand.points_ml(hours)
        used = self.demand.households_ml(hours, homes)
        known = self.demand.zone_of_point >= 0
        np.add.at(used, self.demand.zone_of_point[known], customers[known])
        leakage = self._leakage_ml(used)
        return np.asarray(used + leakage), customers, homes, leakage

    def _leakage_ml(self, used: Ints) -> Ints:
        """Background leakage: it rises with pressure, which falls with use. Source: FAVAD, May 1994 (N1)."""
        head = np.array([[truth.static_head_m, truth.head_loss_m, truth.leakage_m3h] for truth in self.truth])
        n1 = np.array([zone.n1 for zone in self.region.zones])
        loss = friction(used / ML_PER_M3, self.demand.mean_m3h[:, None])
        pressure = np.maximum(head[:, :1] - head[:, 1:2] * loss, 0.3 * head[:, :1])
        relative = (pressure / (head[:, :1] - head[:, 1:2])) ** n1[:, None]
        return np.asarray(np.rint(head[:, 2:] * relative * ML_PER_M3), dtype=np.int64)

    def passing(self, own: Ints, hours: Hours, customers: Ints) -> Ints:
        """Volumes that pass each meter, from those of zones and customers: (meters, hours, k)."""
        return self.network.flows(own, hours, customers[self._exports])

    def _span(self, first: int, last: int) -> Span:
        return Span(self, first, last)

    # -- registers ---------------------------------------------------------------------------------------------------

    def ledger(self, day: int) -> Ints:
        """Base volume since EPOCH_DAY at a UTC day's start [ml]: rows of meters, then customers, then homes."""
        block = (day - EPOCH_DAY) // _LEDGER_DAYS
        if block not in self._ledger:
            self._open_ledger(block)
        return np.asarray(self._ledger[block][:, (day - EPOCH_DAY) % _LEDGER_DAYS])

    def _open_ledger(self, block: int) -> None:
        """Sum up blocks from the nearest known one to this one. The last column of each is the next one's first."""
        if not self._ledger:
            self._ledger[0] = self._summed(0)
        while block > (top := max(self._ledger)):
            following = self._summed(top + 1)
            self._ledger[top + 1] = following + self._ledger[top][:, -1:]
        while block < (bottom := min(self._ledger)):
            before = self._summed(bottom - 1)
            self._ledger[bottom - 1] = before - before[:, -1:] + self._ledger[bottom][:, :1]

    def _summed(self, block: int) -> Ints:
        first = (EPOCH_DAY + block * _LEDGER_DAYS) * DAY_H
        hours = self.demand.almanac.hours(first, first + _LEDGER_DAYS * DAY_H)
        own, customers, homes, _ = self.own_ml(hours)
        passing = self.passing(own[..., None], hours, customers[..., None])[..., 0]
        rows = np.concatenate([passing, customers, homes])
        daily = rows.reshape(len(rows), _LEDGER_DAYS, DAY_H).sum(axis=2)
        return np.concatenate([np.zeros((len(rows), 1), dtype=np.int64), np.cumsum(daily, axis=1)], axis=1)

    def passed_ml(self, point: str, time_s: Floats, span: Span) -> Ints:
        """Volume that has passed a flow meter's point at times within the span [ml since EPOCH_DAY]."""
        row = self.network.meter[point]
        return self._base_passed(row, time_s, span) + self.released_ml(point, time_s)

    def _base_passed(self, row: int, time_s: Floats, span: Span) -> Ints:
        before = self._before(row, span)
        since = time_s - span.first * HOUR_S
        step = np.clip(since // STEP_S, 0, span.passed_steps.shape[1] - 2).astype(np.int64)
        steps = span.passed_steps[row]
        part = np.rint((steps[step + 1] - steps[step]) * ((since - step * STEP_S) / STEP_S)).astype(np.int64)
        return np.asarray(before + steps[step] + part)

    def passed_hourly_ml(self, point: str, span: Span) -> Ints:
        """The same at every whole hour from the span's first to its last, without looking into the hours."""
        row = self.network.meter[point]
        base = np.concatenate([[0], np.cumsum(span.passing[row])]) + self._before(row, span)
        marks: Floats = np.arange(span.first, span.last + 1, dtype=np.float64) * HOUR_S
        return np.asarray(base + self.released_ml(point, marks))

    def used_ml(self, point: str, time_s: Floats, span: Span) -> Ints:
        """Volume that a customer has used at times within the span [ml since EPOCH_DAY]."""
        if point in self.row_of_home:
            row, hourly = self.row_of_home[point], span.homes
            offset = len(self.network.meters) + len(self.demand.points)
        else:
            row, hourly = self.row_of_customer[point], span.customers
            offset = len(self.network.meters)
        since = time_s - span.first * HOUR_S
        hour = np.clip(since // HOUR_S, 0, hourly.shape[1] - 1).astype(np.int64)
        sums = np.concatenate([[0], np.cumsum(hourly[row])])
        part = np.rint(hourly[row][hour] * ((since - hour * HOUR_S) / HOUR_S)).astype(np.int64)
        return np.asarray(self._before(offset + row, span) + sums[hour] + part)

    def _before(self, row: int, span: Span) -> int:
        """Base volume until the span's first hour; spans begin with a UTC day."""
        return int(self.ledger(span.first // DAY_H)[row])

    def released_ml(self, point: str, time_s: Floats) -> Ints:
        """What releases let pass a meter until times [ml since EPOCH_DAY]."""
        weights = self._weights[self.network.meter[point]]
        total = np.zeros(len(time_s), dtype=np.int64)
        if len(time_s):
            for row in np.flatnonzero(weights).tolist():
                total += np.rint(weights[row] * self.zone_released_ml(row, time_s)).astype(np.int64)
        return total

    def zone_released_ml(self, row: int, time_s: Floats) -> Ints:
        """What a zone's releases let go until ascending times [ml since EPOCH_DAY]."""
        first, last = float(time_s[0]), float(time_s[-1])
        base_s = first // (DAY_H * HOUR_S) * DAY_H * HOUR_S
        total = np.full(len(time_s), self._release_base(row, base_s), dtype=np.int64)
        start = np.array([base_s])
        for item in self.releases[row].between(base_s, last + 1.0):
            total += item.volume_ml(time_s) - item.volume_ml(start)
        return total

    def _released_until(self, row: int, time_s: float) -> int:
        epoch_s = float(EPOCH_DAY * DAY_H * HOUR_S)
        low, high = min(epoch_s, time_s), max(epoch_s, time_s)
        ends = np.array([low, high])
        total = 0
        for item in self.releases[row].between(low, high):
            volume = item.volume_ml(ends)
            total += int(volume[1] - volume[0])
        return total if time_s >= epoch_s else -total

    def mean_passing_m3h(self, point: str) -> float:
        """What passes a flow meter's point on average [m³/h]."""
        exported = self.row_of_customer.get(point)
        if exported is not None:
            return float(self.demand.point_mean_m3h[exported])
        return float(self._weights[self.network.meter[point]] @ self.mean_m3h)

    # -- pressure ----------------------------------------------------------------------------------------------------

    def running(self, row: int, start_s: float, end_s: float) -> list[Release]:
        """Releases of a zone that run at some time in [start, end)."""
        return self.releases[row].between(start_s, end_s)

    def flow_m3h(self, row: int, time_s: Floats, span: Span) -> Floats:
        """Flow into a zone's own ground at times [m³/h]."""
        step = ((time_s - span.first * HOUR_S) // STEP_S).astype(np.int64)
        flow = span.own_steps[row][np.clip(step, 0, span.own_steps.shape[1] - 1)] * (STEPS / ML_PER_M3)
        return self._with_releases(row, time_s, flow)

    def hourly_flow_m3h(self, row: int, time_s: Floats, span: Span) -> Floats:
        """The same where only hours are known."""
        hour = np.clip((time_s // HOUR_S).astype(np.int64) - span.first, 0, span.own.shape[1] - 1)
        return self._with_releases(row, time_s, span.own[row][hour] / ML_PER_M3)

    def _with_releases(self, row: int, time_s: Floats, flow: Floats) -> Floats:
        if len(time_s):
            for item in self.running(row, float(time_s[0]) - 1.0, float(time_s[-1]) + 1.0):
                flow = flow + item.rate_m3h(time_s)
        return flow

    def pressure_m(self, row: int, flow: Floats, drop_m: float, remoteness: float) -> Floats:
        """Pressure head at a place `drop_m` above the zone's reference, `remoteness` times as far in friction [m]."""
        truth = self.truth[row]
        loss = truth.head_loss_m * remoteness * friction(flow, float(self.mean_m3h[row]))
        return np.maximum(truth.static_head_m - drop_m - loss, 0.4)
