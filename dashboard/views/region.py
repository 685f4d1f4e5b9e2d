"""What the region page shows."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

import numpy as np

from dashboard.views.devices import SILENT, last_heard
from dashboard.views.events import EventItem, losing_zones, open_events, waits
from dashboard.views.inflow import EMPTY_LINE, Line
from dashboard.views.last_day import AHEAD, Spark, raw_spark, spark_of, sparks
from dashboard.views.region_line import region_line
from dashboard.views.reservoirs import ReservoirNow, reservoirs_now
from dashboard.views.town_band import band_sums
from dashboard.visit import Rooms
from models.balance import LEAST_COVERED
from models.boundary import zones_inside
from models.comparison import per_person_day
from models.event import Event
from models.reading import to_ms
from models.records import Records
from models.registry import Municipality, Region
from models.rollup import Level, Rollup
from models.store import Store

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
NIGHTS = 31
SHIFT_HOURS = (6, 18)


@dataclass(frozen=True)
class KeyFigure:
    """A figure of the region with what it is compared with.

    line : its recent course; lower, upper : what was expected; reference : a median or last year's
    coverage : share of the whole that it speaks for, 0–1; at : the month or moment it is of
    """

    value: float | None
    line: Line = EMPTY_LINE
    lower: float | None = None
    upper: float | None = None
    reference: float | None = None
    coverage: float | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class DataHealth:
    """How well data arrive."""

    devices: int
    reporting: int
    delay_s: float | None
    waiting: int
    store_problem: str
    refused: int
    new_devices: int


@dataclass(frozen=True)
class RegionView:
    """Everything on the region page; sparks by town's or zone's code."""

    items: tuple[EventItem, ...]
    zone_sparks: dict[str, Spark]
    town_sparks: dict[str, Spark]
    region_spark: Spark
    losing: int
    silent: int
    within: int
    shift_start: datetime
    came: int
    ended: int
    recent: tuple[Event, ...]
    night: KeyFigure
    household: KeyFigure
    billed_share: KeyFigure
    supply_days: KeyFigure
    dams: tuple[ReservoirNow, ...]
    tanks: tuple[ReservoirNow, ...]
    health: DataHealth


def region_view(rooms: Rooms, region: Region, now: datetime) -> RegionView:
    """The region as it is now."""
    store, records = rooms.store, rooms.records
    items = open_events(records, region, now)
    zones = sparks(store, "zone", [zone.zone for zone in region.zones], now)
    chosen = {item.zone.zone for item in items if item.zone is not None}
    towns = sparks(store, "municipality", [town.code for town in region.municipalities], now, region)
    hourly_zones = list(zones.values())
    outermost = {zone.zone for zone in zones_inside(region, "region", region.name, now)[0]}
    band = band_sums(store, region, "region", [region.name], now - DAY - HOUR, now + AHEAD)[region.name]
    line = region_line((zone for zone in hourly_zones if zone.subject in outermost), now)
    whole = spark_of(region.name, line, band, now)
    zones |= {zone: raw_spark(store, region, zone, now) for zone in chosen}
    losing = losing_zones(items)
    silent = [zone for zone in zones.values() if zone.stale_since is not None or zone.last_m3h is None]
    outside = [zone for zone in zones.values() if (zone.excess_m3h or 0) > 0]
    shift = shift_start(region, now)
    recent = records.events(start=shift)
    reservoirs = reservoirs_now(store, region, region.reservoirs, now)
    dams = tuple(found for found in reservoirs if found.reservoir.kind == "dam")
    return RegionView(
        items=items,
        zone_sparks=zones,
        town_sparks=towns,
        region_spark=whole,
        losing=len(losing),
        silent=len(silent),
        within=len(zones) - len(silent) - len(outside),
        shift_start=shift,
        came=sum(not event.found_later for event in recent),
        ended=_ended(records, shift, now),
        recent=tuple(recent[:5]),
        night=nights_together(store, region, now),
        household=household_figure(records, region, now),
        billed_share=_coverage_figure(store, region, now),
        supply_days=_supply(dams),
        dams=dams,
        tanks=tuple(sorted((r for r in reservoirs if r.reservoir.kind == "tank"), key=_soonest)),
        health=data_health(rooms, region, now),
    )


def shift_start(region: Region, now: datetime) -> datetime:
    """When the running shift began: 06:00 or 18:00 local."""
    local = now.astimezone(region.tz)
    hours = [hour for hour in SHIFT_HOURS if hour <= local.hour]
    if hours:
        return local.replace(hour=hours[-1], minute=0, second=0, microsecond=0)
    return (local - DAY).replace(hour=SHIFT_HOURS[-1], minute=0, second=0, microsecond=0)


def _ended(records: Records, since: datetime, now: datetime) -> int:
    recent = records.events(start=since - 30 * DAY, end=now)
    return sum(event.end is not None and event.end >= since and not waits(event) for event in recent)


def _soonest(tank: ReservoirNow) -> tuple[float, float]:
    lasts = tank.lasts.total_seconds() if tank.lasts is not None else float("inf")
    return lasts, tank.share if tank.share is not None else 1.0


def day_line(rows: list[Rollup]) -> Line:
    """Daily rollups as a line at each day's middle, those with data only."""
    kept = [row for row in rows if row.value is not None]
    return Line(
        np.array([to_ms(row.time) + 43_200_000 for row in kept], dtype=np.int64),
        np.array([row.value for row in kept], dtype=np.float64),
    )


def night_figure(store: Store, level: Level, subject: str, now: datetime) -> KeyFigure:
    """Minimum night flow of the newest night against the median of thirty."""
    rows = store.rollups(level, [subject], "day", "night_flow_m3h", now - NIGHTS * DAY, now).get(subject, [])
    line = day_line(rows)
    if len(line.value) == 0:
        return KeyFigure(None)
    earlier = line.value[:-1]
    low, high = np.quantile(earlier, [0.05, 0.95]) if len(earlier) > 6 else (None, None)
    reference = float(median(earlier)) if len(earlier) else None
    return KeyFigure(
        float(line.value[-1]),
        line,
        None if low is None else float(low),
        None if high is None else float(high),
        reference,
    )


def nights_together(store: Store, region: Region, now: datetime) -> KeyFigure:
    """Sum of the zones' newest night minimums against the sum of their medians; coverage: share of zones with one.

    Not the region's own minimum, which would need every zone in the same hour.
    """
    found = store.rollups("zone", None, "day", "night_flow_m3h", now - NIGHTS * DAY, now)
    last, usual, count = 0.0, 0.0, 0
    for zone in region.zones:
        values = [row.value for row in found.get(zone.zone, []) if row.value is not None and row.time > now - 2 * DAY]
        earlier = [row.value for row in found.get(zone.zone, []) if row.value is not None]
        if values:
            last, usual, count = last + values[-1], usual + median(earlier), count + 1
    if not count:
        return KeyFigure(None)
    return KeyFigure(last, reference=usual, coverage=count / len(region.zones))


def household_figure(records: Records, region: Region, now: datetime) -> KeyFigure:
    """Litres per person served and day in the newest month, over the zones where nearly every household is covered."""
    start = now - 100 * DAY
    figures = records.figures("zone", None, "month", "household_m3", start, now)
    usable = [f for f in figures if f.value is not None and f.coverage >= LEAST_COVERED and f.subject in region.zone]
    months = sorted({figure.time for figure in usable})
    if not months:
        return KeyFigure(None)
    chosen = [figure for figure in usable if figure.time == months[-1]]
    people = sum(region.zone[figure.subject].population_served for figure in chosen)
    local = months[-1].astimezone(region.tz)
    days = monthrange(local.year, local.month)[1]
    everyone = sum(zone.population_served for zone in region.zones)
    if not people:
        return KeyFigure(None)
    litres = per_person_day(sum(figure.value or 0.0 for figure in chosen), people, days)
    return KeyFigure(litres, coverage=people / max(1, everyone), at=months[-1])


def _coverage_figure(store: Store, region: Region, now: datetime) -> KeyFigure:
    """Share of zones' hours of the last day that data speak for."""
    found = store.rollups("zone", None, "hour", "net_inflow_m3h", now - DAY, now)
    shares = [row.coverage for zone in region.zones for row in found.get(zone.zone, ())]
    return KeyFigure(float(np.mean(shares)) if shares else None)


def _supply(dams: tuple[ReservoirNow, ...]) -> KeyFigure:
    """Days of supply of the dams that supply towns, at what those draw; what is released into rivers is no supply."""
    lasting = [dam for dam in dams if dam.lasts is not None and dam.draw_m3h]
    storage = sum(dam.storage_m3 or 0.0 for dam in lasting)
    draw = sum(dam.draw_m3h or 0.0 for dam in lasting)
    return KeyFigure(storage / draw / 24 if draw else None)


def data_health(rooms: Rooms, region: Region, now: datetime) -> DataHealth:
    """Who reports and what waits."""
    facts = rooms.records.facts()
    ingest = facts.get("ingest", {})
    registered = [device.device for device in region.devices if region.point_of(device.device, now) is not None]
    seen = rooms.records.seen_devices()
    heard = last_heard(rooms, registered, seen)
    reporting = sum(now - last < SILENT for last in heard.values())
    kept, dropped = rooms.records.refused_counts()
    return DataHealth(
        devices=len(registered),
        reporting=reporting,
        delay_s=_age(ingest.get("last_received"), now),
        waiting=int(str(ingest.get("waiting") or 0)),
        store_problem=str(ingest.get("problem") or ""),
        refused=kept + dropped,
        new_devices=sum(found.device not in region.device for found in seen),
    )


def _age(value: object, now: datetime) -> float | None:
    try:
        return (now - datetime.fromisoformat(str(value))).total_seconds()
    except (ValueError, TypeError):
        return None


def town_names(region: Region) -> list[Municipality]:
    """Towns by population, the order in which the eye learns their places."""
    return sorted(region.municipalities, key=lambda town: -town.population)
