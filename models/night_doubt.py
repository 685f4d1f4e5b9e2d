"""How sure the net inflow of one hour is: errors of the boundary's meters, and of the levels of tanks inside."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.balance.inputs import INPUT_ERROR, Settings
from models.boundary import Boundary
from models.calendar import HOUR_MS
from models.meter_error import Z95, AccuracyClass, bias_group, relative_sd
from models.reading import from_ms, to_ms
from models.registry import Device, Region, Reservoir
from models.zone_flow import MeterSteps

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LEVEL_STEP_M = 0.01
"""A tank's level is read to the centimetre."""


class HourDoubt(NamedTuple):
    """Standard deviations of the net inflow of hours [m³/h].

    shared : of the meters' errors, which stay from night to night; alone : of the levels, which don't
    """

    shared: Floats
    alone: Floats


def hour_doubt(region: Region, around: Boundary, meters: MeterSteps, net_m3h: Floats, at_ms: Ints) -> HourDoubt:
    """How sure net inflows of hours are.

    meters : volumes through each meter at the steps around the hours (models.zone_flow.net_inflow_with_meters)
    net_m3h, at_ms : net inflow of each hour, and the hours' starts

    What counts is the flow through each meter, not the net: a zone that lets 100 in and 90 out again knows its own 10
    badly, the better the more alike the two meters err. Hand-computed: two meters of one type, in 100 and out 90, each
    2.31 % (twice class 2's limit, nothing verified): (100 − 90) · 2.31 % = 0.23 m³/h; of two types √(2.31² + 2.08²) =
    3.11 m³/h. Where the region's people say how large all input meters' error is together, that is taken.
    """
    stated = Settings(region, around.subject, from_ms(int(at_ms.max()))).stated(INPUT_ERROR) if at_ms.size else None
    hour = _hour_volumes(meters, at_ms)
    whole = np.abs(net_m3h) * (stated or 0.0) / 100 / Z95
    shared = _meters_sd(region, meters, hour, at_ms) if stated is None else whole
    area_m2 = np.array([_area_m2(tank) for tank in around.tanks])
    # Each of two half-hours' mean levels may be off by anything within a step.
    alone = float(np.sqrt(np.sum((area_m2 * LEVEL_STEP_M) ** 2) / 6)) if area_m2.size else 0.0
    return HourDoubt(shared, np.full(at_ms.size, alone))


def _hour_volumes(meters: MeterSteps, at_ms: Ints) -> Floats:
    """Volume through each meter in each hour, hours × meters."""
    total = np.zeros((meters.end_ms.size + 1, len(meters.points)))
    np.nancumsum(meters.volume_m3, axis=0, out=total[1:])
    first, last = (np.searchsorted(meters.end_ms, edge, side="right") for edge in (at_ms, at_ms + HOUR_MS))
    result: Floats = total[last] - total[first]
    return result


def _meters_sd(region: Region, meters: MeterSteps, hour: Floats, at_ms: Ints) -> Floats:
    """Meters of one type and age err together, with the signs of in and out; others apart."""
    groups: dict[str, Floats] = {}
    tanks = {tank.level_point for tank in region.reservoirs}
    for column, (point, sign) in enumerate(zip(meters.points, meters.sign, strict=True)):
        if point in tanks:
            continue
        for item in region.assignments_of_point.get(point, ()):
            here = (at_ms >= to_ms(item.start)) & (at_ms < (to_ms(item.end) if item.end else 2**62))
            if not here.any():
                continue
            rows = region.rows_of_device.get(item.device, ())
            sd = sign * np.abs(hour[:, column]) * relative_sd(rows, at_ms, accuracy_class=_class_of(rows))
            group = bias_group(rows[-1] if rows else None)
            groups[group] = groups.get(group, np.zeros(at_ms.size)) + np.where(here, sd, 0.0)
    squares = np.sum([sd**2 for sd in groups.values()], axis=0) if groups else np.zeros(at_ms.size)
    result: Floats = np.sqrt(squares)
    return result


def _class_of(rows: tuple[Device, ...]) -> AccuracyClass:
    """Flow meters at a zone's border are of class 1, meters of customers of class 2, where nobody says otherwise."""
    return 1 if rows and rows[-1].kind == "flow_meter" else 2


def _area_m2(tank: Reservoir) -> float:
    """Mean surface of a tank over its curve [m²]."""
    if len(tank.curve) < 2:
        return 0.0
    (low, least), (high, most) = tank.curve[0], tank.curve[-1]
    return (most - least) / (high - low) if high > low else 0.0
