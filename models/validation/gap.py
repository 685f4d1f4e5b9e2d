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
"""The usual distance is that of the week before the gap, or after it where nothing came before."""
FEWEST = 3


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
        usual_ms = _usual_ms(time, i)
        if usual_ms is not None and ends[i] - starts[i] > USUAL_GAPS * usual_ms:
            values = (("usual_min", rounded(usual_ms / 60_000)),)
            found.append(between(int(starts[i]), int(ends[i]), Quality.MISSING, "gap", values))
    return found


def _usual_ms(time: np.ndarray[tuple[int], np.dtype[np.int64]], i: int) -> float | None:
    """The median distance of readings in the week before reading i, or after the next one; None where too few."""
    low = int(np.searchsorted(time, time[i] - RHYTHM_MS))
    before = np.diff(time[low : i + 1])
    if before.size >= FEWEST:
        return float(np.median(before))
    if i + 1 >= time.size:
        return None
    high = int(np.searchsorted(time, time[i + 1] + RHYTHM_MS, side="right"))
    after = np.diff(time[i + 1 : high])
    return float(np.median(after)) if after.size >= FEWEST else None
