"""Flow of a metering point, integrated, beside the register that hangs there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.visit import Rooms
from models.consumption import REGISTERS
from models.flow_register_check import RegisterCheck, register_check
from models.flow_volume import flow_increments
from models.increments import Increments
from models.meter_error import resolution_m3
from models.reading import Series
from models.register import increments
from models.registry import Region

CHECKED = timedelta(days=7)


@dataclass(frozen=True)
class FlowCheck:
    """A point whose flow is read.

    register : device whose register is compared, empty where none hangs there: the volume is derived and unchecked
    check : None where the last week has too little in common
    """

    point: str
    device: str
    register: str
    check: RegisterCheck | None


def flow_checks(rooms: Rooms, region: Region, points: Iterable[str], now: datetime) -> tuple[FlowCheck, ...]:
    """The check of each point that has a flow, over the last week."""
    return tuple(found for point in points if (found := _of_point(rooms, region, point, now)) is not None)


def _of_point(rooms: Rooms, region: Region, point: str, now: datetime) -> FlowCheck | None:
    devices = [item.device for item in region.assignments_of_point.get(point, ()) if item.covers(now)]
    keys = [(device, quantity) for device in devices for quantity in ("flow_m3h", *REGISTERS)]
    found = rooms.store.series(keys, now - CHECKED, now) if keys else []
    series = {key: one for key, one in zip(keys, found, strict=True) if one.time_ms.size > 1}
    flowing = next((device for device in devices if (device, "flow_m3h") in series), "")
    if not flowing:
        return None
    ordered = sorted(devices, key=lambda device: device != flowing)
    counted = next((key for device in ordered for key in _registers(device) if key in series), None)
    if counted is None:
        return FlowCheck(point, flowing, "", None)
    flow = flow_increments(series[flowing, "flow_m3h"], region.rows_of_device.get(flowing, ()))
    step = resolution_m3(region.device.get(counted[0]))
    register = _counted(region, series[counted])
    return FlowCheck(point, flowing, counted[0], register_check(flow, register, step, counted[0] == flowing))


def _registers(device: str) -> list[tuple[str, str]]:
    return [(device, quantity) for quantity in REGISTERS]


def _counted(region: Region, series: Series) -> Increments:
    rows = region.rows_of_device.get(series.device, ())
    return increments(series, rows, region.assignments_of_device.get(series.device, ()), signed=True)
