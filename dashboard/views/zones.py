"""All zones with their last day, in the order of their towns' size."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.views.events import losing_zones, open_events
from dashboard.views.last_day import Spark, sparks
from dashboard.visit import Rooms
from models.registry import Region, Zone


@dataclass(frozen=True)
class ZoneRow:
    """A zone in the list.

    losing : an event of an inflow above its band stands; night_l_connection_h : of the newest night
    """

    zone: Zone
    town: str
    spark: Spark
    losing: bool
    night_l_connection_h: float | None


def zones_view(rooms: Rooms, region: Region, now: datetime) -> list[ZoneRow]:
    """Every zone, town by town."""
    last_day = sparks(rooms.store, "zone", [zone.zone for zone in region.zones], now)
    nights = rooms.store.rollups("zone", None, "day", "night_flow_m3h", now - timedelta(days=3), now)
    losing = losing_zones(open_events(rooms.records, region, now))
    rows = []
    for zone in region.zones:
        town = region.municipality.get(zone.municipality)
        values = [row.value for row in nights.get(zone.zone, []) if row.value is not None]
        night = values[-1] * 1000 / zone.connections if values and zone.connections else None
        name = town.name if town is not None else zone.municipality
        rows.append(ZoneRow(zone, name, last_day[zone.zone], zone.zone in losing, night))
    people = {town.code: town.population for town in region.municipalities}
    return sorted(rows, key=lambda row: (-people.get(row.zone.municipality, 0), row.town))
