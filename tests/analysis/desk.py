"""Real stores with a small region, an analysis on them, and readings to feed it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from analysis.service import Analysis
from models.reading import Reading, Series, from_ms
from models.registry import Region
from models.rollup import ROLLUP_QUANTITIES, Level, Rollup
from storage.migrate import upgrade
from storage.records import SqlRecords
from storage.sqlite.store import SqliteStore
from tests.models.towns import REGION

LEVELS: tuple[Level, ...] = ("device", "point", "zone", "municipality", "region")
QUANTITIES = (*ROLLUP_QUANTITIES, "flow_m3h", "level_m", "pressure_m")


class SetClock:
    """Time as a test sets it."""

    speed = 1.0

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


class FileClock:
    """Time that one process sets for another, in a file."""

    speed = 1.0

    def __init__(self, path: Path) -> None:
        self.path = path

    def now(self) -> datetime:
        return datetime.fromisoformat(self.path.read_text())


@dataclass
class Desk:
    """Stores in a folder and the analysis on them."""

    folder: Path
    clock: SetClock | FileClock
    records: SqlRecords
    store: SqliteStore
    analysis: Analysis

    @classmethod
    def open(cls, folder: Path, clock: SetClock | FileClock, region: Region | None = REGION, writer: str = "t") -> Desk:
        folder.mkdir(parents=True, exist_ok=True)
        url = f"sqlite:///{folder / 'records.db'}"
        upgrade(url)
        records = SqlRecords(url, clock)
        if region is not None and not records.region_version():
            records.save_region(region, "test", "first", clock.now())
        store = SqliteStore(folder / "readings.db", records.engine, writer, clock)
        return cls(folder, clock, records, store, Analysis(store, records, clock))

    def again(self) -> Desk:
        """A new process's view of the same folder."""
        self.close()
        return Desk.open(self.folder, self.clock)

    def close(self) -> None:
        self.store.close()
        self.records.close()


def rollups_of(store: SqliteStore, start: datetime, end: datetime) -> dict[tuple[object, ...], Rollup]:
    """Everything that was computed of a span and says something."""
    found = {}
    for level in LEVELS:
        for period in ("hour", "day"):
            for quantity in QUANTITIES:
                for rows in store.rollups(level, None, period, quantity, start, end).values():  # type: ignore[arg-type]
                    for row in rows:
                        if row.coverage > 0:
                            found[level, row.subject, period, quantity, row.time] = row
    return found


def registers(device: str, start: datetime, hours: int, seed: int, step_min: int = 60) -> list[Reading]:
    """A household's register."""
    rng = np.random.default_rng(seed)
    count = hours * 60 // step_min
    values = np.round(100 + np.cumsum(rng.gamma(0.5, 0.03, count)), 3)
    return [
        Reading(device, "volume_m3", float(value), start + timedelta(minutes=step_min * index))
        for index, value in enumerate(values)
    ]


def flows(
    device: str, start: datetime, hours: int, seed: int, mean_m3h: float = 20.0, step_min: int = 15
) -> list[Reading]:
    """A flow meter's means, stamped at the end of each step."""
    rng = np.random.default_rng(seed)
    return [
        Reading(device, "flow_m3h", round(float(value), 3), start + timedelta(minutes=step_min * (index + 1)))
        for index, value in enumerate(rng.normal(mean_m3h, 2.0, hours * 60 // step_min))
    ]


def levels(device: str, start: datetime, hours: int, seed: int) -> list[Reading]:
    """A tank that breathes."""
    rng = np.random.default_rng(seed)
    values = 3 + np.sin(np.arange(hours * 4) / 16) + rng.normal(0, 0.01, hours * 4)
    return [
        Reading(device, "level_m", round(float(value), 2), start + timedelta(minutes=15 * index))
        for index, value in enumerate(values)
    ]


def week(start: datetime, hours: int) -> list[Reading]:
    """Readings of the whole region."""
    readings: list[Reading] = []
    for index, point in enumerate(("a-in", "a-b", "a1-a2", "a-inner", "b-in", "b-out")):
        readings += flows(f"d-{point}", start, hours, index, mean_m3h=40.0 if point == "a-in" else 8.0)
    for index, point in enumerate(("a1-h1", "a1-o1", "a1-own", "a11-h1", "a11-h2")):
        readings += registers(f"d-{point}", start, hours, 100 + index)
    return readings + levels("d-tank", start, hours, 7)


def as_series(device: str, quantity: str, time_ms: Iterable[int], values: Sequence[float]) -> Series:
    """Columns of one device."""
    times = np.asarray(list(time_ms), np.int64)
    return Series(device, quantity, times, np.asarray(values, np.float64), np.ones(1, np.int8), "test")


def readings_of(device: str, quantity: str, time_ms: Iterable[int], values: Sequence[float]) -> list[Reading]:
    """Single readings of the same."""
    return [Reading(device, quantity, value, from_ms(moment)) for moment, value in zip(time_ms, values, strict=True)]
