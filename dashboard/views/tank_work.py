"""How a tank was worked over the last week: pump, tariff, exchange of water, overflow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from dashboard.views.point_line import LEVELS, point_line
from models.reading import to_ms
from models.registry import Region, Reservoir
from models.reservoir import storage_m3
from models.store import Store
from models.tank_operation import (
    CheapHours,
    Overflow,
    PumpWork,
    cheap_hours,
    counter_increase,
    overflow,
    pump_work,
    turnover_h,
)

WEEK = timedelta(days=7)
LEAST_KNOWN = 0.9


@dataclass(frozen=True)
class TankWork:
    """The last seven days of a tank.

    pump : from its states, None where nobody tells them; counted_h, counted_starts : by its own counters
    tariff : hours of cheap energy, None where nobody stated them
    overflow : how long the level stood at full or above; None without levels
    turnover_h : mean storage over mean outflow; None where the outflow is not known for most of the week
    """

    pump: PumpWork | None
    counted_h: float | None
    counted_starts: float | None
    tariff: CheapHours | None
    overflow: Overflow | None
    turnover_h: float | None


def tank_work(store: Store, region: Region, tank: Reservoir, now: datetime) -> TankWork:
    """How a tank was worked up to now."""
    start = now - WEEK
    point = tank.level_point
    tariff = cheap_hours(region, tank, now)
    states = point_line(store, region, point, ("pump_on",), start - timedelta(days=1), now)
    pump = None
    if len(states.time_ms):
        pump = pump_work(states.time_ms, states.value > 0.5, to_ms(start), to_ms(now), tariff, region.tz)
    counted = [
        counter_increase(point_line(store, region, point, (name,), start, now).value.tolist())
        for name in ("run_time_h", "starts_count")
    ]
    level = point_line(store, region, point, LEVELS, start, now)
    spilled = None
    if len(level.time_ms) > 1:
        spilled = overflow(level.time_ms, level.value, tank.full_m, to_ms(start), to_ms(now))
    return TankWork(pump, counted[0], counted[1], tariff, spilled, _turnover(store, region, tank, level.value, now))


def _turnover(store: Store, region: Region, tank: Reservoir, level_m: np.ndarray, now: datetime) -> float | None:
    outflow = _mean_outflow_m3h(store, region, tank, now)
    if outflow is None or not len(level_m):
        return None
    return turnover_h(float(np.nanmean(storage_m3(tank, level_m))), outflow)


def _mean_outflow_m3h(store: Store, region: Region, tank: Reservoir, now: datetime) -> float | None:
    """Mean outflow of the last seven whole days: measured, or of a tank inside a zone what that zone took."""
    hours = WEEK / timedelta(hours=1)
    if tank.outflow_point:
        devices = [item.device for item in region.devices_at(tank.outflow_point, now - WEEK, now)]
        found = store.rollups("device", devices, "hour", "flow_m3h", now - WEEK, now) if devices else {}
    elif tank.zone:
        found = store.rollups("zone", [tank.zone], "hour", "net_inflow_m3h", now - WEEK, now)
    else:
        found = {}
    values = [row.value for rows in found.values() for row in rows if row.value is not None]
    return sum(values) / len(values) if len(values) >= LEAST_KNOWN * hours else None
