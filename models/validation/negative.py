"""Negative consumption: less than nothing went through a meter that counts forward only.

A customer's meter does not give water back but for the little that a house drains (models.register_limits); what the
register's own rules explain (a wrap, a swap, reverse flow, a tremble) is none. Source: own rule; QARTOD has no such
test, it is a gross range (test 4) of what was used.
"""

from __future__ import annotations

import numpy as np

from models.increments import Step
from models.quality import Quality
from models.register import increments
from models.validation.evidence import Evidence
from models.validation.flags import Flag, between, graded, rounded, runs


def judge(evidence: Evidence) -> list[Flag]:
    """Flows and interval volumes below zero; of a register the volume between two readings that nothing explains.

    Only meters that the registry has as counting forward; a transfer between zones may flow both ways.
    Hand-computed: Q3 = 10 m³/h, flows of −0.1 (a tremble below 2 %), −1 (suspect), −6 m³/h (wrong).

    >>> from models.reading import Series
    >>> from models.registry import Device
    >>> flow = Series("1", "flow_m3h", np.arange(3, dtype=np.int64), np.array([-0.1, -1.0, -6.0]), np.ones(1, np.int8))
    >>> found = judge(Evidence(flow, (Device("1", "flow_meter", q3_m3h=10.0),)))
    >>> [(flag.quality.name, flag.values) for flag in found]
    [('SUSPECT', (('value', -1.0),)), ('FAIL', (('value', -6.0),))]
    """
    limit = evidence.limit("negative")
    if limit is None or not evidence.devices or evidence.role == "transfer":
        return []
    if evidence.series.quantity == "volume_m3":
        return _of_register(evidence)
    forward = evidence.of_device(lambda row: float(row.register_kind == "forward"), 0.0) > 0
    scale = evidence.q3_m3h if limit.unit.startswith("Q3") else np.ones(evidence.time_ms.size)
    quality = graded(np.where(forward, -evidence.value, np.nan), limit.suspect * scale, limit.fail * scale, limit.most)
    return runs(evidence.time_ms, quality, "negative", -evidence.value, {"value": evidence.value})


def _of_register(evidence: Evidence) -> list[Flag]:
    """Falls that the register's own rules leave open: which of the two readings is wrong is not known."""
    found = increments(evidence.series, evidence.devices, evidence.assignments)
    odd = np.flatnonzero((found.step == Step.UNRESOLVED) & (found.after < found.before))
    flags = []
    for i in odd.tolist():
        values = tuple(
            (name, rounded(column[i])) for name, column in (("before", found.before), ("after", found.after))
        )
        start, end = int(found.start_ms[i]), int(found.end_ms[i])
        flags.append(between(start, end, Quality.SUSPECT, "negative_register", values))
    return flags
