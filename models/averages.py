"""Time-weighted mean, extremes and coverage of rates, levels, measures and states."""

from __future__ import annotations

from datetime import datetime, tzinfo

from models.reading import Series
from models.rollup import Level, Period, Rollup


def average_rollups(
    level: Level,
    subject: str,
    series: Series,
    start: datetime,
    end: datetime,
    period: Period,
    tz: tzinfo,
    factor: float = 1.0,
) -> list[Rollup]:
    """Rollups of a quantity of kind rate, level, measure, state (means) or interval (sums).

    The series must reach one gap (MAX_GAP_MS) before start and after end where there are readings.
    factor : the device's multiplier
    """
    raise NotImplementedError
