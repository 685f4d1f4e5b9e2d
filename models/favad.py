"""How leakage follows pressure (FAVAD), and how many hours of night leakage make a day's: the night-day factor.

Leaks of fixed area lose water with the square root of pressure, leaks whose area grows with it with the power 1.5. A
network has both, so that its leakage follows

    L1 / L0 = (P1 / P0) ** N1,   N1 between 0.5 and 1.5                                                     (1)

and the leakage of a day, from that of the hour of minimum night flow,

    L_day = L_MNF · NDF,   NDF = Σ over the day's hours of (P_h / P_MNF) ** N1  [h/d]                        (2)

with pressures at the average zone point. With gravity supply pressure is highest at night and NDF is below 24; where
pressure is reduced at night it is above. Sources: J. May, Pressure dependent leakage, World Water and Environmental
Engineering 1994, and A. Lambert, What do we know about pressure:leakage relationships, IWA Brno 2001, both not seen
here; (1), its limits and (2) as told by leakssuite.com, "FAVAD and N1 Update" and "Night-Day Factor NDF" (2017), which
reports factors from below 10 to above 60 h/d.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.calendar import HOUR_MS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LEAST_HOURS = 0.75
"""Of a day with less pressure the missing hours could be just those that matter."""
LEAST_PRESSURE_M = 1.0
"""At less the zone was drained or the sensor dead: nothing follows from that night."""

REASONS = ("night_day_factor.no_point", "night_day_factor.no_pressure", "night_day_factor.pressure_incomplete")


def leakage_ratio(pressure_m: float, reference_m: float, n1: float) -> float:
    """Leakage at a pressure over that at a reference pressure, equation (1).

    pressure_m : [m of water], nothing leaks at or below 0; reference_m : [m of water], > 0; n1 : exponent, ≥ 0
    Raises ValueError if reference_m is not positive or n1 negative.

    Hand-computed: from 60 m down to 45 m leakage falls to 75 % with N1 = 1, to 86.6 % with 0.5, to 65 % with 1.5.

    >>> [round(leakage_ratio(45.0, 60.0, n1), 3) for n1 in (1.0, 0.5, 1.5)]
    [0.75, 0.866, 0.65]
    """
    if reference_m <= 0 or n1 < 0:
        raise ValueError(f"reference pressure {reference_m} m must be positive and N1 {n1} not negative")
    return float((max(pressure_m, 0.0) / reference_m) ** n1)


def night_day_factor(pressure_m: Floats, night_pressure_m: float, n1: float, hours: float | None = None) -> float:
    """Equation (2) [h/d] from mean pressures of hours; those that are missing (NaN) count as the mean of the others.

    hours : length of the day, 23, 24 or 25 h; as many as there are pressures where not given

    Hand-computed: gravity, 60 m for 8 hours of night and 50 m for 16 of day, N1 = 1: 8 + 16 · 50/60 = 21.33 h/d. Night
    pressure reduced to 30 m for 6 hours, 50 m else, N1 = 1: 6 + 18 · 50/30 = 36 h/d.

    >>> round(night_day_factor(np.array([60.0] * 8 + [50.0] * 16), 60.0, 1.0), 2)
    21.33
    >>> night_day_factor(np.array([30.0] * 6 + [50.0] * 18), 30.0, 1.0)
    36.0
    """
    if night_pressure_m <= 0 or n1 < 0:
        raise ValueError(f"night pressure {night_pressure_m} m must be positive and N1 {n1} not negative")
    ratio = (np.maximum(pressure_m, 0.0) / night_pressure_m) ** n1
    return float(np.nanmean(ratio)) * (pressure_m.size if hours is None else hours)


class NightDay(NamedTuple):
    """The night-day factor of a local day.

    factor_h : [h/d], None where it can't be had, `reason` (one of REASONS) says why
    sd_h : standard deviation that N1's uncertainty gives it
    night_pressure_m : mean pressure in the hour of minimum night flow
    coverage : share of the day with pressure
    """

    factor_h: float | None
    sd_h: float
    night_pressure_m: float | None
    coverage: float
    reason: str = ""


def night_day(
    time_ms: Ints, pressure_m: Floats, covered: Floats, at_ms: int, start_ms: int, end_ms: int, n1: float, n1_sd: float
) -> NightDay:
    """The factor of a local day from hourly mean pressures at the average zone point.

    time_ms, pressure_m, covered : starts of hours, their means [m] and coverage, in order, around the day
    at_ms : start of the hour of minimum night flow; it may lie over two of the hours
    start_ms, end_ms : the local day, 23, 24 or 25 hours; the factor counts as many, so that it gives that day's volume
    """
    inside = slice(*np.searchsorted(time_ms, [start_ms, end_ms]).tolist())
    hours = (end_ms - start_ms) / HOUR_MS
    known = np.isfinite(pressure_m[inside]) & (covered[inside] > 0)
    coverage = float(covered[inside][known].sum() / hours)
    if coverage <= 0:
        return NightDay(None, 0.0, None, 0.0, "night_day_factor.no_pressure")
    night = _mean_of_hour(time_ms, pressure_m, covered, at_ms)
    if coverage < LEAST_HOURS or night is None or night < LEAST_PRESSURE_M:
        return NightDay(None, 0.0, night, coverage, "night_day_factor.pressure_incomplete")
    pressure = pressure_m[inside][known]
    factor = night_day_factor(pressure, night, n1, hours)
    return NightDay(factor, n1_sd * abs(_slope(pressure, night, n1, hours)), night, coverage)


def _slope(pressure_m: Floats, night_m: float, n1: float, hours: float) -> float:
    """d NDF / d N1 [h/d]: the sum of r ** N1 · ln r; what doesn't flow doesn't change."""
    ratio = pressure_m[pressure_m > 0] / night_m
    return float(np.sum(ratio**n1 * np.log(ratio)) / pressure_m.size * hours)


def _mean_of_hour(time_ms: Ints, pressure_m: Floats, covered: Floats, at_ms: int) -> float | None:
    """Mean pressure in the hour from at_ms, from the one or two stored hours that it lies in; None where one lacks."""
    overlap = np.minimum(time_ms + HOUR_MS, at_ms + HOUR_MS) - np.maximum(time_ms, at_ms)
    share = np.where(np.isfinite(pressure_m) & (covered > 0), overlap, 0).clip(0) / HOUR_MS
    return float(np.dot(share, np.nan_to_num(pressure_m))) if share.sum() > 1 - 1e-9 else None
