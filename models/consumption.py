"""Consumption of any interval, hour or local day, of a device or of a metering point over its assignments.

Water between two readings is spread evenly over the time between them. The running total built that way is one
function of time, and the consumption of an interval is its difference between two ends: adjoining intervals add up,
and neither order of arrival nor batching can matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.calendar import HOUR_MS, Edges
from models.flow_volume import flow_increments, interval_increments
from models.increments import Increments, Step, clipped, filled, joined, known, running
from models.reading import Series, from_ms
from models.register import increments
from models.registry import Assignment, Region
from models.rollup import Period

Data = Mapping[tuple[str, str], Series]
"""Series by (device, quantity). They should reach CONTEXT_DAYS back before the span that is asked for."""

CONTEXT_DAYS = 35
"""How far back readings are needed so that a register's maximum before a reverse flow is known."""

LONGEST_IN_HOURS_MS = 3 * HOUR_MS
"""An increment over more time says too little of an hour to be shown as one; days and months take any."""

REGISTERS = ("volume_m3", "pulses")
QUANTITIES = (*REGISTERS, "interval_volume_m3", "flow_m3h")
"""What a volume is found from, the best first."""

RETURNED = ("reverse_volume_m3",)
"""A second register that counts only what flows back."""

FLOW_FIRST = ("flow_m3h", "interval_volume_m3", *REGISTERS)
"""The order at raw steps of some minutes, where a register's pulses are too coarse."""


class Volumes(NamedTuple):
    """Volumes of the periods between edges.

    volume_m3 : float64, NaN where coverage is 0
    coverage : float64, share of the period that known increments speak for, 0–1
    prorated : bool, an edge of the period fell between two readings
    derived : bool, (partly) integrated from flow because no register spoke
    """

    edges_ms: Edges
    volume_m3: npt.NDArray[np.float64]
    coverage: npt.NDArray[np.float64]
    prorated: npt.NDArray[np.bool_]
    derived: npt.NDArray[np.bool_]


def volumes(found: Increments, edges_ms: Edges, longest_ms: int | None = None) -> Volumes:
    """Volumes of adjoining periods; within an increment water is spread evenly.

    longest_ms : longer increments are not spread over periods (an hour says nothing of a month's reading)

    >>> found = Increments("1", np.array([0]), np.array([7_200_000]), np.array([3.0]), np.zeros(1, np.int8),
    ...     np.zeros(1), np.ones(1))
    >>> result = volumes(found, np.array([0, 3_600_000, 5_400_000, 9_000_000]))
    >>> result.volume_m3.tolist(), result.coverage.tolist(), result.prorated.tolist()
    ([1.5, 0.75, 0.75], [1.0, 1.0, 0.5], [True, True, True])
    """
    found = known(found, longest_ms)
    start, end = found.start_ms, found.end_ms
    if start.size == 0:
        return nothing(edges_ms)
    length = (end - start).astype(np.float64)
    total = running(found, found.volume_m3, edges_ms)
    covered = running(found, length, edges_ms)
    integrated = found.step == Step.DERIVED
    derived = np.zeros(edges_ms.size)
    if integrated.any():
        derived = running(found, np.where(integrated, length, 0.0), edges_ms)
    coverage = np.clip(np.diff(covered) / np.diff(edges_ms), 0.0, 1.0)
    inside = _between(edges_ms, start, end)
    return Volumes(
        edges_ms,
        np.where(coverage > 0, np.diff(total), np.nan),
        coverage,
        (inside[:-1] | inside[1:]) & (coverage > 0),
        np.diff(derived) > 0,
    )


def _between(edges_ms: Edges, start: Edges, end: Edges) -> npt.NDArray[np.bool_]:
    """Whether each edge lies truly inside an increment."""
    i = np.clip(np.searchsorted(start, edges_ms, side="right") - 1, 0, start.size - 1)
    result: npt.NDArray[np.bool_] = (edges_ms > start[i]) & (edges_ms < end[i])
    return result


def nothing(edges_ms: Edges) -> Volumes:
    """Periods of which nothing is known."""
    n = max(edges_ms.size - 1, 0)
    no = np.zeros(n, np.bool_)
    return Volumes(edges_ms, np.full(n, np.nan), np.zeros(n), no, no.copy())


def device_increments(
    region: Region,
    device: str,
    data: Data,
    longest_ms: int | None = None,
    signed: bool = False,
    order: Sequence[str] | None = None,
) -> Increments:
    """What a device's series say of its volumes: its register; where that says nothing, the next best source.

    Only known volumes; models.register.increments gives what is unresolved as well.
    """
    rows = region.rows_of_device.get(device, ())
    assignments = region.assignments_of_device.get(device, ())
    result = joined(device, [])
    for quantity in order or QUANTITIES:
        series = data.get((device, quantity))
        if series is None or series.time_ms.size == 0:
            continue
        if quantity in REGISTERS or quantity in RETURNED:
            found = increments(series, rows, assignments, signed=signed)
        elif quantity == "interval_volume_m3":
            found = interval_increments(series, rows)
        else:
            found = flow_increments(series, rows)
        result = filled(result, known(found, longest_ms))
    return result


def keys_of_devices(devices: Sequence[str]) -> list[tuple[str, str]]:
    """(device, quantity) keys that volumes of devices may need."""
    return [(device, quantity) for device in devices for quantity in QUANTITIES]


def keys_of_points(region: Region, points: Sequence[str], start: datetime, end: datetime) -> list[tuple[str, str]]:
    """(device, quantity) keys whose series the points' volumes in [start, end) need."""
    devices = [item.device for point in points for item in region.devices_at(point, start, end)]
    return keys_of_devices(list(dict.fromkeys(devices)))


def point_volumes(
    region: Region,
    point: str,
    data: Data,
    edges_ms: Edges,
    longest_ms: int | None = None,
    signed: bool = False,
    order: Sequence[str] | None = None,
) -> Volumes:
    """Volumes at a metering point, over the devices assigned to it one after another; from flow where no register.

    What a device measured outside its assignment does not count.
    signed : see models.register.increments; order : which quantities to believe first, QUANTITIES where not given
    """
    if edges_ms.size < 2:
        return nothing(edges_ms)
    start, end = from_ms(int(edges_ms[0])), from_ms(int(edges_ms[-1]))
    found = point_increments(region, point, data, start, end, longest_ms, signed, order)
    return _together([volumes(device, edges_ms) for device in found], edges_ms)


def point_increments(
    region: Region,
    point: str,
    data: Data,
    start: datetime,
    end: datetime,
    longest_ms: int | None = None,
    signed: bool = False,
    order: Sequence[str] | None = None,
) -> list[Increments]:
    """Known increments of each device that hung at a point in [start, end), inside its assignments."""
    hung: dict[str, list[Assignment]] = {}
    for item in region.devices_at(point, start, end):
        hung.setdefault(item.device, []).append(item)
    return [
        clipped(device_increments(region, device, data, longest_ms, signed, order), spans)
        for device, spans in hung.items()
    ]


def _together(parts: Sequence[Volumes], edges_ms: Edges) -> Volumes:
    """Devices of one point that follow each other add up."""
    if len(parts) == 1:
        return parts[0]
    result = nothing(edges_ms)
    for part in parts:
        result = added(result, part)
    return result


def added(one: Volumes, other: Volumes) -> Volumes:
    """The sum of volumes of the same periods that do not overlap in time."""
    known = np.isfinite(one.volume_m3) | np.isfinite(other.volume_m3)
    return Volumes(
        one.edges_ms,
        np.where(known, np.nan_to_num(one.volume_m3) + np.nan_to_num(other.volume_m3), np.nan),
        np.minimum(one.coverage + other.coverage, 1.0),
        one.prorated | other.prorated,
        one.derived | other.derived,
    )


def longest_of(period: Period) -> int | None:
    """The longest increment that is spread over periods of this kind."""
    return LONGEST_IN_HOURS_MS if period == "hour" else None
