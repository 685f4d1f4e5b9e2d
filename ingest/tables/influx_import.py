"""Imports series of another InfluxDB by a mapping: in spans of time, resumable, idempotent, read-only there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ingest.bulk import import_series
from ingest.tables.bad_rows import BadRows
from ingest.tables.importing import Stopped, Target
from ingest.tables.influx_mapping import InfluxMapping, InfluxSeries
from ingest.tables.influx_source import InfluxSource, Points
from ingest.tables.readings import DAY_MS, EARLIEST_MS, Bad
from ingest.tables.series_of_rows import SOURCE
from ingest.tables.stored_values import to_stored, unbelievable
from models.quality import Quality
from models.reading import Series, from_ms, iso_z, to_ms
from models.records import NewDevice
from models.store import Written
from models.tables import Outcome, Said, Say

SPAN = timedelta(days=14)
HEAD = ("measurement", "field", "tags", "time", "value")
_GOOD = np.array([int(Quality.GOOD)], dtype=np.int8)


class InfluxImport:
    """An import from one server by one mapping."""

    def __init__(self, source: InfluxSource, mapping: InfluxMapping, target: Target, say: Say, bad_path: Path) -> None:
        self._source, self._mapping, self._target = source, mapping, target
        self._bad = BadRows(bad_path, HEAD, say)
        self._latest_ms = to_ms(target.clock.now()) + DAY_MS
        self._seen: dict[str, tuple[int, int, set[str]]] = {}
        self._read = self._bad_points = 0
        self._written = Written(0, 0, 0)

    def run(self, progress: Callable[[float], bool], again: bool = False) -> Outcome:
        """Import all series; each goes on where an earlier, interrupted import of it was.

        progress : is told the share done, and says whether to go on; again : from the beginning

        Raises VodaError (import.influx), Stopped, and what the store raises.
        """
        try:
            for number, series in enumerate(self._mapping.series):
                self._one(series, progress, number, again)
            bad_file = self._bad.done()
        except BaseException:
            self._bad.give_up()
            raise
        self._see_devices()
        new, same, revised = self._written
        return Outcome(self._read, new, same, revised, self._bad_points, bad_file=bad_file)

    def _one(self, series: InfluxSeries, progress: Callable[[float], bool], number: int, again: bool) -> None:
        span = self._source.span(series)
        if span is None:
            return
        name = f"import {self._digest(series)}"
        begun = self._target.records.cursor(name)
        # What came there since the last import is newer than its mark.
        start_ms = span[0] if again or not begun else max(span[0], int(begun))
        step_ms = SPAN // timedelta(milliseconds=1)
        while start_ms <= span[1]:
            end_ms = min(start_ms + step_ms, span[1] + 1)
            for points in self._source.points(series, from_ms(start_ms), from_ms(end_ms)):
                self._write(series, points)
            start_ms = end_ms
            self._target.records.set_cursor(name, str(start_ms))
            share = (start_ms - span[0]) / max(1, span[1] + 1 - span[0])
            if not progress((number + min(1.0, share)) / len(self._mapping.series)):
                raise Stopped

    def _digest(self, series: InfluxSeries) -> str:
        """What is told by the server, the series and how it is mapped."""
        text = json.dumps([self._source.name, repr(series), sorted(self._mapping.devices.items())])
        return hashlib.sha256(text.encode()).hexdigest()

    def _write(self, series: InfluxSeries, points: Points) -> None:
        device = series.device_of(points.tags, self._mapping.devices)
        if not device:
            self._refuse(series, points, np.ones(len(points.time_ms), dtype=np.bool_), Said("no_name"))
            return
        stored = to_stored(series.quantity, series.unit, points.value)
        impossible = unbelievable(series.quantity, points.value, stored)
        old, future = points.time_ms < EARLIEST_MS, points.time_ms > self._latest_ms
        said = Said("no_such_value", {"quantity": series.quantity})
        for wrong, reason in ((old, Said("too_old")), (future, Said("in_future")), (impossible & ~old & ~future, said)):
            self._refuse(series, points, wrong, reason)
        good = ~(impossible | old | future)
        self._read += int(np.count_nonzero(good))
        for wave in _waves(device, series.quantity, points.time_ms[good], stored[good]):
            done = import_series(self._target.store, [wave])
            self._written = Written(*(a + b for a, b in zip(self._written, done, strict=True)))
            first, last, quantities = self._seen.get(device, (1 << 62, 0, set()))
            first, last = min(first, int(wave.time_ms[0])), max(last, int(wave.time_ms[-1]))
            self._seen[device] = (first, last, quantities | {series.quantity})

    def _refuse(self, series: InfluxSeries, points: Points, wrong: npt.NDArray[np.bool_], reason: Said) -> None:
        tags = ",".join(f"{name}={value}" for name, value in points.tags.items())
        for place in np.flatnonzero(wrong).tolist():
            self._bad_points += 1
            time, value = iso_z(from_ms(int(points.time_ms[place]))), repr(float(points.value[place]))
            cells: Sequence[str] = (series.measurement, series.field, tags, time, value)
            self._bad.add([Bad(self._bad_points, series.field, value, reason)], {self._bad_points: cells})

    def _see_devices(self) -> None:
        region = self._target.records.region()
        known = set(region.device) if region else set()
        seen = [
            NewDevice(device, SOURCE, self._source.name, from_ms(first), from_ms(last), tuple(sorted(quantities)))
            for device, (first, last, quantities) in self._seen.items()
            if device not in known
        ]
        self._target.records.see_devices(seen)


def _waves(device: str, quantity: str, time_ms: npt.NDArray[np.int64], value: npt.NDArray[np.float64]) -> list[Series]:
    """Series of ascending, unique times; of several values of one time the first comes first, others after it."""
    waves = []
    order = np.argsort(time_ms, kind="stable")
    time_ms, value = time_ms[order], value[order]
    while len(time_ms):
        first = np.ones(len(time_ms), dtype=np.bool_)
        first[1:] = time_ms[1:] != time_ms[:-1]
        waves.append(Series(device, quantity, time_ms[first], value[first], _GOOD, SOURCE))
        time_ms, value = time_ms[~first], value[~first]
    return waves
