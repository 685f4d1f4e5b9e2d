"""Billed volumes of a period: billing.csv rows spread evenly over their days.

A zone's row serves the customers of that zone itself; zones inside it have rows or meters of their own. A
municipality's row serves the municipality, never its zones.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, NamedTuple

from models.registry import Billing, Region

CustomerClass = Literal["household", "other"]
CLASSES: tuple[CustomerClass, ...] = ("household", "other")


class Billed(NamedTuple):
    """Billed volume of a class in a period; share: of the period that rows speak for, 0 where there is none."""

    volume_m3: float
    share: float


def class_of(row: Billing) -> CustomerClass:
    """Households, or all others: the two that a balance and a comparison tell apart."""
    return "household" if row.customer_class == "household" else "other"


def overlap(start: datetime, end: datetime, first: datetime, last: datetime) -> float:
    """Share of [first, last) that lies in [start, end); of a moment 1 or 0.

    >>> from datetime import UTC
    >>> day = [datetime(2026, 1, 1 + n, tzinfo=UTC) for n in range(5)]
    >>> overlap(day[0], day[2], day[1], day[3])
    0.5
    """
    if last <= first:
        return 1.0 if start <= first < end else 0.0
    return max(0.0, (min(end, last) - max(start, first)) / (last - first))


def billed(rows: Iterable[Billing], start: datetime, end: datetime) -> Billed:
    """Volume and share of rows of one subject and class in [start, end).

    Several rows of one time (classes that are no households) add up; the share is that of the union of their spans.

    >>> from datetime import UTC
    >>> january = Billing(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC), "z", "", "household",
    ...     310.0, "read")
    >>> billed([january], datetime(2026, 1, 11, tzinfo=UTC), datetime(2026, 1, 21, tzinfo=UTC))
    Billed(volume_m3=100.0, share=1.0)
    """
    volume = 0.0
    spans: list[tuple[datetime, datetime]] = []
    for row in rows:
        part = overlap(start, end, row.start, row.end)
        if part > 0:
            volume += part * row.volume_m3
            spans.append((max(row.start, start), min(row.end, end)))
    seconds, reached = 0.0, start
    for first, last in sorted(spans):
        if last > reached:
            seconds += (last - max(first, reached)).total_seconds()
            reached = last
    return Billed(volume, seconds / (end - start).total_seconds() if end > start else 0.0)


def rows_of(region: Region, customer_class: CustomerClass, zone: str = "", municipality: str = "") -> list[Billing]:
    """Billing rows of a class, of a zone or of a municipality."""
    return [row for row in region.billing_of.get((zone, municipality), ()) if class_of(row) == customer_class]


FIRE = "fire"
"""The kind of operation that is other unbilled use, not the waterworks' own."""


def operations_m3(region: Region, zones: Iterable[str], start: datetime, end: datetime) -> tuple[float, float]:
    """Logged own use (flushing, tank cleaning, hydrants) and fire-fighting in zones in [start, end) [m³]."""
    own, fire = 0.0, 0.0
    for item in (item for zone in sorted(set(zones)) for item in region.operations_of_zone.get(zone, ())):
        if item.volume_m3 is None or item.start >= end:
            continue
        volume = item.volume_m3 * overlap(start, end, item.start, item.end or item.start)
        if item.kind == FIRE:
            fire += volume
        else:
            own += volume
    return own, fire
