"""Two counters that answer in turn for one meter: around an exchange, or where a radio module hears its neighbour.

A jump that no meter makes begins a run of readings; where a later reading goes on from before the jump, the run between
was another counter's. Only one counter counts at a time, so nothing is added twice, and what the other one showed
meanwhile is in what the first one shows when it answers again.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from models.increments import Increments
from models.reading import Series
from models.register_limits import Limits

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Masks = npt.NDArray[np.bool_]

TURN_MS = 26 * 3_600_000
"""The first counter must answer again within so long; after that the jump was a change of meters."""

FALL = 0.1
"""Between two counters there is a fall of more than this, one way or the other."""
LEAST_RUN = 2
"""A lone reading is a spike: whoever follows readings looks two back anyway."""


def others_turns(time: Ints, value: Floats, limits: Limits, soft_ms: Ints, strange: Masks) -> Masks:
    """Readings of the counter that does not count.

    strange : steps from reading to reading that no meter makes; soft_ms : where an assignment says that a swap was

    >>> from models.register_limits import limits_of
    >>> from models.registry import Device
    >>> hours = np.arange(6, dtype=np.int64) * 3_600_000
    >>> value = np.array([207.7, 456.0, 456.1, 207.8, 207.9, 208.0])
    >>> limits = limits_of([Device("1", "water_meter", q3_m3h=2.5)], "volume_m3", hours)
    >>> strange = np.array([True, False, True, False, False])
    >>> others_turns(hours, value, limits, np.empty(0, np.int64), strange).tolist()
    [False, True, True, False, False, False]
    """
    result = np.zeros(value.size, np.bool_)
    jumps = np.flatnonzero(strange) + 1
    if jumps.size < 2:
        return result
    begins, ends = [0, *jumps.tolist()], [*jumps.tolist(), value.size]
    kept = [(begins[0], ends[0])]
    for begin, end in zip(begins[1:], ends[1:], strict=True):
        if len(kept) > 1 and not _goes_on(kept[-1][1] - 1, begin, value, limits):
            before = kept[-2][1] - 1
            soon = time[begin] - time[before] <= TURN_MS
            if soon and _goes_on(before, begin, value, limits) and not cut_between(time[before], time[begin], soft_ms):
                other = kept.pop()
                result[other[0] : other[1]] = True
        kept.append((begin, end))
    return result


def reaches_from_ms(series: Series, increments: Callable[[], Increments], start_ms: int) -> int:
    """Where the increment begins that reaches over a start as another counter's run was left out of it, else the start.

    While that run was the newest its own increments counted: the hours from there on have changed.
    increments : of the series, asked for only where it falls
    """
    recent = series.value[np.searchsorted(series.time_ms, start_ms - TURN_MS) :]
    if not (np.diff(recent) < -FALL).any():
        return start_ms
    found = increments()
    i = int(np.searchsorted(found.start_ms, start_ms)) - 1
    if i < 0 or found.end_ms[i] <= start_ms:
        return start_ms
    begin, end = int(found.start_ms[i]), int(found.end_ms[i])
    left_out = np.searchsorted(series.time_ms, end) - np.searchsorted(series.time_ms, begin, side="right")
    return begin if left_out >= LEAST_RUN else start_ms


def _goes_on(i: int, j: int, value: Floats, limits: Limits) -> bool:
    """Whether one counter could show both readings: a rise that can be believed, or a tremble."""
    across = float(value[j] - value[i])
    return -float(limits.dip[i]) <= across <= float(limits.rise[i:j].sum())


def cut_between(start_ms: int, end_ms: int, soft_ms: Ints) -> bool:
    """Whether an assignment says that a swap was between two times."""
    return bool(np.any((soft_ms > start_ms) & (soft_ms <= end_ms)))
