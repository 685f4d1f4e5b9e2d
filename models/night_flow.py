"""Minimum night flow: the lowest rolling hour of net inflow between 01:00 and 05:00 local, and the mean of 02–04.

At night people sleep and pressure is high: most of what flows then is leakage. Source: Farley and Trow, Losses in
Water Distribution Networks, IWA 2003, chapter 6; the window from 01:00 to 05:00 and the "exceptional" night users of
more than 500 L/h from UK Water Industry, Managing Leakage, Report E, 1994.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, tzinfo
from typing import NamedTuple

import numpy as np

from models.calendar import HOUR_MS, day_bounds, instant
from models.consumption import LONGEST_IN_HOURS_MS, Data, point_increments, volumes
from models.flow_volume import flow_increments
from models.increments import Increments, running
from models.reading import Series, from_ms, to_ms
from models.registry import Region
from models.rollup import Level, Rollup

NIGHT = (time(1), time(5))
MIDDLE = (time(2), time(4))

LARGE_USER_M3H = 0.5
"""A customer who takes at least so much in that hour is a large night user, and is taken off."""
LEAST_COVERAGE = 0.75
"""The lowest hour of a night with less data would be the lowest of what happens to be there."""
LEAST_HOUR_COVERAGE = 0.9


class NightFlow(NamedTuple):
    """Night flow of one local day.

    mnf_m3h : lowest rolling hour less large users in that hour, None where the night is too thinly covered
    at : start of that hour; large_users_m3h : what was taken off
    mean_02_04_m3h : mean net inflow between 02:00 and 04:00 local
    coverage : share of 01–05 with data
    """

    day: date
    mnf_m3h: float | None
    at: datetime | None
    large_users_m3h: float
    mean_02_04_m3h: float | None
    coverage: float


def night_flow(net: Series, day: date, tz: tzinfo, large_users: Sequence[Increments] = ()) -> NightFlow:
    """Night flow of a local day from net inflow at raw steps (models.zone_flow.net_inflow_series).

    The window is from 01:00 to 05:00 of the clock: three hours in the night that loses one in March, five in October's.
    Hourly steps give whole hours only. large_users : candidates by meter; those below LARGE_USER_M3H stay in.

    Hand-computed: 20 m³/h all night, 12 m³/h from 02:30 to 03:30: the lowest hour is that one, 02–04 is 16 m³/h.

    >>> from zoneinfo import ZoneInfo
    >>> steps = to_ms(instant(date(2026, 5, 5), time(1), ZoneInfo("Europe/Prague"))) + np.arange(1, 49) * 300_000
    >>> flow = np.full(48, 20.0)
    >>> flow[18:30] = 12.0
    >>> night = night_flow(Series("z", "net_inflow_m3h", steps, flow, np.ones(1, np.int8)), date(2026, 5, 5),
    ...     ZoneInfo("Europe/Prague"))
    >>> night.mnf_m3h, night.at.isoformat(), night.mean_02_04_m3h
    (12.0, '2026-05-05T00:30:00+00:00', 16.0)
    """
    found = flow_increments(net, ())
    start, end = (to_ms(instant(day, clock, tz)) for clock in NIGHT)
    whole = volumes(found, np.array([start, end], np.int64))
    coverage = float(whole.coverage[0])
    middle = volumes(found, np.array([to_ms(instant(day, clock, tz)) for clock in MIDDLE], np.int64))
    hours = float(middle.edges_ms[1] - middle.edges_ms[0]) / HOUR_MS
    mean = None
    if middle.coverage[0] >= LEAST_COVERAGE:
        mean = round(float(middle.volume_m3[0] / (hours * middle.coverage[0])), 9)
    at_ms, lowest = _lowest_hour(found, start, end)
    if at_ms is None or coverage < LEAST_COVERAGE:
        return NightFlow(day, None, None, 0.0, mean, coverage)
    taken = sum(_taken_m3h(user, at_ms) for user in large_users)
    return NightFlow(day, round(lowest - taken, 9), from_ms(at_ms), taken, mean, coverage)


def _lowest_hour(found: Increments, start: int, end: int) -> tuple[int | None, float]:
    """Start and mean flow of the lowest hour inside [start, end] among those that begin or end with a step."""
    knots = np.unique(np.concatenate([found.start_ms, found.end_ms, found.end_ms - HOUR_MS, [start, end - HOUR_MS]]))
    begins = knots[(knots >= start) & (knots <= end - HOUR_MS)]
    best: tuple[int | None, float] = (None, np.inf)
    if begins.size == 0:
        return best
    length = (found.end_ms - found.start_ms).astype(np.float64)
    volume = running(found, found.volume_m3, begins + HOUR_MS) - running(found, found.volume_m3, begins)
    coverage = (running(found, length, begins + HOUR_MS) - running(found, length, begins)) / HOUR_MS
    with np.errstate(invalid="ignore", divide="ignore"):
        flow = np.where(coverage >= LEAST_HOUR_COVERAGE, volume / coverage, np.inf)
    # Sums of floats differ in the last digits: of hours that are equal to the millilitre the first is taken.
    lowest = int(np.argmin(np.round(flow, 6)))
    return (int(begins[lowest]), float(round(flow[lowest], 9))) if np.isfinite(flow[lowest]) else best


def _taken_m3h(user: Increments, at_ms: int) -> float:
    """What a user took in the hour, where the meter tells hours apart and it is a large night use; else 0."""
    found = volumes(user, np.array([at_ms, at_ms + HOUR_MS], np.int64), LONGEST_IN_HOURS_MS)
    volume, coverage = float(found.volume_m3[0]), float(found.coverage[0])
    return volume if coverage >= LEAST_HOUR_COVERAGE and volume >= LARGE_USER_M3H else 0.0


def large_in_some_hour(user: Increments) -> bool:
    """Whether a user may take LARGE_USER_M3H in any hour: no hour takes more than the steepest increment's rate.

    >>> from models.increments import Increments
    >>> hours = np.arange(3) * HOUR_MS
    >>> small = Increments("1", hours, hours + HOUR_MS, np.array([0.1, 0.4, 0.2]), np.zeros(3, np.int8), np.zeros(3),
    ...     np.ones(3))
    >>> large_in_some_hour(small), large_in_some_hour(small._replace(volume_m3=np.array([0.1, 0.6, 0.2])))
    (False, True)
    """
    if user.volume_m3.size == 0:
        return False
    with np.errstate(invalid="ignore", divide="ignore"):
        rate_m3h = user.volume_m3 / ((user.end_ms - user.start_ms) / HOUR_MS)
    return bool(np.nanmax(rate_m3h, initial=0.0) >= LARGE_USER_M3H)


def large_user_points(region: Region, zones: Iterable[str]) -> list[str]:
    """Points that may be large night users: customers in the zones who are no household."""
    inside = set(zones)
    return [point.point for point in region.points if point.role == "other" and point.zone in inside]


def users(region: Region, points: Sequence[str], data: Data, day: date) -> list[Increments]:
    """Increments of the points' devices, each inside its assignment, as `night_flow` takes them."""
    start, end = day_bounds(day, region.tz)
    return [one for point in points for one in point_increments(region, point, data, start, end)]


def night_rollups(level: Level, subject: str, night: NightFlow, tz: tzinfo) -> list[Rollup]:
    """Its day rollups night_flow_m3h and night_flow_02_04_m3h.

    The maximum of night_flow_m3h is the lowest hour before large users were taken off.
    """
    start = day_bounds(night.day, tz)[0]
    coverage = round(night.coverage, 6)
    before = None if night.mnf_m3h is None else round(night.mnf_m3h + night.large_users_m3h, 6)
    mnf = None if night.mnf_m3h is None else round(night.mnf_m3h, 6)
    mean = None if night.mean_02_04_m3h is None else round(night.mean_02_04_m3h, 6)
    return [
        Rollup(level, subject, "day", "night_flow_m3h", start, mnf, mnf, before, coverage),
        Rollup(level, subject, "day", "night_flow_02_04_m3h", start, mean, None, None, coverage),
    ]


def mean_night_flow_m3h(nights: Mapping[date, float | None] | Sequence[float | None]) -> float | None:
    """Mean of the nights that have a figure, None where fewer than half of them do."""
    values = list(nights.values()) if isinstance(nights, Mapping) else list(nights)
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known and 2 * len(known) >= len(values) else None
