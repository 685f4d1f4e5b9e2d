"""The outer boundary of a zone, municipality or region: the metering points at which its water comes and goes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from models.registry import Region, Reservoir, Zone
from models.rollup import Level


class Boundary(NamedTuple):
    """The outer boundary of a zone, municipality or region. Transfers inside cancel.

    tanks : those whose filling is part of what flows in (their zone lies inside)
    """

    level: Level
    subject: str
    inflows: tuple[str, ...]
    outflows: tuple[str, ...]
    tanks: tuple[Reservoir, ...]


def valid_zones(region: Region, moment: datetime) -> dict[str, Zone]:
    """The registry's row of each zone that is valid at a time."""
    return {
        zone.zone: zone
        for zone in region.zones
        if (zone.valid_from is None or zone.valid_from <= moment) and (zone.valid_to is None or moment < zone.valid_to)
    }


def inner_zones(zones: Iterable[Zone], around: str) -> set[str]:
    """A zone and every zone inside it."""
    found = {around}
    rest = list(zones)
    while more := {zone.zone for zone in rest if zone.parent in found and zone.zone not in found}:
        found |= more
    return found


def zones_inside(region: Region, level: Level, subject: str, moment: datetime) -> tuple[list[Zone], set[str]]:
    """The outermost zones of a subject, and the names of all zones inside it."""
    valid = valid_zones(region, moment)
    if level == "zone":
        zone = valid.get(subject)
        return ([zone], inner_zones(valid.values(), subject)) if zone else ([], set())
    inside = {name: zone for name, zone in valid.items() if level == "region" or zone.municipality == subject}
    outermost = [zone for zone in inside.values() if zone.parent not in inside]
    return outermost, set(inside)


def boundary(region: Region, level: Level, subject: str, moment: datetime) -> Boundary:
    """The boundary of a zone, of a municipality (its outermost zones) or of the region, as valid at a time.

    A transfer that leaves one of the zones and enters another is no part of it.
    """
    outermost, inside = zones_inside(region, level, subject, moment)
    inflows = _once(point for zone in outermost for point in zone.inflows)
    outflows = _once(point for zone in outermost for point in zone.outflows)
    tanks = tuple(item for item in region.reservoirs if item.kind == "tank" and item.zone in inside)
    return Boundary(
        level,
        subject,
        tuple(point for point in inflows if point not in outflows),
        tuple(point for point in outflows if point not in inflows),
        tanks,
    )


def _once(points: Iterable[str]) -> Sequence[str]:
    return list(dict.fromkeys(points))
