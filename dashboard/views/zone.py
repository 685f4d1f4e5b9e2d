"""What a zone's page shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from dashboard.figures.outside import edges_at
from dashboard.i18n import mark
from dashboard.views.chart import ChartMark, DayBars, TimeChart
from dashboard.views.events import EventItem, item_of, open_events, waits
from dashboard.views.inflow import EMPTY_BAND, EMPTY_LINE, Band, Line, bands, hourly, net_inflow
from dashboard.views.last_day import quarter_hours
from dashboard.views.nights import NightsView, nights_view
from dashboard.views.point_line import point_line, shifted, usual_gap_s
from dashboard.views.region import day_line
from dashboard.views.span import ChartSpan, chart_span
from dashboard.views.water_balance import WaterBalance, water_balance
from dashboard.visit import Rooms
from models.event import Event, EventKind
from models.reading import from_ms
from models.registry import Operation, Region, Zone
from models.rollup import Rollup
from models.store import Store

DAY = timedelta(days=1)
RANGES: tuple[tuple[str, timedelta], ...] = (("24h", DAY), ("7d", 7 * DAY), ("30d", 30 * DAY), ("year", 365 * DAY))
RANGE_WORDS: dict[str, str] = {
    "24h": mark("24 h"),
    "7d": mark("7 days"),
    "30d": mark("30 days"),
    "year": mark("year"),
}
COMPARE_WORDS: dict[str, str] = {"week": mark("week before"), "year": mark("last year")}
# 52 weeks, so that a Monday lies over a Monday.
COMPARE: dict[str, timedelta] = {"week": 7 * DAY, "year": 364 * DAY}
RAW_DAYS = 31
AHEAD = 0.1

LEAST_GAP_S = 2700.0
STALE_S = 1800.0
ENOUGH_COVERED = 0.9
SHOWN_OPERATIONS = 8
SHOWN_EVENTS = 8


@dataclass(frozen=True)
class ZoneNow:
    """A zone's inflow as it is now.

    lower, upper : of what is expected; stale_since : time of the last reading where data have stopped
    """

    flow_m3h: float | None
    lower: float | None
    upper: float | None
    stale_since: datetime | None


@dataclass(frozen=True)
class ZoneView:
    """Everything on a zone's page."""

    zone: Zone
    span: ChartSpan
    now: ZoneNow
    inflow: TimeChart
    pressure: TimeChart | None
    pressure_point: str
    meters: DayBars | None
    nights: NightsView
    balance: WaterBalance
    items: tuple[EventItem, ...]
    past: tuple[EventItem, ...]
    operations: tuple[Operation, ...]
    devices: int

    @property
    def burst(self) -> EventItem | None:
        """The standing event of an inflow above its band."""
        standing = [item for item in self.items if item.event.kind is EventKind.BURST and item.event.end is None]
        return standing[0] if standing else None


def zone_view(
    rooms: Rooms, region: Region, zone: Zone, now: datetime, query: Mapping[str, str], default: str = "7d"
) -> ZoneView:
    """The zone as it is now, its charts over the span that the address asks for."""
    store = rooms.store
    span = with_room(chart_span(query, RANGES, now, region.tz, default), now)
    items = tuple(item for item in open_events(rooms.records, region, now) if _is_of(item, zone))
    events = _events_of(rooms, region, zone, span)
    band = bands(store, "zone", [zone.zone], span.start - DAY, span.end + DAY).get(zone.zone, EMPTY_BAND)
    inflow = _inflow(store, region, zone, now, span, band, query, _marks(items, events, span))
    recent = net_inflow(store, region, zone, now - DAY, now)
    gap = usual_gap_s([recent], LEAST_GAP_S)
    point = zone.azp_point or zone.critical_point
    shown = {item.event.id for item in items}
    past = tuple(item_of(region, event) for event in events if event.id not in shown)
    return ZoneView(
        zone=zone,
        span=span,
        now=_now(recent, bands(store, "zone", [zone.zone], now - DAY, now + DAY).get(zone.zone, EMPTY_BAND), now, gap),
        inflow=inflow,
        pressure=_pressure(store, region, point, now, span),
        pressure_point=point,
        meters=_meters(store, region, zone, now, span),
        nights=nights_view(rooms, region, "zone", zone.zone, now),
        balance=water_balance(rooms, region, "zone", zone.zone, now, query),
        items=items,
        past=past[:SHOWN_EVENTS],
        operations=_operations(region, zone, now),
        devices=sum(
            assignment.covers(now)
            for placed in region.points_of_zone.get(zone.zone, ())
            for assignment in region.assignments_of_point.get(placed.point, ())
        ),
    )


def with_room(span: ChartSpan, now: datetime) -> ChartSpan:
    """A chosen span with enough of the time ahead for its expected band and the word at now."""
    return replace(span, end=now + (now - span.start) * AHEAD) if span.name else span


def _is_of(item: EventItem, zone: Zone) -> bool:
    return item.zone is not None and item.zone.zone == zone.zone


def _events_of(rooms: Rooms, region: Region, zone: Zone, span: ChartSpan) -> list[Event]:
    """Events of the zone and of what lies in it, found in the span or the thirty days before its end."""
    start = min(span.start, span.end - 30 * DAY)
    found = rooms.records.events(start=start, end=span.end)
    return [event for event in found if _is_of(item_of(region, event), zone)]


def _marks(items: tuple[EventItem, ...], events: list[Event], span: ChartSpan) -> tuple[ChartMark, ...]:
    ranks = {item.event.id: item.rank for item in items}
    flows = [event for event in events if event.kind is EventKind.BURST and span.start <= event.start < span.end]
    return tuple(
        ChartMark(event.start, event.detected_at, ranks.get(event.id, 0), event.priority, waits(event))
        for event in flows[:20]
    )


def _now(recent: Line, band: Band, now: datetime, gap_s: float) -> ZoneNow:
    quarters = quarter_hours(recent)
    if len(quarters.time_ms) == 0:
        return ZoneNow(None, None, None, None)
    at = quarters.time_ms[-1:]
    lower, upper = (float(edge[0]) for edge in edges_at(band, at))
    stale = now - from_ms(int(at[0])) > timedelta(seconds=max(gap_s, STALE_S))
    return ZoneNow(
        float(quarters.value[-1]),
        None if np.isnan(lower) else lower,
        None if np.isnan(upper) else upper,
        from_ms(int(at[0])) if stale else None,
    )


def _line(store: Store, region: Region, zone: Zone, span: ChartSpan, start: datetime, end: datetime) -> Line:
    """Raw steps of short spans, days of long ones."""
    if span.end - span.start <= RAW_DAYS * DAY + DAY * 2:
        return net_inflow(store, region, zone, start, end)
    rows = store.rollups("zone", [zone.zone], "day", "net_inflow_m3h", start, end).get(zone.zone, [])
    return day_line(rows)


def _inflow(
    store: Store,
    region: Region,
    zone: Zone,
    now: datetime,
    span: ChartSpan,
    band: Band,
    query: Mapping[str, str],
    marks: tuple[ChartMark, ...],
) -> TimeChart:
    days = span.end - span.start > (RAW_DAYS + 2) * DAY
    line = _line(store, region, zone, span, span.start, min(span.end, now))
    back = COMPARE.get(query.get("compare", ""))
    compare = EMPTY_LINE
    if back is not None:
        compare = _earlier(store, region, zone, span, back)
    gap = 2.5 * 86400 if days else usual_gap_s([line], LEAST_GAP_S)
    return TimeChart(
        line=line,
        start=span.start,
        end=span.end,
        now=now,
        quantity="" if days else "net_inflow_m3h",
        zone=zone.zone,
        unit="m³/h",
        digits=1,
        band=EMPTY_BAND if days else band,
        compare=compare,
        gap_s=gap,
        stale_s=None if days else max(STALE_S, gap),
        step_s=max(600.0, (span.end - span.start).total_seconds() / 24),
        daily=days,
        marks=marks,
    )


def _earlier(store: Store, region: Region, zone: Zone, span: ChartSpan, back: timedelta) -> Line:
    start, end = span.start - back, span.end - back
    if back == COMPARE["week"] or span.end - span.start > (RAW_DAYS + 2) * DAY:
        return shifted(_line(store, region, zone, span, start, end), back)
    return shifted(hourly(store, "zone", [zone.zone], start, end).get(zone.zone, EMPTY_LINE), back)


def _daily(store: Store, region: Region, point: str, quantity: str, start: datetime, end: datetime) -> Line:
    """Daily means of what hung at a point, each device's within its assignment."""
    rows: list[Rollup] = []
    for hung in region.devices_at(point, start, end):
        last = end if hung.end is None else min(end, hung.end)
        rows += store.rollups("device", [hung.device], "day", quantity, max(start, hung.start), last)[hung.device]
    return day_line(rows)


def _pressure(store: Store, region: Region, point: str, now: datetime, span: ChartSpan) -> TimeChart | None:
    if not point:
        return None
    device = next((a.device for a in region.assignments_of_point.get(point, ()) if a.covers(now)), "")
    days = span.end - span.start > (RAW_DAYS + 2) * DAY
    if days:
        line = _daily(store, region, point, "pressure_m", span.start, now)
    else:
        line = point_line(store, region, point, ("pressure_m",), span.start, now + timedelta(milliseconds=1))
    gap = 2.5 * 86400 if days else usual_gap_s([line], LEAST_GAP_S)
    known = region.device.get(device)
    return TimeChart(
        line=line,
        start=span.start,
        end=span.end,
        now=now,
        quantity="" if days else "pressure_m",
        device=device,
        unit="m",
        digits=1,
        gap_s=gap,
        stale_s=None if days else max(STALE_S, gap),
        zero=False,
        step_s=max(600.0, (span.end - span.start).total_seconds() / 24),
        daily=days,
        multiplier=known.multiplier if known else 1.0,
        say_now=False,
    )


def _meters(store: Store, region: Region, zone: Zone, now: datetime, span: ChartSpan) -> DayBars | None:
    """Daily sums of the remote meters beside the zone's inflow; thinly covered days are estimates."""
    start = span.start - DAY
    metered = store.rollups("zone", [zone.zone], "day", "metered_m3", start, span.end).get(zone.zone, [])
    if not any(row.value is not None for row in metered) or not 2 * DAY < span.end - span.start < 70 * DAY:
        return None
    inflow = store.rollups("zone", [zone.zone], "day", "net_inflow_m3h", start, span.end).get(zone.zone, [])
    put_in = {row.time: row.value for row in inflow if row.value is not None and row.coverage > ENOUGH_COVERED}
    rows = [row for row in metered if row.time >= span.start - DAY and row.time < now]
    return DayBars(
        days=tuple(row.time for row in rows),
        value=tuple(row.value for row in rows),
        estimated=tuple(row.coverage < ENOUGH_COVERED for row in rows),
        line=tuple(_volume(put_in.get(row.time), row.time, region) for row in rows),
        start=span.start,
        end=span.end,
        now=now,
    )


def _volume(mean_m3h: float | None, day: datetime, region: Region) -> float | None:
    """A day's volume from its mean, the day being 23, 24 or 25 hours long."""
    if mean_m3h is None:
        return None
    local = day.astimezone(region.tz)
    hours = (local + DAY).utcoffset() or timedelta()
    length = DAY + (local.utcoffset() or timedelta()) - hours
    return mean_m3h * (length / timedelta(hours=1))


def _operations(region: Region, zone: Zone, now: datetime) -> tuple[Operation, ...]:
    """The newest entries of the operations log, planned ones of the next week on top."""
    mine = [item for item in region.operations if item.zone == zone.zone and item.start < now + 7 * DAY]
    return tuple(sorted(mine, key=lambda item: item.start, reverse=True)[:SHOWN_OPERATIONS])
