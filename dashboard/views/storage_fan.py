"""A dam's storage of the last months and the fan of what it may come to, both by day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

import numpy as np
import numpy.typing as npt

from dashboard.views.inflow import Band, Line
from models.calendar import day_edges
from models.storage_forecast import LEADS_D, StorageForecast

Floats = npt.NDArray[np.float64]

BEFORE_D = 90
"""Days of measured storage before the fan: as many as the fan has, so that both can be judged by the same eye."""
BAND = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class StorageFan:
    """Measured storage up to the last known day and the band from there on, at the middles of local days [m³].

    band : middle 80 % of the courses; begins at the last measured storage, where it has no width
    years : earlier years that the courses come from; leads : day and middle at which figures are quoted
    """

    line: Line
    band: Band
    years: int
    leads: Line


def storage_fan(storage_m3: Floats, last: int, found: StorageForecast, today: datetime, tz: tzinfo) -> StorageFan:
    """The fan of a forecast; storage_m3 : by local day up to the day before `today`, last : index of its origin."""
    first = max(0, last + 1 - BEFORE_D)
    days = len(found.lead_d)
    back, ahead = storage_m3.size - first, last + 1 + days - storage_m3.size
    # Half a day more at both ends: a span of whole days is not one of whole times 24 hours when the clock changes.
    edges = day_edges(today - timedelta(days=back - 0.5), today + timedelta(days=ahead - 0.5), tz)
    middles = (edges[:-1] + edges[1:]) // 2
    known = last + 1 - first
    bands = np.column_stack([np.full(len(BAND), storage_m3[last]), found.quantiles_m3(np.array(BAND))])
    time = middles[known - 1 :]
    lower, middle, upper = bands
    quoted = [lead for lead in LEADS_D if lead <= days]
    return StorageFan(
        Line(middles[:known], storage_m3[first : last + 1]),
        Band(time, lower, middle, upper),
        found.years,
        Line(time[quoted], middle[quoted]),
    )
