"""Months of nights: means of night flow, use and factor, and the month's losses, each with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from math import hypot, sqrt

from models.calendar import HOUR_MS, month_bounds
from models.meter_error import Z95
from models.night_losses import LOSSES
from models.reading import to_ms
from models.records import Figure
from models.rollup import Level, Rollup

LEAST_NIGHTS = 0.5
"""A month with fewer of its nights has no figure."""


def month_figures(
    level: Level,
    subject: str,
    year: int,
    month: int,
    days: Mapping[str, Sequence[Figure]],
    losses: Sequence[Rollup],
    tz: tzinfo,
) -> list[Figure]:
    """Figures of a month from those of its days, by quantity: means of its nights; of losses the month's volume.

    losses : the days' rollups (day_rollup), which tell what errs alike on all of them; without them all does

    Days without a figure are taken at the mean of the others. The interval: meters, assumptions and N1 err alike on all
    days, so that the mean's half-width is the mean of the days'; of losses the rest, which is each day's own, counts
    once over the root of their number; what is missing adds the scatter of the days.
    """
    start, end = month_bounds(year, month, tz)
    count = round((to_ms(end) - to_ms(start)) / (24 * HOUR_MS))
    shared = {
        row.time: (row.maximum - row.minimum) / 2
        for row in losses
        if row.maximum is not None and row.minimum is not None
    }
    return [
        _month(level, subject, quantity, figures, start, count, shared if quantity == LOSSES else {})
        for quantity, figures in days.items()
    ]


def _month(
    level: Level,
    subject: str,
    quantity: str,
    figures: Sequence[Figure],
    start: datetime,
    count: int,
    shared: Mapping[datetime, float],
) -> Figure:
    known = [figure for figure in figures if figure.value is not None]
    coverage = round(len(known) / count, 6)
    if coverage < LEAST_NIGHTS:
        reason = next((figure.reason for figure in figures if figure.reason), "night_flow.too_little_data")
        if known:
            reason = "night_flow.too_few_nights"
        return Figure(level, subject, "month", quantity, start, None, None, None, coverage, reason)
    values = [figure.value or 0.0 for figure in known]
    mean = sum(values) / len(values)
    scatter = sqrt(sum((value - mean) ** 2 for value in values) / max(len(values) - 1, 1))
    half = _half_of_mean(known, shared)
    half = hypot(half, Z95 * scatter * sqrt((1 - len(known) / count) / len(known)))
    scale = count if quantity.endswith("_m3") else 1
    lower, upper = max(mean - half, 0.0) if quantity != "night_flow_m3h" else mean - half, mean + half
    ends = (round(mean * scale, 6), round(lower * scale, 6), round(upper * scale, 6))
    return Figure(level, subject, "month", quantity, start, *ends, coverage)


def _half_of_mean(known: Sequence[Figure], shared: Mapping[datetime, float]) -> float:
    """Half-width of the mean of days: what they share counts whole, each one's own over the root of their number."""
    alike, alone = 0.0, 0.0
    for figure in known:
        # Where the lower bound was cut at nothing, the upper one still tells the whole.
        half = max((figure.upper or 0.0) - (figure.value or 0.0), (figure.value or 0.0) - (figure.lower or 0.0))
        part = min(shared.get(figure.time, half), half)
        alike += part
        alone += half**2 - part**2
    return hypot(alike / len(known), sqrt(alone) / len(known))
