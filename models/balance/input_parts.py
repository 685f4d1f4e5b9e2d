"""What a subject's input is made of: meters at its outer boundary, tanks inside, and the hours that no one measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from math import sqrt

import numpy as np

from models.balance.amounts import Amount
from models.balance.inputs import INPUT_ERROR, Settings
from models.balance.meters import meter_doubt, metered_part, stated_part
from models.balance.uncertainty import Z95, Part
from models.boundary import Boundary
from models.registry import Region, Reservoir
from models.reservoir import storage_m3

LEVEL_ERROR_M = 0.02
"""± of a tank's level at 95 %: levels are read to the centimetre, water moves. An assumption of this program."""
INFLOW_GAP_SD = 0.2
"""Of the inflow in hours without data, relative to the mean that stands for them: an assumption of this program."""


def input_parts(
    region: Region, around: Boundary, start: datetime, end: datetime, whole: Amount, meters: Mapping[str, Amount]
) -> tuple[Part, ...]:
    """Parts of a system input in [start, end).

    whole : the net input with its coverage
    meters : volume that passed each meter of the boundary, by device; without any, the whole is one unknown meter's
    """
    stated = Settings(region, around.subject, start).stated(INPUT_ERROR)
    found = [stated_part(part, stated, INPUT_ERROR) for part in boundary_parts(region, around, start, end, meters)]
    if not found:
        unknown = metered_part("input", "", whole, meter_doubt(region, "", end))
        found = [stated_part(_with_gap(unknown), stated, INPUT_ERROR)]
    found += [Part("input", tank.reservoir, 0.0, spread_m3=_tank_sd_m3(tank)) for tank in around.tanks]
    return tuple(found)


def boundary_parts(
    region: Region, around: Boundary, start: datetime, end: datetime, meters: Mapping[str, Amount]
) -> Iterator[Part]:
    """Each boundary meter's volume, what flows out negative."""
    signed = [(1.0, point) for point in around.inflows] + [(-1.0, point) for point in around.outflows]
    for sign, point in signed:
        for item in region.devices_at(point, start, end):
            if (amount := meters.get(item.device)) is not None:
                yield _with_gap(metered_part("input", item.device, amount, meter_doubt(region, item.device, end), sign))


def _with_gap(part: Part) -> Part:
    """A boundary meter whose mean flow stands for the hours that it did not tell."""
    if part.missing <= 0.0:
        return part
    missing = abs(part.volume_m3) * part.missing
    return part._replace(
        spread_m3=sqrt(part.spread_m3**2 + (INFLOW_GAP_SD * missing) ** 2),
        estimated_m3=max(part.estimated_m3, missing),
    )


def _tank_sd_m3(tank: Reservoir) -> float:
    """Standard deviation of a change of storage: a level at both ends, times the tank's area half full."""
    middle = (tank.bottom_m + tank.full_m) / 2.0
    low, high = storage_m3(tank, np.array([middle - 0.5, middle + 0.5]))
    return float(high - low) * LEVEL_ERROR_M / Z95 * sqrt(2.0)
