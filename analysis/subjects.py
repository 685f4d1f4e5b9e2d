"""What the detectors watch: each detector with each of its subjects, and where its rows come from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from analysis.bands import Bands
from analysis.topology import Topology
from models.anomalies.data_stopped import CustomersStopped, DataStopped
from models.anomalies.pressure_low import PressureLow, pressure_limits
from models.anomalies.tank_low import TankLow, tank_limits
from models.detector import Context, Detector, Row
from models.detectors import DETECTORS
from models.event import EventKind
from models.leaks.burst import Burst
from models.reading import from_ms, to_ms
from models.register import usable
from models.registry import Operation
from models.rollup_series import scale_of
from models.store import Store
from models.zone_flow import TANK_WINDOW_S, net_inflow_series
from models.zone_flow import keys as boundary_keys

STEP_S = 300
BEFORE = timedelta(hours=3)
"""Readings before a raw step that it may rest on."""
OPERATIONS_KNOWN = timedelta(days=60)
TANK_LEVELS = ("level_m", "stage_m")
PRESSURES = ("pressure_m",)
KINDS: dict[type, EventKind] = {
    Burst: EventKind.BURST,
    TankLow: EventKind.TANK_LOW,
    PressureLow: EventKind.PRESSURE_LOW,
    DataStopped: EventKind.DATA_STOPPED,
    CustomersStopped: EventKind.DATA_STOPPED,
}


@dataclass(frozen=True, slots=True)
class Subject:
    """A detector with one of its subjects.

    level, name : of its events; title : how people call it; limits : named thresholds from the registry's facts
    """

    detector: Detector
    level: str
    name: str
    title: str
    limits: Mapping[str, float]
    operations: tuple[Operation, ...] = ()

    @property
    def kinds(self) -> tuple[EventKind, ...]:
        """Kinds of its events."""
        return (KINDS[type(self.detector)],)

    @property
    def key(self) -> tuple[str, str]:
        """Key of its stored state."""
        return self.detector.name, self.name

    def context(self, now: datetime) -> Context:
        """What its detector may know beside the rows."""
        operations = tuple(
            (item.start, item.end, item.kind)
            for item in self.operations
            if item.start <= now and (item.end is None or item.end > now - OPERATIONS_KNOWN)
        )
        return Context(self.level, self.name, self.title, dict(self.limits), float(STEP_S), operations)


class Subjects:
    """The subjects of a region by detector, and their rows."""

    def __init__(self, store: Store, topology: Topology, bands: Bands) -> None:
        self.store = store
        self.topology = topology
        self.bands = bands
        makers: dict[type, Callable[[Detector], Iterable[Subject]]] = {
            Burst: self._zones,
            TankLow: self._tanks,
            PressureLow: self._pressures,
            DataStopped: self._stations,
            CustomersStopped: self._customers,
        }
        self.of: dict[type, dict[str, Subject]] = {
            type(detector): {subject.name: subject for subject in makers[type(detector)](detector)}
            for detector in DETECTORS
        }

    def __iter__(self) -> Iterator[Subject]:
        return (subject for subjects in self.of.values() for subject in subjects.values())

    def _zones(self, detector: Detector) -> Iterable[Subject]:
        region = self.topology.region
        for name in self.topology.zones:
            operations = tuple(item for item in region.operations if item.zone == name)
            yield Subject(detector, "zone", name, region.zone[name].name, {}, operations)

    def _tanks(self, detector: Detector) -> Iterable[Subject]:
        for item in self.topology.region.reservoirs:
            limits = tank_limits(item)
            if limits and item.level_point:
                yield Subject(detector, "reservoir", item.reservoir, item.name, limits)

    def _pressures(self, detector: Detector) -> Iterable[Subject]:
        for item in self.topology.region.points:
            if item.role == "pressure":
                yield Subject(detector, "point", item.point, item.point, pressure_limits())

    def _stations(self, detector: Detector) -> Iterable[Subject]:
        for station in self.topology.stations.values():
            limits = {"important": float(station.important)}
            yield Subject(detector, "point", station.point, station.point, limits)

    def _customers(self, detector: Detector) -> Iterable[Subject]:
        region = self.topology.region
        for name, zone in region.zone.items():
            if self.topology.customers(name):
                yield Subject(detector, "zone", name, zone.name, {})

    def rows(self, subject: Subject, start: datetime, end: datetime) -> list[Row]:
        """A subject's rows in (start, end] from the store."""
        if isinstance(subject.detector, Burst):
            return self._net_inflow(subject.name, start, end)
        if isinstance(subject.detector, TankLow):
            return self._values(self.topology.region.reservoir[subject.name].level_point, TANK_LEVELS, start, end)
        if isinstance(subject.detector, PressureLow):
            return self._values(subject.name, PRESSURES, start, end)
        if isinstance(subject.detector, DataStopped):
            return self._heard(subject.name, start, end)
        return []

    def _net_inflow(self, zone: str, start: datetime, end: datetime) -> list[Row]:
        """Raw steps of a zone's net inflow with their band, without those that miss a point's data."""
        region = self.topology.region
        border = self.topology.boundary("zone", zone, end)
        keys = boundary_keys(region, border, start - BEFORE, end)
        found = self.store.series(keys, start - BEFORE, end + timedelta(milliseconds=1))
        data = {key: series for key, series in zip(keys, found, strict=True) if series.time_ms.size}
        net = net_inflow_series(region, border, data, start, end, STEP_S)
        known = ~np.isnan(net.value) & (net.time_ms > to_ms(start))
        times, values = net.time_ms[known], net.value[known]
        # A step is stamped at its end; what it says is true of its middle.
        lower, centre, upper = self.bands.at(zone, times - (TANK_WINDOW_S if border.tanks else STEP_S) * 500)
        columns = (column.tolist() for column in (times, values, lower, centre, upper))
        return [
            Row(from_ms(time_ms), value, *((None, None, None) if low != low or high != high else (low, middle, high)))
            for time_ms, value, low, middle, high in zip(*columns, strict=True)
        ]

    def _values(self, point: str, quantities: Sequence[str], start: datetime, end: datetime) -> list[Row]:
        """Values of the devices that hung at a point, referred to its datum."""
        after_end = end + timedelta(milliseconds=1)
        found: dict[int, float] = {}
        for item in self.topology.region.devices_at(point, start, after_end):
            first = max(start + timedelta(milliseconds=1), item.start)
            last = min(after_end, item.end or after_end)
            keys = [(item.device, quantity) for quantity in quantities]
            for series in self.store.series(keys, first, last):
                times, values = usable(series)
                factor, offset = scale_of(self.topology.region.device.get(item.device), series.quantity)
                found.update(zip(times.tolist(), (values * factor + offset).tolist(), strict=True))
        return [Row(from_ms(time_ms), found[time_ms]) for time_ms in sorted(found)]

    def _heard(self, point: str, start: datetime, end: datetime) -> list[Row]:
        """Times at which a station was heard, whatever it said."""
        devices = self.topology.stations[point].devices
        keys = [(device, quantity) for device in devices for quantity in HEARD]
        found = self.store.series(keys, start + timedelta(milliseconds=1), end + timedelta(milliseconds=1))
        times = np.unique(np.concatenate([series.time_ms for series in found]))
        return [Row(from_ms(time_ms), 1.0) for time_ms in times.tolist()]

    def customer_times(self, zone: str, start: datetime, end: datetime) -> list[npt.NDArray[np.int64]]:
        """Times of the registers of a zone's customer meters in [start, end)."""
        points = self.topology.customers(zone)
        keys = [(device, "volume_m3") for point in points for device in self.topology.devices_now(point)]
        return [series.time_ms for series in self.store.series(keys, start, end)] if keys else []


HEARD = ("flow_m3h", "pressure_m", "level_m", "stage_m", "volume_m3", "interval_volume_m3")
"""Quantities by which a station's rhythm is known."""
