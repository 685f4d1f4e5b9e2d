"""Every test of single series. A new one is one file and one line here (and its thresholds in thresholds.py).

A test is a pure function of Evidence. What it says of a reading depends on readings at most `before` before it and
`after` after it, so that judging a span with that much around it says the same as judging everything at once: order of
arrival, batches and restarts can't matter. Two look at arrivals and at many devices and stand beside this table:
models.validation.clock and models.validation.duplicate.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from models.reading import Series
from models.validation import (
    contradiction,
    digit,
    flat_line,
    gap,
    gross_range,
    negative,
    rate,
    spike,
    stale,
    unit,
)
from models.validation.evidence import Evidence
from models.validation.flags import DAY_MS, Flag
from models.validation.thresholds import TABLE, limit

HOUR_MS = 3_600_000
CLOCK, DUPLICATE = "clock", "duplicate"
"""Tests that need more than a series."""


class QualityTest(NamedTuple):
    """One test.

    name : as verdicts carry it; judge : what it says of a series
    thresholds : rows of models.validation.thresholds that it uses
    before_ms, after_ms : how far around a reading it looks
    beside : quantities of the same device that it needs
    """

    name: str
    judge: Callable[[Evidence], list[Flag]]
    thresholds: tuple[str, ...]
    before_ms: int
    after_ms: int
    beside: tuple[str, ...] = ()

    @property
    def quick(self) -> bool:
        """Whether it looks so little around a reading that it is asked with every batch."""
        return self.before_ms <= DAY_MS and self.after_ms <= DAY_MS and not self.beside

    def applies(self, quantity: str, kind: str) -> bool:
        """Whether it has thresholds for a quantity and kind of device."""
        return any(limit(name, quantity, kind) is not None for name in self.thresholds)


_LONGEST_FLAT_MS = (
    int(max(row.fail if row.fail < 1e9 else row.suspect for row in TABLE if row.test == "flat")) * HOUR_MS
)
_REGISTER_MS = 35 * DAY_MS
"""What a register's own rules look back for, see models.consumption.CONTEXT_DAYS."""

TESTS: tuple[QualityTest, ...] = (
    QualityTest("range", gross_range.judge, ("range_above", "range_below"), 0, 0),
    QualityTest("spike", spike.judge, ("spike",), DAY_MS, DAY_MS),
    QualityTest("rate", rate.judge, ("rate",), _REGISTER_MS, DAY_MS),
    QualityTest("negative", negative.judge, ("negative",), _REGISTER_MS, DAY_MS),
    QualityTest("digit", digit.judge, ("digit",), DAY_MS, DAY_MS),
    QualityTest("flat", flat_line.judge, ("flat",), _LONGEST_FLAT_MS, _LONGEST_FLAT_MS),
    QualityTest("gap", gap.judge, ("gap",), 7 * DAY_MS, 7 * DAY_MS),
    QualityTest("unit", unit.judge, ("unit",), 15 * DAY_MS, DAY_MS),
    QualityTest("contradiction", contradiction.judge, ("contradiction",), 2 * DAY_MS, DAY_MS, ("volume_m3",)),
    QualityTest("stale", stale.judge, ("stale",), 2 * DAY_MS, 2 * DAY_MS, ("volume_m3",)),
)


def applying(quantity: str, kind: str) -> list[QualityTest]:
    """The tests that say something of a quantity of a kind of device."""
    return [test for test in TESTS if test.applies(quantity, kind)]


def judged(evidence: Evidence, tests: Sequence[QualityTest], start_ms: int, end_ms: int) -> dict[str, list[Flag]]:
    """What each test says of [start, end): flags that begin in it, in order of time.

    start_ms, end_ms : midnights UTC; evidence should reach as far around them as the tests look
    """
    return {
        test.name: sorted(flag for flag in test.judge(evidence) if start_ms <= flag.first_ms < end_ms) for test in tests
    }


def whole_days(first_ms: int, last_ms: int) -> tuple[int, int]:
    """The UTC days that contain [first, last], as their bounds.

    >>> whole_days(5, DAY_MS) == (0, 2 * DAY_MS)
    True
    """
    return first_ms // DAY_MS * DAY_MS, (last_ms // DAY_MS + 1) * DAY_MS


def in_order(series: Series) -> Series:
    """Finite values with times that ascend, each once."""
    keep = np.isfinite(series.value)
    time, value = series.time_ms[keep], series.value[keep]
    quality = series.quality if series.quality.size == 1 else series.quality[keep]
    if time.size > 1 and not np.all(time[1:] > time[:-1]):
        time, first = np.unique(time, return_index=True)
        value, quality = value[first], quality if quality.size == 1 else quality[first]
    return series._replace(time_ms=time, value=value, quality=quality)
