"""What devices measure: from the waterworks' flows and levels to the numbers that their payloads say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import numpy as np

from ingest.simulator.almanac import DAY_H, HOUR_S
from ingest.simulator.chance import Floats, Ints, normal, stream, uniform
from ingest.simulator.dams import Dam
from ingest.simulator.instruments import (
    DAY_S,
    Instrument,
    Pace,
    Readings,
    bursts_seen,
    heard,
    instruments,
    report_times,
)
from ingest.simulator.meter_errors import MeterErrors
from ingest.simulator.releases import ML_PER_M3
from ingest.simulator.tanks import Tank
from ingest.simulator.waterworks import EPOCH_DAY, Span, Waterworks
from ingest.simulator.weather import rain_mm, temperature_c
from ingest.simulator.wire import wire
from models.reading import EPOCH, Series

LEAD_DAYS = 2
"""Days before the first reading that a span must hold: a tank's day and a mean's start lie there."""

_STAND_STILL = ("pressure_m", "level_m")
_REMOTE = 1.3
"""How much farther in friction a zone's critical point lies than its average zone point."""


class Gauges:
    """Every device of the region; readings of any of them over any time.

    errors : a draw of the meters' errors; exact meters where not given
    """

    def __init__(self, works: Waterworks, errors: MeterErrors | None = None) -> None:
        self.works = works
        self._tanks: dict[str, Tank] = {}
        self._dams: dict[str, Dam] = {}
        self._inside: dict[str, Tank] = {}
        for reservoir in works.region.reservoirs:
            truth = works.parameters.tank(reservoir.reservoir) if reservoir.kind == "tank" else None
            if truth is not None:
                tank = Tank(works, reservoir, truth)
                self._tanks[reservoir.level_point] = tank
                if tank.is_inside and reservoir.inflow_point in works.network.meter:
                    self._inside[reservoir.inflow_point] = tank
            elif reservoir.kind == "dam":
                release = works.parameters.mean_release_m3h(reservoir.reservoir)
                self._dams[reservoir.level_point] = Dam(works.seed, reservoir, release, works.demand.almanac)
        self.instruments = tuple(instruments(works, errors))
        self._anchors: dict[tuple[str, str], int] = {}
        self._critical = {zone.critical_point: zone for zone in works.region.zones}

    def command(self) -> None:
        """Forget what a new command of the works may have changed."""
        for tank in self._tanks.values():
            tank.forget()

    def rest(self) -> None:
        """Let go of spans that were worked out; they come back when they are asked for."""
        self.command()
        self.works.span.cache_clear()

    def span(self, start_s: float, end_s: float) -> Span:
        """Base flows with the lead that readings in [start, end] need."""
        first = int(start_s // DAY_S) - LEAD_DAYS
        last = int(end_s // DAY_S) + 1
        return self.works.span(first * DAY_H, last * DAY_H)

    def readings(
        self, instrument: Instrument, pace: Pace, start_s: float, end_s: float, span: Span, thin: bool = False
    ) -> Iterator[Readings]:
        """What an instrument says at its pace in [start, end); thin: what is said often, only every hour."""
        quantities = instrument.quantities(pace)
        begin, end = instrument.in_place
        start_s, end_s = max(start_s, begin), min(end_s, end)
        if not quantities or start_s >= end_s:
            return
        bursts = bursts_seen(instrument, self.works)
        times, step = report_times(instrument, pace, start_s, end_s, bursts, thin)
        if len(times):
            here = heard(instrument, times, bursts)
            times, step = times[here], step[here]
        if not len(times):
            return
        clock_ok = np.asarray(~instrument.faults.clock_lost(times))
        clock = instrument.faults.clock
        stamped = times + clock.offset_s if clock else times
        for quantity in quantities:
            value = self._value(instrument, quantity, times, step, span, thin)
            said = wire(instrument.route.dialect, quantity).rounded(value)
            yield Readings(quantity, times, stamped, said, clock_ok)

    def series(self, instrument: Instrument, found: Readings) -> Series:
        """Readings as the store keeps them."""
        return instrument.series(
            found, wire(instrument.route.dialect, found.quantity).stored(found.said, found.quantity)
        )

    def tank_volume_m3(self, point: str, moment: datetime) -> float:
        """What the tank at a level point really holds at a moment [m³]."""
        time_s = (moment - EPOCH).total_seconds()
        return float(self._tanks[point].volume_m3(np.array([time_s]), self.span(time_s, time_s))[0])

    def signal_dbm(self, instrument: Instrument, time_s: float) -> int:
        """Strength with which a gateway hears a radio device [dBm]; the same as its daily report of that moment."""
        return round(float(_health(self.works.seed, instrument, "rssi_dbm", np.array([time_s]))[0]))

    def _value(
        self, instrument: Instrument, quantity: str, times: Floats, step: Floats, span: Span, thin: bool
    ) -> Floats:
        """Values in stored units, before they are rounded for the wire."""
        point = instrument.point.point
        match quantity:
            case "flow_m3h":
                return self._flow_m3h(point, times, step, span) * (1.0 + instrument.error)
            case "volume_m3":
                return self.register_m3(instrument, times, span)
            case "pressure_m":
                return self._with_faults(instrument, times, self._pressure_m(instrument, times, span, thin), span, thin)
            case "level_m" | "pump_on" | "power_kw" | "run_time_h" | "starts_count" if point in self._tanks:
                return self._tank(instrument, quantity, times, span)
            case "stage_m" | "inflow_m3h" | "outflow_m3h" if point in self._dams:
                return self._dam(self._dams[point], quantity, times)
            case "rain_mm" | "ambient_temperature_c":
                return self._weather(instrument, quantity, times)
            case "battery_v" | "battery_pct" | "rssi_dbm":
                return _health(self.works.seed, instrument, quantity, times)
        return np.zeros(len(times))

    # -- flow and registers ------------------------------------------------------------------------------------------

    def _passed_ml(self, point: str, times: Floats, span: Span) -> Ints:
        passed = self.works.passed_ml(point, times, span)
        tank = self._inside.get(point)
        if tank is not None:
            # All that comes in passes the tank: what customers drew, and what the tank holds more.
            passed = passed + np.rint((tank.volume_m3(times, span) - tank.full_m3) * ML_PER_M3).astype(np.int64)
        return passed

    def _flow_m3h(self, point: str, times: Floats, step: Floats, span: Span) -> Floats:
        passed = self._passed_ml(point, times, span) - self._passed_ml(point, times - step, span)
        return np.asarray(passed * (HOUR_S / ML_PER_M3) / step)

    def register_m3(self, instrument: Instrument, times: Floats, span: Span) -> Floats:
        """A meter's register at times [m³], in whole pulses."""
        device = instrument.device
        volume = self._volume_ml(instrument, times, span) + self._anchor_ml(instrument)
        resolution_ml = max(round((device.litres_per_pulse or 1.0) * 1000), 1)
        counts = volume // resolution_ml
        if device.register_digits:
            counts = counts % (10**device.register_digits * ML_PER_M3 // resolution_ml)
        return np.asarray(counts * resolution_ml / ML_PER_M3)

    def _volume_ml(self, instrument: Instrument, times: Floats, span: Span) -> Ints:
        """What the meter counted until times [ml since the ledger's day]."""
        true = self._true_ml(instrument.point.point, times, span)
        return np.rint(true * (1.0 + instrument.error)).astype(np.int64) if instrument.error else true

    def _true_ml(self, point: str, times: Floats, span: Span) -> Ints:
        if point not in self.works.network.meter:
            return self.works.used_ml(point, times, span)
        whole = np.all(times % HOUR_S == 0)
        if whole and point not in self._inside:
            hourly = self.works.passed_hourly_ml(point, span)
            return np.asarray(hourly[(times // HOUR_S).astype(np.int64) - span.first])
        return self._passed_ml(point, times, span)

    def _anchor_ml(self, instrument: Instrument) -> int:
        """What is added to the ledger's volume to give the register: by first or final index, or by mean use before."""
        key = (instrument.device.device, instrument.point.point)
        if key not in self._anchors:
            self._anchors[key] = self._anchor(instrument)
        return self._anchors[key]

    def _anchor(self, instrument: Instrument) -> int:
        assignment = instrument.assignment
        start_s, end_s = instrument.in_place
        first_ml = round((assignment.first_index_m3 or 0.0) * ML_PER_M3)
        if assignment.final_index_m3 is not None and np.isfinite(end_s):
            return round(assignment.final_index_m3 * ML_PER_M3) - self._ledger_ml(instrument, end_s)
        if start_s >= EPOCH_DAY * DAY_S:
            return first_ml - self._ledger_ml(instrument, start_s)
        before_h = (EPOCH_DAY * DAY_S - start_s) / HOUR_S
        return first_ml + round(self._mean_m3h(instrument.point.point) * before_h * ML_PER_M3)

    def _ledger_ml(self, instrument: Instrument, time_s: float) -> int:
        return int(self._volume_ml(instrument, np.array([time_s]), self.span(time_s, time_s))[0])

    def _mean_m3h(self, point: str) -> float:
        works = self.works
        if point in works.row_of_home:
            return float(works.demand.home_mean_m3h[works.row_of_home[point]])
        if point in works.row_of_customer:
            return float(works.demand.point_mean_m3h[works.row_of_customer[point]])
        return works.mean_passing_m3h(point)

    # -- pressure, tanks, dams, weather ------------------------------------------------------------------------------

    def _pressure_m(self, instrument: Instrument, times: Floats, span: Span, thin: bool) -> Floats:
        works, row = self.works, instrument.zone_row
        if row < 0:
            return np.full(len(times), 45.0)
        flow = works.hourly_flow_m3h(row, times, span) if thin else works.flow_m3h(row, times, span)
        zone = self._critical.get(instrument.point.point)
        drop, remote = 0.0, 1.0
        if zone is not None:
            reference = works.region.point.get(zone.azp_point)
            here, there = instrument.point.elevation_m, reference.elevation_m if reference else None
            drop = here - there if here is not None and there is not None else 12.0
            remote = _REMOTE
        tremble = 0.12 * normal(stream(works.seed, "tremble", instrument.point.point), times.astype(np.int64))
        return np.maximum(works.pressure_m(row, flow, drop, remote) + tremble, 0.0)

    def _tank(self, instrument: Instrument, quantity: str, times: Floats, span: Span) -> Floats:
        tank = self._tanks[instrument.point.point]
        if quantity == "level_m":
            return self._with_faults(instrument, times, tank.level_m(times, span), span, False)
        if quantity == "run_time_h":
            return tank.run_time_h(times, span) + 20_000.0
        if quantity == "starts_count":
            return tank.starts_count(times, span)
        running, power = tank.pumping(times, span)
        return running if quantity == "pump_on" else power

    def _dam(self, dam: Dam, quantity: str, times: Floats) -> Floats:
        if quantity == "stage_m":
            return dam.stage_m(times)
        inflow, outflow = dam.flows_m3h(times)
        return inflow if quantity == "inflow_m3h" else outflow

    def _weather(self, instrument: Instrument, quantity: str, times: Floats) -> Floats:
        first = int(times[0] // HOUR_S) - 1
        hours = self.works.demand.almanac.hours(first, int(times[-1] // HOUR_S) + 1)
        at = (times // HOUR_S).astype(np.int64) - first
        if quantity == "rain_mm":
            # Rain of the hour that ends with the reading.
            return rain_mm(self.works.seed, hours, instrument.point.municipality)[at - 1]
        return temperature_c(self.works.seed, hours, instrument.point.elevation_m or 250.0)[at]

    def _with_faults(self, instrument: Instrument, times: Floats, value: Floats, span: Span, thin: bool) -> Floats:
        """Values that stand still or jump."""
        value = np.maximum(value * instrument.faults.spikes(times), 0.0)
        for window in instrument.faults.stuck(times):
            held = window.holds(times)
            if held.any():
                value[held] = self._still(instrument, np.array([window.start]), span, thin)
        return value

    def _still(self, instrument: Instrument, start: Floats, span: Span, thin: bool) -> float:
        """What a sensor said when it began to stand still; that may lie before the span."""
        begin = float(start[0])
        if begin < (span.first + LEAD_DAYS * DAY_H) * HOUR_S:
            span = self.span(begin, begin)
        if instrument.point.point in self._tanks:
            return float(self._tanks[instrument.point.point].level_m(start, span)[0])
        return float(self._pressure_m(instrument, start, span, thin)[0])


def _health(seed: int, instrument: Instrument, quantity: str, times: Floats) -> Floats:
    """Battery and signal of a device at times."""
    name = instrument.device.device
    new, place = uniform(stream(seed, "health", name), np.arange(2)).tolist()
    age = np.clip((times - instrument.in_place[0]) / (365.25 * DAY_S), 0.0, 14.0) + 2.0 * new
    hour = (times // HOUR_S).astype(np.int64)
    if quantity == "battery_pct":
        return np.asarray(np.clip(100.0 - 6.5 * age, 3.0, 100.0))
    if quantity == "battery_v":
        return np.asarray(3.64 - 0.022 * age + 0.004 * normal(stream(seed, "volts", name), hour // DAY_H))
    return np.asarray(-112.0 + 42.0 * place + 2.5 * normal(stream(seed, "signal", name), hour))
