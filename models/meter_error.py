"""What a meter's permissible error means for a volume: standard deviations, intervals, and sums of many meters.

A permissible error is a limit, not a standard deviation: a meter that passed its test errs by anything between −E
and +E, and nothing more is known. That is a rectangular distribution, whose standard deviation is E / √3 (the GUM's
rule for a quantity of which only bounds are known: after JCGM 100:2008, 4.3.7, not seen here).

Limits of accuracy class 2 in cold water: 2 % from Q2 to Q4, 5 % from Q1 to below Q2. Source: Czech government decree
120/2016 Sb., "Největší dovolená chyba (MPE)" of water meters, points 5 and 6; class 1 has 1 % and 3 % (after ISO
4064-1:2014, 4.2.2, not seen here). Q1 = Q3 / R, Q2 = 1.6 · Q1, Q4 = 1.25 · Q3 (after ISO 4064-1:2014, 4.1.4, not seen
here). In service twice the limits are permitted (after OIML R 49-1, not seen here): that is taken where
`verified_until` has passed or is not known.

What meters of one type and age have in common (a wearing bearing, a batch's calibration) doesn't average out over a
town: the error of a class limit is taken as one bias of a group, fully correlated within it. What is each meter's own,
the resolution of its register and how a gap was filled, is independent and adds as squares.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from models.reading import to_ms
from models.register_limits import OVERLOAD, at_times
from models.registry import Device

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
AccuracyClass = Literal[1, 2]

Z95 = 1.959964
"""95 % of a normal distribution lie within so many standard deviations: sums of many errors are near it."""
UPPER = {1: 0.01, 2: 0.02}
"""Permissible relative error from Q2 to Q4 by accuracy class."""
LOWER = {1: 0.03, 2: 0.05}
"""The same from Q1 to below Q2."""
UNSPECIFIED = 1.0
"""Below Q1 no limit is specified: the meter may stand still."""
TRANSITION = 1.6
"""Q2 / Q1."""
IN_SERVICE = 2.0
"""A meter in service may err by so many times the limit of its first verification."""
SHORT_STEP_MS = 15 * 60_000
"""Over longer steps a mean flow says nothing of the range a meter worked in: a household draws in minutes."""
RESOLUTION_M3 = 0.001
"""A register is read to the litre where nobody says otherwise."""


class FlowRange(NamedTuple):
    """Q1, Q2, Q3, Q4 of a meter [m³/h]; NaN where they are not known."""

    q1: float
    q2: float
    q3: float
    q4: float


def flow_range(device: Device | None) -> FlowRange:
    """The flows between which a meter's limits hold.

    >>> flow_range(Device("1", "water_meter", q3_m3h=2.5, ratio_r=80))
    FlowRange(q1=0.03125, q2=0.05, q3=2.5, q4=3.125)
    """
    q3 = device.q3_m3h if device is not None and device.q3_m3h else np.nan
    q1 = q3 / device.ratio_r if device is not None and device.ratio_r else np.nan
    return FlowRange(q1, TRANSITION * q1, q3, OVERLOAD * q3)


def standard_deviation(permissible: float) -> float:
    """The standard deviation of an error of which only ± its limit is known.

    >>> round(standard_deviation(0.02), 5)
    0.01155
    """
    return permissible / sqrt(3)


def in_service(device: Device | None, at_ms: int) -> bool:
    """Whether the limits of a meter in service count: its verification is over, or nobody knows until when it holds."""
    return device is None or device.verified_until is None or at_ms >= to_ms(device.verified_until)


def relative_sd(
    devices: Sequence[Device],
    at_ms: Ints,
    flow_m3h: Floats | None = None,
    step_ms: Ints | None = None,
    accuracy_class: AccuracyClass = 2,
) -> Floats:
    """Relative standard deviation of the bias of volumes metered at given times, 0.0115 for 2 %.

    devices : the registry's rows of the meter; none: nothing is known of it, class 2 in service
    flow_m3h : mean flows of the steps, step_ms their lengths; steps longer than SHORT_STEP_MS, and meters whose Q1 is
        unknown, count as Q2 to Q4. None: all do

    >>> from models.reading import from_ms
    >>> meter = Device("1", "water_meter", q3_m3h=2.5, ratio_r=80, verified_until=from_ms(1000))
    >>> relative_sd([meter], np.array([0, 2000])).round(4).tolist()
    [0.0115, 0.0231]
    >>> flow = np.array([0.02, 0.04, 0.06])
    >>> (relative_sd([meter], np.zeros(3, np.int64), flow, np.full(3, 60_000)) * sqrt(3)).round(3).tolist()
    [1.0, 0.05, 0.02]
    """
    rows: Sequence[Device | None] = devices or (None,)
    which = at_times(devices, at_ms) if len(rows) > 1 else np.zeros(at_ms.size, np.intp)
    limit = np.full(at_ms.size, UPPER[accuracy_class])
    if flow_m3h is not None and step_ms is not None:
        ranges = np.array([flow_range(row) for row in rows])[which]
        speaks = (step_ms <= SHORT_STEP_MS) & (flow_m3h > 0)
        limit[speaks & (flow_m3h < ranges[:, 1])] = LOWER[accuracy_class]
        limit[speaks & (flow_m3h < ranges[:, 0])] = UNSPECIFIED
    until = np.array([-(2**62) if in_service(row, -(2**62)) else _until_ms(row) for row in rows], np.int64)
    late = (at_ms >= until[which]) & (limit < UNSPECIFIED)
    return np.where(late, IN_SERVICE * limit, limit) / sqrt(3)


def _until_ms(device: Device | None) -> int:
    return -(2**62) if device is None or device.verified_until is None else to_ms(device.verified_until)


def bias_group(device: Device | None) -> str:
    """Key of the meters that err together: one kind, type, size and ratio, verified until the same year.

    >>> from models.reading import from_ms
    >>> bias_group(Device("1", "water_meter", "iperl", 20, 2.5, 160.0, verified_until=from_ms(1_700_000_000_000)))
    'water_meter|iperl|20|160|2023'
    """
    if device is None:
        return "unknown"
    size = "" if device.dn_mm is None else str(device.dn_mm)
    ratio = "" if device.ratio_r is None else f"{device.ratio_r:g}"
    year = "" if device.verified_until is None else str(device.verified_until.year)
    return "|".join((device.kind, device.type, size, ratio, year))


def resolution_m3(device: Device | None) -> float:
    """The smallest step of a register [m³]: a pulse's litres, else a litre."""
    pulse = device.litres_per_pulse if device is not None else None
    return (pulse or 1000 * RESOLUTION_M3) / 1000 * (device.multiplier if device is not None else 1.0)


def resolution_sd_m3(device: Device | None) -> float:
    """Standard deviation of a register's difference from reading it in whole steps, at both ends.

    Each end is off by anything within one step: variance step²/12 (rectangular), twice.

    >>> round(resolution_sd_m3(Device("1", "water_meter", litres_per_pulse=10)) * 1000, 3)
    4.082
    """
    return resolution_m3(device) / sqrt(6)


class Interval(NamedTuple):
    """Bounds of a 95 % interval, same shape as the value."""

    lower: Floats
    upper: Floats


def interval_of(volume_m3: Floats, sd_m3: Floats, *, signed: bool = False) -> Interval:
    """The 95 % interval around volumes; what only flows forward is never below nothing.

    >>> lower, upper = interval_of(np.array([10.0, 0.1]), np.array([1.0, 1.0]))
    >>> lower.round(2).tolist(), upper.round(2).tolist()
    ([8.04, 0.0], [11.96, 2.06])
    """
    lower = volume_m3 - Z95 * sd_m3
    if not signed:
        lower = np.maximum(lower, np.minimum(volume_m3, 0.0))
    return Interval(lower, volume_m3 + Z95 * sd_m3)


@dataclass(frozen=True, slots=True)
class Part:
    """One term of a sum, volumes in m³.

    bias_m3 : standard deviations of what is common to a group, by the group's key: |volume| · relative_sd
    rest_m3 : standard deviation of all that is its own (resolution, gap filling)
    """

    volume_m3: float
    bias_m3: Mapping[str, float] = field(default_factory=dict)
    rest_m3: float = 0.0


def combine(parts: Iterable[tuple[float, Part]]) -> Part:
    """A sum of signed terms as one: the biases of a group add with their signs, what is each one's own as squares.

    parts : (sign or factor, part)

    >>> one = Part(100.0, {"iperl": 1.0}, 3.0)
    >>> both = combine([(1.0, one), (1.0, one), (-1.0, Part(50.0, {"iperl": 0.5, "other": 2.0}, 4.0))])
    >>> both.volume_m3, dict(both.bias_m3), round(both.rest_m3 ** 2, 6)
    (150.0, {'iperl': 1.5, 'other': -2.0}, 34.0)
    """
    volume, squares = 0.0, 0.0
    bias: dict[str, float] = {}
    for factor, part in parts:
        volume += factor * part.volume_m3
        squares += (factor * part.rest_m3) ** 2
        for group, sd in part.bias_m3.items():
            bias[group] = bias.get(group, 0.0) + factor * sd
    return Part(volume, bias, sqrt(squares))


def sd_m3(part: Part) -> float:
    """Standard deviation of a sum: groups are independent of each other and of the rest.

    >>> sd_m3(Part(1.0, {"a": 3.0, "b": -4.0}, 12.0))
    13.0
    """
    return sqrt(sum(sd * sd for sd in part.bias_m3.values()) + part.rest_m3**2)


def part_of(
    device: Device | None, volume_m3: float, lower_m3: float | None, upper_m3: float | None, at_ms: int
) -> Part:
    """A stored volume with its interval (a rollup's value, minimum, maximum) as a term of a sum.

    The bias of its meter by its class at that time; the rest of the interval is the volume's own. Without an interval
    the register's resolution is the rest.
    """
    rows = () if device is None else (device,)
    bias = abs(volume_m3) * float(relative_sd(rows, np.array([at_ms]))[0])
    rest = resolution_sd_m3(device)
    if lower_m3 is not None and upper_m3 is not None:
        # Where the lower bound was cut at nothing, the upper one still tells the whole.
        half = max(upper_m3 - volume_m3, volume_m3 - lower_m3)
        whole = half / Z95
        bias = min(bias, whole)
        rest = sqrt(max(whole**2 - bias**2, 0.0))
    return Part(volume_m3, {bias_group(device): bias}, rest)
