"""Volumes of a period from stored rollups, each with the share of the period that data speak for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.calendar import HOUR_MS, Edges
from models.meter_error import Z95
from models.reading import to_ms
from models.rollup import Rollup

Floats = npt.NDArray[np.float64]


class Amount(NamedTuple):
    """A volume with the share of its period (or of its parts) that data speak for.

    estimated : share of the volume that was not read but estimated (gaps filled by a profile), 0–1
    gap_sd_m3 : standard deviation of what is estimated; None where nobody said: then GAP_SD of its volume
    """

    volume_m3: float
    coverage: float
    estimated: float = 0.0
    gap_sd_m3: float | None = None

    @property
    def doubt_m3(self) -> float:
        """Standard deviation of what is estimated [m³]."""
        return GAP_SD * abs(self.volume_m3) * self.estimated if self.gap_sd_m3 is None else self.gap_sd_m3


GAP_SD = 0.5
"""Of a gap in a customer's data whose rollups have no interval, relative to what is estimated there: between nothing
and twice it at 95 %."""


NOTHING = Amount(0.0, 0.0)


class Ledger:
    """Volumes of several subjects by adjoining hours or days, to be summed over any of them at no cost.

    A year of months, and the twelve months up to each, are sums over the same days: they are read once.
    """

    def __init__(self, rollups: Mapping[str, Sequence[Rollup]], edges_ms: Edges) -> None:
        """rollups : consumption_m3 as volumes or net_inflow_m3h as means, by subject; others' hours are passed over.

        edges_ms : edges of the hours or local days that may be asked for
        """
        self.edges_ms = edges_ms
        self._place = {name: place for place, name in enumerate(rollups)}
        self._is_mean = {name for name, rows in rollups.items() if rows and rows[0].quantity == "net_inflow_m3h"}
        hours = np.diff(edges_ms) / HOUR_MS
        columns = np.zeros((5, len(rollups), edges_ms.size - 1))
        for place, rows in enumerate(rollups.values()):
            _fill(columns[:, place], rows, edges_ms, hours)
        whole = np.cumsum(columns, axis=2)
        self._until: Floats = np.concatenate([np.zeros((5, len(rollups), 1)), whole], axis=2)

    def amount(self, name: str, start: datetime, end: datetime) -> Amount:
        """The volume of a subject in [start, end); both edges of the ledger's periods.

        A mean that is known for a part of the time stands for all of it; the coverage says for how much it was known.
        """
        place = self._place.get(name)
        if place is None or end <= start:
            return NOTHING
        first, last = np.searchsorted(self.edges_ms, [to_ms(start), to_ms(end)])
        volume, covered_h, known_h, estimated, doubt = self._until[:, place, last] - self._until[:, place, first]
        span_h = (end - start) / timedelta(hours=1)
        if known_h <= 0:
            return Amount(0.0, 0.0)
        if name in self._is_mean:
            volume = volume * span_h / known_h
        share = float(estimated / volume) if volume > 0 else 0.0
        gap_sd = float(np.sqrt(max(doubt, 0.0))) if share > 0 else None
        return Amount(float(volume), min(1.0, float(covered_h) / span_h), min(1.0, max(0.0, share)), gap_sd)

    def amounts(self, start: datetime, end: datetime) -> dict[str, Amount]:
        """The volumes of all subjects in [start, end)."""
        return {name: self.amount(name, start, end) for name in self._place}


def _fill(columns: Floats, rows: Sequence[Rollup], edges_ms: Edges, hours: Floats) -> None:
    """Volume, hours covered and known, estimated volume and its variance of one subject, on the periods they start."""
    if not rows:
        return
    time = np.array([to_ms(row.time) for row in rows], dtype=np.int64)
    at = np.searchsorted(edges_ms, time)
    here = at < hours.size
    here[here] = edges_ms[at[here]] == time[here]
    at = at[here]
    value = np.array([np.nan if row.value is None else row.value for row in rows])[here]
    coverage = np.array([row.coverage for row in rows])[here]
    estimated = np.array([row.estimated for row in rows])[here]
    known = ~np.isnan(value)
    if rows[0].quantity == "net_inflow_m3h":
        value = value * hours[at]
    columns[0, at] = np.nan_to_num(value)
    columns[1, at] = coverage * hours[at]
    columns[2, at] = known * hours[at]
    columns[3, at] = np.nan_to_num(value) * estimated
    upper = np.array([np.nan if row.maximum is None else row.maximum for row in rows])[here]
    columns[4, at] = _gap_variance(np.nan_to_num(value), upper, estimated)


def _gap_variance(value: Floats, upper: Floats, estimated: Floats) -> Floats:
    """Variance of what is estimated of each period: what its interval is wider than its meter's error makes it.

    A gap between two registers inside a period adds nothing to it, whatever was estimated of its hours. The meter's
    share of the interval is that of the surest period; periods that share a gap are taken as independent, which is
    never too sure. Without an interval the rule of GAP_SD holds.
    """
    sd = (upper - value) / Z95
    with np.errstate(invalid="ignore", divide="ignore"):
        relative = np.where(value > 0, sd / value, np.nan)
    of_meter = np.nanmin(relative) if np.isfinite(relative).any() else 0.0
    beyond = np.maximum(sd**2 - (of_meter * value) ** 2, 0.0)
    return np.where(estimated <= 0, 0.0, np.where(np.isnan(sd), (GAP_SD * value * estimated) ** 2, beyond))


def amounts(rollups: Mapping[str, Sequence[Rollup]], start: datetime, end: datetime) -> dict[str, Amount]:
    """Amounts by subject from day or hour rollups in [start, end), both edges of local days (see Ledger).

    The lengths of days (23, 24 or 25 hours) are told by the rollups' own starts.
    """
    times = {to_ms(row.time) for rows in rollups.values() for row in rows if start <= row.time < end}
    edges = _with_missing(sorted(times | {to_ms(start), to_ms(end)}), _hourly(rollups))
    return Ledger(rollups, edges).amounts(start, end)


def _hourly(rollups: Mapping[str, Sequence[Rollup]]) -> bool:
    return any(rows and rows[0].period == "hour" for rows in rollups.values())


def _with_missing(times: Sequence[int], hourly: bool) -> Edges:
    """Edges of the periods that begin at given times: after one that is missing, the distance is no period's length."""
    longest, usual = (HOUR_MS, HOUR_MS) if hourly else (25 * HOUR_MS, 24 * HOUR_MS)
    found: list[int] = []
    for time, following in zip(times, [*times[1:], times[-1]], strict=True):
        found.append(time)
        if following - time > longest:
            found.append(time + usual)
    return np.array(found, dtype=np.int64)
