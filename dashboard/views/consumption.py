"""Consumption at a device or its metering point, by hour, day, month or year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.visit import Rooms
from models.calendar import day_bounds, day_edges, local_day
from models.reading import from_ms
from models.registry import Device, Region
from models.rollup import Period, Rollup
from models.use_total import Total, of_months, of_row, of_years

SPANS: dict[str, timedelta] = {
    "hour": timedelta(hours=48),
    "day": timedelta(days=31),
    "month": timedelta(days=396),
    "year": timedelta(days=1200),
}
"""Kinds of periods that can be chosen, and how far back each shows."""
DEFAULT = "day"


@dataclass(frozen=True)
class ConsumptionView:
    """Sums of use, in order of time.

    by : kind of period; digits : decimals that all are written with
    """

    by: str
    totals: tuple[Total, ...]
    start: datetime
    end: datetime
    now: datetime
    digits: int


def consumption_view(
    rooms: Rooms, region: Region, name: str, now: datetime, query: Mapping[str, str]
) -> ConsumptionView | None:
    """What was used; None for a device that never measured a volume."""
    by = query.get("use", DEFAULT)
    by = by if by in SPANS else DEFAULT
    period: Period = "hour" if by == "hour" else "day"
    rows = _rows(rooms, region, name, period, now - SPANS[by], now)
    if not any(row.value is not None for row in rows) and not any(
        row.value is not None for row in _rows(rooms, region, name, "day", now - SPANS["year"], now)
    ):
        return None
    totals = _totals(region, region.device.get(name), rows, by, now)
    start, end = (totals[0].start, totals[-1].end) if totals else (now - SPANS[by], now)
    largest = max((total.value_m3 or 0.0 for total in totals), default=0.0)
    return ConsumptionView(by, tuple(totals), start, end, now, 3 if largest < 1 else 2 if largest < 100 else 0)


def _rows(rooms: Rooms, region: Region, name: str, period: Period, start: datetime, end: datetime) -> list[Rollup]:
    """Rollups of the device, else of the point where it hangs; whole local days."""
    first = from_ms(int(day_edges(start, end, region.tz)[0])) if period == "day" else start
    rows = rooms.store.rollups("device", [name], period, "consumption_m3", first, end).get(name, [])
    if not rows and (point := region.point_of(name, end)) is not None:
        rows = rooms.store.rollups("point", [point.point], period, "consumption_m3", first, end)[point.point]
    return rows


def _totals(region: Region, device: Device | None, rows: list[Rollup], by: str, now: datetime) -> list[Total]:
    if by == "hour":
        return [of_row(row, row.time + timedelta(hours=1), now) for row in rows]
    if by == "day":
        return [of_row(row, day_bounds(local_day(row.time, region.tz), region.tz)[1], now) for row in rows]
    return of_months(region, device, rows, now) if by == "month" else of_years(region, device, rows, now)
