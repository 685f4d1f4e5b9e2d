"""A zone's inflow: the measured net inflow at the raw step or by the hour, and its expected band."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.reading import to_ms
from models.registry import Region, Zone
from models.rollup import Level, Rollup
from models.store import Store
from models.zone_flow import boundary, keys, net_inflow_series

NET_INFLOW = "net_inflow_m3h"
EXPECTED = "expected_net_inflow_m3h"
HALF_HOUR_MS = 1_800_000
MILLISECOND = timedelta(milliseconds=1)
CONTEXT = timedelta(hours=1)
"""Readings before a span that its first steps need: the mean of a step begins at the reading before it."""


class Line(NamedTuple):
    """A line over time; NaN where there is no value.

    time_ms : UTC milliseconds, ascending
    """

    time_ms: npt.NDArray[np.int64]
    value: npt.NDArray[np.float64]


class Band(NamedTuple):
    """An expected band: 90 % interval and the expected value, at the middle of each hour."""

    time_ms: npt.NDArray[np.int64]
    lower: npt.NDArray[np.float64]
    expected: npt.NDArray[np.float64]
    upper: npt.NDArray[np.float64]


EMPTY_LINE = Line(np.array([], dtype=np.int64), np.array([], dtype=np.float64))
EMPTY_BAND = Band(np.array([], dtype=np.int64), *(np.array([], dtype=np.float64),) * 3)


def flow_devices(region: Region) -> dict[str, tuple[str, ...]]:
    """Zones whose inflow or outflow a device ever measured, by device."""
    zones_of_point: dict[str, list[str]] = {}
    for zone in region.zones:
        for point in (*zone.inflows, *zone.outflows):
            zones_of_point.setdefault(point, []).append(zone.zone)
    result: dict[str, list[str]] = {}
    for assignment in region.assignments:
        result.setdefault(assignment.device, []).extend(zones_of_point.get(assignment.point, ()))
    return {device: tuple(dict.fromkeys(zones)) for device, zones in result.items() if zones}


def net_inflow(store: Store, region: Region, zone: Zone, start: datetime, end: datetime) -> Line:
    """Net inflow [m³/h] of a zone at raw steps stamped in (start, end]; steps without data are left out."""
    return net_inflow_of(store, region, "zone", zone.zone, start, end)


def net_inflow_of(store: Store, region: Region, level: Level, subject: str, start: datetime, end: datetime) -> Line:
    """The same of a zone, a municipality or the region, at its own outer boundary."""
    around = boundary(region, level, subject, end)
    wanted = keys(region, around, start - CONTEXT, end)
    data = {(found.device, found.quantity): found for found in store.series(wanted, start - CONTEXT, end + MILLISECOND)}
    found = net_inflow_series(region, around, data, start, end)
    known = ~np.isnan(found.value)
    return Line(found.time_ms[known], found.value[known])


def hourly(
    store: Store, level: Level, subjects: list[str] | None, start: datetime, end: datetime, quantity: str = NET_INFLOW
) -> dict[str, Line]:
    """Hourly rollups of many subjects as lines at the middle of each hour."""
    found = store.rollups(level, subjects, "hour", quantity, start, end)
    return {
        subject: Line(
            np.array([to_ms(row.time) + HALF_HOUR_MS for row in rows], dtype=np.int64),
            np.array([np.nan if row.value is None else row.value for row in rows], dtype=np.float64),
        )
        for subject, rows in found.items()
    }


def bands(
    store: Store, level: Level, subjects: list[str] | None, start: datetime, end: datetime, quantity: str = EXPECTED
) -> dict[str, Band]:
    """Expected bands of many subjects."""
    found = store.rollups(level, subjects, "hour", quantity, start, end)
    return {subject: _band(rows) for subject, rows in found.items()}


def _band(rows: list[Rollup]) -> Band:
    def column(values: list[float | None]) -> npt.NDArray[np.float64]:
        return np.array([np.nan if value is None else value for value in values], dtype=np.float64)

    return Band(
        np.array([to_ms(row.time) + HALF_HOUR_MS for row in rows], dtype=np.int64),
        column([row.minimum for row in rows]),
        column([row.value for row in rows]),
        column([row.maximum for row in rows]),
    )
