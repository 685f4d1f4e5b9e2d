"""How a meter's use is spread over the hours of a week: its own profile, that of its like, or a made-up one.

A gap is filled by what the meter used at the same hours of the same weekdays in the four weeks before it: so the season
is that of the gap, and a reading that comes later never changes how an earlier gap is filled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from models.calendar import DAY_MS, HOUR_MS, local_hours
from models.reading import from_ms
from models.registry import Device, Role

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LEARNED_MS = 28 * DAY_MS
"""Four weeks before a gap: each hour of the week four times, one season."""
LEAST_HOURS = 7 * 24
"""With fewer known hours a meter has no profile of its own yet."""
SHRINK = 2.0
"""An hour of the week weighs against the same hour of all days as if this many weeks said the latter."""
WEEK_H = 7 * 24
DRAW_H = 1 / 120
"""Where nothing is learned, water is taken in draws of half a minute at Q3 (21 L of a household): made up."""
DEFAULT_Q3_M3H = 2.5
LEAST_LEVEL_SD = 0.2
"""People go on holiday: a level of use is not surer than this for the days of an open gap."""
UNKNOWN_LEVEL_SD = 0.5
"""The same where the level is a like's: households of one kind differ by about half."""

Origin = Literal["own", "like", "made_up"]


class Profile(NamedTuple):
    """Expected use by hour of the local week.

    weight : 168 values, Monday 00:00 first; of an own profile m³/h, else shares of a mean of 1
    mean_m3h : mean use, NaN where only the shape is known
    draw_m3 : variance over mean of what is used in an hour, the size of a typical draw
    level_sd : relative standard deviation of the level from day to day
    hours : how many hours it was learned from
    """

    weight: Floats
    mean_m3h: float
    draw_m3: float
    level_sd: float
    origin: Origin
    hours: int = 0


def learned(volume_m3: Floats, hour_of_week: Ints, origin: Origin = "own") -> Profile | None:
    """A profile of whole known hours; None where there are too few.

    An hour of the week is its mean, drawn towards the same hour of all days, and that towards the mean of all hours.

    >>> hours = np.arange(4 * 168)
    >>> used = np.where(hours % 24 == 7, 0.1, 0.01)
    >>> found = learned(used, hours % 168)
    >>> round(found.mean_m3h, 5), (found.weight[[7, 8]] * 1000).round(1).tolist()
    (0.01375, [98.1, 10.1])
    """
    if volume_m3.size < LEAST_HOURS:
        return None
    mean = max(float(volume_m3.mean()), 0.0)
    by_hour = _drawn(volume_m3, hour_of_week % 24, np.full(24, mean))
    weight = _drawn(volume_m3, hour_of_week, np.tile(by_hour, 7))
    if mean <= 0:
        return Profile(np.ones(WEEK_H), 0.0, 0.0, UNKNOWN_LEVEL_SD, origin, volume_m3.size)
    expected = weight[hour_of_week]
    draw = float(np.sum((volume_m3 - expected) ** 2) / np.sum(expected))
    return Profile(weight, mean, draw, _level_sd(volume_m3, expected, draw), origin, volume_m3.size)


def _drawn(volume_m3: Floats, slot: Ints, towards: Floats) -> Floats:
    """Means of slots, drawn towards others; nothing that flows back makes one negative."""
    count = np.bincount(slot, minlength=towards.size)
    total = np.bincount(slot, volume_m3, towards.size)
    return np.maximum((total + SHRINK * towards) / (count + SHRINK), 0.0)


def _level_sd(volume_m3: Floats, expected: Floats, draw_m3: float) -> float:
    """How much days differ from what is expected of them, beyond what single draws explain."""
    days = volume_m3.size // 24
    used = volume_m3[: days * 24].reshape(days, 24).sum(axis=1)
    due = expected[: days * 24].reshape(days, 24).sum(axis=1)
    excess = float(np.mean((used - due) ** 2 - draw_m3 * due) / np.mean(due) ** 2)
    return max(float(np.sqrt(max(excess, 0.0))), LEAST_LEVEL_SD)


_HOME = (2, 1, 1, 1, 2, 5, 12, 16, 13, 9, 8, 8, 9, 8, 7, 7, 8, 11, 14, 16, 15, 12, 8, 4)
_HOME_WEEKEND = (3, 2, 1, 1, 1, 2, 4, 8, 13, 16, 16, 14, 13, 11, 9, 8, 9, 11, 13, 14, 13, 11, 8, 5)
_WORK = (3, 3, 3, 3, 3, 5, 9, 14, 16, 16, 15, 15, 14, 15, 15, 13, 10, 8, 6, 5, 5, 4, 4, 3)
_WORK_WEEKEND = (3, 3, 3, 3, 3, 3, 4, 5, 6, 6, 6, 6, 6, 6, 6, 5, 5, 5, 5, 4, 4, 3, 3, 3)
_YEAR_HOME = (0.96, 0.96, 0.97, 0.98, 1.02, 1.07, 1.06, 1.05, 1.01, 0.98, 0.97, 0.97)
_YEAR_WORK = (0.97, 0.98, 1.0, 1.0, 1.02, 1.05, 1.0, 0.99, 1.02, 1.0, 1.0, 0.97)


def made_up(role: Role | None, q3_m3h: float | None) -> Profile:
    """A shape for who has none: two humps a day for a home, working hours for all others. Made up, no measurement.

    >>> shape = made_up("household", 2.5).weight
    >>> int(shape[:24].argmax()), int(shape[120:144].argmax()), round(float(shape.mean()), 9)
    (7, 9, 1.0)
    """
    home = role in (None, "household")
    week = (_HOME, _HOME_WEEKEND) if home else (_WORK, _WORK_WEEKEND)
    weight = np.array([*week[0] * 5, *week[1] * 2], np.float64)
    draw = (q3_m3h or DEFAULT_Q3_M3H) * DRAW_H
    return Profile(weight / weight.mean(), np.nan, draw, UNKNOWN_LEVEL_SD, "made_up")


def season(role: Role | None, month: int) -> float:
    """Use of a month (1–12) over the year's mean, made up like the shapes: for who has no weeks before a gap."""
    return (_YEAR_HOME if role in (None, "household") else _YEAR_WORK)[month - 1]


def like_key(role: Role | None, device: Device | None) -> str:
    """Which meters are alike: their points' role and the size of the meter (Q3).

    >>> like_key("household", Device("1", "water_meter", q3_m3h=2.5))
    'household|2.5'
    """
    q3 = device.q3_m3h if device is not None and device.q3_m3h else DEFAULT_Q3_M3H
    return f"{role or 'household'}|{q3:g}"


def of_many(members: Sequence[Profile]) -> Profile | None:
    """The profile of a kind: the median of its members' shapes, so that one odd house doesn't bend it.

    mean_m3h is the members' median; level_sd tells how much they differ.
    """
    used = [one for one in members if one.mean_m3h > 0]
    if not used:
        return None
    shape = np.median([one.weight / one.weight.mean() for one in used], axis=0)
    means = np.array([one.mean_m3h for one in used])
    spread = float(np.std(means) / np.mean(means)) if means.size > 1 else UNKNOWN_LEVEL_SD
    draw = float(np.median([one.draw_m3 for one in used]))
    hours = sum(one.hours for one in used)
    weight = shape / shape.mean() if shape.mean() > 0 else np.ones(WEEK_H)
    return Profile(weight, float(np.median(means)), draw, max(spread, LEAST_LEVEL_SD), "like", hours)


class Known(NamedTuple):
    """The whole known hours of a meter, to learn from: start_ms ascending, their volumes and hours of the week.

    like : the profile of its like at a moment, for who has too few hours
    """

    start_ms: Ints
    volume_m3: Floats
    hour_of_week: Ints
    like: Callable[[int], Profile]

    def before(self, moment_ms: int) -> Profile:
        """The profile of the four weeks before a moment, else the like's."""
        low, high = np.searchsorted(self.start_ms, [moment_ms - LEARNED_MS, moment_ms - HOUR_MS + 1])
        found = learned(self.volume_m3[low:high], self.hour_of_week[low:high])
        return found if found is not None else self.like(moment_ms)


Likes = Mapping[str, Sequence[tuple[int, Profile]]]
"""Editions of kinds' profiles by like_key: (from when on it counts [ms], profile), ascending; none is ever changed."""

EDITION_MS = 91 * DAY_MS
"""A new edition is learned every quarter: that is its season."""
LEAST_MEMBERS = 5
"""Fewer meters are no kind."""
MOST_MEMBERS = 40


def like_at(likes: Likes, role: Role | None, device: Device | None, moment_ms: int) -> Profile:
    """The edition of its kind's profile that counts at a moment, a made-up one before the first.

    An edition counts only from when it was learned on, so that it changes nothing that was estimated before. The level
    is brought from the season it was learned in to that of the moment.
    """
    editions = likes.get(like_key(role, device), ())
    since, found = next((one for one in reversed(editions) if one[0] <= moment_ms), (0, None))
    if found is None:
        return made_up(role, device.q3_m3h if device is not None else None)
    now, then = from_ms(moment_ms).month, from_ms(since - LEARNED_MS // 2).month
    return found._replace(mean_m3h=found.mean_m3h * season(role, now) / season(role, then))


def edition(members: Sequence[tuple[Ints, Floats]], tz: tzinfo) -> Profile | None:
    """The profile of a kind from its meters' measured hours (starts, volumes); None where too few have enough."""
    known = [learned(volume, local_hours(start, tz)) for start, volume in members]
    several = [one for one in known if one is not None]
    return of_many(several) if len(several) >= LEAST_MEMBERS else None


def is_due(likes: Likes, key: str, now_ms: int) -> bool:
    """Whether a kind's profile is to be learned anew."""
    editions = likes.get(key, ())
    return not editions or now_ms - editions[-1][0] >= EDITION_MS


def as_json(likes: Likes) -> dict[str, object]:
    """Editions as they are kept."""
    return {
        key: [[since, one.weight.round(6).tolist(), *one[1:4], one.hours] for since, one in editions]
        for key, editions in likes.items()
    }


def from_json(kept: Mapping[str, Any]) -> Likes:
    """Editions as they were kept.

    >>> likes = {"household|2.5": [(1000, made_up("household", 2.5)._replace(mean_m3h=0.01, origin="like"))]}
    >>> back = from_json(as_json(likes))["household|2.5"][0]
    >>> back[0], back[1].mean_m3h, bool(np.allclose(back[1].weight, likes["household|2.5"][0][1].weight, atol=1e-6))
    (1000, 0.01, True)
    """
    return {
        key: [
            (int(since), Profile(np.array(weight, np.float64), mean, draw, level, "like", int(hours)))
            for since, weight, mean, draw, level, hours in editions
        ]
        for key, editions in kept.items()
    }
