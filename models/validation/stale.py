"""Stale flow: the flow that is told runs on while the register stands still.

Source: own rule. Some meters go on telling the last flow that they measured, some gateways the last that they heard.
"""

from __future__ import annotations

import numpy as np

from models.quality import Quality
from models.validation.evidence import Evidence
from models.validation.flags import Flag, graded, runs

STEPS = 5.0
"""So many of the register's own steps must have been due before its standing still says anything."""
UNKNOWN_STEP_M3 = 1.0
"""The step of a register that did not move in sight and has no pulse weight."""
SIGHT_MS = 2 * 86_400_000


def judge(evidence: Evidence) -> list[Flag]:
    """Flows above zero strictly inside a time in which the register did not move, though by the flow it must have.

    Hand-computed: 2 m³/h each hour for 4 h while a register of 10 L steps stands: 8 m³ were due.

    >>> from models.reading import Series
    >>> from models.registry import Device
    >>> hours = np.arange(6) * 3_600_000
    >>> flow = Series("1", "flow_m3h", hours, np.full(6, 2.0), np.ones(1, np.int8))
    >>> register = Series("1", "volume_m3", hours, np.array([5.0, 7, 7, 7, 7, 7]), np.ones(1, np.int8))
    >>> meter = Device("1", "water_meter", litres_per_pulse=10)
    >>> found = judge(Evidence(flow, (meter,), beside={"volume_m3": register}))
    >>> [(flag.first_ms // 3_600_000, flag.last_ms // 3_600_000, flag.quality.name, flag.values) for flag in found]
    [(2, 4, 'SUSPECT', (('value', 2.0), ('hours', 2.0)))]
    """
    limit, register = evidence.limit("stale"), evidence.beside.get("volume_m3")
    time, value = evidence.time_ms, evidence.value
    if limit is None or register is None or register.time_ms.size < 2 or time.size == 0:
        return []
    stood = np.concatenate([[0], np.flatnonzero(np.diff(register.value) != 0) + 1, [register.time_ms.size]])
    hours = np.zeros(time.size)
    for low, high in zip(stood[:-1].tolist(), stood[1:].tolist(), strict=True):
        start, end = int(register.time_ms[low]), int(register.time_ms[high - 1])
        if end - start <= limit.suspect * 3.6e6:
            continue
        first, last = np.searchsorted(time, [start + 1, end])
        told = value[first:last]
        if told.size < 2 or told.min() <= 0:
            continue
        due = float(told.mean()) * (end - start) / 3.6e6
        if due > STEPS * _step_m3(evidence, start, end):
            hours[first:last] = (end - start) / 3.6e6
    quality = graded(hours, limit.suspect, limit.fail, limit.most)
    passed = np.where(quality == Quality.FAIL, limit.fail, limit.suspect)
    return runs(time, quality, "stale", value, {"value": value, "hours": passed})


def _step_m3(evidence: Evidence, start: int, end: int) -> float:
    """The register's step: its pulse, or where nobody wrote it down the smallest step that it made in sight."""
    register = evidence.beside["volume_m3"]
    pulse = max(((row.litres_per_pulse or 0.0) / 1000 * row.multiplier for row in evidence.devices), default=0.0)
    if pulse:
        return pulse
    low, high = np.searchsorted(register.time_ms, [start - SIGHT_MS, end + SIGHT_MS])
    steps = np.abs(np.diff(register.value[low:high]))
    return float(min(steps[steps > 0], default=UNKNOWN_STEP_M3))
