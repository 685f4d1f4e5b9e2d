"""A made-up region of any number of hourly meters, and their registers, for measuring analysis."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np

from models.reading import Series, to_ms
from models.registry import Assignment, Device, MeteringPoint, Municipality, Region, Zone

METERS_OF_ZONE = 500
ZONES_OF_TOWN = 8
SINCE = datetime(2024, 1, 1, tzinfo=UTC)
HOUR_MS = 3_600_000


def region(meters: int) -> Region:
    """Towns of eight zones of 500 household meters with one inflow meter each."""
    zones, points, devices = list[Zone](), list[MeteringPoint](), list[Device]()
    count = -(-meters // METERS_OF_ZONE)
    for number in range(count):
        zone, town = f"z{number:04d}", _town(number)
        here = min(METERS_OF_ZONE, meters - number * METERS_OF_ZONE)
        inflow = f"{zone}-in"
        zones.append(Zone(zone, zone, "", town, 10.0, here, 2.0, here, 2 * here, 45.0, "", "", 1.0, (inflow,), ()))
        points.append(MeteringPoint(inflow, town, zone, "inflow"))
        devices.append(Device(inflow, "flow_meter", "mag", 150, 250.0, 160.0, register_digits=9, litres_per_pulse=10))
        for place in range(here):
            point = meter(number * METERS_OF_ZONE + place)
            points.append(MeteringPoint(point, town, zone, "household", dwellings=1))
            devices.append(Device(point, "water_meter", "iperl", 20, 2.5, 160.0, register_digits=5, litres_per_pulse=1))
    towns = dict.fromkeys(_town(number) for number in range(count))
    return Region(
        "Bench", ("cs",), "Europe/Prague", False, "CZK",
        municipalities=tuple(Municipality(town, town, 20_000, 20_000, 50.6, 14.0) for town in towns),
        zones=tuple(zones), points=tuple(points), devices=tuple(devices),
        assignments=tuple(Assignment(item.device, item.device, SINCE) for item in devices),
    )  # fmt: skip


def meter(number: int) -> str:
    """The name of a household meter and its point."""
    return f"m{number:06d}"


def _town(zone: int) -> str:
    return f"t{zone // ZONES_OF_TOWN:03d}"


def registers(of: Region, start: datetime, hours: int) -> Iterator[Series]:
    """Every meter's register at each whole hour of [start, start + hours], in order of device."""
    rng = np.random.default_rng(7)
    time_ms = to_ms(start) + HOUR_MS * np.arange(hours + 1, dtype=np.int64)
    local = (np.arange(hours + 1) + 1) % 24
    shape = np.where((local > 5) & (local < 23), 1.3, 0.25)
    in_zone = {item.zone: item.connections for item in of.zones}
    zone_of = {item.point: item.zone for item in of.points if item.role == "inflow"}
    good = np.ones(1, np.int8)
    for device in sorted(of.devices, key=lambda item: item.device):
        zone = zone_of.get(device.device)
        mean = 0.012 * (in_zone[zone] * 1.2 if zone else 1.0)
        used = rng.gamma(0.5 if zone is None else 50.0, 1.0, hours + 1)
        volume = used / used.mean() * mean * shape
        yield Series(device.device, "volume_m3", time_ms, np.round(100.0 + np.cumsum(volume), 3), good, "bench")


def day_start() -> datetime:
    """The beginning of the day that is measured: a plain one of 24 hours."""
    return datetime(2026, 5, 12, tzinfo=UTC) - timedelta(hours=2)
