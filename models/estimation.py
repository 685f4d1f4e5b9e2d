"""Validation, editing and estimation (VEE), its third part: gaps between readings filled by profiles.

Between two registers the volume of a gap is known, only its hours are not: they get the shares that a profile says,
scaled so that they sum to the registers' difference. A span of which no register tells the volume (after the last
reading, or where a meter was changed and nobody read it) gets the meter's level of the weeks before and the profile's
shape, until the real reading comes. All of it is marked ESTIMATED; `models.account` says how sure it is.

Filling a gap from the meter's own register and profile, and from its like only where it has none, is the order of
utilities' VEE rules (after the Uniform Business Practices for Unbundled Electricity Metering, 2000, not seen here).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.calendar import DAY_MS, HOUR_MS, hour_edges, local_hours
from models.consumption import LONGEST_IN_HOURS_MS, volumes
from models.increments import Increments, Step, chosen, joined, running
from models.profiles import LEARNED_MS, LEAST_HOURS, Known, Profile
from models.reading import Series, from_ms

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Masks = npt.NDArray[np.bool_]

OPEN_AFTER_MS = 26 * HOUR_MS
"""After the last reading a gap is open when nothing was heard for so long: who sends once a day is only late before."""
OPEN_LONGEST_MS = 35 * DAY_MS
"""An open gap is estimated for so long; after that nothing is said."""
LEAST_LEVEL_MS = 3 * DAY_MS
"""A meter's own level of the weeks before counts where so much of them is known."""
LONGEST_GAP_MS = 400 * DAY_MS
"""Two registers further apart say nothing of the days between them."""

Span = tuple[int, int]
"""Start and end in milliseconds."""


class Gaps(NamedTuple):
    """Spans of which nothing but at most the whole volume was read. Arrays of one length.

    volume_m3 : between two registers, as read; of an open gap as expected
    draw_m3 : size of a draw, by the profile that fills the gap; level_sd : 0 between two registers
    """

    start_ms: Ints
    end_ms: Ints
    volume_m3: Floats
    draw_m3: Floats
    level_sd: Floats


NO_GAPS = Gaps(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0), np.empty(0))


class Spread(NamedTuple):
    """Known increments whose gaps are filled by the hour.

    read : the increments that are short enough to be spread evenly; all : those and the parts of gaps
    """

    read: Increments
    all: Increments
    gaps: Gaps


def known_hours(found: Increments, tz: tzinfo, like: Callable[[int], Profile]) -> Known:
    """The whole hours that short increments speak for, to learn profiles from."""
    if found.start_ms.size == 0:
        blank = np.empty(0, np.int64)
        return Known(blank, np.empty(0), blank, like)
    edges = hour_edges(from_ms(int(found.start_ms[0])), from_ms(int(found.end_ms[-1])))
    hours = volumes(found, edges, LONGEST_IN_HOURS_MS)
    whole = hours.coverage > 0.999
    start = edges[:-1][whole]
    return Known(start, hours.volume_m3[whole], local_hours(start, tz), like)


def is_gap(found: Increments) -> Masks:
    """Which increments are gaps between two registers: too long to be spread evenly, no longer than a year."""
    length = found.end_ms - found.start_ms
    result: Masks = (length > LONGEST_IN_HOURS_MS) & (length <= LONGEST_GAP_MS)
    return result


def holes(found: Increments, hung: Sequence[Span], now_ms: int) -> list[Span]:
    """Spans without a known volume within the times at which a meter hung, from its first known reading on.

    hung : start and end of each time
    now_ms : what is not over by then is a gap up to OPEN_AFTER_MS before it, once nothing was heard for so long
    """
    result: list[Span] = []
    for low, high in hung:
        inside = (found.start_ms >= low) & (found.end_ms <= high)
        start, end = found.start_ms[inside], found.end_ms[inside]
        if start.size == 0:
            continue
        open_ms = start[1:] > end[:-1]
        result += [(int(a), int(b)) for a, b in zip(end[:-1][open_ms], start[1:][open_ms], strict=True)]
        last = int(end[-1])
        over = high if high <= now_ms else (now_ms - OPEN_AFTER_MS if now_ms - last > OPEN_AFTER_MS else last)
        if over > last:
            result.append((last, over))
    return [(low, min(high, low + OPEN_LONGEST_MS)) for low, high in result]


def reaches_back_ms(series: Series, start_ms: int) -> int | None:
    """Where a gap begins that reaches into what comes after a start; None where there is none."""
    i = int(np.searchsorted(series.time_ms, start_ms))
    if i == 0:
        return None
    before = int(series.time_ms[i - 1])
    after = int(series.time_ms[i]) if i < series.time_ms.size else 2**62
    return before if after - before > LONGEST_IN_HOURS_MS else None


def gaps_that_learn_from(series: Series, last_ms: int) -> list[Span]:
    """Gaps between readings after a span's end that are filled by what it teaches: the meter's hours of four weeks.

    series : readings from LEARNED_MS before that end to LEARNED_MS after it, and one beyond
    """
    length = np.diff(series.time_ms)
    short = np.where(length <= LONGEST_IN_HOURS_MS, length, 0)
    known = np.concatenate([[0], np.cumsum(short)])
    begin = series.time_ms[:-1]
    before = known[:-1] - known[np.searchsorted(series.time_ms, begin - LEARNED_MS)]
    taught = (begin >= last_ms) & (begin <= last_ms + LEARNED_MS) & (before >= LEAST_HOURS * HOUR_MS)
    which = np.flatnonzero(taught & (length > LONGEST_IN_HOURS_MS))
    return [(int(series.time_ms[i]), int(series.time_ms[i + 1])) for i in which]


def newly_open(last: datetime, looked: datetime | None, now: datetime) -> tuple[datetime, datetime] | None:
    """The span of a silent meter that has become an open gap since the last look; None where there is none.

    last : its last reading; looked : None where nobody has looked yet
    """
    after, longest = timedelta(milliseconds=OPEN_AFTER_MS), timedelta(milliseconds=OPEN_LONGEST_MS)
    start, end = last if looked is None else max(last, looked - after), min(now - after, last + longest)
    return (start, end) if start < end else None


def expected_m3h(found: Increments, profile: Profile, moment_ms: int) -> float:
    """Mean use of the four weeks before a moment, the profile's where too little of them is known; NaN without both."""
    first = max(moment_ms - LEARNED_MS, int(found.start_ms[0]))
    ends = np.array([min(first, moment_ms), moment_ms])
    length = (found.end_ms - found.start_ms).astype(np.float64)
    time = float(np.diff(running(found, length, ends))[0])
    if time < LEAST_LEVEL_MS:
        return profile.mean_m3h
    return max(float(np.diff(running(found, found.volume_m3, ends))[0]) / time * HOUR_MS, 0.0)


def spread(gaps: Increments, profiles: Sequence[Profile], tz: tzinfo) -> Increments:
    """Gaps cut at whole hours, each part with its share of the gap's volume by the gap's profile, marked ESTIMATED.

    >>> from zoneinfo import ZoneInfo
    >>> from models.profiles import made_up
    >>> gap = Increments("1", np.array([0]), np.array([4 * HOUR_MS]), np.array([1.0]), np.zeros(1, np.int8),
    ...     np.zeros(1), np.ones(1))
    >>> parts = spread(gap, [made_up("household", 2.5)], ZoneInfo("Europe/Prague"))
    >>> parts.volume_m3.round(3).tolist(), float(parts.volume_m3.sum())
    ([0.2, 0.2, 0.2, 0.4], 1.0)
    """
    if gaps.start_ms.size == 0:
        return gaps
    first, last = gaps.start_ms // HOUR_MS, -(-gaps.end_ms // HOUR_MS)
    count = last - first
    gap = np.repeat(np.arange(count.size), count)
    hour = (np.arange(gap.size) - np.repeat(np.cumsum(count) - count, count) + first[gap]) * HOUR_MS
    start, end = np.maximum(hour, gaps.start_ms[gap]), np.minimum(hour + HOUR_MS, gaps.end_ms[gap])
    length = (end - start).astype(np.float64)
    weight = np.stack([one.weight for one in profiles])[gap, local_hours(hour, tz)] * length
    # A profile that says nothing of just these hours: evenly then.
    weight = np.where(np.bincount(gap, weight)[gap] > 0, weight, length)
    volume = gaps.volume_m3[gap] * weight / np.bincount(gap, weight)[gap]
    blank = np.full(gap.size, np.nan)
    return Increments(gaps.device, start, end, volume, np.full(gap.size, Step.ESTIMATED, np.int8), blank, blank)


def with_gaps_filled(
    found: Increments,
    tz: tzinfo,
    known: Callable[[], Known],
    hung: Sequence[Span] = (),
    now_ms: int = 0,
    around: Span | None = None,
) -> Spread:
    """Known increments with their gaps filled by the hour.

    known : the meter's known hours, asked for only where there is a gap
    hung, now_ms : see `holes`; without them only gaps between two registers are filled
    around : gaps outside this span are left alone
    """
    low, high = around if around is not None else (-(2**62), 2**62)
    long = is_gap(found)
    wanted = long & (found.end_ms > low) & (found.start_ms < high)
    missing = [span for span in holes(found, hung, now_ms) if span[1] > low and span[0] < high]
    short = chosen(found, ~long) if long.any() else found
    if not wanted.any() and not missing:
        return Spread(short, found, NO_GAPS)
    hours = known()
    gaps = chosen(found, wanted)
    profiles = [hours.before(int(moment)) for moment in gaps.start_ms]
    level_sd = [0.0] * len(profiles)
    opened: list[tuple[Span, float]] = []
    for span in missing:
        profile = hours.before(span[0])
        volume = expected_m3h(found, profile, span[0]) * (span[1] - span[0]) / HOUR_MS
        if np.isfinite(volume):
            opened.append((span, volume))
            profiles.append(profile)
            level_sd.append(profile.level_sd)
    gaps = joined(found.device, [gaps, _open(found.device, opened)])
    draw = np.array([profile.draw_m3 for profile in profiles])
    filling = Gaps(gaps.start_ms, gaps.end_ms, np.abs(gaps.volume_m3), draw, np.array(level_sd))
    # Parts of gaps lie between the other increments, never on them.
    parts = joined(found.device, [chosen(found, ~wanted), spread(gaps, profiles, tz)])
    return Spread(short, chosen(parts, np.argsort(parts.start_ms, kind="stable")), filling)


def _open(device: str, opened: Sequence[tuple[Span, float]]) -> Increments:
    start = np.array([span[0] for span, _ in opened], np.int64)
    end = np.array([span[1] for span, _ in opened], np.int64)
    blank = np.full(start.size, np.nan)
    code = np.full(start.size, Step.ESTIMATED, np.int8)
    return Increments(device, start, end, np.array([volume for _, volume in opened], np.float64), code, blank, blank)
