"""What a test may look at: one series, what the registry knows of its device, and the device's other quantities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from models.quantity import QUANTITIES
from models.reading import Series
from models.register_limits import at_times
from models.registry import Assignment, Device
from models.validation.thresholds import Limit, limit

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Evidence:
    """One series with what is known around it.

    series : times ascending and unique, values finite, only what ingest and people let count
    devices : the registry's rows of the device, empty where it is not registered; assignments : where it hung
    kind : of the device; role : of the point at which it hangs; empty where unknown
    beside : series of other quantities of the same device
    bounds : level of empty and full [m, datum of the registry] where the device stands in a tank
    now_ms : up to when silence can be told; dialect : by which it speaks
    """

    series: Series
    devices: tuple[Device, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    kind: str = ""
    role: str = ""
    beside: Mapping[str, Series] = field(default_factory=dict)
    bounds: tuple[float, float] | None = None
    now_ms: int | None = None
    dialect: str = ""

    @property
    def time_ms(self) -> Ints:
        """Times of the readings."""
        return self.series.time_ms

    @cached_property
    def value(self) -> Floats:
        """Values with multiplier and mounting height, as models compute with them."""
        known = QUANTITIES.get(self.series.quantity)
        value = self.series.value * self.of_device(lambda row: row.multiplier, 1.0)
        if self.series.quantity == "pressure_m" or (known is not None and known.kind == "level"):
            value = value + self.of_device(lambda row: row.mounting_height_m or 0.0, 0.0)
        return value

    def limit(self, test: str) -> Limit | None:
        """The thresholds of a test for this kind of device and quantity; None where it does not apply."""
        return limit(test, self.series.quantity, self.kind)

    @cached_property
    def q3_m3h(self) -> Floats:
        """The permanent flow of the meter at each reading, NaN where unknown."""
        return self.of_device(lambda row: row.q3_m3h or np.nan, np.nan)

    def of_device(self, column: Callable[[Device], float], unknown: float) -> Floats:
        """A column of the registry at each reading, by the row valid then."""
        if not self.devices:
            return np.full(self.time_ms.size, unknown)
        if len(self.devices) == 1:
            return np.full(self.time_ms.size, column(self.devices[0]))
        return np.array([column(row) for row in self.devices])[at_times(self.devices, self.time_ms)]
