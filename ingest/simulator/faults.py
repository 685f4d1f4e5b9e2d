"""What goes wrong with devices: silence, values that stand still, spikes, clocks that are off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from ingest.simulator.almanac import DAY_H, HOUR_S
from ingest.simulator.chance import Floats, stream, uniform

_WEEK_S = 7 * DAY_H * HOUR_S
_MONTH_S = 30 * DAY_H * HOUR_S
_CLOCK_BITS = ("smartvoda", "thingsboard", "wmbusmeters")
_CLOCK_KINDS = ("water_meter", "pressure_sensor")

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Habits:
    """How often devices of a kind fail.

    every_weeks : one silence falls in each such span; shortest_h, longest_h : how long it lasts
    lost : share of single readings that get lost on the air
    stuck : chance that a value stands still for a while in a week; spikes : share of readings that jump
    """

    every_weeks: int
    shortest_h: float
    longest_h: float
    lost: float = 0.0
    stuck: float = 0.0
    spikes: float = 0.0


HABITS: dict[str, Habits] = {
    "flow_meter": Habits(3, 5.0, 34.0),
    "pressure_sensor": Habits(6, 2.0, 40.0, lost=0.004, stuck=0.012, spikes=2e-5),
    "water_meter": Habits(9, 4.0, 60.0, lost=0.012),
    "tank_station": Habits(12, 1.0, 7.0, stuck=0.004, spikes=5e-6),
    "dam_station": Habits(10, 1.0, 8.0),
    "weather_station": Habits(8, 2.0, 20.0),
}


class Window(NamedTuple):
    """A time during which something is wrong [s since 1970 UTC]."""

    start: float
    end: float

    def holds(self, time_s: Floats) -> Mask:
        """Which times lie in it."""
        return (time_s >= self.start) & (time_s < self.end)


class Clock(NamedTuple):
    """A device's wrong clock: an hour off for good, or set back to 1970 for weeks at a time."""

    kind: Literal["hour", "lost"]
    offset_s: int


class Faults:
    """The faults of one device, by seed."""

    def __init__(self, seed: int, device: str, kind: str, dialect: str) -> None:
        self.habits = HABITS.get(kind, HABITS["water_meter"])
        self._silence = stream(seed, "silence", device)
        self._stuck = stream(seed, "stuck", device)
        self._single = stream(seed, "single", device)
        self._lost_clock = stream(seed, "lost clock", device)
        self._silences = lru_cache(maxsize=8)(self._silence_of)
        care, clock = uniform(stream(seed, "care", device), np.arange(2)).tolist()
        self._carelessness = 0.45 + 0.85 * care
        self.clock = _clock(clock) if kind in _CLOCK_KINDS and dialect in _CLOCK_BITS else None

    def silent(self, time_s: Floats) -> Mask:
        """Which readings never arrive."""
        result = np.zeros(len(time_s), dtype=bool)
        for window in self._windows(time_s, self.habits.every_weeks * _WEEK_S, self._silences):
            result |= window.holds(time_s)
        if self.habits.lost:
            result |= uniform(self._single, time_s.astype(np.int64)) < self.habits.lost
        return result

    def stuck(self, time_s: Floats) -> list[Window]:
        """Times during which the sensor repeats what it said at their start."""
        return list(self._windows(time_s, _WEEK_S, self._stuck_of)) if self.habits.stuck else []

    def spikes(self, time_s: Floats) -> Floats:
        """By what single readings are multiplied; 1 for nearly all."""
        draw = uniform(self._single, time_s.astype(np.int64) + 1)
        return np.where(draw < self.habits.spikes, 1.6 + 1.5 * draw / max(self.habits.spikes, 1e-12), 1.0)

    def clock_lost(self, time_s: Floats) -> Mask:
        """When the device believes that it is 1970."""
        if self.clock is None or self.clock.kind != "lost":
            return np.zeros(len(time_s), dtype=bool)
        month = (time_s // _MONTH_S).astype(np.int64)
        return np.asarray((uniform(self._lost_clock, month) < 0.3) & (time_s % _MONTH_S < 12 * DAY_H * HOUR_S))

    def _windows(self, time_s: Floats, period_s: int, of: object) -> Iterator[Window]:
        if len(time_s):
            first, last = int(time_s[0] // period_s) - 1, int(time_s[-1] // period_s)
            for number in range(first, last + 1):
                yield from of(number)  # type: ignore[operator]

    def _silence_of(self, number: int) -> tuple[Window, ...]:
        habits, period_s = self.habits, self.habits.every_weeks * _WEEK_S
        when, length = uniform(self._silence, number * 2 + np.arange(2)).tolist()
        hours = (habits.shortest_h + (habits.longest_h - habits.shortest_h) * length) * self._carelessness
        start = float(np.floor(number * period_s + when * (period_s - hours * HOUR_S)))
        return (Window(start, start + np.floor(hours * HOUR_S)),)

    def _stuck_of(self, number: int) -> tuple[Window, ...]:
        chance, when, length = uniform(self._stuck, number * 3 + np.arange(3)).tolist()
        if chance >= self.habits.stuck:
            return ()
        start = float(np.floor((number + when) * _WEEK_S))
        return (Window(start, start + np.floor((6 + 42 * length) * HOUR_S)),)


def since_power_up_s(time_s: float) -> float:
    """What a clock that has lost its time shows [s since 1970]: the time since its device's last power-up."""
    return time_s % _MONTH_S


def _clock(draw: float) -> Clock | None:
    if draw < 0.012:
        return Clock("hour", HOUR_S if draw < 0.007 else -HOUR_S)
    return Clock("lost", 0) if draw < 0.02 else None
