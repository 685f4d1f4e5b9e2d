"""Tanks with pumps: filled by night to the brim, by day between two levels.

Each day stands by itself: at 04:00 UTC a float valve has always filled the tank, so a level of any day follows from
that day's draw alone, and a register of pumping hours from what was pumped.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ingest.simulator.almanac import DAY_H, HOUR_S
from ingest.simulator.chance import Floats, Ints
from ingest.simulator.network import STEPS
from ingest.simulator.parameters import TankTruth
from ingest.simulator.releases import ML_PER_M3
from ingest.simulator.waterworks import STEP_S, Span, Waterworks
from models.registry import Reservoir

_START_H = 4
_DAY_STEPS = DAY_H * STEPS
_NIGHT_FROM = 16 * STEPS  # 20:00 UTC
_FLOAT_VALVE_FROM = _DAY_STEPS - 6
_FULL_BY = _DAY_STEPS - 12
_ON_BELOW, _OFF_ABOVE = 0.58, 0.86
_ON_BELOW_NIGHT, _OFF_ABOVE_NIGHT = 0.965, 0.9995
_STARTS_A_DAY = 8


class Tank:
    """One tank: level, what its pump does, and its registers, at any time."""

    def __init__(self, works: Waterworks, reservoir: Reservoir, truth: TankTruth) -> None:
        self.reservoir, self.truth = reservoir, truth
        self._works = works
        zone = works.region.zone[truth.zone]
        fed = (reservoir.outflow_point,) if reservoir.outflow_point in works.network.meter else zone.inflows
        self._meters = tuple(point for point in fed if point in works.network.meter)
        self.is_inside = bool(reservoir.zone)
        levels, volumes = zip(*reservoir.curve, strict=True)
        self._levels, self._volumes = np.array(levels), np.array(volumes)
        self.full_m3 = float(np.interp(reservoir.full_m, self._levels, self._volumes))
        self._days = lru_cache(maxsize=4)(self._simulate)

    def forget(self) -> None:
        """Compute again: a command changed what is drawn."""
        self._days.cache_clear()

    def drawn_ml(self, time_s: Floats, span: Span) -> Ints:
        """Volume that has left towards the customers until times [ml since the ledger's day]."""
        total = np.zeros(len(time_s), dtype=np.int64)
        for point in self._meters:
            total += self._works.passed_ml(point, time_s, span)
        return total

    def volume_m3(self, time_s: Floats, span: Span) -> Floats:
        """Water in the tank at times [m³]."""
        day, step, since = self._place(time_s)
        volume, pumped, _, _ = self._blocks(day, span)
        row = day - day[0]
        drawn = self.drawn_ml(np.concatenate([time_s, time_s - since]), span) / ML_PER_M3
        left = drawn[: len(time_s)] - drawn[len(time_s) :]
        now = volume[row, step] + pumped[row, step] * (since / STEP_S) - left
        return np.asarray(np.clip(now, 0.005 * self.full_m3, self.full_m3))

    def level_m(self, time_s: Floats, span: Span) -> Floats:
        """Water level above the bottom at times [m]."""
        return np.asarray(np.interp(self.volume_m3(time_s, span), self._volumes, self._levels))

    def pumping(self, time_s: Floats, span: Span) -> tuple[Floats, Floats]:
        """Pump on (0 or 1) and its power [kW] at times."""
        day, step, _ = self._place(time_s)
        _, pumped, on, _ = self._blocks(day, span)
        row = day - day[0]
        load = pumped[row, step] * STEPS / self.truth.pump_m3h
        running = on[row, step]
        return running, np.where(running > 0, self.truth.pump_kw * (0.35 + 0.65 * np.minimum(load, 1.6)), 0.0)

    def run_time_h(self, time_s: Floats, span: Span) -> Floats:
        """Hours of pumping until times: what was pumped over the pump's flow."""
        pumped_m3 = self.drawn_ml(time_s, span) / ML_PER_M3 + self.volume_m3(time_s, span) - self.full_m3
        return pumped_m3 / self.truth.pump_m3h

    def starts_count(self, time_s: Floats, span: Span) -> Floats:
        """Pump starts until times; in the last half hour of the night the float valve's cycling makes up the day's."""
        day, step, _ = self._place(time_s)
        _, _, _, starts = self._blocks(day, span)
        row = day - day[0]
        today = np.minimum(starts[row, step], _STARTS_A_DAY)
        return np.asarray((day * _STARTS_A_DAY + today).astype(np.float64))

    def _place(self, time_s: Floats) -> tuple[Ints, Ints, Floats]:
        """Day block, step in it, and seconds since the step's start."""
        since = time_s - _START_H * HOUR_S
        day = (since // (DAY_H * HOUR_S)).astype(np.int64)
        rest = since - day * (DAY_H * HOUR_S)
        step = np.minimum(rest // STEP_S, _DAY_STEPS - 1).astype(np.int64)
        return day, step, rest - step * STEP_S

    def _blocks(self, day: Ints, span: Span) -> tuple[Floats, Floats, Floats, Floats]:
        return self._days(int(day[0]), int(day[-1]) + 1, span.first, span.last)

    def _simulate(
        self, first: int, last: int, span_first: int, span_last: int
    ) -> tuple[Floats, Floats, Floats, Floats]:
        """(volume at each step's start, pumped in it, pump on, starts until its end) by day block and step."""
        span = self._works.span(span_first, span_last)
        marks = np.arange(first * _DAY_STEPS, last * _DAY_STEPS + 1) * float(STEP_S) + _START_H * HOUR_S
        # A block may reach beyond the span's end; what lies there is not asked for.
        inside = np.clip(marks, span_first * float(HOUR_S), span_last * float(HOUR_S))
        out = np.diff(self.drawn_ml(inside, span)).reshape(last - first, _DAY_STEPS) / ML_PER_M3
        full, pump = self.full_m3, self.truth.pump_m3h / STEPS
        shape = (last - first, _DAY_STEPS)
        volume, pumped = np.empty(shape), np.empty(shape)
        running, starts = np.empty(shape), np.empty(shape)
        level = np.full(last - first, full)
        on = np.zeros(last - first, dtype=bool)
        count = np.zeros(last - first)
        for step in range(_DAY_STEPS):
            night = step >= _NIGHT_FROM
            low, high = (_ON_BELOW_NIGHT, _OFF_ABOVE_NIGHT) if night else (_ON_BELOW, _OFF_ABOVE)
            before = on
            on = np.where(on, level < high * full, level < low * full)
            flow = np.where(on, pump, 0.0)
            deficit = full - level
            if night:
                steps_left = max(_FULL_BY - step, 1)
                flow = np.where(on, np.maximum(flow, out[:, step] + deficit / steps_left), 0.0)
            if step >= _FLOAT_VALVE_FROM:
                flow = np.maximum(out[:, step] + deficit / max(_DAY_STEPS - 1 - step, 1), 0.0)
                on = flow > 0
            flow = np.clip(flow, 0.0, np.maximum(deficit + out[:, step], 0.0))
            count = count + (on & ~before)
            volume[:, step], pumped[:, step] = level, flow
            running[:, step], starts[:, step] = on, count
            level = np.clip(level + flow - out[:, step], 0.005 * full, full)
        starts[:, _FLOAT_VALVE_FROM:] = np.maximum(starts[:, _FLOAT_VALVE_FROM:], _STARTS_A_DAY)
        return volume, pumped, running, starts
