"""All registered devices with where they hang and when they were last heard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.visit import Rooms
from models.quantity import QUANTITIES
from models.records import NewDevice
from models.registry import Device, Region

FEW = 20
SILENT = timedelta(hours=26)
"""A device that has sent nothing for longer is silent: many meters report once a day."""


@dataclass(frozen=True)
class DeviceRow:
    """A device in the list."""

    device: Device
    point: str
    zone: str
    zone_name: str
    town: str
    last: datetime | None
    silent: bool


def last_heard(rooms: Rooms, names: list[str], seen: Sequence[NewDevice] | None = None) -> dict[str, datetime]:
    """When each device was last heard: what ingest saw, else its newest reading (imported history)."""
    wanted = set(names)
    known = rooms.records.seen_devices() if seen is None else seen
    heard = {found.device: found.last_seen for found in known if found.device in wanted}
    unheard = [name for name in names if name not in heard]
    if unheard:
        # Few are asked for one by one; of many, all newest readings at once are quicker.
        keys = [(name, quantity) for name in unheard for quantity in QUANTITIES] if len(unheard) < FEW else None
        for (device, _), reading in rooms.store.last(keys).items():
            if device in wanted:
                heard[device] = max(heard.get(device, reading.time), reading.time)
    return heard


def devices_view(rooms: Rooms, region: Region, now: datetime) -> list[DeviceRow]:
    """Every registered device, silent ones first, then by town and zone."""
    heard = last_heard(rooms, [device.device for device in region.devices])
    rows = []
    for device in region.devices:
        point = region.point_of(device.device, now)
        zone = region.zone.get(point.zone) if point is not None else None
        town = region.municipality.get(point.municipality) if point is not None else None
        last = heard.get(device.device)
        rows.append(
            DeviceRow(
                device=device,
                point=point.point if point is not None else "",
                zone=zone.zone if zone is not None else "",
                zone_name=zone.name if zone is not None else "",
                town=town.name if town is not None else "",
                last=last,
                silent=point is not None and (last is None or now - last > SILENT),
            )
        )
    return sorted(rows, key=lambda row: (not row.silent, row.town, row.zone_name, row.point))
