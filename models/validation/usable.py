"""How far a verdict reaches: to the readings around it that still count."""

from __future__ import annotations

import numpy as np

from models.quality import USABLE
from models.reading import Series

NEIGHBOURS = 2
"""A register's last reading may be doubtful until the next one tells: two on each side."""


def reach_ms(series: Series, first_ms: int, last_ms: int) -> tuple[int, int, bool]:
    """From the second usable reading before a span to the second after it, and whether the series has them all.

    >>> series = Series("1", "volume_m3", np.arange(7, dtype=np.int64) * 10, np.arange(7.0),
    ...     np.array([1, 1, 4, 4, 4, 1, 1], np.int8))
    >>> reach_ms(series, 30, 30), reach_ms(series, 0, 5)
    ((0, 60, True), (0, 50, False))
    """
    usable = np.isin(series.quality, [int(quality) for quality in USABLE]) & np.isfinite(series.value)
    time = series.time_ms[usable] if usable.size == series.time_ms.size else series.time_ms
    before, after = time[time < first_ms][-NEIGHBOURS:], time[time > last_ms][:NEIGHBOURS]
    start = int(before[0]) if before.size else first_ms
    end = int(after[-1]) if after.size else last_ms
    return start, end, before.size == NEIGHBOURS and after.size == NEIGHBOURS
