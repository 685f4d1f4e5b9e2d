"""Rollups: what charts of long spans read instead of raw rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from models.reading import from_ms

Level = Literal["device", "point", "zone", "municipality", "region"]
Period = Literal["hour", "day"]


class Rollup(NamedTuple):
    """One hour or local day of one subject. Key: (level, subject, period, quantity, time).

    quantity : a reading's quantity for its time-weighted mean (flow_m3h, pressure_m, level_m …), or a derived one
        from ROLLUP_QUANTITIES
    time : start of the hour or of the local day, aware UTC
    value : mean of a rate, level or measure; sum of a volume; None where coverage is 0
    minimum, maximum : extremes of what was seen; of an `expected_` quantity its 5 % and 95 % bounds; of the volumes
        named in INTERVALS the bounds of their 95 % interval (meter's error and estimation)
    coverage : share of the period that the value stands for, read or estimated, 0–1; an expectation has 1
    estimated : share of a volume that is estimated (a gap filled by a profile), 0–1; the rest is measured
    """

    level: Level
    subject: str
    period: Period
    quantity: str
    time: datetime
    value: float | None
    minimum: float | None = None
    maximum: float | None = None
    coverage: float = 1.0
    estimated: float = 0.0


NOTHING_ESTIMATED: npt.NDArray[np.float64] = np.zeros(1)
"""The column `estimated` of a series of which nothing is."""


class RollupSeries(NamedTuple):
    """Many rollups of one subject and quantity, for bulk writing.

    time_ms : int64, starts of the periods, ascending and unique
    value, minimum, maximum : float64, NaN where there is none; coverage : float64, 0–1
    estimated : float64, 0–1; of length 1 where it is the same for all
    """

    level: Level
    subject: str
    period: Period
    quantity: str
    time_ms: npt.NDArray[np.int64]
    value: npt.NDArray[np.float64]
    minimum: npt.NDArray[np.float64]
    maximum: npt.NDArray[np.float64]
    coverage: npt.NDArray[np.float64]
    estimated: npt.NDArray[np.float64] = NOTHING_ESTIMATED

    def rows(self) -> Iterator[Rollup]:
        """The same one by one."""
        estimated = np.broadcast_to(self.estimated, self.time_ms.shape)
        columns = (self.time_ms, self.value, self.minimum, self.maximum, self.coverage, estimated)
        for time_ms, value, minimum, maximum, coverage, share in zip(
            *(column.tolist() for column in columns), strict=True
        ):
            yield Rollup(
                self.level,
                self.subject,
                self.period,
                self.quantity,
                from_ms(time_ms),
                None if value != value else value,
                None if minimum != minimum else minimum,
                None if maximum != maximum else maximum,
                coverage,
                share,
            )


INTERVALS = frozenset({"consumption_m3", "metered_m3", "household_m3", "own_use_m3"})
"""Volumes whose minimum and maximum are the bounds of the 95 % interval, not extremes."""

ROLLUP_QUANTITIES: dict[str, str] = {
    "consumption_m3": "volume used at a device or point in the period, from registers; prorated, swap-proof",
    "net_inflow_m3h": "mean net inflow of a zone, municipality or region: inflows − outflows − change of tanks inside",
    "expected_net_inflow_m3h": "what weekday, hour and season lead to expect; minimum and maximum are the 90 % band",
    "metered_m3": "sum of consumption_m3 of the remotely read customer points of a zone, municipality or region",
    "household_m3": "the part of metered_m3 of points with role household",
    "own_use_m3": "metered or logged own use",
    "night_flow_m3h": "minimum night flow of a local day (lowest rolling hour of net inflow between 01:00 and 05:00)",
    "night_flow_02_04_m3h": "mean net inflow between 02:00 and 04:00 local",
    "real_losses_night_m3": "real losses of a local day by night flow; extremes: bounds without what is each day's own",
}
"""Derived quantities of rollups, with their meaning. Subject of level region is the region's name."""
