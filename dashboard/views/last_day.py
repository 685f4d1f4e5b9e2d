"""The last 24 hours of many subjects, for sparks: hourly rollups, and raw inflow where an event stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from dashboard.figures.outside import edges_at
from dashboard.views.inflow import EMPTY_BAND, EMPTY_LINE, Band, Line, bands, hourly, net_inflow
from dashboard.views.town_band import band_sums
from models.reading import to_ms
from models.registry import Region
from models.rollup import Level
from models.store import Store

DAY = timedelta(hours=24)
AHEAD = timedelta(hours=2)
STALE = timedelta(hours=2, minutes=30)
"""An hourly line that ends earlier than this before now has stopped."""
SMOOTH_MS = 900_000


@dataclass(frozen=True)
class Spark:
    """A subject's last day.

    excess_m3h : of the last value over the band's upper edge, negative below the lower, None inside or unknown
    stale_since : time of the last value where data have stopped
    """

    subject: str
    line: Line
    band: Band
    last_m3h: float | None
    excess_m3h: float | None
    stale_since: datetime | None


def sparks(
    store: Store, level: Level, subjects: Sequence[str], now: datetime, region: Region | None = None
) -> dict[str, Spark]:
    """Hourly lines and bands of subjects of one level; with `region` the bands are the sums of their zones' bands."""
    start, end = now - DAY - timedelta(hours=1), now + AHEAD
    lines = hourly(store, level, list(subjects), start, now)
    if region is None:
        expected = bands(store, level, list(subjects), start, end)
    else:
        expected = band_sums(store, region, level, subjects, start, end)
    return {
        subject: spark_of(subject, lines.get(subject, EMPTY_LINE), expected.get(subject, EMPTY_BAND), now)
        for subject in subjects
    }


def spark_of(subject: str, line: Line, band: Band, now: datetime) -> Spark:
    """A spark with what its last value says."""
    keep = ~np.isnan(line.value)
    line = Line(line.time_ms[keep], line.value[keep])
    if len(line.time_ms) == 0:
        return Spark(subject, line, band, None, None, None)
    last = float(line.value[-1])
    lower, upper = edges_at(band, line.time_ms[-1:])
    excess = None
    if last > upper[0] or last < lower[0]:
        excess = last - float(upper[0] + lower[0]) / 2
    age_ms = to_ms(now) - int(line.time_ms[-1])
    stale = age_ms > STALE / timedelta(milliseconds=1)
    since = now - timedelta(milliseconds=age_ms) if stale else None
    return Spark(subject, line, band, last, None if stale else excess, since)


def raw_spark(store: Store, region: Region, zone: str, now: datetime) -> Spark:
    """A zone's last day at a quarter of an hour: shows at once what has just begun."""
    raw = net_inflow(store, region, region.zone[zone], now - DAY, now + timedelta(milliseconds=1))
    expected = bands(store, "zone", [zone], now - DAY - timedelta(hours=1), now + AHEAD).get(zone, EMPTY_BAND)
    return spark_of(zone, quarter_hours(raw), expected, now)


def quarter_hours(line: Line) -> Line:
    """Means of quarters of an hour, at the quarter's last point."""
    if len(line.time_ms) == 0:
        return line
    keep = ~np.isnan(line.value)
    times, values = line.time_ms[keep], line.value[keep]
    if len(times) == 0:
        return EMPTY_LINE
    # Steps are stamped at their end: 10:15 belongs to the quarter that ends then.
    slot = (times - 1) // SMOOTH_MS
    first = np.flatnonzero(np.diff(slot, prepend=slot[0] - 1))
    count = np.diff(np.append(first, len(times)))
    return Line(times[np.append(first[1:], len(times)) - 1], np.add.reduceat(values, first) / count)
