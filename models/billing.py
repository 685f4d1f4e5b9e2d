"""Billed volumes of a period: billing.csv rows prorated to it, and what is uncertain in that.

Households' rows are prorated by the hours and weekdays in which households use water (models.household_profile), those
of others evenly. Whatever is prorated is marked as estimated: the bill says nothing of a part of its span.

A zone's row serves the customers of that zone itself; zones inside it have rows or meters of their own. A
municipality's row serves the municipality, never its zones.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from math import sqrt
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from models.household_profile import DAY_SD, share_of
from models.registry import Billing, Region

CustomerClass = Literal["household", "other"]
CLASSES: tuple[CustomerClass, ...] = ("household", "other")


ESTIMATED = "estimated"
"""The method of a row that was not read but estimated."""
ESTIMATED_SD = 0.05 / 1.96
"""Of an estimated row: ± 5 % at 95 %, an assumption of this program; `estimated_billing_error_pct` replaces it."""


class Billed(NamedTuple):
    """Billed volume of a class in a period.

    share : of the period that rows speak for, 0 where there is none
    estimated_m3 : of rows that were estimated, or prorated to the period
    sd_m3 : standard deviation of estimating and prorating; errors of the meters that were read are apparent losses
    """

    volume_m3: float
    share: float
    estimated_m3: float = 0.0
    sd_m3: float = 0.0


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


def billed(
    rows: Iterable[Billing],
    start: datetime,
    end: datetime,
    tz: ZoneInfo | None = None,
    estimated_sd: float = ESTIMATED_SD,
) -> Billed:
    """Volume and share of rows of one subject and class in [start, end).

    Several rows of one time (classes that are no households) add up; the share is that of the union of their spans.

    tz : of the local hours by which households' rows are prorated; without it all are prorated evenly
    estimated_sd : relative standard deviation of a row with method `estimated`

    >>> from datetime import UTC
    >>> january = Billing(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC), "z", "", "household",
    ...     310.0, "read")
    >>> found = billed([january], datetime(2026, 1, 11, tzinfo=UTC), datetime(2026, 1, 21, tzinfo=UTC))
    >>> found.volume_m3, found.share, found.estimated_m3
    (100.0, 1.0, 100.0)
    """
    volume = estimated = variance = 0.0
    spans: list[tuple[datetime, datetime]] = []
    for row in rows:
        if row.start >= end or row.end <= start:
            continue
        part = _part(row, start, end, tz)
        of_row = part * row.volume_m3
        volume += of_row
        if row.method == ESTIMATED or part < 1.0:
            estimated += of_row
        variance += (of_row * estimated_sd) ** 2 if row.method == ESTIMATED else 0.0
        variance += _prorating_sd_m3(row, part, start, end) ** 2
        spans.append((max(row.start, start), min(row.end, end)))
    share = _union_s(spans, start) / (end - start).total_seconds() if end > start else 0.0
    return Billed(volume, share, estimated, sqrt(variance))


def _part(row: Billing, start: datetime, end: datetime, tz: ZoneInfo | None) -> float:
    if tz is None or class_of(row) != "household":
        return overlap(start, end, row.start, row.end)
    return share_of(start, end, row.start, row.end, tz)


def _prorating_sd_m3(row: Billing, part: float, start: datetime, end: datetime) -> float:
    """What a part of a row's span may differ from its share: days vary, their sum over the span is the row.

    Of d days out of n whose errors are independent and sum to nothing: DAY_SD · daily volume · √(d · (1 − d/n)).
    """
    if not 0.0 < part < 1.0:
        return 0.0
    days = (row.end - row.start) / timedelta(days=1)
    taken = (min(end, row.end) - max(start, row.start)) / timedelta(days=1)
    return DAY_SD * row.volume_m3 / days * sqrt(taken * (1.0 - taken / days))


def _union_s(spans: Iterable[tuple[datetime, datetime]], start: datetime) -> float:
    """Seconds of the union of spans that begin at or after a start."""
    seconds, reached = 0.0, start
    for first, last in sorted(spans):
        if last > reached:
            seconds += (last - max(first, reached)).total_seconds()
            reached = last
    return seconds


def rows_of(region: Region, customer_class: CustomerClass, zone: str = "", municipality: str = "") -> list[Billing]:
    """Billing rows of a class, of a zone or of a municipality."""
    return [row for row in region.billing_of.get((zone, municipality), ()) if class_of(row) == customer_class]


FIRE = "fire"
"""The kind of operation that is other unbilled use, not the waterworks' own."""


def operations_m3(region: Region, zones: Iterable[str], start: datetime, end: datetime) -> tuple[float, float]:
    """Logged own use (flushing, tank cleaning, hydrants) and fire-fighting in zones in [start, end) [m³]."""
    entries = operations(region, zones, start, end)
    fire = sum(entry.volume_m3 for entry in entries if entry.fire)
    return sum(entry.volume_m3 for entry in entries if not entry.fire), fire


class Logged(NamedTuple):
    """A volume of the operations log in a period; fire: fire-fighting, else the waterworks' own use."""

    volume_m3: float
    fire: bool


def operations(region: Region, zones: Iterable[str], start: datetime, end: datetime) -> list[Logged]:
    """Volumes of the operations log in zones in [start, end), each entry's share of it."""
    found = []
    for item in (item for zone in sorted(set(zones)) for item in region.operations_of_zone.get(zone, ())):
        if item.volume_m3 is None or item.start >= end:
            continue
        volume = item.volume_m3 * overlap(start, end, item.start, item.end or item.start)
        if volume:
            found.append(Logged(volume, item.kind == FIRE))
    return found
