"""Who is touched by whom: from a device to its points, zones, municipality; from a place to what watches it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from models.areas import Areas
from models.boundary import Boundary, boundary, zones_inside
from models.registry import Region
from models.rollup import Level

NETWORK_ROLES = frozenset({"inflow", "outflow", "transfer", "pressure", "tank", "reservoir"})
BORDER_ROLES = frozenset({"inflow", "outflow", "transfer"})
CUSTOMER_ROLES = frozenset({"household", "other", "own_use"})
IMPORTANT_ROLES = frozenset({"inflow", "outflow", "transfer", "tank"})


class Station(NamedTuple):
    """Devices that fall silent together: the channels of one logger, or a single sensor.

    point : the place that stands for it; devices : its channels now
    """

    point: str
    devices: tuple[str, ...]
    important: bool


class Topology:
    """The relations of a region that analysis follows. Rebuilt with every version of the registry."""

    def __init__(self, region: Region, now: datetime) -> None:
        self.region = region
        self.now = now

    @cached_property
    def zones(self) -> list[str]:
        """Zones with a metered inflow."""
        return [zone.zone for zone in self.region.zones if zone.inflows]

    @cached_property
    def areas(self) -> list[tuple[Level, str]]:
        """Zones, municipalities that have zones, and the region, from the inside out."""
        towns = [item.code for item in self.region.municipalities if item.code in self.region.zones_of_municipality]
        inner_first = sorted(self.region.zone, key=lambda zone: -len(self.and_around(zone)))
        zones: list[tuple[Level, str]] = [("zone", zone) for zone in inner_first]
        return [*zones, *(("municipality", town) for town in towns), ("region", self.region.name)]

    def boundary(self, level: Level, subject: str, moment: datetime | None = None) -> Boundary:
        """The outer boundary of a zone, municipality or the region."""
        return boundary(self.region, level, subject, moment or self.now)

    def points_of(self, device: str) -> list[str]:
        """Points at which a device hangs or hung."""
        found = (item.point for item in self.region.assignments_of_device.get(device, ()))
        return list(dict.fromkeys(point for point in found if point in self.region.point))

    def devices_of(self, point: str) -> list[str]:
        """Devices that hang or hung at a point."""
        return list(dict.fromkeys(item.device for item in self.region.assignments_of_point.get(point, ())))

    def devices_now(self, point: str) -> list[str]:
        """Devices that hang at a point now."""
        return [item.device for item in self.region.assignments_of_point.get(point, ()) if item.covers(self.now)]

    @cached_property
    def _areas(self) -> Areas:
        return Areas(self.region)

    def zones_of(self, point: str) -> list[str]:
        """Zones whose figures a point has a part in, the zones around them included."""
        return self._areas.zones_of(point)

    def and_around(self, zone: str) -> list[str]:
        """A zone and the zones that it lies in, from the inside out."""
        return self._areas.and_around(zone)

    def municipality_of(self, zone: str) -> str:
        """The municipality of a zone."""
        return self.region.zone[zone].municipality

    def zones_in(self, level: Level, subject: str) -> list[str]:
        """The zones of an area, those inside them included."""
        return sorted(zones_inside(self.region, level, subject, self.now)[1])

    def customers(self, zone: str) -> list[str]:
        """Customer and own-use points that lie in a zone, not in one inside it."""
        return [item.point for item in self.region.points_of_zone.get(zone, ()) if item.role in CUSTOMER_ROLES]

    def border_points(self, zone: str) -> list[str]:
        """Points that lie in a zone and through which water flows in or out of it."""
        return [item.point for item in self.region.points_of_zone.get(zone, ()) if item.role in BORDER_ROLES]

    def customers_inside(self, zone: str) -> list[str]:
        """Customer and own-use points of a zone and of the zones inside it: what its sums are made of."""
        return [point for inner in self.zones_in("zone", zone) for point in self.customers(inner)]

    def boundary_devices(self, zone: str) -> set[str]:
        """Devices whose readings make a zone's net inflow."""
        around = self.boundary("zone", zone)
        points = [*around.inflows, *around.outflows, *(tank.level_point for tank in around.tanks)]
        return {device for point in points for device in self.devices_of(point)}

    @cached_property
    def zones_by_boundary_device(self) -> dict[str, list[str]]:
        """Zones by the devices whose readings make their net inflow."""
        return _inverted((zone, self.boundary_devices(zone)) for zone in self.zones)

    @cached_property
    def tanks_by_device(self) -> dict[str, list[str]]:
        """Tanks by their level sensors."""
        tanks = (item for item in self.region.reservoirs if item.kind == "tank" and item.level_point)
        return _inverted((tank.reservoir, self.devices_of(tank.level_point)) for tank in tanks)

    @cached_property
    def pressures_by_device(self) -> dict[str, list[str]]:
        """Pressure points by their sensors."""
        points = (item.point for item in self.region.points if item.role == "pressure")
        return _inverted((point, self.devices_of(point)) for point in points)

    @cached_property
    def zones_by_average_device(self) -> dict[str, list[str]]:
        """Zones by the pressure sensors at their average point."""
        return _inverted((zone.zone, self.devices_of(zone.azp_point)) for zone in self.region.zones if zone.azp_point)

    @cached_property
    def stations(self) -> dict[str, Station]:
        """Stations of the network by the point that stands for each."""
        grouped: dict[str, list[tuple[str, str]]] = {}
        for item in self.region.points:
            if item.role in NETWORK_ROLES:
                for device in self.devices_now(item.point):
                    grouped.setdefault(device.partition("#")[0], []).append((item.point, device))
        found = {}
        for channels in grouped.values():
            point = min(name for name, _ in channels)
            important = any(self.region.point[name].role in IMPORTANT_ROLES for name, _ in channels)
            found[point] = Station(point, tuple(device for _, device in channels), important)
        return found

    @cached_property
    def stations_by_device(self) -> dict[str, list[str]]:
        """The point that stands for each device's station."""
        return _inverted((point, station.devices) for point, station in self.stations.items())


def _inverted(pairs: Iterable[tuple[str, Iterable[str]]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for subject, devices in pairs:
        for device in devices:
            found.setdefault(device, []).append(subject)
    return found
