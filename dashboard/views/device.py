"""What a device's page shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from dashboard.views.chart import TimeChart
from dashboard.views.consumption import ConsumptionView, consumption_view
from dashboard.views.flow_check import FlowCheck, flow_checks
from dashboard.views.inflow import Line
from dashboard.views.judgements import Judgements, judgements
from dashboard.views.point_line import thinned, usual_gap_s
from dashboard.views.span import ChartSpan, chart_span
from dashboard.views.zone import RANGES, with_room
from dashboard.visit import Rooms
from models.notice import Notice
from models.quality import USABLE
from models.quantity import QUANTITIES
from models.reading import Reading, Series
from models.records import NewDevice
from models.registry import Assignment, Device, MeteringPoint, Region

DAY = timedelta(days=1)
REGISTER = "volume_m3"
# What a device mostly says of the water comes first, what it says of itself last.
ORDER = (
    "volume_m3",
    "flow_m3h",
    "inflow_m3h",
    "outflow_m3h",
    "pressure_m",
    "level_m",
    "stage_m",
    "storage_m3",
    "interval_volume_m3",
    "temperature_c",
    "ambient_temperature_c",
    "rain_mm",
)
SELF = ("battery_v", "battery_pct", "rssi_dbm", "mains_power_ok", "noise_db")
SHOWN_READINGS = 40
SHOWN_NOTICES = 12
LEAST_GAP_S = 5400.0


@dataclass(frozen=True)
class DeviceView:
    """Everything on a device's page.

    device : None where it is not registered; last : newest reading by quantity
    step : usual time between messages; charts : one a quantity, by quantity
    """

    name: str
    device: Device | None
    point: MeteringPoint | None
    assignments: tuple[Assignment, ...]
    seen: NewDevice | None
    span: ChartSpan
    last: dict[str, Reading]
    last_at: datetime | None
    step: timedelta | None
    charts: dict[str, TimeChart]
    use: ConsumptionView | None
    notices: tuple[Notice, ...]
    readings: tuple[Reading, ...]
    judgements: Judgements
    check: FlowCheck | None = None


def device_view(
    rooms: Rooms, region: Region, name: str, now: datetime, query: Mapping[str, str], default: str = "7d"
) -> DeviceView:
    """The device as it is now, its charts over the span that the address asks for."""
    store, records = rooms.store, rooms.records
    span = with_room(chart_span(query, RANGES, now, region.tz, default), now)
    seen = next((found for found in records.seen_devices() if found.device == name), None)
    quantities = _quantities(rooms, name, seen)
    last = {key[1]: reading for key, reading in store.last([(name, quantity) for quantity in quantities]).items()}
    until = min(span.end, now) + timedelta(milliseconds=1)
    found = store.series([(name, quantity) for quantity in quantities], span.start, until)
    series = {item.quantity: item for item in found if len(item.time_ms)}
    device = region.device.get(name)
    step = _step(series, last)
    charts = {
        quantity: _chart(series[quantity], device, span, now, step) for quantity in quantities if quantity in series
    }
    latest = max((reading.time for reading in last.values()), default=None)
    recent = store.readings(name, None, latest - DAY, latest + timedelta(milliseconds=1)) if latest else []
    return DeviceView(
        name=name,
        device=device,
        point=region.point_of(name, now),
        assignments=region.assignments_of_device.get(name, ()),
        seen=seen,
        span=span,
        last=last,
        last_at=latest,
        step=step,
        charts=charts,
        use=consumption_view(rooms, region, name, now, query),
        notices=tuple(reversed(records.notices(name, now - 90 * DAY, now + DAY)))[:SHOWN_NOTICES],
        readings=tuple(
            sorted(recent, key=lambda reading: (reading.time, reading.quantity), reverse=True)[:SHOWN_READINGS]
        ),
        judgements=judgements(rooms, name, span.start, until),
        check=_check(rooms, region, name, now),
    )


def _check(rooms: Rooms, region: Region, name: str, now: datetime) -> FlowCheck | None:
    """Its integrated flow against the register at its point, or its register against the flow of another there."""
    point = region.point_of(name, now)
    found = flow_checks(rooms, region, [point.point], now) if point is not None else ()
    return next((one for one in found if name in (one.device, one.register)), None)


def exists(rooms: Rooms, region: Region, name: str) -> bool:
    """Whether a device is registered, was ever seen, or has readings."""
    if name in region.device or any(found.device == name for found in rooms.records.seen_devices()):
        return True
    return bool(rooms.store.last([(name, quantity) for quantity in QUANTITIES]))


def _quantities(rooms: Rooms, name: str, seen: NewDevice | None) -> list[str]:
    known = set(seen.quantities) if seen is not None else set()
    known |= {key[1] for key in rooms.store.last([(name, quantity) for quantity in QUANTITIES])}

    def place(quantity: str) -> tuple[int, str]:
        if quantity in ORDER:
            return ORDER.index(quantity), quantity
        return (len(ORDER) + (quantity in SELF), quantity)

    return sorted(known, key=place)


def _step(series: Mapping[str, Series], last: Mapping[str, Reading]) -> timedelta | None:
    """The usual time between readings of what it says most often."""
    steps = [float(np.median(np.diff(found.time_ms))) for found in series.values() if len(found.time_ms) > 2]
    return timedelta(milliseconds=min(steps)) if steps else None


def _chart(series: Series, device: Device | None, span: ChartSpan, now: datetime, step: timedelta | None) -> TimeChart:
    known = QUANTITIES.get(series.quantity)
    factor = device.multiplier if device is not None else 1.0
    quality = (
        series.quality if len(series.quality) == len(series.value) else np.repeat(series.quality, len(series.value))
    )
    usable = np.isin(quality, [int(item) for item in USABLE])
    line = Line(series.time_ms[usable], series.value[usable] * factor)
    suspects = Line(series.time_ms[~usable], series.value[~usable] * factor)
    register = known is not None and known.kind == "register"
    gap = usual_gap_s([line], LEAST_GAP_S)
    chart = TimeChart(
        line=thinned(line),
        suspects=suspects,
        start=span.start,
        end=span.end,
        now=now,
        quantity=series.quantity,
        device=series.device,
        unit=known.unit if known is not None else "",
        digits=min(known.digits, 2) if known is not None else 2,
        gap_s=gap,
        stale_s=max(3600.0, gap),
        zero=known is not None and known.kind == "rate",
        steps=register or (known is not None and known.kind == "state"),
        multiplier=factor,
        step_s=max(600.0, (span.end - span.start).total_seconds() / 24),
    )
    return replace(chart, gap_s=1e9) if series.quantity in SELF else chart
