"""Water that leaves a zone beside its customers: leaks, bursts, flushing, hydrants. Known at every moment exactly."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from ingest.simulator.almanac import HOUR_S
from ingest.simulator.chance import Floats, Ints, stream, uniform
from ingest.simulator.commands import Command
from ingest.simulator.parameters import Leak
from models.reading import EPOCH
from models.registry import Operation, Region

ML_PER_M3 = 1_000_000
_WEEK_S = 7 * 24 * HOUR_S
_QUARTER_S = 91 * 24 * HOUR_S
_LEAKING = frozenset({"leak", "burst"})
_HYDRANT_A_WEEK = 0.16
_LEAK_A_QUARTER = 0.10


@dataclass(frozen=True, slots=True)
class Release:
    """Water let go from `start` to `end` [s since 1970 UTC], `flow_m3h` once `ramp_s` have passed.

    cause : leak, burst, or an operation's kind; logged : it stands in operations.csv
    commanded : it follows a command of the log
    """

    cause: str
    start: float
    end: float
    flow_m3h: float
    ramp_s: float = 0.0
    logged: bool = False
    commanded: bool = False

    def rate_m3h(self, time_s: Floats) -> Floats:
        """Flow at times."""
        since = time_s - self.start
        grown = np.clip(since / self.ramp_s, 0.0, 1.0) if self.ramp_s > 0 else 1.0
        return np.where((since >= 0) & (time_s < self.end), self.flow_m3h * grown, 0.0)

    def volume_ml(self, time_s: Floats) -> Ints:
        """Volume let go until times, in whole millilitres, so that sums do not depend on how they are cut."""
        since = np.clip(time_s, self.start, self.end) - self.start
        ramped = since
        if self.ramp_s > 0:
            ramped = np.where(since < self.ramp_s, since * since / (2 * self.ramp_s), since - self.ramp_s / 2)
        return np.rint(ramped * (self.flow_m3h * ML_PER_M3 / HOUR_S)).astype(np.int64)


class Releases:
    """Everything that a zone lets go, by the region's operations, the past's leaks, chance and commands."""

    def __init__(self, zone: str, mean_m3h: float, seed: int, fixed: Sequence[Release], commands: Sequence[Command]):
        self.zone = zone
        self._mean_m3h = mean_m3h
        self._hydrants = stream(seed, "hydrant", zone)
        self._breaks = stream(seed, "break", zone)
        self._fixed = tuple(fixed)
        self._commanded = tuple(_bursts(commands))
        self._repairs = tuple(command_s(item) for item in commands if item.command == "repair")
        last = max((item.start for item in fixed if item.cause == "leak"), default=0.0)
        self._chance_after = max(last, _CHANCE_FROM_S)
        self._by_quarter = lru_cache(maxsize=32)(self._quarter)

    def between(self, start_s: float, end_s: float) -> list[Release]:
        """Releases that run at some time in [start, end)."""
        found = [item for item in (*self._fixed, *self._commanded) if item.start < end_s and item.end > start_s]
        for quarter in range(int(start_s // _QUARTER_S) - 1, int((end_s - 1) // _QUARTER_S) + 1):
            found += [item for item in self._by_quarter(quarter) if item.start < end_s and item.end > start_s]
        return [self._repaired(item) for item in found if self._repaired(item).end > start_s]

    def commanded_bursts(self) -> list[Release]:
        """Bursts that people started, with the end that a repair gave them."""
        return [self._repaired(item) for item in self._commanded]

    def _repaired(self, item: Release) -> Release:
        if item.cause not in _LEAKING:
            return item
        end = min((time for time in self._repairs if time > item.start), default=math.inf)
        return replace(item, end=end) if end < item.end else item

    def _quarter(self, quarter: int) -> list[Release]:
        """What chance brings in a quarter: hydrants that nobody logs, and leaks after the last that files name."""
        weeks = np.arange(quarter * 13, quarter * 13 + 13)
        draws = uniform(self._hydrants, (weeks[:, None] * 4 + np.arange(4)))
        found = []
        for week, (chance, when, length, size) in zip(weeks.tolist(), draws.tolist(), strict=True):
            if chance < _HYDRANT_A_WEEK:
                start = math.floor(week * _WEEK_S + when * (_WEEK_S - 2 * HOUR_S))
                seconds = math.floor(1200 + 4800 * length)
                found.append(Release("hydrant", start, start + seconds, self._mean_m3h * (0.12 + 0.35 * size)))
        chance, when, length, size = uniform(self._breaks, quarter * 4 + np.arange(4)).tolist()
        start = math.floor((quarter + when) * _QUARTER_S)
        if chance < _LEAK_A_QUARTER and start > self._chance_after:
            seconds = math.floor(24 * HOUR_S * (1.0 + 11.0 * length))
            found.append(Release("leak", start, start + seconds, self._mean_m3h * (0.06 + 0.12 * size), 1800.0))
        return found


_CHANCE_FROM_S = 1_795_132_800.0  # 2026-11-20: until then the leaks are those that parameters.toml names


def of_zone(
    zone: str, mean_m3h: float, seed: int, region: Region, leaks: Iterable[Leak], commands: Sequence[Command]
) -> Releases:
    """The releases of a zone."""
    fixed = [
        Release("leak", _s(leak.start), _s(leak.end) if leak.end else math.inf, leak.flow_m3h, leak.ramp_h * HOUR_S)
        for leak in leaks
        if leak.zone == zone
    ]
    fixed += [item for operation in region.operations if operation.zone == zone for item in _logged(operation)]
    return Releases(zone, mean_m3h, seed, fixed, [item for item in commands if item.zone == zone])


def command_s(command: Command) -> float:
    """A command's time in seconds since 1970 UTC."""
    return _s(command.time)


def _logged(operation: Operation) -> list[Release]:
    if not operation.volume_m3 or operation.end is None or operation.end <= operation.start:
        return []
    start, end = _s(operation.start), _s(operation.end)
    return [Release(operation.kind, start, end, operation.volume_m3 * HOUR_S / (end - start), logged=True)]


def _bursts(commands: Iterable[Command]) -> Iterable[Release]:
    for item in commands:
        if item.command == "burst":
            yield Release("burst", command_s(item), math.inf, item.flow_m3h, 60.0, commanded=True)


def _s(moment: object) -> float:
    return (moment - EPOCH).total_seconds()  # type: ignore[operator,no-any-return]
