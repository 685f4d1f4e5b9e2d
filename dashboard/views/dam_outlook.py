"""What lies ahead of a dam, and what its balance leaves open: storage, drought state, unexplained volume, leakage."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from dashboard.views.leakage_days import TownLeakage, leakage_days
from dashboard.views.reservoir import Dam
from dashboard.views.storage_fan import BAND, StorageFan, storage_fan
from dashboard.visit import Rooms
from models.calendar import day_bounds, local_day
from models.registry import Region, Reservoir
from models.reservoir import one_storage_m3, storage_m3
from models.reservoir_balance import Closure, closure, residual_m3
from models.reservoir_state import Drought, Space, drought_state, rule_share, season_rank, spaces
from models.rollup import Rollup
from models.storage_forecast import LEADS_D, LEAST_YEARS, MANY_YEARS, StorageForecast, earlier_years, storage_forecast
from models.store import Store

Floats = npt.NDArray[np.float64]

DAY = timedelta(days=1)
HISTORY = timedelta(days=12 * 366)
BALANCE_DAYS = 30


@dataclass(frozen=True)
class Ahead:
    """Storage so many days ahead: lower bound, middle and upper bound of 80 % [m³]."""

    days: int
    lower_m3: float
    middle_m3: float
    upper_m3: float


@dataclass(frozen=True)
class DamOutlook:
    """What a dam's page says beside the present.

    ahead, fan : forecasts, none where fewer than `least_years` earlier years speak or the last days are not known
    few : whether the forecast comes from so few years that its bands are known to be too narrow
    years : earlier years whose course is known over the longest lead
    state, rule_share : drought state and share of the rule curve's storage of the day; rank : against earlier years
    spaces : of the dam today, empty while the level is not known
    closed : balance of the last BALANCE_DAYS days, None where a term is not measured
    """

    ahead: tuple[Ahead, ...]
    fan: StorageFan | None
    few: bool
    years: int
    least_years: int
    state: Drought | None
    rule_share: float | None
    rank: float | None
    closed: Closure | None
    spaces: tuple[Space, ...]
    leakage: tuple[TownLeakage, ...]


def dam_outlook(rooms: Rooms, region: Region, dam: Dam, now: datetime) -> DamOutlook:
    """Outlook of a dam from day rollups of its station."""
    reservoir, tz = dam.reservoir, region.tz
    today = day_bounds(local_day(now, tz), tz)[0]
    storage = _daily_storage(rooms.store, region, dam, today)
    last = int(np.flatnonzero(np.isfinite(storage))[-1]) if np.isfinite(storage).any() else -1
    found = None
    # A day that is long gone is no beginning of what lies ahead.
    if last >= 0 and storage.size - 1 - last <= 2:
        # What rises above the controllable space spills.
        bottom, top = reservoir.bottom_m, max(reservoir.full_m, reservoir.flood_m or reservoir.full_m)
        bounds = one_storage_m3(reservoir, bottom), one_storage_m3(reservoir, top)
        found = storage_forecast(storage, last, max(LEADS_D), *bounds)
    share = None if dam.level_m is None or not dam.fresh else rule_share(reservoir, dam.level_m, now, tz)
    years = earlier_years(storage, last, max(LEADS_D)) if last >= 0 else 0
    return DamOutlook(
        ahead=_ahead(found) if found is not None else (),
        fan=None if found is None else storage_fan(storage, last, found, today, tz),
        few=found is not None and found.years < MANY_YEARS,
        years=years,
        least_years=LEAST_YEARS,
        state=drought_state(share),
        rule_share=share,
        # One year is no season to be fuller than.
        rank=_rank(storage, last) if years >= LEAST_YEARS else None,
        closed=_balance(rooms.store, region, reservoir, storage, today),
        spaces=() if dam.level_m is None else tuple(spaces(reservoir, dam.level_m, now, tz)),
        leakage=leakage_days(rooms, dam.draw, dam.supplied, now),
    )


def _ahead(found: StorageForecast) -> tuple[Ahead, ...]:
    bands = found.quantiles_m3(np.array(BAND))
    rows = [(lead, bands[:, lead - 1]) for lead in LEADS_D]
    return tuple(Ahead(lead, *(float(value) for value in row)) for lead, row in rows)


def _daily_storage(store: Store, region: Region, dam: Dam, today: datetime) -> Floats:
    """Storage by whole local day up to yesterday, from the means of the level; NaN where there is none."""
    reservoir = dam.reservoir
    if len(reservoir.curve) < 2 or not dam.station:
        return np.empty(0)
    rows = store.rollups("device", [dam.station], "day", dam.quantity, today - HISTORY, today)[dam.station]
    return storage_m3(reservoir, _by_day(rows, today, region)) if rows else np.empty(0)


def _by_day(rows: list[Rollup], today: datetime, region: Region) -> Floats:
    """Values by local day from the first row's to yesterday."""
    first = local_day(rows[0].time, region.tz)
    values = np.full((local_day(today, region.tz) - first).days, np.nan)
    for row in rows:
        place = (local_day(row.time, region.tz) - first).days
        if row.value is not None and 0 <= place < values.size:
            values[place] = row.value
    return values


def _rank(storage: Floats, last: int) -> float | None:
    """Against the same fortnight of earlier years."""
    if last < 0:
        return None
    places = [last - round(365.25 * back) + near for back in range(1, last // 365 + 2) for near in range(-7, 8)]
    return season_rank(float(storage[last]), np.array([storage[place] for place in places if 0 <= place < last]))


def _balance(store: Store, region: Region, reservoir: Reservoir, storage: Floats, today: datetime) -> Closure | None:
    """Storage change of whole days against inflow and outflow; daily means stand for the days' middles."""
    if storage.size < BALANCE_DAYS + 1:
        return None
    flows = []
    for point, quantity in ((reservoir.inflow_point, "inflow_m3h"), (reservoir.outflow_point, "outflow_m3h")):
        devices = [item.device for item in region.devices_at(point, today - DAY, today)] if point else []
        rows = store.rollups("device", devices, "day", quantity, today - HISTORY, today) if devices else {}
        known = next((found for found in rows.values() if found), None)
        if known is None:
            return None
        flows.append(24.0 * _by_day(known, today, region))
    days = min(BALANCE_DAYS, *(flow.size - 1 for flow in flows), storage.size - 1)
    if days < BALANCE_DAYS:
        return None
    # Between the middles of two days half of each day's flow passes.
    inflow, outflow = ((flow[-days - 1 : -1] + flow[-days:]) / 2 for flow in flows)
    return closure(residual_m3(np.diff(storage[-days - 1 :]), inflow, outflow), inflow)
