"""Noise like a real zone's: a day's course, slow and fast scatter, and heavier tails than a normal distribution."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from models import expected
from models.detector import Context, Row
from models.expected import HOUR_MS, Bands, Calendar
from models.reading import from_ms, to_ms

CALENDAR = Calendar(ZoneInfo("Europe/Prague"))
START = datetime(2026, 1, 5, tzinfo=UTC)
STEP_MS = 300_000
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def correlated(rng: np.random.Generator, count: int, hours: float, steps_an_hour: float) -> Floats:
    """Unit noise whose correlation falls to 1/e within `hours`."""
    phi = float(np.exp(-1 / (hours * steps_an_hour)))
    shocks = (rng.normal(size=count) * np.sqrt(1 - phi * phi)).tolist()
    return np.fromiter(accumulate(shocks, lambda level, shock: phi * level + shock), np.float64, count)


def course(time_ms: Ints, mean_m3h: float) -> Floats:
    """Expected inflow of a town by the local clock, lower and later on Sundays."""
    local_ms = time_ms + 3_600_000
    hour = local_ms % 86_400_000 / HOUR_MS
    sunday = local_ms // 86_400_000 % 7 == 3
    peak = np.where(sunday, 9.5, 7.5)
    shape = 1 + 0.35 * np.exp(-(((hour - peak) / 2) ** 2)) + 0.35 * np.exp(-(((hour - 19.5) / 2.5) ** 2))
    shape -= 0.45 * np.exp(-(((hour - 3) / 2.5) ** 2))
    season = 1 + 0.1 * np.sin((time_ms - to_ms(START)) / 86_400_000 / 365 * 2 * np.pi)
    return mean_m3h * shape * season * np.where(sunday, 0.93, 1.0)


def hours(days: int, seed: int, mean_m3h: float = 40.0, noise: float = 0.06) -> tuple[Ints, Floats]:
    """Starts and values of hours."""
    rng = np.random.default_rng(seed)
    time_ms = to_ms(START) + np.arange(days * 24, dtype=np.int64) * HOUR_MS
    scatter = 0.8 * correlated(rng, time_ms.size, 6, 1) + 0.6 * rng.standard_t(5, time_ms.size) / np.sqrt(5 / 3)
    return time_ms, course(time_ms + HOUR_MS // 2, mean_m3h) * (1 + noise * scatter)


class Inflow:
    """Raw steps of a zone with the band that its hours give, ready to be judged."""

    def __init__(self, days: int, seed: int, mean_m3h: float = 40.0, noise: float = 0.06) -> None:
        rng = np.random.default_rng(seed)
        count = days * 288
        self.time_ms = to_ms(START) + np.arange(1, count + 1, dtype=np.int64) * STEP_MS
        scatter = 0.8 * correlated(rng, count, 5, 12) + 0.6 * correlated(rng, count, 0.3, 12)
        middle = self.time_ms - STEP_MS // 2
        self.flow_m3h = course(middle, mean_m3h) * (1 + noise * scatter)
        hourly = self.flow_m3h.reshape(-1, 12).mean(axis=1)[:, None]
        hour_ms = self.time_ms[::12] - STEP_MS
        end = from_ms(int(hour_ms[-1]) + HOUR_MS)
        bands: Bands = expected.expected_bands(hour_ms, hourly, CALENDAR, START, end)
        self.lower, self.expected, self.upper = (
            expected.between_hours(bands.time_ms, values[:, 0], middle)
            for values in (bands.lower, bands.expected, bands.upper)
        )
        residual = (self.flow_m3h - self.expected)[~np.isnan(self.expected)]
        self.sigma_15min_m3h = float(residual[: residual.size // 3 * 3].reshape(-1, 3).mean(axis=1).std())

    def rows(self, first: int = 0, last: int | None = None, more_m3h: float = 0.0) -> list[Row]:
        """Rows of steps [first, last), with more water than there was."""
        part = slice(first, last)
        columns = (
            column[part].tolist() for column in (self.time_ms, self.flow_m3h, self.lower, self.expected, self.upper)
        )
        return [
            Row(from_ms(time_ms), value + more_m3h, *((None, None, None) if low != low else (low, middle, high)))
            for time_ms, value, low, middle, high in zip(*columns, strict=True)
        ]


def zone_context(
    *operations: tuple[datetime, datetime | None, str], limits: dict[str, float] | None = None, level: str = "zone"
) -> Context:
    """A context of a zone named Bynov."""
    return Context(level, "bynov", "Bynov", limits or {}, 300.0, operations)


def minutes(count: int, start: datetime = START, step: int = 5) -> list[datetime]:
    """Moments some minutes apart."""
    return [start + timedelta(minutes=step * index) for index in range(count)]
