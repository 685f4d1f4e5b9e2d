"""The expected band of every zone: fitted from hourly rollups, kept ahead of time, handed to the detectors."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from analysis.topology import Topology
from models import expected
from models.calendar import HOUR_MS
from models.event import CaseState, EventKind
from models.expected import MEMORY_DAYS, Calendar
from models.reading import from_ms, to_ms
from models.records import Records
from models.rollup import RollupSeries
from models.store import Store

AHEAD = timedelta(hours=49)
KEPT = timedelta(days=2)
"""Bands this far back are at hand for readings that come a little late."""
MEMORY = timedelta(days=MEMORY_DAYS)
NAME = "expected_net_inflow_m3h"
Floats = npt.NDArray[np.float64]


class Bands:
    """Hourly net inflow of the zones as a matrix, and the bands that models.expected finds in it."""

    def __init__(self, store: Store, records: Records, topology: Topology, country: str) -> None:
        self.store = store
        self.records = records
        self.topology = topology
        self.calendar = Calendar(topology.region.tz, country)
        self._column = {zone: index for index, zone in enumerate(topology.zones)}
        self._back = KEPT
        self._first_ms = 0
        self._values: Floats = np.empty((0, len(self._column)))
        self._bands = expected.Bands(np.empty(0, np.int64), *(np.empty((0, len(self._column))),) * 3)

    def load(self, now: datetime) -> None:
        """Read what the store has of the last months; a zone at a time, to stay small."""
        self._make(now - MEMORY, now)
        for zone in self._column:
            rows = self.store.rollups("zone", [zone], "hour", "net_inflow_m3h", now - MEMORY, now).get(zone, [])
            times = np.array([to_ms(row.time) for row in rows], np.int64)
            values = np.array([np.nan if row.value is None else row.value for row in rows])
            self._put(zone, times, values)

    def learn(self, series: Iterable[RollupSeries]) -> None:
        """Take computed hours of zones into the matrix."""
        for one in series:
            if (one.level, one.period, one.quantity) == ("zone", "hour", "net_inflow_m3h"):
                self._put(one.subject, one.time_ms, one.value)

    def refresh(self, start: datetime, now: datetime, to_end: datetime | None = None) -> None:
        """Compute and store the bands from the local day of `start` until two days ahead of `now`."""
        if not self._column:
            return
        begin = self.calendar.midnight(start.astimezone(self.calendar.tz).date())
        end = to_end or now + AHEAD
        self._make(begin - MEMORY, now)
        times = self._first_ms + np.arange(self._values.shape[0], dtype=np.int64) * HOUR_MS
        known = times + HOUR_MS <= to_ms(now)
        values = self._without_leaks(times[known], self._values[known], now)
        bands = expected.expected_bands(times[known], values, self.calendar, begin, end)
        self.store.write_rollup_series(self._series(bands))
        if to_end is None:
            self._keep(bands, now)

    def at(self, zone: str, time_ms: npt.NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
        """Lower bound, expected value and upper bound of a zone at moments; NaN where nothing is expected."""
        bands, column = self._bands, self._column[zone]
        lower, centre, upper = (
            expected.between_hours(bands.time_ms, values[:, column], time_ms)
            for values in (bands.lower, bands.expected, bands.upper)
        )
        return lower, centre, upper

    def hold(self, back: timedelta, now: datetime) -> None:
        """Have the bands that far back at hand: longer for a replay, then no longer."""
        self._back = back
        self._keep(self._bands, now)

    def recall(self, start: datetime, now: datetime) -> None:
        """Have the stored bands since a time at hand again."""
        first_ms = to_ms(start) // HOUR_MS * HOUR_MS
        if self._bands.time_ms.size and self._bands.time_ms[0] <= first_ms:
            return
        times = np.arange(first_ms, to_ms(now + AHEAD), HOUR_MS, dtype=np.int64)
        lower, centre, upper = (np.full((times.size, len(self._column)), np.nan) for _ in range(3))
        for zone, column in self._column.items():
            for row in self.store.rollups("zone", [zone], "hour", NAME, from_ms(first_ms), now + AHEAD).get(zone, []):
                place = (to_ms(row.time) - first_ms) // HOUR_MS
                if row.value is not None and row.minimum is not None and row.maximum is not None:
                    centre[place, column] = row.value
                    lower[place, column], upper[place, column] = row.minimum, row.maximum
        self._back = now - start
        self._bands = expected.Bands(times, centre, lower, upper)

    def _keep(self, bands: expected.Bands, now: datetime) -> None:
        """The newest bands together with those of the last days."""
        old = self._bands
        recent = old.time_ms >= to_ms(now - self._back)
        if bands is old:
            self._bands = expected.Bands(
                old.time_ms[recent], old.expected[recent], old.lower[recent], old.upper[recent]
            )
            return
        keep = recent & (old.time_ms < bands.time_ms[0] if bands.time_ms.size else True)
        self._bands = expected.Bands(
            np.concatenate([old.time_ms[keep], bands.time_ms]),
            np.concatenate([old.expected[keep], bands.expected]),
            np.concatenate([old.lower[keep], bands.lower]),
            np.concatenate([old.upper[keep], bands.upper]),
        )

    def _series(self, bands: expected.Bands) -> Iterable[RollupSeries]:
        ones = np.ones(bands.time_ms.size)
        for zone, column in self._column.items():
            centre = bands.expected[:, column]
            known = ~np.isnan(centre)
            if known.any():
                value, lower, upper = (
                    np.round(v[known, column], 6) for v in (bands.expected, bands.lower, bands.upper)
                )
                yield RollupSeries("zone", zone, "hour", NAME, bands.time_ms[known], value, lower, upper, ones[known])

    def _without_leaks(self, times: npt.NDArray[np.int64], values: Floats, now: datetime) -> Floats:
        """The measured hours less those of bursts and of logged operations."""
        result = values.copy()
        if not times.size:
            return result
        for operation in self.topology.region.operations:
            column = self._column.get(operation.zone)
            if column is not None:
                end = operation.end or operation.start + timedelta(days=1)
                expected.without(times, result, column, operation.start, end)
        for event in self.records.events(start=from_ms(int(times[0]))):
            column = self._column.get(event.subject)
            if event.kind is EventKind.BURST and column is not None:
                over = event.end or (self._closed_at(event.id) if event.case is CaseState.CLOSED else None)
                expected.without(times, result, column, event.start, over)
        return result

    def _closed_at(self, event: str) -> datetime | None:
        """When a person closed an event whose signal stands: from then on its level is the usual one."""
        closings = [entry.at for entry in self.records.event_log(event) if entry.what == CaseState.CLOSED.value]
        return closings[-1] if closings else None

    def _make(self, start: datetime, now: datetime) -> None:
        """A matrix that begins at or before `start` and reaches to `now`, keeping what is there."""
        first_ms = to_ms(start) // HOUR_MS * HOUR_MS
        hours = (to_ms(now) - first_ms) // HOUR_MS + 1
        values = np.full((hours, len(self._column)), np.nan)
        if self._values.shape[0]:
            shift = (self._first_ms - first_ms) // HOUR_MS
            begin, end = max(0, shift), min(hours, shift + self._values.shape[0])
            values[begin:end] = self._values[begin - shift : end - shift]
        self._first_ms, self._values = first_ms, values

    def _put(self, zone: str, time_ms: npt.NDArray[np.int64], values: Floats) -> None:
        column = self._column.get(zone)
        if column is None or not time_ms.size:
            return
        if not self._values.shape[0]:
            self._make(from_ms(int(time_ms[0])), from_ms(int(time_ms[-1])))
        rows = (time_ms - self._first_ms) // HOUR_MS
        if rows[-1] >= self._values.shape[0]:
            more = np.full((int(rows[-1]) + 1 - self._values.shape[0], self._values.shape[1]), np.nan)
            self._values = np.concatenate([self._values, more])
        inside = rows >= 0
        self._values[rows[inside], column] = values[inside]
