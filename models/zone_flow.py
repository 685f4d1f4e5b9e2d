"""Net inflow of a zone, town or region at its own outer boundary: inflows − outflows − rise of tanks inside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from models.consumption import Data, Volumes
from models.reading import Series
from models.registry import Region, Reservoir
from models.rollup import Level, Period, Rollup


class Boundary(NamedTuple):
    """The outer boundary of a zone, municipality or region. Transfers inside cancel."""

    level: Level
    subject: str
    inflows: tuple[str, ...]
    outflows: tuple[str, ...]
    tanks: tuple[Reservoir, ...]


def boundary(region: Region, level: Level, subject: str, moment: datetime) -> Boundary:
    """The boundary of a zone, of a municipality (its outermost zones) or of the region, as valid at a time."""
    raise NotImplementedError


def keys(region: Region, around: Boundary, start: datetime, end: datetime) -> list[tuple[str, str]]:
    """(device, quantity) keys whose series net inflow in [start, end) needs."""
    raise NotImplementedError


def net_inflow_series(
    region: Region, around: Boundary, data: Data, start: datetime, end: datetime, step_s: int = 300
) -> Series:
    """Net inflow at raw steps: quantity net_inflow_m3h, device = the subject, mean of the step, stamped at its end.

    Steps without data of every point are NaN. Where tanks lie inside, each step is a trailing mean of half an hour.
    """
    raise NotImplementedError


def net_volumes(region: Region, around: Boundary, data: Data, edges_ms: object) -> Volumes:
    """Net volume of adjoining periods, registers preferred; coverage is that of the least covered point."""
    raise NotImplementedError


def net_inflow_rollups(
    region: Region, around: Boundary, data: Data, start: datetime, end: datetime, period: Period, step_s: int = 300
) -> list[Rollup]:
    """Rollups net_inflow_m3h: value from registers where there are some, minimum and maximum from raw steps."""
    raise NotImplementedError


def sum_rollups(
    level: Level, subject: str, quantity: str, parts: Sequence[Sequence[Rollup]], whole: int | None = None
) -> list[Rollup]:
    """Rollups of a sum (metered_m3, household_m3, own_use_m3) from its points' consumption_m3 of one period.

    whole : how many points there should be; the sum's coverage is their mean coverage
    """
    raise NotImplementedError
