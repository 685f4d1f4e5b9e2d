"""Leakage of towns in days of the dam they drink from: only where the registry links the two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.views.reservoir import Supplied, supplied_towns, town_inflows
from dashboard.visit import Rooms
from models.registry import Municipality, Region, Reservoir
from models.reservoir import Draw, supply_draw

MONTHS = timedelta(days=62)
"""How far back the last month with a balance may lie."""


@dataclass(frozen=True)
class TownLeakage:
    """Real losses of a town in its last closed month, as days of what is drawn from the dam."""

    town: Municipality
    month: datetime
    losses_m3: float
    days: float


def leakage_days(rooms: Rooms, draw: Draw, supplied: Sequence[Supplied], now: datetime) -> tuple[TownLeakage, ...]:
    """Last month's real losses of towns, by the share of their water that comes from the dam; most first."""
    if not draw.draw_m3h:
        return ()
    towns = {item.town.code: item for item in supplied}
    figures = rooms.records.figures("municipality", list(towns), "month", "real_m3", now - MONTHS, now)
    newest = {figure.subject: figure for figure in figures if figure.value is not None}
    rows = []
    for code, figure in newest.items():
        volume = (figure.value or 0.0) * towns[code].share
        rows.append(TownLeakage(towns[code].town, figure.time, volume, volume / (24.0 * draw.draw_m3h)))
    return tuple(sorted(rows, key=lambda row: -row.days))


def days_of_town(
    rooms: Rooms, region: Region, town: Municipality, now: datetime
) -> tuple[tuple[Reservoir, TownLeakage], ...]:
    """The same for one town, dam by dam; nothing where no dam supplies it or what is drawn is not known."""
    found = []
    for source in sorted({item.source for item in region.supplies if item.municipality == town.code}):
        dam = region.reservoir.get(source)
        supplied = [item for item in supplied_towns(region, source, now) if item.town.code == town.code]
        if dam is None or not supplied:
            continue
        draw = supply_draw(region, source, town_inflows(rooms.store, region, source, now), now)
        found += [(dam, row) for row in leakage_days(rooms, draw, supplied, now)]
    return tuple(found)
