"""Burst: a zone's net inflow far above what weekday, hour and season lead to expect.

Sequential evidence on raw rows (1–5 min). With x the residual (inflow − expected) less its slow level, since a day that
runs a little high does so for hours, and σ the larger of the band's deviation and the residual's own over 15 min,

    S ← max(0, S + (x/σ − k) · Δt / 15 min)                                                               (1)

is Page's one-sided cumulative sum; since S left zero the water runs. Said is a burst when the mean since then lies
outside the band and either S > h with a typical excess of some σ, or the typical excess of half an hour is > j · σ. h
and j follow from the zone's own daily maxima: they have an exponential tail,

    P(maximum > m) = ½ · exp(−(m − m50) · ln 5 / (m90 − m50))                                             (2)

and lie where it leaves one day in ALARM_DAYS. So a zone of jumpy industry is not cried at every week.

Source: Page, E. S., Continuous inspection schemes, Biometrika 41 (1954), 100–115; exponential tail of the maxima as in
Siegmund, D., Sequential Analysis (1985), ch. II.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple, cast

from models.detector import Context, Finding, JsonState, Row
from models.event import EventKind, Priority, Why
from models.reading import from_ms, to_ms
from models.why import because

MINUTE_MS = 60_000
BLOCK_MS = 15 * MINUTE_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
BAND_SIGMAS = 2 * 1.6449
"""Standard deviations between the 5 % and the 95 % bound of a normal distribution."""
BAND_WEIGHT = 0.7
"""σ is never less than this share of the band's own deviation, which is larger in the hours that scatter most."""
ALLOWANCE = 1.5
"""k of (1): drift that is no evidence, in σ of 15 min."""
SUM_LIMITS = (20.0, 20.0, 60.0)
JUMP_LIMITS = (3.2, 3.2, 3.4)
"""h and j of (2): until a week of daily maxima is there, at least, at most."""
ALARM_DAYS = 365.0
MAXIMA_KEPT = 60
SLOW_MS = 30 * MINUTE_MS
"""Time constant of the residual's slow level."""
SUSPICIOUS_SLOW_MS = DAY_MS
"""The same while there is evidence, and while a burst stands: it must not be learned."""
SPREAD_BLOCKS = 28 * 96
"""Blocks of 15 min over which the residual's own deviation is remembered."""
SPREAD_CLIP = 5.0
CLIP = 6.0
"""A single row speaks at most so many σ: a spike is no burst."""
SMALLEST_M3H = 0.5
FAR_SIGMAS = 2.5
JUMP_ROWS = 6
SHORTEST_H = 0.4
QUIET_MS = 45 * MINUTE_MS
RECENT_ROWS = 12
SAY_AGAIN_MS = HOUR_MS
SAY_CHANGED_MS = 15 * MINUTE_MS
AFTER_OPERATION = timedelta(minutes=30)
ENDLESS_OPERATION = timedelta(days=1)
HIGH_M3H = 10.0
HIGH_SHARE = 0.3


LoggedOperation = tuple[datetime, datetime | None, str]
"""Start, end and kind."""


@dataclass(slots=True)
class _Evidence:
    """The state: what is known after the last row. Times in ms, flows in m³/h, volumes in m³."""

    last_ms: int = 0
    level_m3h: float = 0.0
    spread_m3h: float = 0.0
    blocks: int = 0
    block: int = 0
    block_sum_m3h: float = 0.0
    block_rows: int = 0
    cusum: float = 0.0
    since_ms: int = 0
    excess_m3: float = 0.0
    beyond_m3: float = 0.0
    seen_h: float = 0.0
    day: int = 0
    day_sum: float = 0.0
    day_jump: float = 0.0
    day_spoilt: bool = False
    sums: list[float] = field(default_factory=list)
    jumps: list[float] = field(default_factory=list)
    sum_limit: float = 0.0
    jump_limit: float = 0.0
    open: bool = False
    start_ms: int = 0
    loss_m3: float = 0.0
    recent: list[float] = field(default_factory=list)
    largest_m3h: float = 0.0
    said_ms: int = 0
    said_m3h: float = 0.0
    quiet_ms: int = 0


class Burst:
    """Net inflow of a zone above its band: raise, hourly updates of the loss, clear when it returned."""

    name = "burst"
    version = 1
    level = "zone"
    quantity = "net_inflow_m3h"

    def initial(self) -> JsonState:
        """Nothing known yet."""
        return cast(JsonState, asdict(_Evidence(sum_limit=SUM_LIMITS[0], jump_limit=JUMP_LIMITS[0])))

    def step(self, state: JsonState, rows: Sequence[Row], context: Context) -> tuple[JsonState, list[Finding]]:
        """Judge rows causally; rows not newer than the last and rows without value or band change nothing."""
        evidence = _Evidence(**state)  # type: ignore[arg-type]  # a JSON object of exactly these fields
        findings: list[Finding] = []
        for row in rows:
            if row.value is None or row.expected is None or row.lower is None or row.upper is None:
                continue
            now_ms = to_ms(row.time)
            if now_ms <= evidence.last_ms:
                continue
            elapsed_ms = min(now_ms - evidence.last_ms, BLOCK_MS)
            deviation_m3h = max(evidence.spread_m3h, BAND_WEIGHT * (row.upper - row.lower) / BAND_SIGMAS, 1e-6)
            now = _Moment(row.time, now_ms, elapsed_ms, row.value, row.expected, row.upper, deviation_m3h)
            finding = _judge(evidence, now, context)
            evidence.last_ms = now_ms
            if finding is not None:
                findings.append(finding)
        return cast(JsonState, asdict(evidence)), findings


class _Moment(NamedTuple):
    """A row that can be judged: its band is known and it is newer than the last.

    elapsed_ms : time it speaks for, at most 15 min; deviation_m3h : the band's own standard deviation
    """

    time: datetime
    ms: int
    elapsed_ms: int
    value: float
    expected: float
    upper: float
    deviation_m3h: float

    @property
    def hours(self) -> float:
        return self.elapsed_ms / HOUR_MS


def _judge(evidence: _Evidence, now: _Moment, context: Context) -> Finding | None:
    excess_m3h = now.value - now.expected - evidence.level_m3h
    if now.ms // DAY_MS != evidence.day:
        _turn_day(evidence, now.ms)
    operation = _operation(evidence, now.time, context) if context.known_operations else None
    if operation is not None:
        return _explained(evidence, now, context, operation)
    if evidence.cusum <= 0 and excess_m3h <= ALLOWANCE * now.deviation_m3h and not evidence.open:
        _learn(evidence, now)
        return None
    if evidence.open:
        evidence.level_m3h *= math.exp(-now.elapsed_ms / SUSPICIOUS_SLOW_MS)
        return _follow(evidence, now, excess_m3h, context)
    _accumulate(evidence, now, excess_m3h)
    if _worth_saying(evidence, now):
        return _raise(evidence, now, context)
    _learn(evidence, now)
    return None


def threshold(maxima: Sequence[float], at_first: float, lowest: float, highest: float) -> float:
    """What a zone's daily maxima pass on about one day in ALARM_DAYS, by the exponential tail of (2).

    maxima : of past days; at_first : the answer while they are fewer than 7; lowest, highest : its limits

    >>> threshold([], 5.0, 2.5, 40.0)
    5.0
    >>> round(threshold([1.0, 1.2, 1.5, 1.1, 2.0, 1.4, 1.3, 1.2, 1.6, 1.1], 5.0, 2.5, 40.0), 1)
    3.6
    """
    count = len(maxima)
    if count < 7:
        return at_first
    ordered = sorted(maxima)
    middle, ninth = ordered[count // 2], ordered[int(0.9 * count)]
    tail = middle + (ninth - middle) * math.log(0.5 * ALARM_DAYS) / math.log(5.0)
    return min(max(tail, lowest), highest)


def _turn_day(evidence: _Evidence, now_ms: int) -> None:
    if evidence.day and not evidence.day_spoilt:
        evidence.sums = [*evidence.sums, round(evidence.day_sum, 3)][-MAXIMA_KEPT:]
        evidence.jumps = [*evidence.jumps, round(evidence.day_jump, 3)][-MAXIMA_KEPT:]
        evidence.sum_limit = threshold(evidence.sums, *SUM_LIMITS)
        evidence.jump_limit = threshold(evidence.jumps, *JUMP_LIMITS)
    evidence.day, evidence.day_sum, evidence.day_jump = now_ms // DAY_MS, 0.0, 0.0
    evidence.day_spoilt = evidence.open


def _accumulate(evidence: _Evidence, now: _Moment, excess_m3h: float) -> None:
    spoken = max(-CLIP, min(CLIP, excess_m3h / now.deviation_m3h))
    if evidence.cusum <= 0:
        evidence.since_ms = now.ms - now.elapsed_ms
        evidence.excess_m3 = evidence.beyond_m3 = evidence.seen_h = 0.0
        evidence.recent = []
    evidence.cusum = max(0.0, evidence.cusum + (spoken - ALLOWANCE) * now.elapsed_ms / BLOCK_MS)
    evidence.day_sum = max(evidence.day_sum, evidence.cusum)
    if evidence.cusum > 0:
        evidence.excess_m3 += excess_m3h * now.hours
        evidence.beyond_m3 += (now.value - now.upper) * now.hours
        evidence.seen_h += now.hours
        evidence.recent = [*evidence.recent, excess_m3h][-RECENT_ROWS:]


def _worth_saying(evidence: _Evidence, now: _Moment) -> bool:
    """Whether the rows since the evidence began lie far enough above the band, for long enough.

    Slow evidence needs S > h and a typical excess beyond the band; a jump that is larger than nearly all noise for
    half an hour needs no more than that.
    """
    if evidence.cusum <= 0 or evidence.seen_h < SHORTEST_H or evidence.beyond_m3 <= 0:
        return False
    jump = _jump(evidence, now)
    evidence.day_jump = max(evidence.day_jump, jump)
    if jump * now.deviation_m3h < SMALLEST_M3H:
        return False
    return jump > evidence.jump_limit or (jump > FAR_SIGMAS and evidence.cusum > evidence.sum_limit)


def _jump(evidence: _Evidence, now: _Moment) -> float:
    """How many deviations the last rows lie above what is expected, on average."""
    typical_m3h = statistics.fmean(evidence.recent[-JUMP_ROWS:])
    return min(typical_m3h, typical_m3h + evidence.level_m3h) / now.deviation_m3h


@lru_cache(maxsize=1024)
def _share(elapsed_ms: int, slow_ms: int) -> float:
    """How much of a difference a level with that time constant takes over in the elapsed time."""
    return 1 - math.exp(-elapsed_ms / slow_ms)


def _learn(evidence: _Evidence, now: _Moment) -> None:
    slow_ms = SLOW_MS if evidence.cusum < 1.0 else SUSPICIOUS_SLOW_MS
    residual_m3h = now.value - now.expected
    step_m3h = max(-3 * now.deviation_m3h, min(3 * now.deviation_m3h, residual_m3h - evidence.level_m3h))
    evidence.level_m3h += step_m3h * _share(now.elapsed_ms, slow_ms)
    block = now.ms // BLOCK_MS
    if block != evidence.block:
        if evidence.block_rows:
            mean_m3h = evidence.block_sum_m3h / evidence.block_rows
            evidence.blocks = min(evidence.blocks + 1, SPREAD_BLOCKS)
            bounded = min(abs(mean_m3h), SPREAD_CLIP * now.deviation_m3h)
            variance = evidence.spread_m3h**2
            evidence.spread_m3h = math.sqrt(variance + (bounded**2 - variance) / evidence.blocks)
        evidence.block, evidence.block_sum_m3h, evidence.block_rows = block, 0.0, 0
    evidence.block_sum_m3h += residual_m3h
    evidence.block_rows += 1


def _raise(evidence: _Evidence, now: _Moment, context: Context) -> Finding:
    evidence.open, evidence.day_spoilt, evidence.quiet_ms = True, True, 0
    evidence.start_ms, evidence.loss_m3 = evidence.since_ms, evidence.excess_m3
    loss_m3h = evidence.excess_m3 / evidence.seen_h
    evidence.largest_m3h = loss_m3h
    jump = _jump(evidence, now)
    # Each kind of evidence is at one half where it alone is just enough; the stronger one speaks.
    slow, sudden = evidence.cusum / (evidence.cusum + evidence.sum_limit), jump / (jump + evidence.jump_limit)
    return _say(evidence, now, context, "raise", loss_m3h, max(slow, sudden))


def _follow(evidence: _Evidence, now: _Moment, excess_m3h: float, context: Context) -> Finding | None:
    evidence.loss_m3 = max(0.0, evidence.loss_m3 + excess_m3h * now.hours)
    evidence.recent = [*evidence.recent, excess_m3h][-RECENT_ROWS:]
    half_hour = max(3, HOUR_MS // 2 // max(now.elapsed_ms, MINUTE_MS))
    loss_m3h = max(0.0, statistics.median(evidence.recent[-half_hour:]))
    evidence.largest_m3h = max(evidence.largest_m3h, loss_m3h)
    if loss_m3h > max(0.3 * evidence.largest_m3h, min(now.deviation_m3h, 0.6 * evidence.largest_m3h)):
        evidence.quiet_ms = 0
    elif not evidence.quiet_ms:
        evidence.quiet_ms = now.ms
    if evidence.quiet_ms and now.ms - evidence.quiet_ms >= QUIET_MS:
        return _returned(evidence, now, context)
    changed = abs(loss_m3h - evidence.said_m3h) > 0.25 * max(evidence.said_m3h, SMALLEST_M3H)
    if now.ms - evidence.said_ms >= (SAY_CHANGED_MS if changed else SAY_AGAIN_MS):
        return _say(evidence, now, context, "update", loss_m3h, 0.99)
    return None


def _say(
    evidence: _Evidence,
    now: _Moment,
    context: Context,
    action: Literal["raise", "update"],
    loss_m3h: float,
    score: float,
) -> Finding:
    evidence.said_ms, evidence.said_m3h = now.ms, loss_m3h
    severe = loss_m3h >= HIGH_M3H or loss_m3h >= HIGH_SHARE * abs(now.expected)
    why = because(
        "burst.inflow_above_expected",
        name=context.name,
        excess_m3h=round(loss_m3h, 2),
        inflow_m3h=round(now.value, 2),
        expected_m3h=round(now.expected, 2),
        upper_m3h=round(now.upper, 2),
        loss_m3=round(evidence.loss_m3, 2),
    )
    return Finding(
        action,
        EventKind.BURST,
        now.time,
        from_ms(evidence.start_ms),
        None,
        Priority.HIGH if severe else Priority.MEDIUM,
        round(loss_m3h, 3),
        round(evidence.loss_m3, 3),
        round(min(score, 0.99), 3),
        why,
    )


def _returned(evidence: _Evidence, now: _Moment, context: Context) -> Finding:
    why = because(
        "burst.inflow_returned",
        name=context.name,
        inflow_m3h=round(now.value, 2),
        expected_m3h=round(now.expected, 2),
        loss_m3=round(evidence.loss_m3, 2),
    )
    return _over(evidence, now.time, from_ms(evidence.quiet_ms), why)


def _over(evidence: _Evidence, moment: datetime, end: datetime, why: Why) -> Finding:
    start, loss_m3 = from_ms(evidence.start_ms), round(evidence.loss_m3, 3)
    evidence.open, evidence.cusum, evidence.recent, evidence.quiet_ms = False, 0.0, [], 0
    return Finding("clear", EventKind.BURST, moment, start, end, Priority.LOW, 0.0, loss_m3, 0.99, why)


def _operation(evidence: _Evidence, moment: datetime, context: Context) -> LoggedOperation | None:
    """The logged operation that explains water at a moment: while it lasts and shortly after.

    One without an end is believed for a day. A standing burst that began well before it is not explained by it.
    """
    for operation in context.known_operations:
        start, end, _ = operation
        if start <= moment <= (end or start + ENDLESS_OPERATION) + AFTER_OPERATION:
            began_before = evidence.open and from_ms(evidence.start_ms) < start - AFTER_OPERATION
            if not began_before:
                return operation
    return None


def _explained(evidence: _Evidence, now: _Moment, context: Context, operation: LoggedOperation) -> Finding | None:
    """Under a logged operation nothing is evidence; a burst that began with it is over."""
    evidence.day_spoilt = True
    if not evidence.open:
        evidence.cusum = 0.0
        return None
    why = because(
        "burst.explained_by_operation",
        name=context.name,
        operation=operation[2],
        loss_m3=round(evidence.loss_m3, 2),
    )
    return _over(evidence, now.time, now.time, why)
