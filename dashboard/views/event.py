"""What an event's page shows: the event, the series that is its evidence, pressures around it, its log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from dashboard.views.chart import ChartMark, TimeChart
from dashboard.views.event_evidence import Evidence, Place, evidence
from dashboard.views.events import EventItem, item_of, open_events, waits
from dashboard.views.inflow import Line
from dashboard.views.last_day import quarter_hours
from dashboard.views.point_line import point_line
from dashboard.visit import Rooms
from models.event import Event, EventKind, EventLogEntry
from models.reading import to_ms
from models.registry import Operation, Region, Zone
from models.store import Store

BEFORE = timedelta(days=1)
AFTER = timedelta(hours=6)
AHEAD_SHARE = 0.14
"""Right of now, where only the expected band goes on."""
HOUR = timedelta(hours=1)
LOGGED_NEAR = timedelta(hours=6)


@dataclass(frozen=True)
class PressureNear:
    """Pressure at a point of the zone over the evidence's span [m of head].

    change_m : last value against the mean of the hour before the event began, None where either is missing
    """

    point: str
    line: Line
    change_m: float | None


@dataclass(frozen=True)
class EventView:
    """An event with its evidence.

    start, end : of what is shown; axis_end : of the axis, later while the event stands
    operations : logged in the zone around the event
    """

    item: EventItem
    log: tuple[EventLogEntry, ...]
    evidence: Evidence | None
    pressures: tuple[PressureNear, ...]
    operations: tuple[Operation, ...]
    start: datetime
    end: datetime
    axis_end: datetime

    @property
    def chart(self) -> TimeChart | None:
        """The chart of the evidence."""
        return None if self.evidence is None else self.evidence.chart


def event_view(rooms: Rooms, region: Region, event: Event, now: datetime) -> EventView:
    """The event with everything on its page; its rank is that of the lists."""
    ranked = {item.event.id: item for item in open_events(rooms.records, region, now)}
    item = ranked.get(event.id) or item_of(region, event)
    start = event.start - BEFORE
    end = now if event.end is None else min(now, event.end + AFTER)
    axis_end = end + (end - start) * AHEAD_SHARE if end == now else end
    mark = ChartMark(event.start, event.detected_at, item.rank, event.priority, waits(event))
    place = Place(region, item, start, end, axis_end, now, mark)
    return EventView(
        item=item,
        log=tuple(rooms.records.event_log(event.id)),
        evidence=evidence(rooms.store, place),
        pressures=_pressures(rooms.store, region, item, start, end),
        operations=_operations(region, item.zone, event, now),
        start=start,
        end=end,
        axis_end=axis_end,
    )


def _pressures(
    store: Store, region: Region, item: EventItem, start: datetime, end: datetime
) -> tuple[PressureNear, ...]:
    """Pressures of the zone whose inflow deviates: a burst is seen in them, a large user hardly."""
    zone = item.zone
    if item.event.kind is not EventKind.BURST or zone is None:
        return ()
    points = dict.fromkeys(point for point in (zone.azp_point, zone.critical_point) if point)
    points |= dict.fromkeys(
        point.point for point in region.points_of_zone.get(zone.zone, ()) if point.role == "pressure"
    )
    result = []
    for point in points:
        line = point_line(store, region, point, ("pressure_m",), start, end)
        if len(line.time_ms):
            result.append(PressureNear(point, quarter_hours(line), _change(line, item.event.start)))
    return tuple(result)


def _change(line: Line, began: datetime) -> float | None:
    before = line.value[(line.time_ms >= to_ms(began - HOUR)) & (line.time_ms < to_ms(began))]
    after = line.value[line.time_ms >= to_ms(began)]
    before, after = before[~np.isnan(before)], after[~np.isnan(after)]
    return float(after[-1] - before.mean()) if len(before) and len(after) else None


def _operations(region: Region, zone: Zone | None, event: Event, now: datetime) -> tuple[Operation, ...]:
    if zone is None:
        return ()
    first, last = event.start - LOGGED_NEAR, event.end or now
    return tuple(
        operation
        for operation in region.operations_of_zone.get(zone.zone, ())
        if operation.start <= last and (operation.end or operation.start) >= first
    )
