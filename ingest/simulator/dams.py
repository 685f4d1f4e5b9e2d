"""Dams: storage that swings with the year and the weather; what flows in is what leaves plus what stays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ingest.simulator.almanac import DAY_H, HOUR_S, Almanac
from ingest.simulator.chance import Floats, stream, uniform
from ingest.simulator.weather import rain_mm
from models.registry import Reservoir

_YEAR_S = 365.25 * DAY_H * HOUR_S
_PERIODS_D = (19.0, 37.0, 83.0)


@dataclass(frozen=True, slots=True)
class _Swing:
    """A part of storage that swings: amplitude [m³], angular speed [1/s], phase [rad]."""

    amplitude: float
    speed: float
    phase: float


class Dam:
    """One dam at any time. Storage changes by inflow less release, to the litre."""

    def __init__(self, seed: int, reservoir: Reservoir, mean_release_m3h: float, almanac: Almanac) -> None:
        self.reservoir = reservoir
        self._seed, self._almanac = seed, almanac
        levels, volumes = zip(*reservoir.curve, strict=True)
        self._levels, self._volumes = np.array(levels), np.array(volumes)
        self._full_m3 = float(np.interp(reservoir.full_m, self._levels, self._volumes))
        self._release = max(mean_release_m3h, 1.5 * (reservoir.min_release_m3h or 0.0))
        draw = uniform(stream(seed, "dam", reservoir.reservoir), np.arange(8)).tolist()
        self._mean = self._full_m3 * (0.80 + 0.06 * draw[7])
        self._swings = self._make_swings(draw)

    def _make_swings(self, draw: list[float]) -> tuple[_Swing, ...]:
        """Swings whose steepest fall together stays below the release, so that inflow never turns negative."""
        parts = [0.45, 0.14, 0.14, 0.12]
        speeds = [2 * np.pi / _YEAR_S, *(2 * np.pi / (days * DAY_H * HOUR_S) for days in _PERIODS_D)]
        largest = [0.10, 0.02, 0.02, 0.03]
        phases = [-2 * np.pi * 0.12 + 0.3 * draw[0], *(2 * np.pi * x for x in draw[1:4])]
        return tuple(
            _Swing(min(largest_part * self._full_m3, part * self._release / HOUR_S / speed), speed, phase)
            for part, speed, largest_part, phase in zip(parts, speeds, largest, phases, strict=True)
        )

    def storage_m3(self, time_s: Floats) -> Floats:
        """Water stored at times [m³]."""
        total = np.full(len(time_s), self._mean)
        for swing in self._swings:
            total += swing.amplitude * np.sin(swing.speed * time_s + swing.phase)
        return np.asarray(total)

    def stage_m(self, time_s: Floats) -> Floats:
        """Stage at times [m above sea level]."""
        return np.asarray(np.interp(self.storage_m3(time_s), self._volumes, self._levels))

    def flows_m3h(self, time_s: Floats) -> tuple[Floats, Floats]:
        """Inflow and release at times [m³/h]; what rain adds runs through."""
        gain = np.zeros(len(time_s))
        for swing in self._swings:
            gain += swing.amplitude * swing.speed * np.cos(swing.speed * time_s + swing.phase) * HOUR_S
        release = self._release * (1.0 + 0.22 * self._wet(time_s))
        return np.maximum(release + gain, 0.0), release

    def _wet(self, time_s: Floats) -> Floats:
        """Rain of the last day, weighted by how recent it is [mm]."""
        first, last = int(time_s[0] // HOUR_S) - 36, int(time_s[-1] // HOUR_S) + 2
        rain = rain_mm(self._seed, self._almanac.hours(first, last), self.reservoir.reservoir)
        kernel = np.exp(-np.arange(30) / 8.0)
        run_off = np.convolve(rain, kernel / kernel.sum())[: len(rain)]
        return np.asarray(np.interp(time_s / HOUR_S, np.arange(first, last), run_off))
