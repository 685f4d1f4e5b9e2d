"""Volumes where no register speaks: from volumes of intervals, and integrated from flow."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from models.increments import Increments, Step
from models.reading import Series
from models.register import usable
from models.register_limits import at_times
from models.registry import Device

Ints = npt.NDArray[np.int64]

HOLD_STEPS = 2
"""A mean flow speaks for at most so many of its steps where the one before it is missing."""


def own_step_ms(time: Ints, step_s: int | None = None) -> Ints:
    """The step each reading ends: `step_s`, or the shortest of the distances around it (a gap is not its step).

    Three before and one after it count: so lone readings between gaps have the step of those before the first gap, and
    a reading far away changes nothing.
    """
    if step_s is not None:
        return np.full(time.size, step_s * 1000, np.int64)
    if time.size < 2:
        return np.zeros(time.size, np.int64)
    gap = np.diff(time)
    before = np.concatenate([gap[:1], gap])
    shortest: Ints = np.minimum(before, np.concatenate([before[1:], before[-1:]]))
    shortest[2:] = np.minimum(shortest[2:], gap[:-1])
    shortest[3:] = np.minimum(shortest[3:], gap[:-2])
    return shortest


def interval_increments(series: Series, devices: Sequence[Device], step_s: int | None = None) -> Increments:
    """interval_volume_m3 as increments: each belongs to the interval that ends at its time.

    >>> hours = np.array([1, 2, 5], np.int64) * 3_600_000
    >>> series = Series("1", "interval_volume_m3", hours, np.array([0.1, 0.2, 0.3]), np.ones(1, np.int8))
    >>> found = interval_increments(series, [])
    >>> ((found.end_ms - found.start_ms) / 3.6e6).tolist(), found.volume_m3.tolist()
    ([1.0, 1.0, 1.0], [0.1, 0.2, 0.3])
    """
    time, value = usable(series)
    length = own_step_ms(time, step_s)
    return _increments(series.device, devices, time, value, length, np.ones(time.size), Step.PLAIN)


def flow_increments(series: Series, devices: Sequence[Device], step_s: int | None = None) -> Increments:
    """flow_m3h, a mean stamped at its step's end, integrated: V = q · Δt over at most two steps, marked DERIVED.

    >>> minutes = np.array([5, 10, 15, 40], np.int64) * 60_000
    >>> series = Series("1", "flow_m3h", minutes, np.array([12.0, 24.0, 12.0, 12.0]), np.ones(1, np.int8))
    >>> found = flow_increments(series, [], step_s=300)
    >>> np.round(found.volume_m3, 6).tolist()
    [1.0, 2.0, 1.0, 2.0]
    """
    time, value = usable(series)
    step = own_step_ms(time, step_s)
    gap = np.diff(time, prepend=time[:1] - step[:1])
    length = np.minimum(gap, HOLD_STEPS * step)
    return _increments(series.device, devices, time, value, length, length / 3.6e6, Step.DERIVED)


def _increments(
    device: str,
    devices: Sequence[Device],
    time: Ints,
    value: npt.NDArray[np.float64],
    length: Ints,
    weight: npt.NDArray[np.float64],
    step: Step,
) -> Increments:
    """Increments of `value · weight · multiplier` that end at each time and never reach back over the one before."""
    rows = devices or (Device("", ""),)
    factor = np.array([row.multiplier for row in rows])[at_times(rows, time)]
    begin = time - length
    begin[1:] = np.maximum(begin[1:], time[:-1])
    known = time > begin
    volume = (value * weight * factor)[known]
    blank = np.full(volume.size, np.nan)
    codes = np.full(volume.size, step, np.int8)
    return Increments(device, begin[known], time[known], volume, codes, blank, blank)
