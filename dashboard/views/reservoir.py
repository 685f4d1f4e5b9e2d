"""One dam: level and storage now and over time, inflow and release, how long it lasts, earlier years beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.views.inflow import Line
from dashboard.views.point_line import LEVELS, at, mean_since, point_line, shifted, thinned, usual_gap_s
from dashboard.views.span import ChartSpan
from models.registry import Municipality, Region, Reservoir
from models.reservoir import Draw, days_of_supply, full_pct, one_storage_m3, release_margin_m3h, supply_draw
from models.rollup import Rollup
from models.store import Store

DAY = timedelta(days=1)
YEAR = timedelta(days=365)
EARLIER_YEARS = 3
OLD = timedelta(hours=26)
"""A level older than this is no longer the present one."""
TREND = 7 * DAY
STALE_S = 3 * 3600.0


@dataclass(frozen=True)
class Supplied:
    """A town that takes a share of its water from the dam."""

    town: Municipality
    share: float


@dataclass(frozen=True)
class Dam:
    """A dam as its page shows it.

    level_m at `at`, in the datum; fresh : whether that is the present level
    share : of the storage when full, 0–1; change_m : of the level over seven days
    inflow_m3h, release_m3h : means of the last 24 h; margin_m3h : release over the ecological minimum
    draw : what the supplied towns take from it; days : for which the storage lasts at that, without inflow
    level, inflow, release : over the span; earlier : the same days of earlier years, by year, the newest first
    stale_s : age from which levels have stopped; of the line as it came, not as thinned for a long span
    device : whose level the live stream appends, empty where its height must be added first
    flow_devices : devices of inflow and release
    """

    reservoir: Reservoir
    span: ChartSpan
    level_m: float | None
    at: datetime | None
    fresh: bool
    storage_m3: float | None
    share: float | None
    change_m: float | None
    inflow_m3h: float | None
    release_m3h: float | None
    margin_m3h: float | None
    draw: Draw
    days: float | None
    supplied: tuple[Supplied, ...]
    level: Line
    inflow: Line
    release: Line
    earlier: tuple[tuple[int, Line], ...]
    stale_s: float
    station: str
    device: str
    quantity: str
    flow_devices: tuple[str, str]


def dam_view(store: Store, region: Region, reservoir: Reservoir, span: ChartSpan, now: datetime) -> Dam:
    """Everything on a dam's page."""
    level = point_line(store, region, reservoir.level_point, LEVELS, span.start, span.end)
    recent = point_line(store, region, reservoir.level_point, LEVELS, now - TREND - DAY, now + DAY)
    station = hanging(region, reservoir.level_point, now)
    quantity, newest, seen = newest_level(store, region, station)
    day = now - DAY
    flows = {
        name: point_line(store, region, point, (name,), min(day, span.start), max(now, span.end))
        for name, point in (("inflow_m3h", reservoir.inflow_point), ("outflow_m3h", reservoir.outflow_point))
    }
    inflow, release = (mean_since(line, day) for line in flows.values())
    fresh = seen is not None and now - seen <= OLD
    storage = None if newest is None else one_storage_m3(reservoir, newest)
    before = at(recent, now - TREND, DAY)
    draw = supply_draw(region, reservoir.reservoir, town_inflows(store, region, reservoir.reservoir, now), now)
    return Dam(
        reservoir=reservoir,
        span=span,
        level_m=newest,
        at=seen,
        fresh=fresh,
        storage_m3=storage if len(reservoir.curve) > 1 else None,
        share=None if newest is None else full_pct(reservoir, newest) / 100,
        change_m=None if newest is None or before is None or not fresh else newest - before,
        inflow_m3h=inflow,
        release_m3h=release,
        margin_m3h=release_margin_m3h(reservoir, release),
        draw=draw,
        days=None if newest is None else days_of_supply(reservoir, newest, draw.draw_m3h),
        supplied=supplied_towns(region, reservoir.reservoir, now),
        level=thinned(level),
        inflow=thinned(inside(flows["inflow_m3h"], span), mean=True),
        release=thinned(inside(flows["outflow_m3h"], span), mean=True),
        earlier=earlier_years(store, region, reservoir, span),
        stale_s=usual_gap_s([recent], STALE_S),
        station=station,
        device=live_device(region, station),
        quantity=quantity,
        flow_devices=(
            hanging(region, reservoir.inflow_point, now),
            hanging(region, reservoir.outflow_point, now),
        ),
    )


def inside(line: Line, span: ChartSpan) -> Line:
    """The part of a line that lies in the span of the charts."""
    keep = (line.time_ms >= span.start_ms) & (line.time_ms < span.end_ms)
    return Line(line.time_ms[keep], line.value[keep])


def hanging(region: Region, point: str, moment: datetime) -> str:
    """The device that hangs at a point, or an empty word."""
    assignments = region.assignments_of_point.get(point, ()) if point else ()
    return next((item.device for item in assignments if item.covers(moment)), "")


def live_device(region: Region, device: str) -> str:
    """The device, unless a height has to be added to what it says: the live stream appends values as they come."""
    known = region.device.get(device)
    return "" if known is not None and known.mounting_height_m else device


def newest_level(store: Store, region: Region, device: str) -> tuple[str, float | None, datetime | None]:
    """Quantity, value in the datum and time of the newest level of a device."""
    found = store.last([(device, quantity) for quantity in LEVELS]) if device else {}
    for quantity in LEVELS:
        reading = found.get((device, quantity))
        if reading is not None and reading.value is not None:
            known = region.device.get(device)
            factor, height = (known.multiplier, known.mounting_height_m or 0.0) if known else (1.0, 0.0)
            return quantity, reading.value * factor + height, reading.time
    return LEVELS[0], None, None


def earlier_years(store: Store, region: Region, reservoir: Reservoir, span: ChartSpan) -> tuple[tuple[int, Line], ...]:
    """Levels of the same days of earlier years, moved onto this year's axis; those years that have any."""
    result = []
    for back in range(1, EARLIER_YEARS + 1):
        line = point_line(
            store, region, reservoir.level_point, LEVELS, span.start - back * YEAR, span.end - back * YEAR
        )
        if len(line.time_ms):
            result.append((span.start.year - back, shifted(thinned(line, most=400), back * YEAR)))
    return tuple(result)


def supplied_towns(region: Region, source: str, moment: datetime) -> tuple[Supplied, ...]:
    """Towns that take water from a source, the largest share of a town first."""
    rows = [
        Supplied(region.municipality[item.municipality], item.share)
        for item in region.supplies
        if item.source == source
        and item.municipality in region.municipality
        and (item.valid_from is None or item.valid_from <= moment)
        and (item.valid_to is None or item.valid_to > moment)
    ]
    return tuple(sorted(rows, key=lambda row: (-row.share, row.town.name)))


def town_inflows(store: Store, region: Region, source: str, now: datetime) -> dict[str, float | None]:
    """Mean net inflow of the last 24 hours of the towns that a source supplies [m³/h]."""
    towns = list({item.municipality for item in region.supplies if item.source == source})
    if not towns:
        return {}
    found = store.rollups("municipality", towns, "hour", "net_inflow_m3h", now - DAY, now)
    return {town: _mean(rows) for town, rows in found.items()}


def _mean(rows: Iterable[Rollup]) -> float | None:
    values = [row.value for row in rows if row.value is not None]
    return sum(values) / len(values) if values else None
