"""What really happened in a simulated zone, for tests and demonstrations that ask whether the product found it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from ingest.simulator.almanac import HOUR_S
from ingest.simulator.releases import ML_PER_M3, Release
from ingest.simulator.waterworks import Waterworks
from models.reading import EPOCH, from_ms

_LEAKING = ("leak", "burst")


@dataclass(frozen=True, slots=True)
class Outflow:
    """Water that a zone lost or let go: leak, burst, or an operation's kind. end None: it still runs.

    flow_m3h : once it has grown; logged : it stands in operations.csv
    """

    cause: str
    start: datetime
    end: datetime | None
    flow_m3h: float
    logged: bool


@dataclass(frozen=True, slots=True)
class Volumes:
    """Where a zone's water went in a period [m³]; a zone inside it is part of it.

    household, other, own_use : use of customers and metered own use
    logged, unlogged : flushing, hydrants and the like, in operations.csv or not
    leakage : background, leaks and bursts; net_inflow : the sum of all
    """

    household: float
    other: float
    own_use: float
    logged: float
    unlogged: float
    leakage: float

    @property
    def net_inflow(self) -> float:
        """What came in, less what went on to others."""
        return self.household + self.other + self.own_use + self.logged + self.unlogged + self.leakage

    def __add__(self, other: Volumes) -> Volumes:
        """The volumes of two zones together."""
        pairs = ((getattr(self, name), getattr(other, name)) for name in Volumes.__slots__)
        return Volumes(*(mine + theirs for mine, theirs in pairs))


def leaks(works: Waterworks, zone: str, start: datetime, end: datetime) -> list[Outflow]:
    """True leaks and bursts of a zone that run at some time in [start, end)."""
    return [item for item in outflows(works, zone, start, end) if item.cause in _LEAKING]


def outflows(works: Waterworks, zone: str, start: datetime, end: datetime) -> list[Outflow]:
    """Everything that a zone let go beside its customers and background leakage, by start."""
    running = works.running(works.row_of_zone[zone], _seconds(start), _seconds(end))
    return sorted((_outflow(item) for item in running), key=lambda item: item.start)


def volumes(works: Waterworks, zone: str, start: datetime, end: datetime) -> Volumes:
    """Where a zone's water went from one whole hour to another."""
    return volumes_by_zone(works, start, end)[zone]


def volumes_by_zone(works: Waterworks, start: datetime, end: datetime) -> dict[str, Volumes]:
    """Where the water of every zone went from one whole hour to another."""
    first, last = int(_seconds(start)) // HOUR_S, int(_seconds(end)) // HOUR_S
    hours = works.demand.almanac.hours(first, last)
    _, customers, _, leakage = (part.sum(axis=1) for part in works.own_ml(hours))
    household = works.demand.households_ml(hours, works.demand.homes_ml(hours)).sum(axis=1)
    own: dict[str, Volumes] = {}
    for row, name in enumerate(works.zones):
        by_role = {
            role: sum(
                int(customers[place])
                for place, point in enumerate(works.demand.points)
                if point.zone == name and point.role == role
            )
            for role in ("other", "own_use")
        }
        logged, unlogged, lost = _released(works, row, _seconds(start), _seconds(end))
        use = (household[row], by_role["other"], by_role["own_use"])
        own[name] = Volumes(*(float(ml) / ML_PER_M3 for ml in (*use, logged, unlogged, lost + leakage[row])))
    whole = dict(own)
    for zone in works.region.zones:
        if zone.parent in whole:
            whole[zone.parent] = whole[zone.parent] + own[zone.zone]
    return whole


def _released(works: Waterworks, row: int, start_s: float, end_s: float) -> tuple[int, int, int]:
    """(logged, unlogged, leaks) that a zone's releases let go in a time [ml]."""
    ends = np.array([start_s, end_s])
    logged = unlogged = lost = 0
    for item in works.running(row, start_s, end_s):
        volume = int(np.diff(item.volume_ml(ends))[0])
        if item.cause in _LEAKING:
            lost += volume
        elif item.logged:
            logged += volume
        else:
            unlogged += volume
    return logged, unlogged, lost


def _outflow(item: Release) -> Outflow:
    end = None if math.isinf(item.end) else from_ms(round(item.end * 1000))
    return Outflow(item.cause, from_ms(round(item.start * 1000)), end, item.flow_m3h, item.logged)


def _seconds(moment: datetime) -> float:
    return (moment - EPOCH).total_seconds()
