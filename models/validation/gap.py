"""Gap: a device that should report did not, for longer than it usually pauses.

Source: U.S. IOOS, QARTOD, Timing/Gap Test (test 1), with the device's own rhythm in place of one fixed interval.
"""

from __future__ import annotations

import numpy as np

from models.quality import Quality
from models.validation.evidence import Evidence
from models.validation.flags import Flag, between, rounded

USUAL_GAPS = 4.0
"""So many usual distances without a reading are a gap."""
RHYTHM_MS = 7 * 86_400_000
"""The usual distance is that of the week before the gap."""
FEWEST = 3
UNKNOWN_RHYTHM_MIN = 360.0
"""The usual distance of a device of which too little came in that week: it is silent after a day."""


def judge(evidence: Evidence) -> list[Flag]:
    """What lies between two readings, or between the last one and now, as MISSING; one flag a gap, however long.

    Hand-computed: every quarter of an hour, then nothing for 6 hours: the table asks for 2 h of pressure, the rhythm
    for 4 · 15 min.

    >>> from models.reading import Series
    >>> times = np.concatenate([np.arange(8), [7 + 24]]) * 900_000
    >>> pressure = Series("1", "pressure_m", times, np.full(9, 50.0), np.ones(1, np.int8))
    >>> found = judge(Evidence(pressure, kind="pressure_sensor"))
    >>> [(flag.quality.name, (flag.last_ms - flag.first_ms + 2) / 3.6e6, flag.values) for flag in found]
    [('MISSING', 6.0, (('usual_min', 15.0),))]
    """
    limit = evidence.limit("gap")
    time = evidence.time_ms
    if limit is None or time.size == 0:
        return []
    ends = time[1:]
    if evidence.now_ms is not None and evidence.now_ms > time[-1]:
        ends = np.concatenate([ends, [evidence.now_ms]])
    starts = time[: ends.size]
    found = []
    for i in np.flatnonzero(ends - starts > limit.suspect * 3.6e6).tolist():
        low = int(np.searchsorted(time, time[i] - RHYTHM_MS))
        before = np.diff(time[low : i + 1])
        usual_min = rounded(np.median(before) / 60_000) if before.size >= FEWEST else UNKNOWN_RHYTHM_MIN
        if ends[i] - starts[i] > USUAL_GAPS * usual_min * 60_000:
            values = (("usual_min", usual_min),)
            found.append(between(int(starts[i]), int(ends[i]), Quality.MISSING, "gap", values))
    return found
