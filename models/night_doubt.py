"""How sure the net inflow of a night's lowest hour is: meters' errors, levels of tanks, and that it is the lowest."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.balance.inputs import INPUT_ERROR, Settings
from models.boundary import Boundary
from models.calendar import HOUR_MS
from models.meter_error import Z95, AccuracyClass, bias_group, relative_sd
from models.reading import Series, from_ms, to_ms
from models.registry import Device, Region, Reservoir
from models.zone_flow import MeterSteps, blur_ms

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

STEP_MS = 300_000
"""Steps of net inflow."""
LEVEL_STEP_M = 0.01
"""A tank's level is read to the centimetre."""
LOWEST_OF_FOUR = (1.515, 0.701)
"""How far the lowest rolling hour of four lies below their mean where nights are level but for chance, and how that
scatters, in standard deviations of an hour's chance: of drawn nights of 48 independent steps; a test draws again."""
LEAST_STEPS = 12
"""Steps of a night below which its chance is not told: hours that follow each other differ by more than chance."""
NORMAL = 1.4826
"""Standard deviation over median absolute deviation of a normal distribution."""


class HourDoubt(NamedTuple):
    """Standard deviations of the net inflow of hours [m³/h].

    shared : of the meters' errors, which stay from night to night; alone : of levels and chance, which don't
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


def lowest_hour_doubt(net: Series, around: Boundary, nights_ms: Ints) -> HourDoubt:
    """What choosing the lowest of a night's hours adds to the doubt of its flow [m³/h].

    Customers' chance shows in the steps; the lowest hour is where it happens to be low, by LOWEST_OF_FOUR of its
    standard deviation in an hour, while legitimate use and leakage are asked for as they are on the whole. It is low
    every night, so that the mean of that is shared; how low, is each night's own.

    net : steps of net inflow (models.zone_flow.net_inflow_series), `nights_ms` start and end of each night's window
    """
    window = 2 * blur_ms(around) / STEP_MS + 1
    result = np.zeros(nights_ms.shape[0])
    for i, (first, last) in enumerate(np.searchsorted(net.time_ms, nights_ms, side="right").tolist()):
        change = np.diff(net.value[first:last])
        change = change[np.isfinite(change)]
        if change.size >= LEAST_STEPS:
            # A running mean of w steps moves by their difference over w.
            step_sd = NORMAL * float(np.median(np.abs(change))) / np.sqrt(2) * window
            result[i] = step_sd / np.sqrt(HOUR_MS / STEP_MS)
    return HourDoubt(LOWEST_OF_FOUR[0] * result, LOWEST_OF_FOUR[1] * result)


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
