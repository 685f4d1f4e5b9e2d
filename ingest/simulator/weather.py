"""The weather of a place: air temperature and rain by the hour."""

from __future__ import annotations

import numpy as np

from ingest.simulator.almanac import Hours
from ingest.simulator.chance import Floats, red, stream, uniform

_LAPSE_C_PER_M = 0.0065
_REFERENCE_M = 250.0


def temperature_c(seed: int, hours: Hours, elevation_m: float = _REFERENCE_M) -> Floats:
    """Air temperature [°C]: the year, the day, and fronts that pass in two to four days."""
    fronts = red(np.array([[stream(seed, "fronts")]]), int(hours.hour[0]), int(hours.hour[-1]) + 1, 50.0)[0]
    warm = -np.cos(hours.season - 0.35)
    daily = (2.6 + 1.9 * warm) * np.cos(2 * np.pi * (hours.local - 15) / 24)
    height = _LAPSE_C_PER_M * (elevation_m - _REFERENCE_M)
    return np.asarray(9.6 + 10.2 * warm + daily + 3.1 * fronts - height)


def rain_mm(seed: int, hours: Hours, place: str = "") -> Floats:
    """Rain of each hour [mm]; wet spells are the region's, amounts the place's."""
    first, last = int(hours.hour[0]), int(hours.hour[-1]) + 1
    spell = red(np.array([[stream(seed, "spells")]]), first, last, 9.0)[0]
    amount = -np.log(uniform(stream(seed, "rain", place), hours.hour))
    summer = 1.0 - 0.45 * np.cos(hours.season)
    mm: Floats = np.where(spell > 1.15, (spell - 1.0) * amount * summer, 0.0)
    return np.asarray(np.rint(mm * 10.0) / 10.0)


def thirst(temperature: Floats, rain: Floats) -> Floats:
    """By which share people use more water in heat and less in the garden when it rains (dimensionless)."""
    return 0.011 * np.clip(temperature - 21.0, 0.0, None) - 0.006 * np.clip(rain, 0.0, 3.0)
