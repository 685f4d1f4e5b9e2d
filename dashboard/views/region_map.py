"""What the map says of each town: its state, or a measured indicator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dashboard.views.events import EventItem
from dashboard.views.geography import Geography
from models.registry import Reservoir

CellState = Literal["plain", "crit", "warn", "nodata"]


@dataclass(frozen=True)
class TownCell:
    """A town on the map.

    size : of its dot [px]; level : 0–4 of an indicator's five steps, None where there is too little data
    """

    code: str
    name: str
    population: int
    state: CellState
    said: str
    level: int | None = None


@dataclass(frozen=True)
class DamSpot:
    """A dam on the map, with the share of its height that is filled."""

    reservoir: Reservoir
    filled: float | None
    said: str


@dataclass(frozen=True)
class RegionMap:
    """The map of a region.

    indicator : whether cells show steps of an indicator instead of their state
    """

    geography: Geography
    towns: tuple[TownCell, ...]
    dams: tuple[DamSpot, ...]
    marks: tuple[EventItem, ...]
    indicator: bool = False
