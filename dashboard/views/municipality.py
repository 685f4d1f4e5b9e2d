"""What a town's page shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from dashboard.figures.outside import edges_at
from dashboard.views.chart import ChartMark, TimeChart
from dashboard.views.events import EventItem, item_of, losing_zones, open_events, waits
from dashboard.views.inflow import EMPTY_BAND, EMPTY_LINE, Band, Line, hourly, net_inflow_of
from dashboard.views.last_day import Spark, quarter_hours, raw_spark, sparks
from dashboard.views.nights import NightsView, nights_view
from dashboard.views.point_line import usual_gap_s
from dashboard.views.region import day_line
from dashboard.views.reservoirs import ReservoirNow, reservoirs_now
from dashboard.views.span import ChartSpan, chart_span
from dashboard.views.town_band import town_bands
from dashboard.views.water_balance import WaterBalance, water_balance
from dashboard.views.zone import RANGES, with_room
from dashboard.visit import Rooms
from models.boundary import zones_inside
from models.event import Event, EventKind
from models.reading import from_ms
from models.records import Records
from models.registry import Municipality, Region, Supply
from models.store import Store

DAY = timedelta(days=1)
RAW = timedelta(days=9)
"""Longer spans are shown by the hour, a year by the day."""
HOURLY = timedelta(days=34)
STALE = timedelta(hours=1)
SHOWN_PAST = 8


@dataclass(frozen=True)
class TownNow:
    """The town's inflow as it is now.

    lower, upper : sum of what is expected of its zones; stale_since : time of the last value where data have stopped
    """

    flow_m3h: float | None
    lower: float | None
    upper: float | None
    stale_since: datetime | None


@dataclass(frozen=True)
class TownView:
    """Everything on a town's page.

    outermost : zones on whose sum the band stands; with one it is that zone's own 90 % band
    losing, lost_m3h : zones that lose water now and how much; outside : further zones above their band
    zone_sparks : by zone, those with events at a quarter of an hour
    balance : the newest of the period that the address asks for
    """

    town: Municipality
    span: ChartSpan
    now: TownNow
    inflow: TimeChart
    outermost: int
    nights: NightsView
    balance: WaterBalance
    items: tuple[EventItem, ...]
    past: tuple[EventItem, ...]
    losing: tuple[str, ...]
    lost_m3h: float
    outside: int
    silent: int
    zone_sparks: Mapping[str, Spark]
    tanks: tuple[ReservoirNow, ...]
    supplies: tuple[Supply, ...]


def town_view(rooms: Rooms, region: Region, town: Municipality, now: datetime, query: Mapping[str, str]) -> TownView:
    """The town as it is now, its charts over the span that the address asks for."""
    store = rooms.store
    span = with_room(chart_span(query, RANGES, now, region.tz, "7d"), now)
    items = tuple(item for item in open_events(rooms.records, region, now) if is_of(item, town))
    past = _past(rooms.records, region, town, span, {item.event.id for item in items})
    recent = net_inflow_of(store, region, "municipality", town.code, now - DAY, now)
    near = town_bands(store, region, [town.code], now - 2 * DAY, now + DAY)[town.code]
    zones = [zone.zone for zone in region.zones_of_municipality.get(town.code, ())]
    drawn = sparks(store, "zone", zones, now)
    drawn |= {item.zone.zone: raw_spark(store, region, item.zone.zone, now) for item in items if item.zone is not None}
    losing = losing_zones(items)
    return TownView(
        town=town,
        span=span,
        now=_now(recent, near, now),
        inflow=_inflow(store, region, town, now, span, _marks((*items, *past), span)),
        outermost=len(zones_inside(region, "municipality", town.code, now)[0]),
        nights=nights_view(rooms, region, "municipality", town.code, now),
        balance=water_balance(rooms, region, "municipality", town.code, now, query),
        items=items,
        past=past[:SHOWN_PAST],
        losing=losing,
        lost_m3h=sum(_loss(item.event) for item in items),
        outside=sum((drawn[zone].excess_m3h or 0) > 0 for zone in zones if zone not in losing),
        silent=sum(drawn[zone].last_m3h is None or drawn[zone].stale_since is not None for zone in zones),
        zone_sparks={zone: drawn[zone] for zone in zones},
        tanks=_tanks(store, region, town, now),
        supplies=_supplies(region, town, now),
    )


def is_of(item: EventItem, town: Municipality) -> bool:
    """Whether an event is in the town."""
    return item.municipality is not None and item.municipality.code == town.code


def _loss(event: Event) -> float:
    standing = event.kind is EventKind.BURST and event.end is None
    return (event.loss_m3h or 0.0) if standing else 0.0


def _past(
    records: Records, region: Region, town: Municipality, span: ChartSpan, shown: set[str]
) -> tuple[EventItem, ...]:
    """Events of the span, or of thirty days where it is shorter, that are not among those in hand."""
    found = records.events(start=min(span.start, span.end - 30 * DAY), end=span.end)
    items = (item_of(region, event) for event in found if event.id not in shown)
    return tuple(item for item in items if is_of(item, town))


def _marks(items: tuple[EventItem, ...], span: ChartSpan) -> tuple[ChartMark, ...]:
    flows = [item for item in items if item.event.kind is EventKind.BURST and span.start <= item.event.start < span.end]
    return tuple(
        ChartMark(item.event.start, item.event.detected_at, item.rank, item.event.priority, waits(item.event))
        for item in flows[:20]
    )


def _now(recent: Line, band: Band, now: datetime) -> TownNow:
    quarters = quarter_hours(recent)
    if len(quarters.time_ms) == 0:
        return TownNow(None, None, None, None)
    last = from_ms(int(quarters.time_ms[-1]))
    lower, upper = (float(edge[0]) for edge in edges_at(band, quarters.time_ms[-1:]))
    return TownNow(
        float(quarters.value[-1]),
        None if np.isnan(lower) else lower,
        None if np.isnan(upper) else upper,
        last if now - last > STALE else None,
    )


def _inflow(
    store: Store, region: Region, town: Municipality, now: datetime, span: ChartSpan, marks: tuple[ChartMark, ...]
) -> TimeChart:
    length, last = span.end - span.start, min(span.end, now)
    days = length > HOURLY
    band = EMPTY_BAND
    if days:
        rows = store.rollups("municipality", [town.code], "day", "net_inflow_m3h", span.start, last)
        line = day_line(rows.get(town.code, []))
    elif length > RAW:
        line = hourly(store, "municipality", [town.code], span.start, last).get(town.code, EMPTY_LINE)
    else:
        line = net_inflow_of(store, region, "municipality", town.code, span.start, last)
    if not days:
        band = town_bands(store, region, [town.code], span.start - DAY, span.end + DAY)[town.code]
    gap_s = 2.5 * 86400 if days else usual_gap_s([line], 2700.0)
    return TimeChart(
        line=line,
        start=span.start,
        end=span.end,
        now=now,
        unit="m³/h",
        digits=1,
        band=band,
        gap_s=gap_s,
        stale_s=None if days else max(2 * STALE.total_seconds(), gap_s),
        step_s=max(600.0, length.total_seconds() / 24),
        daily=days,
        marks=marks,
    )


def _tanks(store: Store, region: Region, town: Municipality, now: datetime) -> tuple[ReservoirNow, ...]:
    mine = [
        tank
        for tank in region.reservoirs
        if tank.kind == "tank"
        and (tank.municipality or (region.zone[tank.zone].municipality if tank.zone in region.zone else ""))
        == town.code
    ]
    found = reservoirs_now(store, region, mine, now)
    return tuple(sorted(found, key=lambda tank: (tank.lasts is None, tank.lasts or timedelta(), tank.share or 1.0)))


def _supplies(region: Region, town: Municipality, now: datetime) -> tuple[Supply, ...]:
    """Where the town's water comes from today, the largest share first."""
    mine = [
        supply
        for supply in region.supplies
        if supply.municipality == town.code
        and (supply.valid_from is None or supply.valid_from <= now)
        and (supply.valid_to is None or now < supply.valid_to)
    ]
    return tuple(sorted(mine, key=lambda supply: (-supply.share, supply.source)))
