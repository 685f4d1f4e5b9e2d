"""Flat line: a value that stands still for longer than water lets it.

Source: U.S. IOOS, QARTOD, Flat Line Test (test 8), but by time in place of a count of samples: telemetry comes at any
distance, and a burst of ten repeated messages in a minute is no frozen sensor.
"""

from __future__ import annotations

import numpy as np

from models.quality import Quality
from models.validation.evidence import Evidence
from models.validation.flags import Flag, graded, runs

FEWEST = 3
"""Two equal readings are no line."""


def judge(evidence: Evidence) -> list[Flag]:
    """All readings of a stretch in which the value did not move for too long; a flow of zero is no flat line.

    A stretch ends where no reading came for as long as would be suspect: what happened then is not known.
    Hand-computed: a tank at 2.50 m each hour for 14 hours: 13 hours between first and last, above 12, suspect.

    >>> from models.reading import Series
    >>> level = Series("1", "level_m", np.arange(14) * 3_600_000, np.full(14, 2.5), np.ones(1, np.int8))
    >>> [(flag.quality.name, flag.values) for flag in judge(Evidence(level, kind="tank_station"))]
    [('SUSPECT', (('value', 2.5), ('hours', 12.0)))]
    """
    limit = evidence.limit("flat")
    time, value = evidence.time_ms, evidence.series.value
    if limit is None or time.size < FEWEST:
        return []
    moved = (np.diff(value) != 0) | (np.diff(time) > limit.suspect * 3.6e6)
    begins = np.concatenate([[0], np.flatnonzero(moved) + 1])
    ends = np.concatenate([begins[1:], [time.size]])
    hours = (time[ends - 1] - time[begins]) / 3.6e6
    hours[(ends - begins < FEWEST)] = 0.0
    if evidence.series.quantity.endswith("flow_m3h"):
        hours[value[begins] == 0] = 0.0
    # "More than": the limit itself is what a value may stand still for.
    graded_runs = graded(hours, limit.suspect, limit.fail, limit.most)
    quality = np.repeat(graded_runs, ends - begins)
    # How long exactly lies beyond what may be looked at: the limit that was passed is said.
    passed = np.repeat(np.where(graded_runs == Quality.FAIL, limit.fail, limit.suspect), ends - begins)
    return runs(time, quality, "flat", np.zeros(time.size), {"value": evidence.value, "hours": passed})
