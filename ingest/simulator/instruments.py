"""Devices as they report: when, what, with their faults. The same for history, gaps and live."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from ingest.simulator.almanac import DAY_H, HOUR_S
from ingest.simulator.chance import Floats, stream, uniform
from ingest.simulator.faults import Faults, Mask
from ingest.simulator.meter_errors import MeterErrors
from ingest.simulator.releases import Release
from ingest.simulator.routes import Route, route
from ingest.simulator.waterworks import Waterworks
from models.quality import Quality
from models.reading import Series, to_ms
from models.registry import Assignment, Device, MeteringPoint

Pace = Literal["often", "hourly", "daily"]

OFTEN_S = 300
MINUTE_S = 60
DAY_S = DAY_H * HOUR_S

_OFTEN: dict[str, tuple[str, ...]] = {
    "flow_meter": ("flow_m3h",),
    "pressure_sensor": ("pressure_m",),
    "tank_station": ("level_m", "pump_on", "power_kw"),
    "dam_station": ("stage_m", "inflow_m3h", "outflow_m3h"),
}
_HOURLY: dict[str, tuple[str, ...]] = {
    "flow_meter": ("volume_m3",),
    "water_meter": ("volume_m3",),
    "tank_station": ("run_time_h", "starts_count"),
    "dam_station": ("rain_mm", "ambient_temperature_c"),
    "weather_station": ("rain_mm", "ambient_temperature_c"),
}
_RADIO = ("chirpstack4", "ttn3", "wmbusmeters")
_BY_EXCEPTION = ("flow_meter", "pressure_sensor")


class Readings(NamedTuple):
    """Values of one quantity of one device, as said on the wire.

    time_s : when they were measured [s since 1970 UTC]; stamped_s : what the device stamps them with
    said : in the wire's unit; clock_ok : False where the device's clock had lost its time
    """

    quantity: str
    time_s: Floats
    stamped_s: Floats
    said: Floats
    clock_ok: Mask


@dataclass(frozen=True)
class Instrument:
    """A device at its point.

    zone_row : row of its zone, -1 where it lies in none
    phase_s : when within five minutes it reports; hour_phase_s : when within the hour it reads what it reads hourly
    error : what a meter counts too much, as a share of what passed
    """

    device: Device
    point: MeteringPoint
    assignment: Assignment
    route: Route
    zone_row: int
    phase_s: int
    hour_phase_s: int
    faults: Faults = field(repr=False)
    error: float = 0.0

    def quantities(self, pace: Pace) -> tuple[str, ...]:
        """What it reports often, every hour, every day."""
        if pace == "often":
            return _OFTEN.get(self.device.kind, ())
        if pace == "hourly":
            return _HOURLY.get(self.device.kind, ())
        if self.route.dialect in _RADIO:
            return ("battery_pct", "rssi_dbm") if self.route.dialect == "ttn3" else ("battery_v", "rssi_dbm")
        return ("battery_v",) if self.device.kind in _BY_EXCEPTION and self.route.dialect != "number" else ()

    @property
    def day_phase_s(self) -> int:
        """When within the UTC day it reports its battery."""
        return (self.phase_s % DAY_H) * HOUR_S + self.hour_phase_s

    @cached_property
    def in_place(self) -> tuple[float, float]:
        """From when to when it hangs there [s since 1970 UTC]."""
        end = self.assignment.end
        return to_ms(self.assignment.start) / 1000.0, to_ms(end) / 1000.0 if end else np.inf

    def series(self, found: Readings, stored: Floats) -> Series:
        """Readings as the store keeps them; `stored` are their values in stored units."""
        quality = np.where(found.clock_ok, int(Quality.GOOD), int(Quality.SUSPECT)).astype(np.int8)
        stamped = np.where(found.clock_ok, found.stamped_s, found.time_s)
        time_ms: npt.NDArray[np.int64] = np.rint(stamped * 1000.0).astype(np.int64)
        if (quality == int(Quality.GOOD)).all():
            quality = quality[:1]
        return Series(self.device.device, found.quantity, time_ms, stored, quality, self.route.dialect)


def instruments(works: Waterworks, errors: MeterErrors | None = None) -> Iterator[Instrument]:
    """Every device of the region at each point where it hangs, in order of device and time.

    errors : a draw of the meters' errors and of what goes wrong with them; exact meters where not given

    Flow meters and tanks report soon after each whole five minutes; those of a zone, and of zones that hand water to
    each other, at the same second: their sum is then the sum of what is simultaneous. All others are spread.
    """
    region, seed = works.region, works.seed
    together = _together(works)
    fault_seed = seed if errors is None or errors.fault_seed is None else errors.fault_seed
    for assignment in sorted(region.assignments, key=lambda item: (item.device, item.start)):
        device, point = region.device.get(assignment.device), region.point.get(assignment.point)
        if device is None or point is None:
            continue
        grouped = device.kind in ("flow_meter", "tank_station")
        name = together.get(point.zone, point.zone) if grouped else point.point
        often, hourly = uniform(stream(seed, "phase", name or point.point), np.arange(2)).tolist()
        way = route(region, device, point)
        spread = device.kind == "water_meter"
        yield Instrument(
            device,
            point,
            assignment,
            way,
            works.row_of_zone.get(point.zone, -1),
            int(often * (MINUTE_S if grouped else OFTEN_S)),
            int(hourly * HOUR_S) if spread else 0,
            Faults(fault_seed, device.device, device.kind, way.dialect),
            errors.relative(device, region.assignments_of_device[device.device][0].start.year) if errors else 0.0,
        )


def report_times(
    instrument: Instrument, pace: Pace, start_s: float, end_s: float, bursts: list[Release], thin: bool
) -> tuple[Floats, Floats]:
    """When an instrument reports in [start, end), and how long before it a mean begins [s].

    bursts : during these a zone's loggers report by exception, every minute
    thin : what is said often, only every whole hour
    """
    if pace == "daily":
        times = _grid(start_s, end_s, DAY_S, instrument.day_phase_s)
        return times, np.full(len(times), float(DAY_S))
    if pace == "hourly" or thin:
        times = _grid(start_s, end_s, HOUR_S, instrument.hour_phase_s if pace == "hourly" else 0)
        return times, np.full(len(times), float(HOUR_S))
    times = _grid(start_s, end_s, OFTEN_S, instrument.phase_s)
    by_exception = [burst for burst in bursts if burst.start < end_s and burst.end > start_s]
    for burst in by_exception:
        # The first reading after the pipe broke is what makes the logger call.
        extra = _grid(max(start_s, burst.start), min(end_s, burst.end), MINUTE_S, instrument.phase_s)
        times = np.union1d(times, extra)
    step = np.full(len(times), float(OFTEN_S))
    for burst in by_exception:
        step[(times >= burst.start) & (times < burst.end)] = float(MINUTE_S)
    return times, step


def heard(instrument: Instrument, time_s: Floats, bursts: list[Release]) -> Mask:
    """Which reports arrive. While a burst that people started runs, its zone's loggers are looked after."""
    missed = instrument.faults.silent(time_s)
    for burst in bursts:
        missed &= ~((time_s >= burst.start) & (time_s < burst.end))
    return np.asarray(~missed)


def bursts_seen(instrument: Instrument, works: Waterworks) -> list[Release]:
    """Bursts that people started and during which this instrument reports by exception."""
    if instrument.device.kind not in _BY_EXCEPTION or instrument.zone_row < 0:
        return []
    return works.releases[instrument.zone_row].commanded_bursts()


def _grid(start_s: float, end_s: float, step_s: int, phase_s: int) -> Floats:
    """Times in [start, end) that lie `phase` after a multiple of `step`."""
    first = -((-(int(np.ceil(start_s)) - phase_s)) // step_s)
    last = -((-(int(np.ceil(end_s)) - phase_s)) // step_s)
    return np.arange(first, last, dtype=np.float64) * step_s + phase_s


def _together(works: Waterworks) -> dict[str, str]:
    """Zones that share a meter or lie in one another → the name of their group."""
    group = {zone: zone for zone in works.zones}

    def find(zone: str) -> str:
        while group[zone] != zone:
            zone = group[zone]
        return zone

    by_point: dict[str, str] = {}
    for zone in works.region.zones:
        for point in (*zone.inflows, *zone.outflows):
            other = by_point.setdefault(point, zone.zone)
            group[find(other)] = find(zone.zone)
        if zone.parent in group:
            group[find(zone.parent)] = find(zone.zone)
    return {zone: find(zone) for zone in works.zones}
