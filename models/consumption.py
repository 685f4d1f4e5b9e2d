"""Consumption of any interval, hour or local day, of a device or of a metering point over its assignments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.calendar import Edges
from models.reading import Series
from models.register import Increments
from models.registry import Region
from models.rollup import Period, Rollup

Data = Mapping[tuple[str, str], Series]
"""Series by (device, quantity). They should reach CONTEXT_DAYS back before the span that is asked for."""

CONTEXT_DAYS = 35
"""How far back readings are needed so that a register's maximum before a reverse flow is known."""


class Volumes(NamedTuple):
    """Volumes of the periods between edges.

    volume_m3 : float64, NaN where coverage is 0
    coverage : float64, share of the period that known increments speak for, 0–1
    prorated : bool, an edge of the period fell between two readings
    derived : bool, (partly) integrated from flow because no register spoke
    """

    edges_ms: Edges
    volume_m3: npt.NDArray[np.float64]
    coverage: npt.NDArray[np.float64]
    prorated: npt.NDArray[np.bool_]
    derived: npt.NDArray[np.bool_]


def volumes(found: Increments, edges_ms: Edges, longest_ms: int | None = None) -> Volumes:
    """Volumes of adjoining periods; within an increment water is spread evenly.

    longest_ms : longer increments are not spread over periods (an hour says nothing of a month's reading)
    """
    raise NotImplementedError


def keys_of_points(region: Region, points: Sequence[str], start: datetime, end: datetime) -> list[tuple[str, str]]:
    """(device, quantity) keys whose series the points' volumes in [start, end) need."""
    raise NotImplementedError


def point_volumes(region: Region, point: str, data: Data, edges_ms: Edges, longest_ms: int | None = None) -> Volumes:
    """Volumes at a metering point, over the devices assigned to it one after another; from flow where no register."""
    raise NotImplementedError


def consumption_rollups(
    region: Region, point: str, data: Data, start: datetime, end: datetime, period: Period
) -> list[Rollup]:
    """Rollups consumption_m3 of level point for the hours or local days that cover [start, end)."""
    raise NotImplementedError


def device_rollups(
    region: Region, device: str, data: Data, start: datetime, end: datetime, period: Period
) -> list[Rollup]:
    """Rollups consumption_m3 of level device (also of one that is assigned nowhere)."""
    raise NotImplementedError
