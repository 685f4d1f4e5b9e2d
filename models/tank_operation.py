"""How a service tank is worked: time to full, overflow, exchange of its water, hours and starts of its pump, tariff."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.balance.inputs import settled
from models.reading import from_ms
from models.registry import Region, Reservoir
from models.reservoir import one_storage_m3

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

HOUR_MS = 3_600_000
CHEAP_FROM, CHEAP_TO = "cheap_tariff_from_h", "cheap_tariff_to_h"
"""Inputs of balance_inputs.csv: local hours between which energy is cheap; they may pass midnight."""
LONGEST_STATE_MS = 26 * HOUR_MS
"""A state of which nobody spoke for longer is not known: pumps that report changes only also report once a day."""
LONGEST_STEP_MS = 3 * HOUR_MS
"""Levels further apart say nothing of what lay between them."""


def hours_to_full(reservoir: Reservoir, level_m: float, net_inflow_m3h: float | None) -> float | None:
    """Hours until a tank is full at its present net inflow [h]; None where it does not fill, 0 where it is full.

    Hand-computed: 600 m³ at 4 m; at 2 m 300 m³ are missing, which 60 m³/h fill in 5 h.

    >>> tank = Reservoir("t", "T", "tank", "z", "", "p", "", "", "", 0, 4, "", ((0.0, 0.0), (4.0, 600.0)))
    >>> hours_to_full(tank, 2.0, 60.0), hours_to_full(tank, 2.0, -1.0), hours_to_full(tank, 4.1, 5.0)
    (5.0, None, 0.0)
    """
    if net_inflow_m3h is None or net_inflow_m3h <= 0:
        return None
    missing = one_storage_m3(reservoir, reservoir.full_m) - one_storage_m3(reservoir, level_m)
    return max(missing, 0.0) / net_inflow_m3h


def turnover_h(mean_storage_m3: float, outflow_m3h: float) -> float | None:
    """Mean time that water stays in a tank [h]: V / Q, the nominal retention time; None without outflow.

    Water age in the sense of a fully mixed tank in balance. Elementary: 480 m³ at 20 m³/h are exchanged in 24 h.

    >>> turnover_h(480.0, 20.0)
    24.0
    """
    return mean_storage_m3 / outflow_m3h if outflow_m3h > 0 else None


class PumpWork(NamedTuple):
    """What a pump did in a span.

    hours : that it ran [h]; starts : how often it was switched on; known : share of the span whose state is known
    cheap : share of its running time in the hours of cheap energy, None where these are not set or it did not run
    """

    hours: float
    starts: int
    known: float
    cheap: float | None


def pump_work(
    time_ms: Ints, on: npt.NDArray[np.bool_], start_ms: int, end_ms: int, cheap: CheapHours | None, tz: tzinfo
) -> PumpWork:
    """Work of a pump from its states in order of time; each holds until the next, at most a day.

    Hand-computed: on from 22:00 to 02:00 and from 10:00 to 11:00 UTC, cheap from 22 to 6: 5 h, 2 starts, 4 h cheap.

    >>> from datetime import UTC
    >>> hours = np.array([20, 22, 26, 34, 35, 44], np.int64) * HOUR_MS
    >>> states = np.array([False, True, False, True, False, False])
    >>> pump_work(hours, states, 20 * HOUR_MS, 44 * HOUR_MS, CheapHours(22.0, 6.0), UTC)
    PumpWork(hours=5.0, starts=2, known=1.0, cheap=0.8)
    """
    if time_ms.size == 0 or end_ms <= start_ms:
        return PumpWork(0.0, 0, 0.0, None)
    begins = np.clip(time_ms, start_ms, end_ms)
    follows = np.append(time_ms[1:], max(end_ms, int(time_ms[-1])))
    ends = np.clip(np.minimum(follows, time_ms + LONGEST_STATE_MS), start_ms, end_ms)
    length = (ends - begins).astype(np.float64)
    running = length[on].sum()
    started = on[1:] & ~on[:-1] & (time_ms[1:] >= start_ms) & (time_ms[1:] < end_ms)
    share = None
    if cheap is not None and running > 0:
        inside = sum(cheap.inside_ms(int(a), int(b), tz) for a, b in zip(begins[on], ends[on], strict=True) if b > a)
        share = inside / float(running)
    return PumpWork(float(running) / HOUR_MS, int(started.sum()), float(length.sum()) / (end_ms - start_ms), share)


class CheapHours(NamedTuple):
    """Local hours of cheap energy, from one to another; where the second is the smaller they pass midnight."""

    from_h: float
    to_h: float

    def holds(self, hour: float) -> bool:
        """Whether a local hour of the day lies in them."""
        if self.from_h <= self.to_h:
            return self.from_h <= hour < self.to_h
        return hour >= self.from_h or hour < self.to_h

    def inside_ms(self, start_ms: int, end_ms: int, tz: tzinfo) -> int:
        """How much of a span lies in them, to the minute: the clock's changes are followed."""
        minutes = range(start_ms, end_ms, 60_000)
        return sum(min(60_000, end_ms - at) for at in minutes if self.holds(_local_hour(from_ms(at), tz)))


def _local_hour(moment: datetime, tz: tzinfo) -> float:
    local = moment.astimezone(tz)
    return local.hour + local.minute / 60


def cheap_hours(region: Region, tank: Reservoir, moment: datetime) -> CheapHours | None:
    """Hours of cheap energy that somebody stated for a tank, its municipality or the region; None where nobody did."""
    rows = [settled(region, tank.reservoir, tank.municipality, name, moment) for name in (CHEAP_FROM, CHEAP_TO)]
    first, last = rows
    return None if first is None or last is None else CheapHours(first.value, last.value)


class Overflow(NamedTuple):
    """How long a level stood at or above full [h], and for what share of the span anything is known of it (0–1)."""

    hours: float
    known: float


def overflow(time_ms: Ints, level_m: Floats, full_m: float, start_ms: int, end_ms: int) -> Overflow:
    """Time in which a level stood at or above full, straight between its readings, in order of time.

    Between readings further apart than LONGEST_STEP_MS nothing is known: a tank fills and empties within hours.

    Hand-computed: from 3 m it reaches 4 m in the middle of the first hour and stays above it in the second.

    >>> hours = np.array([0, 1, 2], np.int64) * HOUR_MS
    >>> overflow(hours, np.array([3.0, 5.0, 5.0]), 4.0, 0, 2 * HOUR_MS)
    Overflow(hours=1.5, known=1.0)
    """
    inside = (time_ms >= start_ms) & (time_ms <= end_ms) & np.isfinite(level_m)
    time, level = time_ms[inside].astype(np.float64), level_m[inside] - full_m
    if time.size < 2 or end_ms <= start_ms:
        return Overflow(0.0, 0.0)
    step, above, next_above = np.diff(time), level[:-1], level[1:]
    step = np.where(step <= LONGEST_STEP_MS, step, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.clip(np.maximum(above, next_above) / np.abs(next_above - above), 0.0, 1.0)
    both = (above >= 0) & (next_above >= 0)
    neither = (above < 0) & (next_above < 0)
    spilling = float((step * np.where(both, 1.0, np.where(neither, 0.0, share))).sum())
    return Overflow(spilling / HOUR_MS, float(step.sum()) / (end_ms - start_ms))


def counter_increase(values: Sequence[float]) -> float | None:
    """What a counter that only rises (hours, starts) gained from its first to its last reading; falls are no gain.

    >>> counter_increase([20000.0, 20003.5, 3.0, 4.0])
    4.5
    """
    if len(values) < 2:
        return None
    return float(np.clip(np.diff(np.asarray(values, np.float64)), 0.0, None).sum())
