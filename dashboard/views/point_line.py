"""What hung at a point over a span, as one line: whichever device it was, by its multiplier and mounting height."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import numpy as np

from dashboard.views.inflow import EMPTY_LINE, Line
from models.reading import from_ms, to_ms
from models.registry import Device, Region
from models.store import Store

LEVELS = ("stage_m", "level_m")
"""What a level point's device may send, the one in the datum of the registry first."""
MOST_POINTS = 1000
"""More points than a wide chart has pixels say nothing more."""


def point_line(
    store: Store, region: Region, point: str, quantities: Sequence[str], start: datetime, end: datetime
) -> Line:
    """Values at a point in [start, end) of the first of the quantities that its device sends."""
    parts: list[Line] = []
    for assignment in region.devices_at(point, start, end) if point else ():
        first = max(start, assignment.start)
        last = end if assignment.end is None else min(end, assignment.end)
        found = store.series([(assignment.device, quantity) for quantity in quantities], first, last)
        series = next((item for item in found if len(item.time_ms)), None)
        if series is not None:
            device = region.device.get(assignment.device)
            value = referred(series.value, device) if series.quantity in LEVELS else scaled(series.value, device)
            parts.append(Line(series.time_ms, value))
    if not parts:
        return EMPTY_LINE
    return Line(np.concatenate([part.time_ms for part in parts]), np.concatenate([part.value for part in parts]))


def scaled(value: np.ndarray, device: Device | None) -> np.ndarray:
    """Values times the device's multiplier."""
    return value * (device.multiplier if device is not None else 1.0)


def referred(value: np.ndarray, device: Device | None) -> np.ndarray:
    """Levels referred to the datum by the height at which their sensor is mounted."""
    height = device.mounting_height_m if device is not None else None
    return scaled(value, device) + (height or 0.0)


def thinned(line: Line, mean: bool = False, most: int = MOST_POINTS) -> Line:
    """At most about `most` points: the last of each slot, or the slot's mean for what flows.

    A line that is short enough stays as it is. Slots without a value stay empty, so that gaps remain gaps.
    """
    known = ~np.isnan(line.value)
    times, values = line.time_ms[known], line.value[known]
    if len(times) <= most:
        return Line(times, values)
    slot_ms = (int(times[-1]) - int(times[0])) // most + 1
    slot = (times - times[0]) // slot_ms
    first = np.flatnonzero(np.diff(slot, prepend=slot[0] - 1))
    last = np.append(first[1:], len(times)) - 1
    if not mean:
        return Line(times[last], values[last])
    return Line(times[last], np.add.reduceat(values, first) / np.diff(np.append(first, len(times))))


def shifted(line: Line, length: timedelta) -> Line:
    """The line moved in time."""
    return Line(line.time_ms + length // timedelta(milliseconds=1), line.value)


def usual_gap_s(lines: Iterable[Line], least_s: float) -> float:
    """Age from which points are not joined or data have stopped: six times the usual step, at least `least_s`."""
    steps = [float(np.median(np.diff(line.time_ms))) / 1000 for line in lines if len(line.time_ms) > 2]
    return max(least_s, 6 * max(steps, default=0.0))


def at(line: Line, moment: datetime, within: timedelta) -> float | None:
    """The last value at or before a moment, not older than `within`."""
    known = np.flatnonzero(~np.isnan(line.value) & (line.time_ms <= to_ms(moment)))
    if len(known) == 0 or moment - from_ms(int(line.time_ms[known[-1]])) > within:
        return None
    return float(line.value[known[-1]])


def mean_since(line: Line, moment: datetime) -> float | None:
    """Mean of the values at or after a moment."""
    kept = line.value[(line.time_ms >= to_ms(moment)) & ~np.isnan(line.value)]
    return float(kept.mean()) if len(kept) else None
