"""All dams and tanks with what tells how they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.views.reservoir import hanging
from dashboard.views.reservoirs import ReservoirNow, reservoirs_now
from dashboard.views.tank import FRESH, LONGEST_H, OUTFLOWS, zone_demands
from models.anomalies.tank_low import tank_limits
from models.registry import Region
from models.reservoir import hours_to_empty
from models.store import Store

HOUR = timedelta(hours=1)
OLD_DAM = timedelta(hours=26)


@dataclass(frozen=True)
class ListedDam:
    """A dam in the list. days : of supply at what the supplied towns drew in the last 24 hours."""

    now: ReservoirNow
    days: float | None
    towns: int
    fresh: bool


@dataclass(frozen=True)
class ListedTank:
    """A tank in the list. lasts : without inflow at the outflow of the last hour; low : below its limit."""

    now: ReservoirNow
    lasts: timedelta | None
    low: bool
    fresh: bool


@dataclass(frozen=True)
class ReservoirList:
    """Dams, the largest first; tanks, those that would be empty first on top."""

    dams: tuple[ListedDam, ...]
    tanks: tuple[ListedTank, ...]


def reservoir_list(store: Store, region: Region, now: datetime) -> ReservoirList:
    """The list as it is now; few queries, whatever the number."""
    states = reservoirs_now(store, region, region.reservoirs, now)
    dams = [_dam(region, state, now) for state in states if state.reservoir.kind == "dam"]
    tank_states = [state for state in states if state.reservoir.kind == "tank"]
    draws = _draws(store, region, tank_states, now)
    tanks = [_tank(state, draws.get(state.reservoir.reservoir), now) for state in tank_states]
    return ReservoirList(
        tuple(sorted(dams, key=lambda dam: -dam.now.reservoir.curve[-1][1] if dam.now.reservoir.curve else 0.0)),
        tuple(sorted(tanks, key=_soonest)),
    )


def _fresh(state: ReservoirNow, now: datetime, limit: timedelta) -> bool:
    return state.at is not None and now - state.at <= limit


def _dam(region: Region, state: ReservoirNow, now: datetime) -> ListedDam:
    days = None if state.lasts is None else state.lasts / timedelta(days=1)
    towns = len({item.municipality for item in region.supplies if item.source == state.reservoir.reservoir})
    return ListedDam(state, days, towns, _fresh(state, now, OLD_DAM))


def _tank(state: ReservoirNow, draw_m3h: float | None, now: datetime) -> ListedTank:
    hours = None if state.level_m is None else hours_to_empty(state.reservoir, state.level_m, draw_m3h)
    limits = tank_limits(state.reservoir)
    low = state.level_m is not None and bool(limits) and state.level_m < limits["low"]
    return ListedTank(
        state, None if hours is None else timedelta(hours=min(hours, LONGEST_H)), low, _fresh(state, now, FRESH)
    )


def _soonest(tank: ListedTank) -> tuple[bool, bool, float]:
    share = tank.now.share if tank.now.share is not None else 1.0
    seconds = tank.lasts.total_seconds() if tank.lasts is not None else float("inf")
    return not tank.low, not tank.fresh, seconds if seconds != float("inf") else 1e9 + share


def _draws(store: Store, region: Region, tanks: Sequence[ReservoirNow], now: datetime) -> dict[str, float]:
    """Mean outflow of the last hour [m³/h], measured, or of a tank inside a zone the zone's demand."""
    devices = {
        state.reservoir.reservoir: hanging(region, state.reservoir.outflow_point, now)
        for state in tanks
        if state.reservoir.outflow_point
    }
    keys = [(device, quantity) for device in devices.values() if device for quantity in OUTFLOWS]
    found = {(s.device, s.quantity): s for s in store.series(keys, now - HOUR, now + HOUR)} if keys else {}
    result = {}
    for name, device in devices.items():
        for quantity in OUTFLOWS:
            series = found.get((device, quantity))
            if series is not None and len(series.value):
                known = region.device.get(device)
                result[name] = float(series.value.mean()) * (known.multiplier if known else 1.0)
                break
    inside = {state.reservoir.reservoir: state.reservoir.zone for state in tanks if state.reservoir.zone}
    demands = zone_demands(store, list(inside.values()), now)
    return {**{name: demands[zone] for name, zone in inside.items() if zone in demands}, **result}
