"""What is expected of a town or the region: the sum of its zones' expected ranges.

The bands of zones are 90 % each. Their sum is not: the whole stays inside it more often, because its zones do not leave
theirs at the same time. It is shown as what it is, and what lies outside of it deviates for certain.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import numpy as np

from dashboard.views.inflow import EMPTY_BAND, Band, bands
from models.boundary import zones_inside
from models.registry import Region
from models.rollup import Level
from models.store import Store


def town_bands(store: Store, region: Region, towns: Iterable[str], start: datetime, end: datetime) -> dict[str, Band]:
    """Summed ranges by town; of towns with one outermost zone it is that zone's own 90 % band."""
    return band_sums(store, region, "municipality", towns, start, end)


def band_sums(
    store: Store, region: Region, level: Level, subjects: Iterable[str], start: datetime, end: datetime
) -> dict[str, Band]:
    """The same of subjects of any level: where a zone has no band, the sum has none."""
    outermost = {name: [zone.zone for zone in zones_inside(region, level, name, end)[0]] for name in subjects}
    wanted = [zone for zones in outermost.values() for zone in zones]
    found = bands(store, "zone", wanted, start, end) if wanted else {}
    return {
        name: summed([found.get(zone, EMPTY_BAND) for zone in zones]) if zones else EMPTY_BAND
        for name, zones in outermost.items()
    }


def summed(parts: list[Band]) -> Band:
    """The sum of bands at the times that all of them have."""
    times = parts[0].time_ms
    for part in parts[1:]:
        times = np.intersect1d(times, part.time_ms)
    columns = []
    for column in ("lower", "expected", "upper"):
        total = np.zeros(len(times))
        for part in parts:
            total = total + getattr(part, column)[np.isin(part.time_ms, times)]
        columns.append(total)
    return Band(times, *columns)
