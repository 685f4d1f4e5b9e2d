"""The series on which an event was judged, over the event and the day before it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np

from dashboard.views.chart import ChartMark, TimeChart
from dashboard.views.events import EventItem
from dashboard.views.inflow import EMPTY_BAND, EMPTY_LINE, Line, bands, hourly, net_inflow
from dashboard.views.point_line import LEVELS, point_line, usual_gap_s
from models.anomalies.data_stopped import HEARD_LOW_PCT, heard_share
from models.anomalies.pressure_low import pressure_limits
from models.anomalies.tank_low import tank_limits
from models.event import EventKind
from models.reading import to_ms
from models.registry import Region, Zone
from models.store import Store

RAW_SPAN = timedelta(days=7)
"""Longer spans are shown by the hour."""
GAP_S = 2700.0
HOUR_MS = 3_600_000
MILLISECOND = timedelta(milliseconds=1)
MEMORY = timedelta(days=2)
SENT = ("flow_m3h", "inflow_m3h", "outflow_m3h", *LEVELS, "pressure_m", "volume_m3")
"""What shows best whether a device reports, the first that it sends."""
UNITS = {"_m3h": "m³/h", "_m3": "m³", "_m": "m", "_pct": "%"}


class Place(NamedTuple):
    """Where and when an event is looked at.

    start, end : of the data; axis_end : of the axis
    """

    region: Region
    item: EventItem
    start: datetime
    end: datetime
    axis_end: datetime
    now: datetime
    mark: ChartMark


@dataclass(frozen=True)
class Evidence:
    """The series behind an event.

    quantity : what it is (net_inflow_m3h, level_m, pressure_m, heard_pct, or what a device sends)
    limits : name (low, critical) and value, in the chart's unit
    point : metering point it was measured at, empty for a zone's
    """

    quantity: str
    chart: TimeChart
    limits: tuple[tuple[str, float], ...] = ()
    point: str = ""


def evidence(store: Store, place: Place) -> Evidence | None:
    """The evidence of an event, None where the store has none or the registry no longer knows the subject."""
    event = place.item.event
    if event.level == "zone":
        zone = place.region.zone.get(event.subject)
        if zone is None:
            return None
        return _heard(store, place, zone) if event.kind is EventKind.DATA_STOPPED else _inflow(store, place, zone)
    if event.kind is EventKind.TANK_LOW:
        tank = place.region.reservoir.get(event.subject)
        limits = tank_limits(tank) if tank is not None else {}
        return _at_point(store, place, tank.level_point if tank is not None else event.subject, LEVELS, limits)
    if event.kind is EventKind.PRESSURE_LOW:
        return _at_point(store, place, event.subject, ("pressure_m",), pressure_limits())
    point = event.subject
    if point not in place.region.point:
        hung = place.region.point_of(event.subject, event.start) or place.region.point_of(event.subject, place.now)
        point = hung.point if hung is not None else ""
    return _at_point(store, place, point, SENT, {}) if point else None


def _stale_s(place: Place, gap_s: float) -> float | None:
    """Age from which data have stopped, where the chart reaches to now."""
    return max(gap_s, 3600.0) if place.end == place.now else None


def _inflow(store: Store, place: Place, zone: Zone) -> Evidence | None:
    raw = place.end - place.start <= RAW_SPAN
    if raw:
        line = net_inflow(store, place.region, zone, place.start, place.end)
    else:
        line = hourly(store, "zone", [zone.zone], place.start, place.end).get(zone.zone, EMPTY_LINE)
    if len(line.time_ms) == 0:
        return None
    found = bands(store, "zone", [zone.zone], place.start, place.axis_end)
    gap_s = usual_gap_s([line], GAP_S)
    chart = TimeChart(
        line=line,
        start=place.start,
        end=place.axis_end,
        now=place.now,
        quantity="net_inflow_m3h" if raw and place.end == place.now else "",
        zone=zone.zone,
        unit="m³/h",
        digits=1,
        band=found.get(zone.zone, EMPTY_BAND),
        gap_s=gap_s,
        stale_s=_stale_s(place, gap_s),
        warn=place.mark.priority.value != "high",
        marks=(place.mark,),
    )
    return Evidence("net_inflow_m3h", chart)


def _at_point(
    store: Store, place: Place, point: str, quantities: tuple[str, ...], limits: dict[str, float]
) -> Evidence | None:
    """What hung at a point; several quantities: the first of them that came."""
    for quantity in quantities:
        wanted = LEVELS if quantity in LEVELS else (quantity,)
        line = point_line(store, place.region, point, wanted, place.start, place.end + MILLISECOND)
        if len(line.time_ms):
            break
    else:
        return None
    hanging = next(iter(place.region.devices_at(point, place.end - MILLISECOND, place.end)), None)
    device = place.region.device.get(hanging.device) if hanging is not None else None
    # A height is added when levels are read, not to what the live stream appends.
    live = device is not None and not device.mounting_height_m and place.end == place.now
    gap_s = usual_gap_s([line], GAP_S)
    chart = TimeChart(
        line=line,
        start=place.start,
        end=place.axis_end,
        now=place.now,
        quantity=quantity if live else "",
        device=device.device if device is not None and live else "",
        unit=next(unit for ending, unit in UNITS.items() if quantity.endswith(ending)),
        digits=1 if quantity == "pressure_m" or quantity.endswith("_m3h") else 2,
        gap_s=gap_s,
        stale_s=_stale_s(place, gap_s),
        zero=quantity.endswith("_m3h"),
        warn=place.mark.priority.value != "high",
        multiplier=device.multiplier if device is not None else 1.0,
        marks=(place.mark,),
    )
    named = tuple((name, limits[name]) for name in ("low", "critical") if name in limits)
    return Evidence(quantity, chart, named, point)


def _heard(store: Store, place: Place, zone: Zone) -> Evidence | None:
    """Share of a zone's customer meters that report, by the hour."""
    times = _meter_times(store, place, zone)
    ticks = np.arange(to_ms(place.start) // HOUR_MS + 1, to_ms(place.end) // HOUR_MS + 1, dtype=np.int64) * HOUR_MS
    memory_ms = MEMORY // MILLISECOND
    shares = [
        heard_share([meter[(meter <= tick) & (meter > tick - memory_ms)] for meter in times], int(tick))
        for tick in ticks
    ]
    if not any(share is not None for share in shares):
        return None
    value = np.array([np.nan if share is None else 100 * share for share in shares], dtype=np.float64)
    chart = TimeChart(
        line=Line(ticks, value),
        start=place.start,
        end=place.axis_end,
        now=place.now,
        unit="%",
        digits=0,
        warn=True,
        marks=(place.mark,),
    )
    return Evidence("heard_pct", chart, (("low", HEARD_LOW_PCT),))


def _meter_times(store: Store, place: Place, zone: Zone) -> list[np.ndarray]:
    first = place.start - MEMORY
    meters = {
        assignment.device: None
        for point in place.region.points_of_zone.get(zone.zone, ())
        if point.role in ("household", "other")
        for assignment in place.region.devices_at(point.point, first, place.end)
    }
    found = store.series([(device, "volume_m3") for device in meters], first, place.end) if meters else []
    return [item.time_ms for item in found]
