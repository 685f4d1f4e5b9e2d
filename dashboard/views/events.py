"""Events in the order in which they deserve attention, with where they are and what they cost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.event import AlarmState, CaseState, Event, EventKind, Priority
from models.records import Records
from models.registry import Municipality, Region, Zone

WAITING_STATES = (AlarmState.UNACKNOWLEDGED, AlarmState.RETURNED_UNACKNOWLEDGED)
SILENT_STATES = (AlarmState.SUPPRESSED, AlarmState.OUT_OF_SERVICE)
OVER_SHOWN = timedelta(hours=24)
"""How long an event whose signal returned stays among those in hand."""
_PRIORITY = {Priority.HIGH: 0, Priority.MEDIUM: 1, Priority.LOW: 2}


@dataclass(frozen=True)
class EventItem:
    """An event with its place.

    rank : number that ties list, map and chart together
    subject_name : what people call the subject
    cost_czk_h : what the loss costs an hour at the town's variable cost of water
    """

    rank: int
    event: Event
    zone: Zone | None
    municipality: Municipality | None
    subject_name: str
    cost_czk_h: float | None
    cost_czk: float | None

    @property
    def waits(self) -> bool:
        """Whether it is to be acknowledged."""
        return waits(self.event)


def waits(event: Event) -> bool:
    """Whether an event is to be acknowledged; one found later notifies nobody."""
    return event.state in WAITING_STATES and not event.found_later


def place_of(region: Region, level: str, subject: str, moment: datetime) -> tuple[Zone | None, Municipality | None]:
    """Zone and town in which a subject lies."""
    zone, town = "", ""
    if level == "zone":
        zone = subject
    elif level == "municipality":
        town = subject
    elif level == "reservoir" and subject in region.reservoir:
        zone, town = region.reservoir[subject].zone, region.reservoir[subject].municipality
    else:
        point = region.point.get(subject) if level == "point" else region.point_of(subject, moment)
        if point is not None:
            zone, town = point.zone, point.municipality
    found = region.zone.get(zone)
    return found, region.municipality.get(town or (found.municipality if found else ""))


def name_of(region: Region, level: str, subject: str) -> str:
    """What people call a subject; its identifier where it has no name."""
    if level == "zone" and subject in region.zone:
        return region.zone[subject].name
    if level == "municipality" and subject in region.municipality:
        return region.municipality[subject].name
    if level == "reservoir" and subject in region.reservoir:
        return region.reservoir[subject].name
    return subject


def item_of(region: Region, event: Event, rank: int = 0) -> EventItem:
    """An event with its place and cost."""
    zone, town = place_of(region, event.level, event.subject, event.detected_at)
    price = town.variable_cost_czk_m3 if town is not None else None
    return EventItem(
        rank=rank,
        event=event,
        zone=zone,
        municipality=town,
        subject_name=name_of(region, event.level, event.subject),
        cost_czk_h=None if price is None or event.loss_m3h is None else event.loss_m3h * price,
        cost_czk=None if price is None or event.loss_m3 is None else event.loss_m3 * price,
    )


def ranked(region: Region, events: Iterable[Event]) -> tuple[EventItem, ...]:
    """Events by what costs most: those that wait first, inside each by loss per hour times certainty."""
    ordered = sorted(events, key=_urgency)
    return tuple(item_of(region, event, rank) for rank, event in enumerate(ordered, start=1))


def _urgency(event: Event) -> tuple[bool, bool, float, int, float]:
    loss = (event.loss_m3h or 0.0) * event.score
    over = event.end is not None
    return (not waits(event), over, -loss, _PRIORITY[event.priority], -event.detected_at.timestamp())


def open_events(records: Records, region: Region, now: datetime) -> tuple[EventItem, ...]:
    """Events that someone has to do something about, ranked."""
    cases = [case for case in CaseState if case is not CaseState.CLOSED]
    events = records.events(cases=cases)
    return ranked(region, (event for event in events if _matters(event, now)))


def _matters(event: Event, now: datetime) -> bool:
    if event.state in SILENT_STATES or event.found_later:
        return False
    if waits(event):
        return True
    return event.end is None or now - event.end < OVER_SHOWN or event.case is not CaseState.NEW


def losing_zones(items: Iterable[EventItem]) -> tuple[str, ...]:
    """Zones that lose water now."""
    zones = [
        item.zone.zone
        for item in items
        if item.zone is not None and item.event.kind is EventKind.BURST and item.event.end is None
    ]
    return tuple(dict.fromkeys(zones))
