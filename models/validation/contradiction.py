"""Flow against its own register: what the flow adds up to and what the register counted differ.

Source: own rule; the comparison of an instrument with another of the same water is QARTOD's Multi-Variate Test (test 9)
and Neighbor Test (test 11). The register is believed: it counts pulses, the flow is sampled.
"""

from __future__ import annotations

import numpy as np

from models.consumption import volumes
from models.flow_volume import flow_increments
from models.increments import known
from models.register import increments
from models.validation.evidence import Evidence
from models.validation.flags import DAY_MS, Flag, graded, runs

WINDOW_MS = DAY_MS // 4
COVERED = 0.9
Q3_SHARE = 0.01
"""Below this share of what the meter could have passed in a window pulses and rounding rule: nothing is compared."""
LEAST_M3 = 0.2
"""The same where Q3 is not known [m³]."""


def judge(evidence: Evidence) -> list[Flag]:
    """Flows of quarters of a day in which flow and register differ by more than a share of the greater of the two.

    Hand-computed: 6 m³/h for six hours are 36 m³; the register counted 18: they differ by half of 36.

    >>> from models.reading import Series
    >>> hours = np.arange(13) * 3_600_000
    >>> flow = Series("1", "flow_m3h", hours, np.full(13, 6.0), np.ones(1, np.int8))
    >>> register = Series("1", "volume_m3", hours, 3.0 * np.arange(13), np.ones(1, np.int8))
    >>> found = judge(Evidence(flow, kind="flow_meter", beside={"volume_m3": register}))
    >>> found[0].quality.name, found[0].values
    ('SUSPECT', (('flow_m3', 36.0), ('register_m3', 18.0)))
    """
    limit, register = evidence.limit("contradiction"), evidence.beside.get("volume_m3")
    time = evidence.time_ms
    if limit is None or register is None or register.time_ms.size < 2 or time.size < 2:
        return []
    edges = np.arange(time[0] // WINDOW_MS, time[-1] // WINDOW_MS + 2) * WINDOW_MS
    counted = volumes(known(increments(register, evidence.devices, evidence.assignments)), edges)
    flowed = volumes(flow_increments(evidence.series, evidence.devices), edges)
    both = (counted.coverage >= COVERED) & (flowed.coverage >= COVERED)
    with np.errstate(invalid="ignore", divide="ignore"):
        a, b = counted.volume_m3 / counted.coverage, flowed.volume_m3 / flowed.coverage
        greater = np.fmax(np.abs(a), np.abs(b))
        share = np.where(both, np.abs(a - b) / greater, np.nan)
    # A flow is stamped at the end of its step: the one at an edge belongs to the window before.
    window = np.searchsorted(edges, time, side="left") - 1
    inside = window >= 0
    window = np.clip(window, 0, None)
    least = np.where(np.isfinite(evidence.q3_m3h), Q3_SHARE * evidence.q3_m3h * WINDOW_MS / 3.6e6, LEAST_M3)
    compared = inside & (greater[window] > least)
    excess = np.where(compared, share[window], np.nan)
    quality = graded(excess, limit.suspect, limit.fail, limit.most)
    return runs(time, quality, "contradiction", excess, {"flow_m3": b[window], "register_m3": a[window]})
