"""Whether flow, integrated to volumes, agrees with the register beside it.

A logger that tells only flow gives volumes that are derived (models.flow_volume: V = q · Δt over at most two steps).
Where a register hangs at the same point, of the same meter or another, both have seen the same water, and the flow is
checked by it: over the spans between register readings that flow covers, the volumes' difference in per cent.
"""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

import numpy as np

from models.calendar import HOUR_MS
from models.increments import Increments, Step, chosen, known, running
from models.meter_error import UPPER

LEAST_COVERAGE = 0.99
"""Flow must cover so much of the time between two register readings for them to be compared."""
LEAST_HOURS = 24.0
"""Hours in common below which nothing is said: over a day resolution and stamps of readings no longer matter."""
PERMISSIBLE_PCT = 100 * UPPER[2]
"""Permissible error of a class 2 meter; two meters may differ by the root of both squares."""


class RegisterCheck(NamedTuple):
    """Flow against register.

    flow_m3, register_m3 : volumes of the same spans, `hours` long together
    deviation_pct : (flow − register) / register
    tolerance_pct : what two meters, or the two outputs of one, may differ by, and the register's resolution
    """

    flow_m3: float
    register_m3: float
    hours: float
    deviation_pct: float
    tolerance_pct: float

    @property
    def beyond(self) -> bool:
        """Whether the two contradict each other."""
        return abs(self.deviation_pct) > self.tolerance_pct


def register_check(
    flow: Increments, register: Increments, resolution_m3: float, one_meter: bool = True
) -> RegisterCheck | None:
    """The check over all that both increments cover; None where that is less than LEAST_HOURS or nothing flowed.

    flow : models.flow_volume.flow_increments; register : models.register.increments, of which plain steps and wraps
    count; resolution_m3 : of the register

    Hand-computed: 10.2 m³/h against a register that counts 10 m³ each hour for two days: + 2 %.

    >>> hours = np.arange(48, dtype=np.int64) * HOUR_MS
    >>> def every_hour(volume, step):
    ...     return Increments("1", hours, hours + HOUR_MS, np.full(48, volume), np.full(48, step, np.int8),
    ...         np.zeros(48), np.zeros(48))
    >>> found = register_check(every_hour(10.2, Step.DERIVED), every_hour(10.0, Step.PLAIN), 0.01)
    >>> round(found.deviation_pct, 6), found.hours, round(found.tolerance_pct, 3), found.beyond
    (2.0, 48.0, 2.002, False)
    """
    counted = known(register)
    counted = chosen(counted, (counted.step == Step.PLAIN) | (counted.step == Step.WRAP))
    integrated = known(flow)
    length = (counted.end_ms - counted.start_ms).astype(np.float64)
    covered = running(integrated, (integrated.end_ms - integrated.start_ms).astype(np.float64), counted.end_ms)
    covered -= running(integrated, (integrated.end_ms - integrated.start_ms).astype(np.float64), counted.start_ms)
    both = covered >= LEAST_COVERAGE * length
    common = chosen(counted, both)
    hours = float(length[both].sum()) / HOUR_MS
    volume = running(integrated, integrated.volume_m3, common.end_ms)
    volume -= running(integrated, integrated.volume_m3, common.start_ms)
    flow_m3 = float(np.sum(volume * length[both] / np.maximum(covered[both], 1.0)))
    register_m3 = float(np.sum(common.volume_m3))
    if hours < LEAST_HOURS or register_m3 <= resolution_m3:
        return None
    tolerance = PERMISSIBLE_PCT * (1.0 if one_meter else sqrt(2)) + 100 * resolution_m3 / register_m3
    return RegisterCheck(flow_m3, register_m3, hours, 100 * (flow_m3 - register_m3) / register_m3, tolerance)
