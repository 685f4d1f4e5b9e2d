"""Rollups: what charts of long spans read instead of raw rows."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple

Level = Literal["device", "point", "zone", "municipality", "region"]
Period = Literal["hour", "day"]


class Rollup(NamedTuple):
    """One hour or local day of one subject. Key: (level, subject, period, quantity, time).

    quantity : a reading's quantity for its time-weighted mean (flow_m3h, pressure_m, level_m …), or a derived one
        from ROLLUP_QUANTITIES
    time : start of the hour or of the local day, aware UTC
    value : mean of a rate, level or measure; sum of a volume; None where coverage is 0
    minimum, maximum : extremes of what was seen; of an `expected_` quantity its 5 % and 95 % bounds
    coverage : share of the period that data speak for, 0–1; an expectation has 1
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


ROLLUP_QUANTITIES: dict[str, str] = {
    "consumption_m3": "volume used at a device or point in the period, from registers; prorated, swap-proof",
    "net_inflow_m3h": "mean net inflow of a zone, municipality or region: inflows − outflows − change of tanks inside",
    "expected_net_inflow_m3h": "what weekday, hour and season lead to expect; minimum and maximum are the 90 % band",
    "metered_m3": "sum of consumption_m3 of the remotely read customer points of a zone, municipality or region",
    "household_m3": "the part of metered_m3 of points with role household",
    "own_use_m3": "metered or logged own use",
    "night_flow_m3h": "minimum night flow of a local day (lowest rolling hour of net inflow between 01:00 and 05:00)",
    "night_flow_02_04_m3h": "mean net inflow between 02:00 and 04:00 local",
}
"""Derived quantities of rollups, with their meaning. Subject of level region is the region's name."""
