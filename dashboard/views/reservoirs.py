"""Dams and tanks as they are now: level, storage, how long it lasts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from models.reading import Reading
from models.registry import Region, Reservoir
from models.reservoir import days_of_supply, supply_draw
from models.store import Store

LEVELS = ("stage_m", "level_m")
FLOWS = ("inflow_m3h", "outflow_m3h")
OLD = timedelta(hours=6)
TREND = timedelta(hours=3)
DAY = timedelta(hours=24)
LONGEST_DAYS = 1e5
"""Beyond this a supply lasts for ever, and a length of time could not hold it."""


@dataclass(frozen=True)
class ReservoirNow:
    """A dam or tank at a moment.

    level_m : in its datum; storage_m3 from the curve; share : of the storage when full, 0–1
    inflow_m3h, outflow_m3h : last known
    draw_m3h : of a dam, what the towns it supplies drew in the last 24 hours; releases into the river are not supply
    lasts : a dam without inflow at that draw, a tank at its present rate of fall; None without draw or while it rises
    """

    reservoir: Reservoir
    level_m: float | None
    at: datetime | None
    storage_m3: float | None
    share: float | None
    inflow_m3h: float | None
    outflow_m3h: float | None
    lasts: timedelta | None
    draw_m3h: float | None = None

    def filled(self) -> float | None:
        """Share of its height that is filled."""
        if self.level_m is None:
            return None
        return (self.level_m - self.reservoir.bottom_m) / ((self.reservoir.full_m - self.reservoir.bottom_m) or 1.0)


def storage_at(reservoir: Reservoir, level_m: float) -> float | None:
    """Storage [m³] at a level, between the points of the curve; None without a curve."""
    if len(reservoir.curve) < 2:
        return None
    level, storage = np.array(reservoir.curve).T
    return float(np.interp(level_m, level, storage))


def station(region: Region, reservoir: Reservoir, moment: datetime, point: str = "") -> str | None:
    """The device that hangs at a reservoir's point."""
    hanging = region.assignments_of_point.get(point or reservoir.level_point, ())
    return next((assignment.device for assignment in hanging if assignment.covers(moment)), None)


def reservoirs_now(store: Store, region: Region, reservoirs: Iterable[Reservoir], now: datetime) -> list[ReservoirNow]:
    """All of them in one query."""
    chosen = list(reservoirs)
    keys: list[tuple[str, str]] = []
    for reservoir in chosen:
        for point, quantities in (
            (reservoir.level_point, LEVELS),
            (reservoir.inflow_point, FLOWS[:1]),
            (reservoir.outflow_point, FLOWS[1:]),
        ):
            device = station(region, reservoir, now, point) if point else None
            keys += [(device, quantity) for quantity in quantities] if device else []
    last = store.last(list(dict.fromkeys(keys))) if keys else {}
    drawn = draws(store, region, [item.reservoir for item in chosen if item.kind == "dam"], now)
    return [_now(store, region, reservoir, now, last, drawn.get(reservoir.reservoir)) for reservoir in chosen]


def draws(store: Store, region: Region, sources: Sequence[str], now: datetime) -> dict[str, float | None]:
    """What the supplied towns drew from each source, mean of the last 24 hours [m³/h]; None where it is not known."""
    wanted = set(sources)
    towns = sorted({item.municipality for item in region.supplies if item.source in wanted})
    if not towns:
        return {}
    found = store.rollups("municipality", towns, "hour", "net_inflow_m3h", now - DAY, now)
    known = {town: [row.value for row in rows if row.value is not None] for town, rows in found.items()}
    means: dict[str, float | None] = {town: sum(values) / len(values) for town, values in known.items() if values}
    return {source: supply_draw(region, source, means, now).draw_m3h for source in sources}


def _value(
    region: Region,
    reservoir: Reservoir,
    now: datetime,
    last: dict[tuple[str, str], Reading],
    point: str,
    quantities: tuple[str, ...],
) -> Reading | None:
    device = station(region, reservoir, now, point) if point else None
    return next((last[device, name] for name in quantities if device and (device, name) in last), None)


def _now(
    store: Store,
    region: Region,
    reservoir: Reservoir,
    now: datetime,
    last: dict[tuple[str, str], Reading],
    draw_m3h: float | None,
) -> ReservoirNow:
    found = _value(region, reservoir, now, last, reservoir.level_point, LEVELS)
    level = found.value if found is not None else None
    inflow = _value(region, reservoir, now, last, reservoir.inflow_point, FLOWS[:1])
    outflow = _value(region, reservoir, now, last, reservoir.outflow_point, FLOWS[1:])
    if level is not None and found is not None:
        device = region.device.get(found.device)
        level += (device.mounting_height_m or 0.0) if device else 0.0
    storage = None if level is None else storage_at(reservoir, level)
    whole = storage_at(reservoir, reservoir.full_m)
    lasts = None
    if reservoir.kind == "tank" and found is not None and level is not None:
        lasts = _emptying(store, reservoir, found, level)
    elif level is not None:
        days = days_of_supply(reservoir, level, draw_m3h)
        lasts = timedelta(days=min(days, LONGEST_DAYS)) if days is not None else None
    share = storage / whole if storage is not None and whole else None
    if share is None and level is not None and reservoir.full_m > reservoir.bottom_m:
        share = (level - reservoir.bottom_m) / (reservoir.full_m - reservoir.bottom_m)
    at = found.time if found is not None else None
    return ReservoirNow(reservoir, level, at, storage, share, _number(inflow), _number(outflow), lasts, draw_m3h)


def _number(reading: Reading | None) -> float | None:
    return None if reading is None else reading.value


def _emptying(store: Store, reservoir: Reservoir, found: Reading, level_m: float) -> timedelta | None:
    """Time until a tank is empty at the rate of the last hours, None while it rises or stands."""
    earlier = store.before(found.device, found.quantity, found.time - TREND)
    if earlier is None or earlier.value is None or found.value is None:
        return None
    hours = (found.time - earlier.time) / timedelta(hours=1)
    fall_mh = (earlier.value - found.value) / hours if hours > 0 else 0.0
    return timedelta(hours=(level_m - reservoir.bottom_m) / fall_mh) if fall_mh > 1e-3 else None
