"""What a chart over time shows, as a dataclass: the one contract between views and figures."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from dashboard.views.inflow import EMPTY_BAND, EMPTY_LINE, Band, Line
from models.event import Priority


@dataclass(frozen=True)
class ChartMark:
    """An event on a time axis.

    filled : not acknowledged
    """

    start: datetime
    found: datetime | None
    rank: int
    priority: Priority
    filled: bool


@dataclass(frozen=True)
class TimeChart:
    """One quantity over time with what was expected of it.

    zone or device, quantity : whose points the live stream appends; both empty where none
    start, end : of the axis; now : of the page
    gap_s : points further apart than this are not joined; stale_s : age from which the data have stopped
    zero : whether the value axis begins at zero
    below : whether leaving the band downwards is what is filled (pressure)
    suspects : values that count in no sum; limits : horizontal lines with their meaning
    daily : whether a point stands for a day; say_now : whether the line of now is named (once a page is enough)
    """

    line: Line
    start: datetime
    end: datetime
    now: datetime
    quantity: str = ""
    zone: str = ""
    device: str = ""
    unit: str = ""
    digits: int = 1
    band: Band = field(default=EMPTY_BAND)
    compare: Line = field(default=EMPTY_LINE)
    suspects: Line = field(default=EMPTY_LINE)
    gap_s: float = 3 * 3600.0
    stale_s: float | None = None
    zero: bool = True
    below: bool = False
    warn: bool = False
    step_s: float = 3600.0
    daily: bool = False
    multiplier: float = 1.0
    steps: bool = False
    marks: tuple[ChartMark, ...] = ()
    say_now: bool = True

    @property
    def last(self) -> tuple[int, float] | None:
        """Time [ms] and value of the newest point that has one."""
        known = np.flatnonzero(~np.isnan(self.line.value))
        return None if len(known) == 0 else (int(self.line.time_ms[known[-1]]), float(self.line.value[known[-1]]))


@dataclass(frozen=True)
class DayBars:
    """Sums of days as bars, with a line of comparison over each.

    start_ms : beginning of each local day; estimated : hollow bars; line : what is compared, NaN where none
    """

    days: tuple[datetime, ...]
    value: tuple[float | None, ...]
    estimated: tuple[bool, ...]
    line: tuple[float | None, ...]
    start: datetime
    end: datetime
    now: datetime
    unit: str = "m³"
    digits: int = 0
