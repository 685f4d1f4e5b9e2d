"""Data stopped: a device that others wait for has been silent against its own rhythm. Never a leak.

The rhythm is learned from the device itself: the usual gap between its times, and how old its last value usually is
just before the next arrives (a station may send four quarter-hours once an hour).
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal, cast

import numpy as np
import numpy.typing as npt

from models.detector import Context, Finding, JsonState, Row
from models.event import EventKind, Priority, Why
from models.reading import from_ms, to_ms
from models.why import because

SHORTEST_S = 1800.0
"""No silence shorter than this is worth a word."""
GAPS = 4.0
"""So many usual gaps without a value are a silence."""
AGES = 2.0
"""So many usual ages of the last value just before the next arrived are one, too."""
REMEMBERED = 24
HEARD_LOW_PCT = 50.0
HEARD_AGAIN_PCT = 70.0
HEARD_DELAY_MS = 2 * 3_600_000
FEWEST_METERS = 8
"""Customer meters of a zone below which a share says nothing."""


@dataclass(slots=True)
class _Rhythm:
    """The state: last value's time, remembered gaps and ages [s], and whether the silence was said."""

    last_ms: int = 0
    age_s: float = 0.0
    gaps_s: list[float] = field(default_factory=list)
    ages_s: list[float] = field(default_factory=list)
    open: bool = False


class DataStopped:
    """Silence of one place's sensor. Rows with a value are what it sent, rows without are the clock's ticks.

    context.limits: silence_s, if there is one, stands in place of the learned rhythm; important 1 raises the priority.
    A tick's time is the latest moment up to which anything was heard of the others: when all are silent the way to
    them is broken, and that is no news of this device.
    """

    name = "data_stopped"
    version = 1
    level = "point"
    quantity = ""

    def initial(self) -> JsonState:
        """Nothing known yet."""
        return cast(JsonState, asdict(_Rhythm()))

    def step(self, state: JsonState, rows: Sequence[Row], context: Context) -> tuple[JsonState, list[Finding]]:
        """Judge values and ticks; a device that never sent is not silent, it is not there yet."""
        rhythm = _Rhythm(**state)  # type: ignore[arg-type]  # a JSON object of exactly these fields
        rhythm.gaps_s, rhythm.ages_s = list(rhythm.gaps_s), list(rhythm.ages_s)
        findings: list[Finding] = []
        for row in rows:
            now_ms = to_ms(row.time)
            if now_ms <= rhythm.last_ms:
                continue
            finding = self._tick(rhythm, now_ms, context) if row.value is None else self._heard(rhythm, now_ms, context)
            if finding is not None:
                findings.append(finding)
        return cast(JsonState, asdict(rhythm)), findings

    def _heard(self, rhythm: _Rhythm, now_ms: int, context: Context) -> Finding | None:
        finding = None
        gap_s = (now_ms - rhythm.last_ms) / 1000
        if rhythm.age_s:
            # A long silence is remembered, too, but not for longer than it takes to notice one.
            rhythm.ages_s = [*rhythm.ages_s, min(rhythm.age_s, AGES * _silence_s(rhythm, context))][-REMEMBERED:]
        if rhythm.open:
            why = because("data_stopped.heard_again", name=context.name, silent_s=round(gap_s))
            finding = _finding("clear", now_ms, rhythm.last_ms, Priority.LOW, why)
            rhythm.open = False
        elif rhythm.last_ms:
            rhythm.gaps_s = [*rhythm.gaps_s, gap_s][-REMEMBERED:]
        rhythm.last_ms, rhythm.age_s = now_ms, 0.0
        return finding

    def _tick(self, rhythm: _Rhythm, now_ms: int, context: Context) -> Finding | None:
        if not rhythm.last_ms:
            return None
        rhythm.age_s = (now_ms - rhythm.last_ms) / 1000
        if rhythm.open or not rhythm.gaps_s or rhythm.age_s <= _silence_s(rhythm, context):
            return None
        rhythm.open = True
        usual_s = statistics.median(rhythm.gaps_s)
        why = because("data_stopped.silent", name=context.name, silent_s=round(rhythm.age_s), usual_s=round(usual_s))
        priority = Priority.MEDIUM if context.limits.get("important") else Priority.LOW
        return _finding("raise", now_ms, rhythm.last_ms, priority, why)


def _silence_s(rhythm: _Rhythm, context: Context) -> float:
    """The age of the last value from which on a device is silent."""
    usual_s = statistics.median(rhythm.gaps_s) if rhythm.gaps_s else 0.0
    late_s = sorted(rhythm.ages_s)[int(0.9 * len(rhythm.ages_s))] if rhythm.ages_s else 0.0
    return context.limits.get("silence_s", max(SHORTEST_S, GAPS * usual_s, AGES * late_s))


@dataclass(slots=True)
class _Share:
    """The state of CustomersStopped; times in ms."""

    last_ms: int = 0
    low_ms: int = 0
    start_ms: int = 0
    open: bool = False


class CustomersStopped:
    """Most of a zone's customer meters are silent: one event a zone. Rows are shares heard, 0–1 (see heard_share)."""

    name = "customers_stopped"
    version = 1
    level = "zone"
    quantity = "volume_m3"

    def initial(self) -> JsonState:
        """Nothing known yet."""
        return cast(JsonState, asdict(_Share()))

    def step(self, state: JsonState, rows: Sequence[Row], context: Context) -> tuple[JsonState, list[Finding]]:
        """Judge shares: said below 50 % for two hours, over above 70 %."""
        share = _Share(**state)  # type: ignore[arg-type]  # a JSON object of exactly these fields
        findings: list[Finding] = []
        for row in rows:
            now_ms = to_ms(row.time)
            if row.value is None or now_ms <= share.last_ms:
                continue
            share.last_ms = now_ms
            heard_pct = 100 * row.value
            share.low_ms = (share.low_ms or now_ms) if heard_pct < HEARD_LOW_PCT else 0
            if not share.open and share.low_ms and now_ms - share.low_ms >= HEARD_DELAY_MS:
                share.open, share.start_ms = True, share.low_ms
                why = because(
                    "data_stopped.customers_silent",
                    name=context.name,
                    heard_pct=round(heard_pct),
                    limit_pct=HEARD_LOW_PCT,
                )
                findings.append(_finding("raise", now_ms, share.start_ms, Priority.LOW, why))
            elif share.open and heard_pct > HEARD_AGAIN_PCT:
                share.open = False
                why = because("data_stopped.customers_heard_again", name=context.name, heard_pct=round(heard_pct))
                findings.append(_finding("clear", now_ms, share.start_ms, Priority.LOW, why))
        return cast(JsonState, asdict(share)), findings


def heard_share(times_ms: Sequence[npt.NDArray[np.int64]], now_ms: int) -> float | None:
    """Share of meters [0–1] whose last reading is no older than three of their usual gaps, or three hours.

    times_ms : each meter's times of the last two days up to now, ascending; None for too few meters to say

    >>> hourly = np.arange(0, 48 * 3_600_000, 3_600_000)
    >>> heard_share([hourly] * 6 + [hourly[:24]] * 6, 48 * 3_600_000)
    0.5
    """
    if len(times_ms) < FEWEST_METERS:
        return None
    heard = 0
    for times in times_ms:
        if times.size:
            usual_ms = float(np.median(np.diff(times))) if times.size > 1 else 0.0
            heard += now_ms - int(times[-1]) <= max(3 * usual_ms, 3 * 3_600_000)
    return heard / len(times_ms)


def _finding(action: Literal["raise", "clear"], now_ms: int, start_ms: int, priority: Priority, why: Why) -> Finding:
    end = from_ms(now_ms) if action == "clear" else None
    return Finding(
        action, EventKind.DATA_STOPPED, from_ms(now_ms), from_ms(start_ms), end, priority, None, None, 0.99, why
    )
