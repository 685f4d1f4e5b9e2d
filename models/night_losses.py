"""Real losses from night flow, bottom-up: (night flow − legitimate night use) · night-day factor, with its interval.

    L_day = (Q_MNF − Q_LNU) · NDF   [m³/d]

beside what the water balance finds top-down. Source of the method: Thornton, Sturm and Kunkel, Water Loss Control, 2nd
edition, McGraw-Hill 2008, chapters 5 and 16. The factor is never taken as 24 h/d for want of pressure: reported factors
run from below 10 to above 60 (models.favad), so that such a figure would be no estimate but a guess. Who knows the
factor of a zone says so in balance_inputs.csv (`night_day_factor_h`); else the losses are not available.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from math import hypot, sqrt
from typing import NamedTuple

from models.balance.inputs import Settings
from models.calendar import day_bounds
from models.favad import NightDay
from models.legitimate_night_use import NightUse
from models.meter_error import Z95
from models.night_flow import NightFlow
from models.records import Figure
from models.registry import Region
from models.rollup import Level, Rollup

LOSSES = "real_losses_night_m3"
FACTOR = "night_day_factor_h"
"""Input of balance_inputs.csv: a factor [h/d] that people know, with its ±; a measured pressure goes before it."""
N1 = "n1"
"""Input of balance_inputs.csv: ± of the zone's N1 in zones.csv; value unused."""
N1_PLUS_MINUS = 0.5
"""± of N1 (95 %) where nobody said: it lies between 0.5 and 1.5 (models.favad)."""
LEAST_MAINS = 0.75
"""A town's factor needs that of the zones with so much of its mains."""


class Night(NamedTuple):
    """What is known of one night of an area.

    shared_sd, alone_sd : standard deviations of the night flow as measured [m³/h] (models.night_doubt.hour_doubt)
    lowest : how far it may lie below the flow of an ordinary hour, being the lowest (lowest_hour_doubt), shared, alone
    use : None where it can't be told, `use_reason` says why; factor : None until the day is over
    """

    flow: NightFlow
    shared_sd: float
    alone_sd: float
    use: NightUse | None = None
    factor: NightDay | None = None
    lowest: tuple[float, float] = (0.0, 0.0)


class Losses(NamedTuple):
    """Real losses of a day [m³] with their 95 % interval. None: not available, `reason` says why.

    shared_half_m3 : half-width of what errs alike every day: meters, assumptions, N1
    """

    value_m3: float | None
    lower_m3: float | None = None
    upper_m3: float | None = None
    coverage: float = 0.0
    reason: str = ""
    shared_half_m3: float = 0.0


def real_losses(night: Night) -> Losses:
    """Real losses of the day that follows a night.

    The standard deviations of night flow, use and factor are taken as independent. The interval ends at 0, below which
    nothing leaks. Where all of it would, use was assumed too high or the inflow meter stands: then there is no figure.

    Hand-computed: (10 − 4) m³/h · 20 h/d = 120 m³/d; standard deviations 0.1, 0.5 and 1 give √((20 · 0.1)² + (20 ·
    0.5)² + (6 · 1)²) = 11.83 m³/d, at 95 % ± 23.2.

    >>> from datetime import date
    >>> flow = NightFlow(date(2026, 5, 5), 10.0, datetime(2026, 5, 5), 0.0, None, 1.0)
    >>> night = Night(flow, 0.1, 0.0, NightUse(4.0, 0.5, 1.0, 0.0), NightDay(20.0, 1.0, 50.0, 1.0))
    >>> [round(value, 1) for value in real_losses(night)[:3]]
    [120.0, 96.8, 143.2]
    """
    flow, use, factor = night.flow, night.use, night.factor
    if flow.mnf_m3h is None:
        return Losses(None, reason="night_flow.too_little_data")
    if use is None:
        return Losses(None, reason="legitimate_night_use.no_people")
    if factor is None or factor.factor_h is None:
        return Losses(None, reason=factor.reason if factor else "night_day_factor.no_pressure")
    leak = flow.mnf_m3h - use.value_m3h
    value = leak * factor.factor_h
    half = Z95 * hypot(
        factor.factor_h * hypot(night.shared_sd, night.alone_sd, *night.lowest),
        factor.factor_h * use.sd_m3h,
        leak * factor.sd_h,
    )
    if value + half < 0:
        return Losses(None, reason="real_losses_night.use_exceeds_flow")
    alone = Z95 * factor.factor_h * hypot(night.alone_sd, night.lowest[1], use.alone_sd_m3h)
    shared = sqrt(max(half**2 - alone**2, 0.0))
    coverage = min(flow.coverage, factor.coverage)
    return Losses(max(value, 0.0), max(value - half, 0.0), value + half, coverage, "", shared)


def day_rollup(level: Level, subject: str, night: Night, tz: tzinfo) -> Rollup:
    """Real losses of a day as a rollup; its minimum and maximum leave out what each day errs by alone.

    So that a month's figure can be told more surely than its days'.
    """
    found = real_losses(night)
    start = day_bounds(night.flow.day, tz)[0]
    if found.value_m3 is None:
        return Rollup(level, subject, "day", LOSSES, start, None, None, None, 0.0)
    value, half = round(found.value_m3, 6), round(found.shared_half_m3, 6)
    return Rollup(level, subject, "day", LOSSES, start, value, value - half, value + half, round(found.coverage, 6))


def stated_factor(region: Region, subject: str, moment: datetime, found: NightDay, hours: float) -> NightDay:
    """The factor from pressure where there is one, else the one that people state, for a day of so many hours."""
    row = None if found.factor_h is not None else Settings(region, subject, moment).row(FACTOR)
    if row is None:
        return found
    share = hours / 24
    return NightDay(row.value * share, row.plus_minus * share / Z95, found.night_pressure_m, 0.0)


def n1_sd(region: Region, subject: str, moment: datetime) -> float:
    """Standard deviation of N1: from the ± that was stated for a subject, else from N1_PLUS_MINUS."""
    stated = Settings(region, subject, moment).stated(N1)
    return (N1_PLUS_MINUS if stated is None else stated) / Z95


class ZoneFactor(NamedTuple):
    """A zone's part in the factor of the area around it: its real losses of that day, its factor with its sd, mains."""

    losses_m3: float | None
    factor_h: float | None
    sd_h: float
    mains_km: float


def area_factor(zones: Sequence[ZoneFactor]) -> NightDay:
    """The factor of a town or region: that of its outermost zones, each weighed by its leakage at night.

    A town has no average zone point of its own; its leakage is the sum of its zones'. Coverage is the share of mains
    in zones whose factor and losses are known; below LEAST_MAINS there is none.

    Hand-computed: 200 m³/d at 20 h/d (10 m³/h) and 150 m³/d at 30 h/d (5 m³/h) are 350 m³/d from 15 m³/h: 23.33 h/d.

    >>> found = area_factor([ZoneFactor(200.0, 20.0, 1.0, 10.0), ZoneFactor(150.0, 30.0, 1.0, 5.0)])
    >>> round(found.factor_h, 2), found.coverage
    (23.33, 1.0)
    """
    whole = sum(zone.mains_km for zone in zones)
    known = [zone for zone in zones if zone.losses_m3 is not None and zone.factor_h]
    coverage = sum(zone.mains_km for zone in known) / whole if whole > 0 else float(bool(known))
    if not known or coverage < LEAST_MAINS:
        reason = "night_day_factor.pressure_incomplete" if known else "night_day_factor.no_pressure"
        return NightDay(None, 0.0, None, coverage, reason)
    leaks = [(zone.losses_m3 or 0.0) / (zone.factor_h or 1.0) for zone in known]
    # Where nothing leaks by night, mains stand for where it would.
    weights = leaks if sum(leaks) > 0 else [max(zone.mains_km, 1e-9) for zone in known]
    factor = sum(w * (zone.factor_h or 0.0) for w, zone in zip(weights, known, strict=True)) / sum(weights)
    sd = sum(w * zone.sd_h for w, zone in zip(weights, known, strict=True)) / sum(weights)
    return NightDay(factor, sd, None, coverage)


def day_figures(level: Level, subject: str, night: Night, tz: tzinfo, whole_day: bool) -> list[Figure]:
    """Quoted figures of one night and the day around it (models.night_flow.NIGHT_FIGURES).

    whole_day : whether the day is over, so that its factor and losses can be told
    """
    start = day_bounds(night.flow.day, tz)[0]
    result = [_flow_figure(level, subject, night, start)]
    if night.flow.mnf_m3h is not None:
        result.append(_use_figure(level, subject, night.use, start))
    if not whole_day:
        return result
    factor = night.factor or NightDay(None, 0.0, None, 0.0, "night_day_factor.no_pressure")
    if night.flow.mnf_m3h is not None:
        half = Z95 * factor.sd_h
        result.append(
            _figure(level, subject, "night_day_factor_h", start, factor.factor_h, half, factor.coverage, factor.reason)
        )
    found = real_losses(night)
    values = (found.value_m3, found.lower_m3, found.upper_m3)
    value, lower, upper = (None if one is None else round(one, 6) for one in values)
    coverage = round(found.coverage, 6)
    result.append(Figure(level, subject, "day", LOSSES, start, value, lower, upper, coverage, found.reason))
    return result


def _flow_figure(level: Level, subject: str, night: Night, start: datetime) -> Figure:
    reason = "" if night.flow.mnf_m3h is not None else "night_flow.too_little_data"
    half = Z95 * hypot(night.shared_sd, night.alone_sd)
    return _figure(level, subject, "night_flow_m3h", start, night.flow.mnf_m3h, half, night.flow.coverage, reason)


def _use_figure(level: Level, subject: str, use: NightUse | None, start: datetime) -> Figure:
    if use is None:
        reason = "legitimate_night_use.no_people"
        return _figure(level, subject, "legitimate_night_use_m3h", start, None, 0.0, 0.0, reason)
    found = _figure(level, subject, "legitimate_night_use_m3h", start, use.value_m3h, Z95 * use.sd_m3h, use.covered)
    return found._replace(lower=max(found.lower or 0.0, 0.0))


def _figure(
    level: Level,
    subject: str,
    quantity: str,
    start: datetime,
    value: float | None,
    half: float,
    coverage: float,
    reason: str = "",
) -> Figure:
    if value is None:
        return Figure(level, subject, "day", quantity, start, None, None, None, round(coverage, 6), reason)
    ends = round(value - half, 6), round(value + half, 6)
    return Figure(level, subject, "day", quantity, start, round(value, 6), *ends, round(coverage, 6))


def disagree(bottom_up: Figure, top_down: Figure) -> bool | None:
    """Whether real losses by night flow and by the water balance contradict each other: their intervals don't meet.

    A figure without an interval counts as a point; None where one of the two is not available.

    >>> start = datetime(2026, 5, 1)
    >>> below, above = (Figure("zone", "z", "month", "x", start, v, v - 2, v + 2, 1.0) for v in (10.0, 13.0))
    >>> disagree(below, above), disagree(below, above._replace(value=20.0, lower=15.0, upper=25.0))
    (False, True)
    """
    if bottom_up.value is None or top_down.value is None:
        return None
    (low, high), (other_low, other_high) = (_ends(figure) for figure in (bottom_up, top_down))
    return high < other_low or other_high < low


def _ends(figure: Figure) -> tuple[float, float]:
    value = figure.value or 0.0
    return (value if figure.lower is None else figure.lower), (value if figure.upper is None else figure.upper)
