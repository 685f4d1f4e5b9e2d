"""Ranges of compared figures, and whether two towns differ: an order is only said where the ranges do not overlap.

Ranges that do not overlap prove a difference at least as strictly as a test of it at the same level; ranges that
overlap prove nothing. Source: Schenker and Gentleman, On Judging the Significance of Differences by Examining the
Overlap Between Confidence Intervals, The American Statistician 55 (2001).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot, sqrt
from typing import Literal, NamedTuple

import numpy as np

from models.comparison import Compared
from models.meter_error import UPPER

ERROR_PCT = 100.0 * UPPER[2]
"""± of metered volumes: maximum permissible error of class 2 meters between Q2 and Q4 (see models.meter_error)."""
NORMAL_95 = 1.959964
"""Standard normal quantile of a two-sided 95 % interval."""
LEAST_NIGHTS = 7
MOST_ALIKE = 0.95
"""Correlation of neighbouring nights beyond which a level would never be known."""

Standing = Literal["lower", "alike", "higher"]


class Range(NamedTuple):
    """A 95 % interval around a figure, in its unit."""

    lower: float
    upper: float


def use_range(figure: Compared, error_pct: float = ERROR_PCT) -> Range | None:
    """Range of a use per person: the meters' error, and what is not covered between nothing and twice its estimate.

    Hand-computed: 100 L of which 95 % are metered with ± 2 %: 1.9 L and 5 L, together 6.9 L to either side.

    >>> low, high = use_range(Compared(100.0, 0.95))
    >>> round(low, 6), round(high, 6)
    (93.1, 106.9)
    """
    if figure.value is None:
        return None
    covered = min(1.0, max(0.0, figure.coverage))
    around = figure.value * (covered * error_pct / 100 + (1.0 - covered))
    return Range(figure.value - around, figure.value + around)


def night_range(
    figure: Compared, nights_m3h: Sequence[float | None], connections: int, error_pct: float = ERROR_PCT
) -> Range | None:
    """Range of a mean night flow per connection [L/(connection·h)]: how nights scatter, and the meters' error.

    nights_m3h : the nights that the mean was taken over [m³/h]. Neighbouring nights are alike, so that n of them tell
        as much as n·(1 − r)/(1 + r) independent ones, r being their correlation. Source: von Storch and Zwiers,
        Statistical Analysis in Climate Research, 1999, section 6.6.

    None where the figure is not known or fewer than LEAST_NIGHTS nights are.

    Hand-computed: nights of 9 and 11 by turns are no more alike than by chance (r is taken as 0): mean 10, standard
    deviation 1.017 over 30 nights, 1.96 · 1.017 / √30 = 0.364; with 2 % of 10 the root of squares is 0.415 m³/h.

    >>> low, high = night_range(Compared(10.0, 1.0), [9.0, 11.0] * 15, 1000)
    >>> round(low, 2), round(high, 2)
    (9.58, 10.42)
    """
    known = np.array([night for night in nights_m3h if night is not None], dtype=np.float64)
    if figure.value is None or connections <= 0 or len(known) < LEAST_NIGHTS:
        return None
    spread = float(known.std(ddof=1))
    centred = known - known.mean()
    whole = float(centred @ centred)
    alike = float(centred[1:] @ centred[:-1]) / whole if whole > 0 else 0.0
    alike = min(MOST_ALIKE, max(0.0, alike))
    independent = max(1.0, len(known) * (1 - alike) / (1 + alike))
    by_chance = NORMAL_95 * spread / sqrt(independent) * 1000 / connections
    around = hypot(by_chance, figure.value * error_pct / 100)
    return Range(max(0.0, figure.value - around), figure.value + around)


def standing(own: Range, other: Range) -> Standing:
    """Where another town stands to our own.

    >>> standing(Range(130.0, 152.0), Range(98.0, 120.0)), standing(Range(130.0, 152.0), Range(137.0, 155.0))
    ('lower', 'alike')
    """
    if other.upper < own.lower:
        return "lower"
    return "higher" if other.lower > own.upper else "alike"
