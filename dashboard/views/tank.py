"""One service tank: level, what its pump does, what is drawn, how long it lasts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from dashboard.views.inflow import Line
from dashboard.views.point_line import LEVELS, mean_since, point_line, thinned, usual_gap_s
from dashboard.views.reservoir import OLD, hanging, inside, live_device, newest_level
from dashboard.views.span import ChartSpan
from models.anomalies.tank_low import tank_limits
from models.reading import from_ms, to_ms
from models.registry import Region, Reservoir
from models.reservoir import full_pct, hours_to_empty, one_storage_m3, storage_m3
from models.store import Store
from models.tank_operation import hours_to_full

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
STALE_S = 1800.0
FRESH = timedelta(hours=2)
"""A level older than this is no longer a tank's present one."""
PUMP = "pump_on"
OUTFLOWS = ("flow_m3h", "outflow_m3h")
DEMAND_AGE = timedelta(hours=3)
LONGEST_H = 1e5
"""Beyond this a tank lasts for ever, and a length of time could not hold it."""


@dataclass(frozen=True)
class Tank:
    """A tank as its page shows it.

    level_m at `at`, above the datum; fresh : whether that is the present level; low : whether it lies below its limit
    limits : low and critical level [m]
    outflow_m3h : mean of the last hour, of a tank inside a zone the zone's demand
    net_outflow_m3h : what the storage loses an hour, over the last hour
    lasts : until empty at the present outflow, without inflow; empties : at the present fall, None while it rises
    fills : until full at the present rise, None while it falls
    pump_on, pump_since, pump_share : what the pump does, since when, its share of the last 24 hours
    stale_s : age from which data have stopped; of the level as it came, not as thinned for a long span
    level, pump, outflow : over the span; device : whose level the live stream appends (see reservoir.live_device)
    """

    reservoir: Reservoir
    span: ChartSpan
    level_m: float | None
    at: datetime | None
    fresh: bool
    low: bool
    limits: dict[str, float]
    storage_m3: float | None
    full_m3: float
    share: float | None
    outflow_m3h: float | None
    net_outflow_m3h: float | None
    lasts: timedelta | None
    empties: timedelta | None
    fills: timedelta | None
    pump_on: bool | None
    pump_since: datetime | None
    pump_share: float | None
    level: Line
    pump: Line
    outflow: Line
    stale_s: float
    station: str
    device: str
    quantity: str
    outflow_device: str


def tank_view(store: Store, region: Region, reservoir: Reservoir, span: ChartSpan, now: datetime) -> Tank:
    """Everything on a tank's page."""
    first, last = min(span.start, now - DAY), max(span.end, now + HOUR)
    level = point_line(store, region, reservoir.level_point, LEVELS, first, last)
    pump = point_line(store, region, reservoir.level_point, (PUMP,), first, last)
    outflow = point_line(store, region, reservoir.outflow_point, OUTFLOWS, first, last)
    station = hanging(region, reservoir.level_point, now)
    quantity, newest, seen = newest_level(store, region, station)
    limits = tank_limits(reservoir)
    hourly = mean_since(outflow, now - HOUR)
    if hourly is None and reservoir.zone:
        hourly = zone_demands(store, [reservoir.zone], now).get(reservoir.zone)
    net = net_outflow_m3h(reservoir, level, now)
    on, since, share = pump_state(pump, now)
    return Tank(
        reservoir=reservoir,
        span=span,
        level_m=newest,
        at=seen,
        fresh=seen is not None and now - seen <= FRESH,
        low=newest is not None and bool(limits) and newest < limits["low"],
        limits=limits,
        storage_m3=None if newest is None else one_storage_m3(reservoir, newest),
        full_m3=one_storage_m3(reservoir, reservoir.full_m),
        share=None if newest is None else full_pct(reservoir, newest) / 100,
        outflow_m3h=hourly,
        net_outflow_m3h=net,
        lasts=_hours(reservoir, newest, hourly if hourly is not None else net),
        empties=_hours(reservoir, newest, net),
        fills=_until_full(reservoir, newest, net),
        pump_on=on,
        pump_since=since,
        pump_share=share,
        level=thinned(inside(level, span)),
        pump=inside(pump, span),
        outflow=thinned(inside(outflow, span), mean=True),
        stale_s=usual_gap_s([level], STALE_S),
        station=station,
        device=live_device(region, station),
        quantity=quantity,
        outflow_device=hanging(region, reservoir.outflow_point, now),
    )


def _hours(reservoir: Reservoir, level_m: float | None, flow_m3h: float | None) -> timedelta | None:
    hours = None if level_m is None else hours_to_empty(reservoir, level_m, flow_m3h)
    return None if hours is None else timedelta(hours=min(hours, LONGEST_H))


def _until_full(reservoir: Reservoir, level_m: float | None, net_outflow: float | None) -> timedelta | None:
    hours = None if level_m is None or net_outflow is None else hours_to_full(reservoir, level_m, -net_outflow)
    return None if hours is None else timedelta(hours=min(hours, LONGEST_H))


def zone_demands(store: Store, zones: Sequence[str], now: datetime) -> dict[str, float]:
    """What zones last took in an hour [m³/h]: the draw of a tank inside one, whose outflow no meter measures."""
    found = store.rollups("zone", list(zones), "hour", "net_inflow_m3h", now - DEMAND_AGE, now) if zones else {}
    values = {zone: [row.value for row in rows if row.value is not None] for zone, rows in found.items()}
    return {zone: known[-1] for zone, known in values.items() if known}


def net_outflow_m3h(reservoir: Reservoir, level: Line, now: datetime) -> float | None:
    """What the storage lost an hour over the last hour, from the first and last level in it; negative while it fills.

    None where the last hour has fewer than two levels.
    """
    keep = (level.time_ms >= to_ms(now - HOUR)) & (level.time_ms <= to_ms(now)) & ~np.isnan(level.value)
    times, values = level.time_ms[keep], level.value[keep]
    if len(times) < 2:
        return None
    stored = storage_m3(reservoir, values[[0, -1]])
    hours = float(times[-1] - times[0]) / 3.6e6
    return float(stored[0] - stored[1]) / hours if hours > 0 else None


def pump_state(pump: Line, now: datetime) -> tuple[bool | None, datetime | None, float | None]:
    """Whether the pump runs, since when (within what is known), and its share of the last 24 hours."""
    known = ~np.isnan(pump.value) & (pump.time_ms <= to_ms(now))
    times, states = pump.time_ms[known], pump.value[known] > 0.5
    if len(times) == 0 or now - from_ms(int(times[-1])) > OLD:
        return None, None, None
    changes = np.flatnonzero(states[1:] != states[:-1])
    since = from_ms(int(times[changes[-1] + 1])) if len(changes) else None
    day = times >= to_ms(now - DAY)
    if np.count_nonzero(day) < 2:
        return bool(states[-1]), since, None
    at, on = times[day], states[day]
    lengths = np.diff(np.append(at, to_ms(now))).astype(np.float64)
    return bool(states[-1]), since, float((lengths * on).sum() / lengths.sum())
