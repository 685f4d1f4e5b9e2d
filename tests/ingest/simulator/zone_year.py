"""A zone's year of hourly net inflow out of what its devices say, and what the tests measure on it.

The definitions below were found by measuring ten real districts (Battle of Water Demand Forecasting, WDSA/CCWI 2024,
Ferrara; January 2021 to July 2022, hourly): SPANS holds the least and the greatest of the ten for each.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ingest.simulator.chance import Floats, Ints
from ingest.simulator.gauges import Gauges
from ingest.simulator.instruments import Instrument, Pace
from ingest.simulator.waterworks import Span
from models.registry import Zone

WEEK_H = 168

SPANS: dict[str, tuple[float, float]] = {
    "week_before": (0.024, 0.15),
    "correlation_1h": (0.31, 0.84),
    "correlation_24h": (0.14, 0.52),
    "tail": (4.4, 11.9),
    "peak": (1.13, 1.38),
    "lowest": (0.56, 0.87),
    "night_to_night": (0.01, 0.11),
    "missing_pct": (1.0, 14.0),
}


@dataclass(frozen=True)
class Year:
    """Hourly net inflow [m³/h], NaN where it is missing, with the local hour and day of each hour."""

    flow: Floats
    local_hour: Ints
    local_day: Ints


def statistics(year: Year) -> dict[str, float]:
    """The figures whose spans SPANS gives.

    week_before : mean of |flow − flow a week before| over mean flow
    correlation_1h, _24h : correlation of that difference with itself one and 24 hours later
    tail : 99th percentile of its absolute value over the median of it
    peak, lowest : highest and lowest of the 24 means by local hour, over mean flow
    night_to_night : median of |change of a night's lowest hour between 01:00 and 05:00 local| over mean flow
    missing_pct : hours without a value [%]
    """
    flow = year.flow
    mean = float(np.nanmean(flow))
    difference = flow[WEEK_H:] - flow[:-WEEK_H]
    size = np.abs(difference[np.isfinite(difference)])
    hourly = [float(np.nanmean(flow[year.local_hour == hour])) for hour in range(24)]
    nights = _nights(year)
    return {
        "week_before": float(size.mean()) / mean,
        "correlation_1h": _correlation(difference, 1),
        "correlation_24h": _correlation(difference, 24),
        "tail": float(np.quantile(size, 0.99) / np.median(size)),
        "peak": max(hourly) / mean,
        "lowest": min(hourly) / mean,
        "night_to_night": float(np.nanmedian(np.abs(np.diff(nights)))) / mean,
        "missing_pct": float(np.isnan(flow).mean()) * 100.0,
    }


def _correlation(values: Floats, lag: int) -> float:
    early, late = values[:-lag], values[lag:]
    both = np.isfinite(early) & np.isfinite(late)
    return float(np.corrcoef(early[both], late[both])[0, 1])


def _nights(year: Year) -> Floats:
    lowest = []
    for day in np.unique(year.local_day):
        night = year.flow[(year.local_day == day) & (year.local_hour >= 1) & (year.local_hour < 5)]
        lowest.append(np.nanmin(night) if np.isfinite(night).any() else np.nan)
    return np.array(lowest)


def hourly_by_point(gauges: Gauges, pace: Pace, quantity: str, first: int, last: int, part_h: int) -> dict[str, Floats]:
    """What devices say hourly of a quantity, by point; NaN where nothing came. first, last : hours since 1970 UTC."""
    found: dict[str, Floats] = {}
    for start in range(first, last, part_h):
        end = min(start + part_h, last)
        span = gauges.span(start * 3600.0, end * 3600.0)
        for item in gauges.instruments:
            _take(gauges, item, pace, quantity, (start, end), (first, last), span, found)
    return found


def _take(
    gauges: Gauges,
    item: Instrument,
    pace: Pace,
    quantity: str,
    part: tuple[int, int],
    year: tuple[int, int],
    span: Span,
    found: dict[str, Floats],
) -> None:
    if quantity not in item.quantities(pace):
        return
    for readings in gauges.readings(item, pace, part[0] * 3600.0, part[1] * 3600.0, span, thin=True):
        if readings.quantity == quantity:
            series = gauges.series(item, readings)
            values = found.setdefault(item.point.point, np.full(year[1] - year[0], np.nan))
            values[(series.time_ms // 3_600_000) - year[0]] = series.value


def net_inflow(zone: Zone, flows: dict[str, Floats], rise: dict[str, Floats]) -> Floats:
    """Inflows less outflows less what tanks inside hold more [m³/h]; an hour's mean is stamped at its end."""
    length = len(next(iter(flows.values())))
    total = np.zeros(length)
    for point in zone.inflows:
        total = total + flows[point]
    for point in zone.outflows:
        total = total - flows[point]
    return total - rise.get(zone.zone, np.zeros(length))
