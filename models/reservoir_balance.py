"""Volumes of a reservoir over steps of time: what flowed in by balance, and what measured volumes leave unexplained.

    storage change = inflow − outflow + (rain − evaporation) · surface + residual

A term that nobody measures is left out and named. The residual is never spread over the terms, and an inflow that comes
out negative stays so: both say that something was measured wrongly, or flows where nothing measures.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

MM_PER_M = 1000.0


class Weather(NamedTuple):
    """What falls on and leaves the surface in each step [mm]; None where nobody measures it."""

    rain_mm: Floats | None = None
    evaporation_mm: Floats | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """The terms that are not known."""
        named = (("rain_mm", self.rain_mm), ("evaporation_mm", self.evaporation_mm))
        return tuple(name for name, value in named if value is None)


NO_WEATHER = Weather()


class Inflow(NamedTuple):
    """Inflow of steps by balance [m³]; negative where it came out so; missing : terms that were left out."""

    volume_m3: Floats
    negative: Flags
    missing: tuple[str, ...]


def inflow_by_balance(
    change_m3: Floats, outflow_m3: Floats, surface_m2: Floats | None = None, weather: Weather = NO_WEATHER
) -> Inflow:
    """What must have flowed in: I = ΔS + O + (evaporation − rain) · A, by step; NaN where a term of the step is NaN.

    change_m3 : storage at the step's end − at its start; outflow_m3 : release, draw and spill in the step
    surface_m2 : mean water surface in the step; without it rain and evaporation are left out

    Source: continuity of a storage; elementary. Hand-computed: storage falls by 4 000 m³, 10 000 m³ leave, 5 mm
    evaporate and 1 mm falls on 200 000 m²: −4 000 + 10 000 + 0.004 · 200 000 = 6 800 m³.

    >>> day = Weather(np.array([1.0]), np.array([5.0]))
    >>> inflow_by_balance(np.array([-4000.0]), np.array([10_000.0]), np.array([200_000.0]), day).volume_m3.tolist()
    [6800.0]
    """
    known = weather if surface_m2 is not None else NO_WEATHER
    volume = change_m3 + outflow_m3 - _surface_gain_m3(surface_m2, known)
    with np.errstate(invalid="ignore"):
        return Inflow(volume, volume < 0.0, known.missing)


def residual_m3(
    change_m3: Floats,
    inflow_m3: Floats,
    outflow_m3: Floats,
    surface_m2: Floats | None = None,
    weather: Weather = NO_WEATHER,
) -> Floats:
    """Storage change that measured volumes don't explain, by step [m³]: ΔS − (I − O + (rain − evaporation) · A).

    Positive: more water is there than flowed in by the meters; negative: water is gone that no meter saw leave.

    >>> residual_m3(np.array([500.0]), np.array([2000.0]), np.array([1600.0])).tolist()
    [100.0]
    """
    known = weather if surface_m2 is not None else NO_WEATHER
    return np.asarray(change_m3 - (inflow_m3 - outflow_m3 + _surface_gain_m3(surface_m2, known)))


def _surface_gain_m3(surface_m2: Floats | None, weather: Weather) -> Floats | float:
    """What rain adds to the surface less what evaporates from it [m³]."""
    if surface_m2 is None:
        return 0.0
    rain = 0.0 if weather.rain_mm is None else weather.rain_mm
    evaporation = 0.0 if weather.evaporation_mm is None else weather.evaporation_mm
    return (rain - evaporation) * surface_m2 / MM_PER_M


class Closure(NamedTuple):
    """How well a balance closes over its known steps.

    steps : of which all terms are known; inflow_m3, residual_m3 : sums over them
    worst_pct : largest residual of a step over that step's inflow [%]; NaN where no step had any
    """

    steps: int
    inflow_m3: float
    residual_m3: float
    worst_pct: float

    @property
    def residual_pct(self) -> float | None:
        """The summed residual over the summed inflow [%]; None without inflow."""
        return 100.0 * self.residual_m3 / self.inflow_m3 if self.inflow_m3 > 0 else None


def closure(residual: Floats, inflow_m3: Floats) -> Closure:
    """A balance's residual beside its inflow.

    >>> closure(np.array([1.0, -3.0, np.nan]), np.array([100.0, 100.0, 100.0]))
    Closure(steps=2, inflow_m3=200.0, residual_m3=-2.0, worst_pct=3.0)
    """
    known = ~np.isnan(residual + inflow_m3)
    left, flowed = residual[known], inflow_m3[known]
    # A residual without any inflow that day is beyond every share of it.
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.where(left == 0.0, 0.0, np.abs(left) / np.abs(flowed))
    worst = 100.0 * float(shares.max()) if len(shares) else float("nan")
    return Closure(int(known.sum()), float(flowed.sum()), float(left.sum()), worst)
