"""Whose figures a point, a zone or a name has a part in, at any time: zones around it, towns, the region."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from models.registry import Region
from models.rollup import Level

Area = tuple[Level, str]


class Areas:
    """The areas of a region by what lies in them. Of rows that hold one after the other all count."""

    def __init__(self, region: Region) -> None:
        self.region = region

    @cached_property
    def _parents(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for row in self.region.zones:
            parents = found.setdefault(row.zone, [])
            if row.parent and row.parent not in parents:
                parents.append(row.parent)
        return found

    @cached_property
    def _towns(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for row in self.region.zones:
            towns = found.setdefault(row.zone, [])
            if row.municipality not in towns:
                towns.append(row.municipality)
        return found

    @cached_property
    def _zones_of_point(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for item in self.region.points:
            if item.zone:
                found.setdefault(item.point, []).append(item.zone)
        for zone in self.region.zones:
            for point in (*zone.inflows, *zone.outflows):
                found.setdefault(point, []).append(zone.zone)
        for tank in self.region.reservoirs:
            if tank.zone:
                found.setdefault(tank.level_point, []).append(tank.zone)
        return {point: list(dict.fromkeys(zones)) for point, zones in found.items()}

    def and_around(self, zone: str) -> list[str]:
        """A zone and the zones that it lies in, from the inside out."""
        found = [zone]
        for name in found:
            found += [
                parent for parent in self._parents.get(name, ()) if parent in self._parents and parent not in found
            ]
        return found

    def zones_of(self, point: str) -> list[str]:
        """Zones whose figures a point has a part in, the zones around them included."""
        inner = [zone for zone in self._zones_of_point.get(point, ()) if zone in self._parents]
        return list(dict.fromkeys(found for zone in inner for found in self.and_around(zone)))

    def of_zones(self, zones: Iterable[str]) -> list[Area]:
        """Zones with the zones around them, their towns, and the region; nothing of no zone."""
        known = [zone for zone in zones if zone in self._parents]
        around = list(dict.fromkeys(found for zone in known for found in self.and_around(zone)))
        towns = list(dict.fromkeys(town for zone in around for town in self._towns[zone]))
        if not around:
            return []
        found: list[Area] = [("zone", zone) for zone in around]
        return [*found, *(("municipality", town) for town in towns), ("region", self.region.name)]

    def of_point(self, point: str) -> list[Area]:
        """Areas whose water a point measures or takes."""
        return self.of_zones(self.zones_of(point))

    def of_town(self, town: str) -> list[Area]:
        """A town and the region."""
        return [("municipality", town), ("region", self.region.name)]

    def of_name(self, subject: str) -> list[Area]:
        """Areas that a setting under a name holds for: a zone and those around it, a town with its zones, or all."""
        if subject in self._parents:
            return self.of_zones([subject])
        inside = [zone for zone, towns in self._towns.items() if subject in towns]
        if inside or subject in self.region.municipality:
            return list(dict.fromkeys([*self.of_zones(inside), *self.of_town(subject)]))
        return self.every if subject == self.region.name else []

    @property
    def every(self) -> list[Area]:
        """All zones, all towns, the region."""
        towns = [area for town in self.region.municipality for area in self.of_town(town)]
        return list(dict.fromkeys([*self.of_zones(self._parents), *towns]))
