"""Minimum night flow: the lowest rolling hour of net inflow between 01:00 and 05:00 local, and the mean of 02–04.

At night people sleep and pressure is high: most of what flows then is leakage. Large ("exceptional") night users are
metered in that same hour and deducted. Source of the deduction: Thornton, Sturm and Kunkel, Water Loss Control, 2nd
edition, McGraw-Hill 2008, chapter 16 (page 290). The window and the limit of 500 L/h after Farley and Trow, Losses in
Water Distribution Networks, IWA 2003, and UK Water Industry, Managing Leakage, Report E, 1994, both not seen here.

The hour is chosen by the zone's net inflow alone, and large users are taken off afterwards. Chosen by what remains, it
would be the hour in which the clocks of the two meters disagree most.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, tzinfo
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.calendar import HOUR_MS, day_bounds, instant
from models.consumption import LONGEST_IN_HOURS_MS, Data, point_increments
from models.flow_volume import flow_increments
from models.increments import Increments, known, running
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

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

NIGHT_FIGURES: dict[str, str] = {
    "night_flow_m3h": "minimum night flow, its interval from the boundary's meters; of a month the mean of its nights",
    "legitimate_night_use_m3h": "what customers use in that hour; coverage: share of connections whose meters told it",
    "night_day_factor_h": "hours at that night's leak rate that make the day's leakage; coverage: pressure's share",
    "real_losses_night_m3": "(night flow − legitimate use) · factor: real losses of the day or month, bottom-up",
}
"""Quoted figures (models.records.Figure) of days and months that night flow gives, with their meaning."""


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


def night_flow(
    net: Series, day: date, tz: tzinfo, large_users: Sequence[Increments] = (), blur_ms: int = 0
) -> NightFlow:
    """Night flow of a local day from net inflow at raw steps (models.zone_flow.net_inflow_series).

    The window is from 01:00 to 05:00 of the clock: three hours in the night that loses one in March, five in October's.
    Hourly steps give whole hours only. large_users : candidates by meter; those below LARGE_USER_M3H stay in.
    blur_ms : see `night_flows`

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
    return night_flows(net, [day], tz, large_users, blur_ms)[0]


def night_flows(
    net: Series, days: Sequence[date], tz: tzinfo, large_users: Sequence[Increments] = (), blur_ms: int = 0
) -> list[NightFlow]:
    """Night flows of several local days at once.

    blur_ms : how far around its own time each step looks (models.zone_flow.blur_ms: with tanks inside half an hour's
        mean); the lowest hour keeps so far from the window's ends, so that no water outside it counts
    """
    steps = _Running.of(flow_increments(net, ()))
    clocks = np.array([[to_ms(instant(day, clock, tz)) for clock in (*NIGHT, *MIDDLE)] for day in days], np.int64)
    clocks = clocks.reshape(len(days), 4)
    coverage = steps.coverage(clocks[:, 0], clocks[:, 1])
    middle = steps.coverage(clocks[:, 2], clocks[:, 3])
    mean = steps.mean_m3h(clocks[:, 2], clocks[:, 3])
    lowest = [_lowest_hour(steps, int(start) + blur_ms, int(end) - blur_ms) for start, end in clocks[:, :2]]
    at_ms = np.array([-1 if at is None else at for at, _ in lowest], np.int64)
    taken = large_m3h(*hour_use(large_users, at_ms))
    result = []
    for i, day in enumerate(days):
        middle_m3h = round(float(mean[i]), 9) if middle[i] >= LEAST_COVERAGE else None
        at, flow = lowest[i]
        if at is None or coverage[i] < LEAST_COVERAGE:
            result.append(NightFlow(day, None, None, 0.0, middle_m3h, float(coverage[i])))
            continue
        large = float(taken[i])
        result.append(NightFlow(day, round(flow - large, 9), from_ms(at), large, middle_m3h, float(coverage[i])))
    return result


class _Running(NamedTuple):
    """Net inflow's steps with the running totals of volume and of covered time."""

    knots_ms: Ints
    volume: Floats
    length_ms: Floats

    @classmethod
    def of(cls, found: Increments) -> _Running:
        knots = np.stack([found.start_ms, found.end_ms], axis=1).ravel()
        length = np.cumsum(found.end_ms - found.start_ms).astype(np.float64)
        return cls(knots, *(_stairs(total) for total in (np.cumsum(found.volume_m3), length)))

    def between(self, total: Floats, start: Ints, end: Ints) -> Floats:
        if self.knots_ms.size == 0:
            return np.zeros(start.size)
        found: Floats = np.interp(end, self.knots_ms, total) - np.interp(start, self.knots_ms, total)
        return found

    def coverage(self, start: Ints, end: Ints) -> Floats:
        return np.clip(self.between(self.length_ms, start, end) / (end - start), 0.0, 1.0)

    def mean_m3h(self, start: Ints, end: Ints) -> Floats:
        """Mean flow of what is covered, NaN where nothing is."""
        with np.errstate(invalid="ignore", divide="ignore"):
            flow: Floats = self.between(self.volume, start, end) / (self.between(self.length_ms, start, end) / HOUR_MS)
        return flow


def _stairs(after: Floats) -> Floats:
    """A running total at the start and the end of each step, from those at the ends."""
    return np.stack([np.concatenate([[0.0], after[:-1]])[: after.size], after], axis=1).ravel()


def _lowest_hour(steps: _Running, start: int, end: int) -> tuple[int | None, float]:
    """Start and mean flow of the lowest hour inside [start, end] among those that begin or end with a step."""
    inside = slice(*np.searchsorted(steps.knots_ms, [start, end + 1]).tolist())
    near = steps.knots_ms[inside]
    knots = np.unique(np.concatenate([near, near - HOUR_MS, [start, end - HOUR_MS]]))
    begins = knots[(knots >= start) & (knots <= end - HOUR_MS)]
    if begins.size == 0:
        return None, np.inf
    covered = steps.coverage(begins, begins + HOUR_MS) >= LEAST_HOUR_COVERAGE
    flow = np.where(covered, steps.mean_m3h(begins, begins + HOUR_MS), np.inf)
    # Sums of floats differ in the last digits: of hours that are equal to the millilitre the first is taken.
    lowest = int(np.argmin(np.round(flow, 6)))
    return (int(begins[lowest]), float(round(flow[lowest], 9))) if np.isfinite(flow[lowest]) else (None, np.inf)


def hour_use(users: Sequence[Increments], at_ms: Ints) -> tuple[Floats, Floats]:
    """What each user's meter counted in hours that begin at given times [m³], and the share of each that it speaks for.

    Both users × hours; an increment over more than LONGEST_IN_HOURS_MS says nothing of an hour.
    """
    volume, coverage = np.zeros((2, len(users), at_ms.size))
    ends = np.concatenate([at_ms, at_ms + HOUR_MS])
    for row, user in enumerate(users):
        found = known(user, LONGEST_IN_HOURS_MS)
        length = (found.end_ms - found.start_ms).astype(np.float64)
        volume[row] = np.diff(running(found, found.volume_m3, ends).reshape(2, -1), axis=0)
        coverage[row] = np.diff(running(found, length, ends).reshape(2, -1), axis=0) / HOUR_MS
    return volume, coverage


def is_large(volume_m3: Floats, coverage: Floats) -> npt.NDArray[np.bool_]:
    """Whether an hour of a user (models.night_flow.hour_use) is a large night use that its meter truly tells."""
    return (coverage >= LEAST_HOUR_COVERAGE) & (volume_m3 >= LARGE_USER_M3H)


def large_m3h(volume_m3: Floats, coverage: Floats) -> Floats:
    """What large users took in each hour [m³/h]."""
    taken: Floats = np.where(is_large(volume_m3, coverage), volume_m3, 0.0).sum(axis=0)
    return taken


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
