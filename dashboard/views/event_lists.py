"""All events in the order in which people look at them: what waits, what is in hand, what lately was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.views.events import EventItem, item_of, open_events
from models.event import EventKind, Priority
from models.records import Records
from models.registry import Municipality, Region

PAST = timedelta(days=30)


@dataclass(frozen=True)
class EventFilter:
    """What a person wants to see; None where it makes no difference.

    town : code of a municipality, empty for all
    """

    priority: Priority | None = None
    kind: EventKind | None = None
    town: str = ""

    @property
    def chosen(self) -> bool:
        """Whether anything is left out."""
        return self != EventFilter()

    def lets(self, item: EventItem) -> bool:
        """Whether an event is to be seen."""
        return (
            (self.priority is None or item.event.priority is self.priority)
            and (self.kind is None or item.event.kind is self.kind)
            and (not self.town or (item.municipality is not None and item.municipality.code == self.town))
        )


@dataclass(frozen=True)
class EventLists:
    """Events that the filter lets through, and how many there are without it.

    active : waiting and in hand, ranked over all events; past : found in the last 30 days, the last to begin first
    waiting, in_hand, ended, found_later, lost_m3 : over all events; lost_m3 of those of the last 30 days
    towns : that have any of them, by name
    """

    active: tuple[EventItem, ...]
    past: tuple[EventItem, ...]
    waiting: int
    in_hand: int
    ended: int
    found_later: int
    lost_m3: float
    towns: tuple[Municipality, ...]


def event_filter(query: Mapping[str, str], region: Region) -> EventFilter:
    """The filter of an address (?severity, ?kind, ?town); what it does not know is not filtered."""
    priority, kind, town = (query.get(name, "") for name in ("severity", "kind", "town"))
    return EventFilter(
        priority=Priority(priority) if priority in list(Priority) else None,
        kind=EventKind(kind) if kind in list(EventKind) else None,
        town=town if town in region.municipality else "",
    )


def event_lists(records: Records, region: Region, chosen: EventFilter, now: datetime) -> EventLists:
    """Every event that is not over for people, and those of the last 30 days."""
    active = open_events(records, region, now)
    shown = {item.event.id for item in active}
    found = records.events(start=now - PAST)
    over = sorted((event for event in found if event.id not in shown), key=lambda event: event.start, reverse=True)
    past = tuple(item_of(region, event) for event in over)
    waiting = sum(item.waits for item in active)
    return EventLists(
        active=tuple(item for item in active if chosen.lets(item)),
        past=tuple(item for item in past if chosen.lets(item)),
        waiting=waiting,
        in_hand=len(active) - waiting,
        ended=len(past),
        found_later=sum(item.event.found_later for item in past),
        lost_m3=sum(event.loss_m3 or 0.0 for event in found),
        towns=_towns((*active, *past)),
    )


def _towns(items: Iterable[EventItem]) -> tuple[Municipality, ...]:
    found = {item.municipality.code: item.municipality for item in items if item.municipality is not None}
    return tuple(sorted(found.values(), key=lambda town: town.name))
