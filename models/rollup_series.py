"""Rollups as columns: what models.consumption, averages and zone_flow give one by one, for whole years at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from models.averages import averages
from models.boundary import Boundary
from models.calendar import HOUR_MS, Edges
from models.consumption import Data, Volumes, longest_of
from models.quantity import QUANTITIES
from models.reading import Series, from_ms, to_ms
from models.registry import Device, Region, Role
from models.rollup import Level, Period, Rollup, RollupSeries
from models.zone_flow import net_inflow_series, net_volumes

Floats = npt.NDArray[np.float64]

SUMS: dict[str, frozenset[Role]] = {
    "metered_m3": frozenset({"household", "other"}),
    "household_m3": frozenset({"household"}),
    "own_use_m3": frozenset({"own_use"}),
}
"""Sums of consumption over the points of these roles; metered are the remotely read customers."""


def scale_of(device: Device | None, quantity: str) -> tuple[float, float]:
    """Factor and offset that refer a device's value to the datum: its multiplier, and for heads its mounting height."""
    if device is None:
        return 1.0, 0.0
    is_head = QUANTITIES[quantity].kind == "level" or quantity == "pressure_m"
    return device.multiplier, (device.mounting_height_m or 0.0) if is_head else 0.0


def of_volumes(level: Level, subject: str, period: Period, quantity: str, found: Volumes) -> RollupSeries:
    """Volumes as rollups, NaN where nothing covers the period."""
    value = np.where(found.coverage > 0, np.round(found.volume_m3, 8), np.nan)
    nothing = np.broadcast_to(np.nan, value.shape)
    coverage = np.round(found.coverage, 6)
    return RollupSeries(level, subject, period, quantity, found.edges_ms[:-1], value, nothing, nothing, coverage)


def of_averages(
    level: Level, subject: str, period: Period, series: Series, edges_ms: Edges, factor: float, offset: float
) -> RollupSeries:
    """Means, extremes and coverage of a rate, level, measure or state; sums of interval values."""
    found = averages(series, edges_ms)
    ends = np.sort(np.stack([found.minimum * factor + offset, found.maximum * factor + offset]), axis=0)
    return RollupSeries(
        level,
        subject,
        period,
        series.quantity,
        edges_ms[:-1],
        np.where(found.coverage > 0, np.round(found.mean * factor + offset, 9), np.nan),
        np.round(ends[0], 9),
        np.round(ends[1], 9),
        np.round(found.coverage, 6),
    )


def net_inflow_steps(region: Region, around: Boundary, data: Data, start_ms: int, end_ms: int) -> Series:
    """Raw steps of net inflow from the first flow on; before it, where registers alone speak, there are none."""
    return net_inflow_series(region, around, data, from_ms(max(start_ms, _first_flow_ms(data))), from_ms(end_ms))


def of_net_inflow(
    region: Region, around: Boundary, data: Data, raw: Series, period: Period, edges_ms: Edges
) -> RollupSeries:
    """net_inflow_m3h: value from registers where there are some, minimum and maximum from raw steps."""
    found = net_volumes(region, around, data, edges_ms, longest_of(period))
    # Steps are stamped at their end: the one stamped at an edge belongs to the period before.
    bounds = np.searchsorted(raw.time_ms, edges_ms, side="right")
    value = found.volume_m3 / (np.diff(edges_ms) / HOUR_MS)
    return RollupSeries(
        around.level,
        around.subject,
        period,
        "net_inflow_m3h",
        edges_ms[:-1],
        np.round(value, 8),
        np.round(_extremes(np.fmin, raw.value, bounds), 8),
        np.round(_extremes(np.fmax, raw.value, bounds), 8),
        np.round(found.coverage, 6),
    )


def _first_flow_ms(data: Data) -> int:
    """The first reading of a flow, or the first reading of all where none is."""
    flows = [int(series.time_ms[0]) for (_, quantity), series in data.items() if quantity == "flow_m3h"]
    every = [int(series.time_ms[0]) for series in data.values()]
    return min(flows or every, default=0)


def _extremes(function: np.ufunc, values: Floats, bounds: npt.NDArray[np.int64]) -> Floats:
    """function over values[bounds[i] : bounds[i + 1]] for each i, NaN where that is empty."""
    result = np.full(bounds.size - 1, np.nan)
    filled = np.flatnonzero(bounds[1:] > bounds[:-1])
    if filled.size:
        reduced = function.reduceat(values[: bounds[-1]], bounds[filled])
        result[filled] = reduced
    return result


def of_sum(
    level: Level,
    subject: str,
    quantity: str,
    edges_ms: Edges,
    period: Period,
    parts: Sequence[RollupSeries],
    whole: int,
) -> RollupSeries:
    """A sum over parts that have the same periods; coverage is their mean over the `whole` number there should be."""
    volume, coverage = np.zeros(edges_ms.size - 1), np.zeros(edges_ms.size - 1)
    for part in parts:
        volume += np.nan_to_num(part.value)
        coverage += part.coverage
    coverage = np.minimum(1.0, np.round(coverage / max(whole, 1), 6))
    nothing = np.broadcast_to(np.nan, volume.shape)
    value = np.where(coverage > 0, np.round(volume, 8), np.nan)
    return RollupSeries(level, subject, period, quantity, edges_ms[:-1], value, nothing, nothing, coverage)


def of_parts(level: Level, subject: str, parts: Sequence[RollupSeries]) -> RollupSeries:
    """Net inflow of an area as the sum over its outermost zones, where all are known: transfers inside cancel.

    A quick stand-in for the area's own boundary, which also knows it where a transfer's meter is silent.
    """
    value = np.round(np.sum([part.value for part in parts], axis=0), 8)
    coverage = np.where(np.isnan(value), 0.0, np.min([part.coverage for part in parts], axis=0))
    nothing = np.broadcast_to(np.nan, value.shape)
    first = parts[0]
    return RollupSeries(level, subject, first.period, first.quantity, first.time_ms, value, nothing, nothing, coverage)


def on_edges(rows: Sequence[Rollup], edges_ms: Edges) -> RollupSeries:
    """Rollups of one subject as columns on given periods; a period without one has coverage 0."""
    size = edges_ms.size - 1
    value, minimum, maximum = (np.full(size, np.nan) for _ in range(3))
    coverage = np.zeros(size)
    places = np.searchsorted(edges_ms, [to_ms(row.time) for row in rows])
    for place, row in zip(places.tolist(), rows, strict=True):
        if place < size and edges_ms[place] == to_ms(row.time):
            for column, number in ((value, row.value), (minimum, row.minimum), (maximum, row.maximum)):
                column[place] = np.nan if number is None else number
            coverage[place] = row.coverage
    first = rows[0]
    key = (first.level, first.subject, first.period, first.quantity)
    return RollupSeries(*key, edges_ms[:-1], value, minimum, maximum, coverage)


def no_readings(device: str, quantity: str) -> Series:
    """A series without readings."""
    return Series(device, quantity, np.empty(0, np.int64), np.empty(0), np.empty(0, np.int8))
