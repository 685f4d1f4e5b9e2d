"""Whether zones can be balanced: metered inflow, roles that agree, no zone inside itself."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from models.region_check_spans import valid_together
from models.region_problem import Problem
from models.registry import Region, Role, Zone

_ALLOWED: dict[str, tuple[Role, ...]] = {
    "inflows": ("inflow", "transfer"),
    "outflows": ("outflow", "transfer"),
    "azp_point": ("pressure",),
    "critical_point": ("pressure",),
}


def check_zones(region: Region) -> list[Problem]:
    """Zones without a metered inflow, cycles of zones, roles that disagree with how a point is used."""
    return [*_inflows(region), *_cycles(region), *_roles(region), *_used(region), *_tanks(region)]


def _inflows(region: Region) -> Iterator[Problem]:
    for row, zone in enumerate(region.zones, start=2):
        if not zone.inflows:
            message = f"{zone.zone!r} has no inflow point, it can't be balanced; name its metered inflows"
            yield Problem("region.zone_without_inflow", "zones.csv", row, "inflows", message)
        for column, points in (("inflows", zone.inflows), ("outflows", zone.outflows)):
            for point in points:
                if point in region.point and not region.assignments_of_point.get(point):
                    message = f"no device was ever assigned to {point!r}; add one to assignments.csv"
                    yield Problem("region.point_without_device", "zones.csv", row, column, message)
        for point in sorted(set(zone.inflows) & set(zone.outflows)):
            message = f"{point!r} is inflow and outflow of {zone.zone!r} at once; keep one"
            yield Problem("region.inflow_is_outflow", "zones.csv", row, "outflows", message)


def _cycles(region: Region) -> Iterator[Problem]:
    for row, zone in enumerate(region.zones, start=2):
        around = _ancestors(region, zone)
        if zone.zone in around:
            ring = " → ".join([zone.zone, *around[: around.index(zone.zone) + 1]])
            message = f"{zone.zone!r} lies inside itself ({ring}); mend the parent of one of them"
            yield Problem("region.zone_cycle", "zones.csv", row, "parent", message)
        parent = region.zone.get(zone.parent)
        if parent and parent.municipality != zone.municipality:
            message = (
                f"{zone.zone!r} lies in {zone.municipality!r}, its parent {parent.zone!r} in "
                f"{parent.municipality!r}; mend one of the two"
            )
            yield Problem("region.parent_elsewhere", "zones.csv", row, "parent", message)


def _ancestors(region: Region, zone: Zone) -> list[str]:
    """Names of the zones around a zone, nearest first; stops where they repeat."""
    result: list[str] = []
    name = zone.parent
    while name and name not in result:
        result.append(name)
        around = region.zone.get(name)
        name = around.parent if around else ""
    return result


def _roles(region: Region) -> Iterator[Problem]:
    """A point's role agrees with the columns of zones.csv that name it."""
    for row, zone in enumerate(region.zones, start=2):
        for column, allowed in _ALLOWED.items():
            value = getattr(zone, column)
            for name in value if isinstance(value, tuple) else (value,):
                point = region.point.get(name)
                if point and point.role not in allowed:
                    message = (
                        f"{name!r} has role {point.role!r} in metering_points.csv, but stands here as "
                        f"{column.removesuffix('_point').removesuffix('s')}; make it {' or '.join(allowed)}"
                    )
                    yield Problem("region.role_disagrees", "zones.csv", row, column, message)


def _used(region: Region) -> Iterator[Problem]:
    """Inflow, outflow and transfer points are named by the zones they serve, by each side once."""
    entered, left = _named(region, "inflows"), _named(region, "outflows")
    of_reservoirs = {item.inflow_point for item in region.reservoirs} | {i.outflow_point for i in region.reservoirs}
    for row, point in enumerate(region.points, start=2):
        name, role = point.point, point.role
        if name in of_reservoirs:
            continue
        wanted = {"inflow": (entered,), "outflow": (left,), "transfer": (entered, left)}.get(role, ())
        for named in wanted:
            column = "inflows" if named is entered else "outflows"
            zones = named.get(name, [])
            if not zones:
                message = f"{name!r} has role {role!r}, but no zone names it in {column}; name it or change the role"
                yield Problem("region.role_disagrees", "metering_points.csv", row, "role", message)
            elif not _nested(region, zones):
                message = (
                    f"{name!r} stands in {column} of {' and '.join(repr(z) for z in zones)}, its water would count "
                    "twice; keep the one it serves (a zone and the zones around it may share it)"
                )
                yield Problem("region.point_in_two_zones", "metering_points.csv", row, "point", message)


def _named(region: Region, column: str) -> dict[str, list[str]]:
    result: dict[str, list[str]] = {}
    for zone in region.zones:
        for point in getattr(zone, column):
            names = result.setdefault(point, [])
            if zone.zone not in names:
                names.append(zone.zone)
    return result


def _nested(region: Region, zones: list[str]) -> bool:
    """Whether the zones lie one in another, or follow each other in time."""
    depth = {name: _ancestors(region, region.zone[name]) for name in zones}
    ordered = sorted(zones, key=lambda name: len(depth[name]))
    inside = all(outer in depth[inner] for outer, inner in pairwise(ordered))
    return inside or not any(valid_together(region.zone[a], region.zone[b]) for a in zones for b in zones if a < b)


def _tanks(region: Region) -> Iterator[Problem]:
    for row, item in enumerate(region.reservoirs, start=1):
        if item.kind == "tank" and not item.zone and not item.municipality:
            message = f"tank {item.reservoir!r} lies in no zone and no town, its filling can't be balanced; name one"
            yield Problem("region.tank_without_zone", "reservoirs.toml", row, "zone", message)
        point = region.point.get(item.level_point)
        if not item.level_point:
            message = f"{item.reservoir!r} has no level point; name the metering point whose level is read"
            yield Problem("region.reservoir_without_level", "reservoirs.toml", row, "level_point", message)
        elif point and point.role not in ("tank", "reservoir"):
            message = (
                f"{point.point!r} has role {point.role!r}, but is the level point of {item.reservoir!r}; "
                "make it tank or reservoir"
            )
            yield Problem("region.role_disagrees", "reservoirs.toml", row, "level_point", message)
