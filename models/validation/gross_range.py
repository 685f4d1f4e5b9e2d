"""Range: a value that the sensor or the place can't have.

Source: U.S. IOOS, QARTOD, Gross Range Test (test 4 of the manuals for water level, currents, temperature); the flow
that a meter may carry for a short time, Q4 = 1.25 Q3, is ISO 4064-1:2014, 4.1.4.
"""

from __future__ import annotations

import numpy as np

from models.validation.evidence import Evidence
from models.validation.flags import Flag, Floats, graded, runs


def judge(evidence: Evidence) -> list[Flag]:
    """Values above or below what the thresholds believe; flows against Q3, tank levels against the tank.

    Hand-computed: a meter with Q3 = 16 m³/h passes at most Q4 = 20; 21 is suspect, 41 (above 2.5 Q3) is wrong.

    >>> from models.reading import Series
    >>> from models.registry import Device
    >>> flow = Series("1", "flow_m3h", np.arange(3, dtype=np.int64), np.array([19.0, 21.0, 41.0]), np.ones(1, np.int8))
    >>> [(flag.quality.name, flag.values) for flag in judge(Evidence(flow, (Device("1", "flow_meter", q3_m3h=16.0),)))]
    [('SUSPECT', (('value', 21.0), ('limit', 20.0))), ('FAIL', (('value', 41.0), ('limit', 40.0)))]
    """
    found: list[Flag] = []
    value = evidence.value
    for side, sign in (("range_above", 1.0), ("range_below", -1.0)):
        limit = evidence.limit(side)
        if limit is None:
            continue
        origin, scale = _frame(evidence, limit.unit, sign)
        suspect, fail = origin + scale * limit.suspect, origin + scale * limit.fail
        quality = graded(sign * value, suspect, fail, limit.most)
        crossed = sign * np.where(sign * value > fail, fail, suspect)
        found += runs(evidence.time_ms, quality, side, sign * value, {"value": value, "limit": crossed})
    return sorted(found)


def _frame(evidence: Evidence, unit: str, sign: float) -> tuple[Floats, Floats]:
    """Origin and scale that make thresholds comparable with `sign · value`; NaN where the registry says nothing."""
    one = np.ones(evidence.time_ms.size)
    if unit == "Q3":
        return 0.0 * one, evidence.q3_m3h
    if unit in ("m above full", "m below bottom"):
        bottom, full = evidence.bounds or (np.nan, np.nan)
        return (full if sign > 0 else -bottom) * one, one
    return 0.0 * one, one
