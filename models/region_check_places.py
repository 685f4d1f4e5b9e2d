"""Whether places agree: points lie in the town and zone that name them, zones are no smaller than those inside them."""

from __future__ import annotations

from collections.abc import Iterator

from models.boundary import inner_zones
from models.region_check_spans import valid_together
from models.region_problem import Problem
from models.registry import Region, Zone

_SIZES = ("mains_km", "connections", "service_private_km", "properties", "population_served")
_SLACK = 1.001
"""Kilometres in a file are rounded."""


def check_places(region: Region) -> Iterator[Problem]:
    """Points in another town or zone than those who name them, zones smaller than the zones inside them."""
    yield from _towns(region)
    yield from _zones_points(region)
    yield from _sizes(region)


def _towns(region: Region) -> Iterator[Problem]:
    for row, point in enumerate(region.points, start=2):
        zone = region.zone.get(point.zone)
        if zone and zone.municipality != point.municipality:
            message = (
                f"{point.point!r} lies in {point.municipality!r}, its zone {zone.zone!r} in {zone.municipality!r}; "
                "mend one of the two"
            )
            yield Problem("region.point_elsewhere", "metering_points.csv", row, "municipality", message)


def _zones_points(region: Region) -> Iterator[Problem]:
    """Pressures and own inflows lie in the zone that names them, in one inside it, or in one around it."""
    for row, zone in enumerate(region.zones, start=2):
        family = inner_zones(region.zones, zone.zone) | _around(region, zone)
        for column in ("azp_point", "critical_point", "inflows", "outflows"):
            value = getattr(zone, column)
            for name in value if isinstance(value, tuple) else (value,):
                point = region.point.get(name)
                if point and point.role != "transfer" and point.zone in region.zone and point.zone not in family:
                    message = (
                        f"{name!r} lies in zone {point.zone!r} by metering_points.csv, and serves {zone.zone!r} here; "
                        "mend one of the two, or make it a transfer where its water passes from one to the other"
                    )
                    yield Problem("region.point_elsewhere", "zones.csv", row, column, message)


def _around(region: Region, zone: Zone) -> set[str]:
    found: set[str] = set()
    name = zone.parent
    while name in region.zone and name not in found:
        found.add(name)
        name = region.zone[name].parent
    return found


def _sizes(region: Region) -> Iterator[Problem]:
    """A zone's kilometres, connections and people include those of the zones inside it."""
    for row, zone in enumerate(region.zones, start=2):
        if zone.zone in _around(region, zone):
            continue  # A zone inside itself is told elsewhere.
        inside = [other for other in region.zones if other.parent == zone.zone and valid_together(zone, other)]
        for column in _SIZES if inside else ():
            together = sum(getattr(other, column) for other in _latest(inside))
            own = getattr(zone, column)
            # 0 is what an empty cell means: nobody said.
            if 0 < own * _SLACK < together:
                message = (
                    f"{own:g} is less than the {together:g} of the zones inside {zone.zone!r}; a zone's numbers "
                    "include those of the zones inside it: add them, or mend theirs"
                )
                yield Problem("region.zone_smaller_than_inner", "zones.csv", row, column, message)


def _latest(zones: list[Zone]) -> list[Zone]:
    """One row of each zone, the last: rows of one zone follow each other."""
    return list({zone.zone: zone for zone in zones}.values())
