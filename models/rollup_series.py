"""Rollups as columns: what models.consumption, averages and zone_flow give one by one, for whole years at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.account import Account
from models.averages import averages
from models.boundary import Boundary
from models.calendar import HOUR_MS, Edges
from models.consumption import Data, Volumes, longest_of
from models.meter_error import Z95, bias_group, interval_of, relative_sd
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


def of_account(level: Level, subject: str, period: Period, quantity: str, found: Account) -> RollupSeries:
    """Volumes with their 95 % interval and estimated share."""
    series = of_volumes(level, subject, period, quantity, found.volumes)
    lower, upper = found.interval
    return series._replace(
        minimum=np.where(series.coverage > 0, np.round(lower, 8), np.nan),
        maximum=np.where(series.coverage > 0, np.round(upper, 8), np.nan),
        estimated=np.round(found.estimated, 6),
    )


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


class MeterErrors(NamedTuple):
    """What the meter of a part has in common with others: its group and relative standard deviation."""

    group: str
    relative_sd: float


def meter_errors(region: Region, point: str, at_ms: int) -> MeterErrors:
    """Those of the meter that hung at a point at a time, or last before it."""
    hung = [item for item in region.assignments_of_point.get(point, ()) if to_ms(item.start) <= at_ms]
    rows = region.rows_of_device.get(hung[-1].device, ()) if hung else ()
    return MeterErrors(bias_group(rows[-1] if rows else None), float(relative_sd(rows, np.array([at_ms]))[0]))


def of_sum(
    level: Level,
    subject: str,
    quantity: str,
    edges_ms: Edges,
    period: Period,
    parts: Sequence[RollupSeries],
    whole: int,
    errors: Sequence[MeterErrors] | None = None,
) -> RollupSeries:
    """A sum over parts that have the same periods; coverage is their mean over the `whole` number there should be.

    errors : of each part's meter: what meters of a group have in common adds, the rest as squares. Without (sums of
        sums) all is taken to err together, which is never too sure
    """
    size = edges_ms.size - 1
    volume, coverage, estimated, rest = (np.zeros(size) for _ in range(4))
    common: dict[str, Floats] = {}
    for part, error in zip(parts, errors or [MeterErrors("", np.inf)] * len(parts), strict=True):
        amount = np.nan_to_num(part.value)
        volume += amount
        coverage += part.coverage
        estimated += np.abs(amount) * part.estimated
        # A lower bound may be cut at nothing: the upper one tells the whole.
        whole_sd = np.nan_to_num(part.maximum - amount) / Z95
        bias = np.fmin(np.abs(amount) * error.relative_sd if np.isfinite(error.relative_sd) else whole_sd, whole_sd)
        common[error.group] = common.get(error.group, 0.0) + bias
        rest += whole_sd**2 - bias**2
    coverage = np.minimum(1.0, np.round(coverage / max(whole, 1), 6))
    lower, upper = interval_of(volume, np.sqrt(np.maximum(rest, 0.0) + sum(bias**2 for bias in common.values())))
    share = np.zeros(size)
    np.divide(estimated, volume, out=share, where=volume > 0)
    share[(coverage <= 0) | (share < 0)] = 0.0
    share[share > 1] = 1.0
    seen = coverage > 0
    value, minimum, maximum = (np.where(seen, np.round(column, 8), np.nan) for column in (volume, lower, upper))
    return RollupSeries(
        level, subject, period, quantity, edges_ms[:-1], value, minimum, maximum, coverage, estimated=np.round(share, 6)
    )


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
    coverage, estimated = np.zeros(size), np.zeros(size)
    places = np.searchsorted(edges_ms, [to_ms(row.time) for row in rows])
    for place, row in zip(places.tolist(), rows, strict=True):
        if place < size and edges_ms[place] == to_ms(row.time):
            for column, number in ((value, row.value), (minimum, row.minimum), (maximum, row.maximum)):
                column[place] = np.nan if number is None else number
            coverage[place], estimated[place] = row.coverage, row.estimated
    first = rows[0]
    key = (first.level, first.subject, first.period, first.quantity)
    return RollupSeries(*key, edges_ms[:-1], value, minimum, maximum, coverage, estimated)


def no_readings(device: str, quantity: str) -> Series:
    """A series without readings."""
    return Series(device, quantity, np.empty(0, np.int64), np.empty(0), np.empty(0, np.int8))
