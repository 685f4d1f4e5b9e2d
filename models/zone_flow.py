"""Net inflow of a zone, town or region at its own outer boundary: inflows − outflows − rise of tanks inside.

Source of the balance of a district with storage: Farley and Trow, Losses in Water Distribution Networks, IWA 2003,
chapter 6 (inflow, outflow and change of service reservoirs within the district).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.averages import bridged
from models.boundary import Boundary, boundary
from models.calendar import HOUR_MS, Edges
from models.consumption import (
    FLOW_FIRST,
    LONGEST_IN_HOURS_MS,
    RETURNED,
    Data,
    Volumes,
    keys_of_points,
    nothing,
    point_volumes,
)
from models.quality import Quality
from models.reading import Series, from_ms, to_ms
from models.register import usable
from models.register_limits import at_times
from models.registry import Region, Reservoir
from models.reservoir import storage_m3

__all__ = ["Boundary", "boundary", "keys", "net_inflow_series", "net_volumes", "tank_storage_m3"]

Floats = npt.NDArray[np.float64]

TANK_WINDOW_S = 1800
"""A level is read to the centimetre: over five minutes that is many m³/h of noise, over half an hour little."""
STEP_COVERAGE = 0.5
"""A raw step with less of any point's data is none."""
LEVELS = ("level_m", "stage_m")


def keys(region: Region, around: Boundary, start: datetime, end: datetime) -> list[tuple[str, str]]:
    """(device, quantity) keys whose series net inflow in [start, end) needs."""
    points = [*around.inflows, *around.outflows]
    found = keys_of_points(region, points, start, end)
    found += [(item.device, *RETURNED) for point in points for item in region.devices_at(point, start, end)]
    for tank in around.tanks:
        found += [(item.device, name) for item in region.devices_at(tank.level_point, start, end) for name in LEVELS]
    return found


def net_inflow_series(
    region: Region, around: Boundary, data: Data, start: datetime, end: datetime, step_s: int = 300
) -> Series:
    """Net inflow at raw steps: quantity net_inflow_m3h, device = the subject, mean of the step, stamped at its end.

    Steps in (start, end] on a grid of whole steps; NaN where a point has no data. Flow is preferred to registers,
    whose pulses are coarse at raw steps; a register read after a silence of hours says nothing of the steps in it.
    Where tanks lie inside, each step is a trailing mean of half an hour.
    """
    return net_inflow_with_meters(region, around, data, start, end, step_s)[0]


class MeterSteps(NamedTuple):
    """Volumes through each meter of a boundary at the steps of net inflow (of a tank: its rise), steps × meters.

    points : metering points, the inflows first; sign : 1 for inflows, −1 for outflows and tanks
    end_ms : ends of the steps, one shared length; volume_m3 : NaN where there is none
    """

    points: tuple[str, ...]
    sign: tuple[float, ...]
    end_ms: Edges
    volume_m3: Floats


def net_inflow_with_meters(
    region: Region, around: Boundary, data: Data, start: datetime, end: datetime, step_s: int = 300
) -> tuple[Series, MeterSteps]:
    """`net_inflow_series`, and what went through each of its meters: what one errs by depends on all of that."""
    step_ms = step_s * 1000
    window = max(1, TANK_WINDOW_S // step_s) if around.tanks else 1
    first, last = to_ms(start) // step_ms, to_ms(end) // step_ms
    edges = np.arange(first - window + 1, last + 1, dtype=np.int64) * step_ms
    if last <= first:
        return _series(around, edges[:0], np.empty(0)), MeterSteps((), (), edges[:0], np.empty((0, 0)))
    parts: list[tuple[str, float, Floats]] = []
    found = _net(region, around, data, edges, LONGEST_IN_HOURS_MS, True, parts)
    volume = np.where(found.coverage >= STEP_COVERAGE, found.volume_m3, np.nan)
    if window > 1:
        volume = np.convolve(volume, np.full(window, 1 / window), mode="valid")
    meters = MeterSteps(
        tuple(point for point, _, _ in parts),
        tuple(sign for _, sign, _ in parts),
        edges[1:],
        np.stack([part for _, _, part in parts], axis=1) if parts else np.empty((edges.size - 1, 0)),
    )
    return _series(around, edges[window:], volume / (step_ms / HOUR_MS)), meters


def blur_ms(around: Boundary, step_s: int = 300) -> int:
    """How far before its middle, and after, a step of `net_inflow_series` looks beyond itself; 0 without tanks."""
    window = max(1, TANK_WINDOW_S // step_s) if around.tanks else 1
    return (window - 1) * step_s * 1000 // 2


def centred(net: Series, around: Boundary, step_s: int = 300) -> Series:
    """Steps of `net_inflow_series` stamped as if their trailing mean were one around the step's own middle.

    At the live edge a mean can only trail; a night that has passed is known on both sides.
    """
    return net._replace(time_ms=net.time_ms - blur_ms(around, step_s))


def _series(around: Boundary, time_ms: Edges, value: Floats) -> Series:
    quality = np.where(np.isnan(value), int(Quality.MISSING), int(Quality.GOOD)).astype(np.int8)
    return Series(around.subject, "net_inflow_m3h", time_ms, value, quality)


def net_volumes(
    region: Region, around: Boundary, data: Data, edges_ms: Edges, longest_ms: int | None = None
) -> Volumes:
    """Net volume of adjoining periods, registers preferred; coverage is that of the least covered point.

    Where a point is covered in part, its mean flow stands for the rest of the period; NaN where it is not covered.
    """
    return _net(region, around, data, edges_ms, longest_ms, flow_first=False)


def _net(
    region: Region,
    around: Boundary,
    data: Data,
    edges_ms: Edges,
    longest_ms: int | None,
    flow_first: bool,
    parts: list[tuple[str, float, Floats]] | None = None,
) -> Volumes:
    if not around.inflows or edges_ms.size < 2:
        return nothing(edges_ms)
    n = edges_ms.size - 1
    total, coverage = np.zeros(n), np.ones(n)
    prorated, derived = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
    signed_points = [(1.0, point) for point in around.inflows] + [(-1.0, point) for point in around.outflows]
    order = FLOW_FIRST if flow_first else None
    for sign, point in signed_points:
        found = point_volumes(region, point, data, edges_ms, longest_ms, signed=True, order=order)
        with np.errstate(invalid="ignore", divide="ignore"):
            volume = found.volume_m3 / found.coverage
        total = total + sign * volume
        if parts is not None:
            parts.append((point, sign, volume))
        if not flow_first:
            total = total - sign * _returned(region, point, data, edges_ms, longest_ms)
        coverage = np.minimum(coverage, found.coverage)
        prorated |= found.prorated
        derived |= found.derived
    for tank in around.tanks:
        rise = np.diff(tank_storage_m3(region, tank, data, edges_ms))
        total = total - rise
        coverage = np.where(np.isnan(rise), 0.0, coverage)
        if parts is not None:
            parts.append((tank.level_point, -1.0, rise))
    return Volumes(edges_ms, np.where(coverage > 0, total, np.nan), coverage, prorated, derived)


def _returned(region: Region, point: str, data: Data, edges_ms: Edges, longest_ms: int | None) -> Floats:
    """What flowed back through meters that count it on a register of its own; a net register has taken it off."""
    second = {
        (device, quantity): series
        for (device, quantity), series in data.items()
        if quantity in RETURNED and device in region.device and region.device[device].register_kind == "forward"
    }
    if not second:
        return np.zeros(edges_ms.size - 1)
    found = point_volumes(region, point, second, edges_ms, longest_ms, order=RETURNED)
    return np.nan_to_num(found.volume_m3)


def tank_storage_m3(region: Region, tank: Reservoir, data: Data, at_ms: Edges) -> Floats:
    """Water in a tank at given times [m³], from its level and curve; NaN where no reading is near."""
    result = np.full(at_ms.size, np.nan)
    start, end = from_ms(int(at_ms[0])), from_ms(int(at_ms[-1])) + timedelta(milliseconds=1)
    for item in region.devices_at(tank.level_point, start, end):
        rows = region.rows_of_device.get(item.device, ())
        for quantity in LEVELS:
            series = data.get((item.device, quantity))
            if series is None:
                continue
            time, value = usable(series)
            if rows:
                which = at_times(rows, time)
                value = value * np.array([row.multiplier for row in rows])[which]
                value = value + np.array([row.mounting_height_m or 0.0 for row in rows])[which]
            here = (at_ms >= to_ms(item.start)) & (item.end is None or at_ms < to_ms(item.end))
            level = _level_at(time, value, at_ms)
            fill = here & np.isnan(result) & ~np.isnan(level)
            result[fill] = storage_m3(tank, level[fill])
    return result


def _level_at(time: Edges, value: Floats, at_ms: Edges) -> Floats:
    """The level between its neighbouring readings; NaN in a long gap and beyond the readings."""
    if time.size < 2:
        return np.full(at_ms.size, np.nan)
    level = np.interp(at_ms, time, value)
    i = np.clip(np.searchsorted(time, at_ms, side="right") - 1, 0, time.size - 2)
    near = bridged(time)[i] | np.isin(at_ms, time)
    return np.where(near & (at_ms >= time[0]) & (at_ms <= time[-1]), level, np.nan)
