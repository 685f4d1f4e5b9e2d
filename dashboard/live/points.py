"""From ranges of the change feed to points of charts: devices' readings and zones' net inflow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from dashboard.figures.timeaxis import local_time, local_times
from dashboard.views.inflow import flow_devices, net_inflow
from models.reading import Series
from models.registry import Region
from models.store import Change, Store

Key = tuple[str, str]
Span = tuple[datetime, datetime]

MILLISECOND = timedelta(milliseconds=1)
TOGETHER = timedelta(minutes=30)
"""Ranges that start this close to the newest are read in one query."""
STEP = timedelta(minutes=5)
"""A reading changes its own step and the one that begins with it."""
SHOWN_DIGITS = 4


def gather(store: Store, region: Region | None, ranges: Sequence[Change], since: datetime) -> dict[str, object]:
    """Points that arrived, by device and quantity and by zone; empty where all of it is older than `since`."""
    spans = touched(ranges, since)
    if not spans:
        return {}
    tz = region.tz if region is not None else ZoneInfo("UTC")
    series = [_as_points(item, tz) for item in _read(store, spans) if len(item.time_ms)]
    if region is not None:
        series += _zones(store, region, spans, tz)
    newest = max(last for _, last in spans.values())
    return {"series": series, "last": local_time(newest - MILLISECOND, tz)}


def touched(ranges: Sequence[Change], since: datetime) -> dict[Key, Span]:
    """Half-open span of each device and quantity that a batch of the feed touched."""
    spans: dict[Key, Span] = {}
    for change in ranges:
        if change.last < since:
            continue
        key = (change.device, change.quantity)
        first, last = max(change.first, since), change.last + MILLISECOND
        old = spans.get(key, (first, last))
        spans[key] = (min(old[0], first), max(old[1], last))
    return spans


def _read(store: Store, spans: dict[Key, Span]) -> list[Series]:
    """Few queries: the live edge of all together, late ones by themselves."""
    edge = max(last for _, last in spans.values()) - TOGETHER
    together = [key for key, (first, _) in spans.items() if first >= edge]
    found: list[Series] = []
    if together:
        start = min(spans[key][0] for key in together)
        end = max(spans[key][1] for key in together)
        for series in store.series(together, start, end):
            first = spans[(series.device, series.quantity)][0]
            keep = series.time_ms >= int(first.timestamp() * 1000)
            found.append(series._replace(time_ms=series.time_ms[keep], value=series.value[keep]))
    for key, (first, last) in spans.items():
        if first < edge:
            found += store.series([key], first, last)
    return found


def _as_points(series: Series, tz: ZoneInfo) -> dict[str, object]:
    return {
        "device": series.device,
        "quantity": series.quantity,
        "x": local_times(series.time_ms, tz),
        "y": _values(series.value),
    }


def _values(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[float | None]:
    return [None if np.isnan(value) else round(float(value), SHOWN_DIGITS) for value in values]


def _zones(store: Store, region: Region, spans: dict[Key, Span], tz: ZoneInfo) -> list[dict[str, object]]:
    """Net inflow of the zones whose flow meters were touched, over the touched span."""
    zones: dict[str, Span] = {}
    zones_of = flow_devices(region)
    for (device, quantity), (first, last) in spans.items():
        if quantity != "flow_m3h":
            continue
        for zone in zones_of.get(device, ()):
            old = zones.get(zone, (first, last))
            zones[zone] = (min(old[0], first), max(old[1], last))
    result: list[dict[str, object]] = []
    for zone, (first, last) in zones.items():
        line = net_inflow(store, region, region.zone[zone], first.astimezone(UTC) - STEP, last + STEP)
        if len(line.time_ms):
            times = local_times(line.time_ms, tz)
            result.append({"zone": zone, "quantity": "net_inflow_m3h", "x": times, "y": _values(line.value)})
    return result
