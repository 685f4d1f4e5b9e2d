"""What the simulated region really does, which the product must find out. Nobody but the simulator reads it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from importlib.resources import files
from typing import Any

import numpy as np

from ingest.simulator.chance import stream, uniform
from models.registry import Region, Zone

_SEEDLESS = 0
"""Defaults are drawn by name, not by the run's seed: the region stays the same, its days differ."""


@dataclass(frozen=True, slots=True)
class ZoneTruth:
    """A zone as it really is.

    leakage_m3h : background leakage at mean pressure; litres_person_day : household use
    static_head_m : pressure head without flow at the average zone point
    head_loss_m : friction loss at mean flow [m]; kind : estate, town, mixed, industry, village, metered
    noise : standard deviation of the relative deviation of use from its pattern
    """

    leakage_m3h: float
    kind: str
    litres_person_day: float
    static_head_m: float
    head_loss_m: float
    noise: float


@dataclass(frozen=True, slots=True)
class PointTruth:
    """A point as it really is: mean use and whose use it is, persons behind it, or its share of what passes."""

    mean_m3h: float = 0.0
    profile: str = "workshop"
    persons: int = 2
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class TankTruth:
    """A tank as it really is: the zone it feeds, its pump's flow and power."""

    zone: str
    pump_m3h: float
    pump_kw: float


@dataclass(frozen=True, slots=True)
class Leak:
    """A leak of the past, or one that still runs (end None)."""

    zone: str
    start: datetime
    flow_m3h: float
    end: datetime | None = None
    ramp_h: float = 0.0


class Parameters:
    """The truth about a region, from parameters.toml and, for what is not listed, from names."""

    def __init__(self, region: Region, content: Mapping[str, Any] | None = None) -> None:
        self.region = region
        self._content = _packaged() if content is None else content

    @cached_property
    def leaks(self) -> tuple[Leak, ...]:
        """Leaks of the region's own zones, by start."""
        listed = (Leak(**item) for item in self._content.get("leak", ()))
        return tuple(sorted((leak for leak in listed if leak.zone in self.region.zone), key=lambda leak: leak.start))

    def zone(self, zone: Zone) -> ZoneTruth:
        """The truth about a zone."""
        draw = _draws("zone", zone.zone, 6)
        use_m3h = max(zone.population_served, 20) * 95.0 / 24_000
        default = {
            "leakage_m3h": use_m3h * (0.15 + 0.25 * draw[0]),
            "kind": "mixed",
            "litres_person_day": 88.0 + 14.0 * draw[1],
            "static_head_m": (zone.mean_pressure_m or 45.0) + 5.0,
            "head_loss_m": 3.0 + 3.0 * draw[2],
            "noise": (0.031 + 0.037 * draw[3]) * (1.0 + 6.0 / max(zone.population_served, 100) ** 0.5),
        }
        return ZoneTruth(**{**default, **self._content.get("zone", {}).get(zone.zone, {})})

    def point(self, point: str, zone: str = "") -> PointTruth:
        """The truth about a metering point."""
        draw = _draws("point", point, 2)
        default = {"mean_m3h": 0.2 + draw[0], "persons": 1 + int(draw[1] * 4)}
        return PointTruth(**{**default, **self._content.get("point", {}).get(point, {})})

    def tank(self, tank: str) -> TankTruth | None:
        """The truth about a tank, None where nothing says which zone it feeds."""
        item = self._content.get("tank", {}).get(tank)
        return TankTruth(**item) if item else None

    def mean_release_m3h(self, dam: str) -> float:
        """What a dam lets go on average [m³/h]."""
        return float(self._content.get("dam", {}).get(dam, {}).get("mean_release_m3h", 900.0))


def _packaged() -> Mapping[str, Any]:
    return tomllib.loads(files("ingest.simulator").joinpath("parameters.toml").read_text(encoding="utf-8"))


def _draws(what: str, name: str, count: int) -> list[float]:
    return [float(draw) for draw in uniform(stream(_SEEDLESS, what, name), np.arange(count))]
