"""By which dialect and topic each device reports: the rules of `sources.toml`, read from the sender's side."""

from __future__ import annotations

from typing import NamedTuple

from models.registry import Device, MeteringPoint, Region, Source

_NO_STATIONS = ("wmbusmeters",)
_CATCHMENT = {"dam_station": ("povodi-ohre", "thingsboard"), "weather_station": ("meteo", "number")}


class Route(NamedTuple):
    """A dialect and the topic under which a device or its gateway publishes."""

    dialect: str
    base: str


def route(region: Region, device: Device, point: MeteringPoint) -> Route:
    """The route of a device at a point: its town's first rule that can carry such a device."""
    if device.kind in _CATCHMENT:
        base, dialect = _CATCHMENT[device.kind]
        rule = next((item for item in region.sources if _base(item) == base), None)
        return Route(rule.dialect if rule else dialect, base)
    for source in region.sources:
        if source.municipality == point.municipality and source.dialect not in ("", "auto"):
            if device.kind == "tank_station" and source.dialect in _NO_STATIONS:
                continue
            return Route(source.dialect, _base(source))
    return Route("smartvoda", f"voda/{point.municipality}")


def _base(source: Source) -> str:
    return source.topic_filter.removesuffix("/#")
