"""Use of water at a meter and at a metering point, hour and day at once: measured, estimated, and how sure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.account import Account, accounted, together
from models.calendar import Edges
from models.consumption import LONGEST_IN_HOURS_MS, QUANTITIES, Data, device_increments
from models.estimation import Span, Spread, known_hours, with_gaps_filled
from models.increments import Increments, clipped, filled
from models.meter_error import relative_sd, resolution_sd_m3
from models.profiles import DEFAULT_Q3_M3H, DRAW_H, Likes, Profile, like_at
from models.reading import from_ms, to_ms
from models.registry import Assignment, Device, Region, Role
from models.rollup import Period

FOREVER_MS = 2**62


class Asked(NamedTuple):
    """What is asked for, and what it is found from.

    data : readings around the span; where a gap reaches into it, from models.profiles.LEARNED_MS before that gap on
    edges : of the hours and local days of one span
    now_ms : the present, which ends an open gap
    likes : profiles of kinds
    """

    region: Region
    data: Data
    edges: Mapping[Period, Edges]
    now_ms: int
    likes: Likes = {}  # noqa: RUF012 - nobody writes to a Mapping

    @property
    def span(self) -> Span:
        """From the first edge to the last."""
        several = self.edges.values()
        return min(int(one[0]) for one in several), max(int(one[-1]) for one in several)


def device_accounts(asked: Asked, device: str) -> dict[Period, Account]:
    """What went through a meter in each hour and day."""
    spans = asked.region.assignments_of_device.get(device, ())
    return _accounts(asked, device, device_increments(asked.region, device, asked.data), spans)


def point_accounts(asked: Asked, point: str) -> dict[Period, Account]:
    """What was used at a metering point in each hour and day, over the meters that hung there."""
    region, (start, end) = asked.region, asked.span
    hung: dict[str, list[Assignment]] = {}
    for item in region.devices_at(point, from_ms(start), from_ms(end)):
        hung.setdefault(item.device, []).append(item)
    parts = [
        _accounts(asked, name, clipped(device_increments(region, name, asked.data), spans), spans)
        for name, spans in hung.items()
    ]
    return {period: together([part[period] for part in parts], edges) for period, edges in asked.edges.items()}


def _accounts(asked: Asked, device: str, found: Increments, spans: Sequence[Assignment]) -> dict[Period, Account]:
    region = asked.region
    rows = region.rows_of_device.get(device, ())
    newest = rows[-1] if rows else None
    hung: list[Span] = [(to_ms(item.start), to_ms(item.end) if item.end else FOREVER_MS) for item in spans]

    def like(moment_ms: int) -> Profile:
        return like_at(asked.likes, _role(region, spans), newest, moment_ms)

    read = with_gaps_filled(
        found,
        region.tz,
        lambda: known_hours(found, region.tz, like),
        hung or [(-FOREVER_MS, FOREVER_MS)],
        asked.now_ms,
        asked.span,
    )
    draw_m3 = (newest.q3_m3h if newest and newest.q3_m3h else DEFAULT_Q3_M3H) * DRAW_H
    bias = _bias(read.all, rows)
    result: dict[Period, Account] = {}
    for period, edges in asked.edges.items():
        of_period = _by_the_hour(asked, device, spans, read) if period == "hour" else read
        of_bias = bias if of_period is read else _bias(of_period.all, rows)
        result[period] = accounted(of_period, edges, draw_m3, of_bias, resolution_sd_m3(newest))
    return result


def _bias(found: Increments, rows: Sequence[Device]) -> npt.NDArray[np.float64]:
    """Relative standard deviations of increments of a meter."""
    length = found.end_ms - found.start_ms
    return relative_sd(rows, found.end_ms, found.volume_m3 / (length / 3.6e6), length)


def _by_the_hour(asked: Asked, device: str, spans: Sequence[Assignment], read: Spread) -> Spread:
    """For hours a second source (interval volumes, flow) tells more of a register's gap than a profile."""
    sources = sum((device, quantity) in asked.data for quantity in QUANTITIES)
    if sources < 2 or not read.gaps.start_ms.size:
        return read
    short = device_increments(asked.region, device, asked.data, LONGEST_IN_HOURS_MS)
    short = clipped(short, spans) if spans else short
    return read._replace(read=short, all=filled(short, read.all))


def _role(region: Region, spans: Sequence[Assignment]) -> Role | None:
    """The role of the point at which a meter hung last."""
    known = [region.point[item.point] for item in spans if item.point in region.point]
    return known[-1].role if known else None
