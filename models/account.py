"""How sure a volume is: its estimated share, its meter's error and what gaps and edges between readings add.

Water is taken in draws, so the variance of what is used in a time is its mean times a draw's size φ (a compound Poisson
process); of a known volume V a part that is expected to be the share f has the variance φ · V · f · (1 − f): nothing
where the part is the whole. What an open gap is thought to be, V, has the variance φ · V + (s · V)², s being how much
the level of days differs. The formula of the share is that of a multinomial distribution (independent draws that fall
into parts of a time), worked out here, not taken from a book.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.calendar import Edges
from models.consumption import Volumes, added, nothing, volumes
from models.estimation import Spread
from models.increments import Increments, running
from models.meter_error import Interval, interval_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Account(NamedTuple):
    """Volumes with all that is said of them. Arrays of one length but `volumes.edges_ms`.

    estimated : share of the volume that is estimated, 0–1
    bias_m3 : standard deviation of what meters of a kind have in common; rest_m3 : of resolution and estimation
    """

    volumes: Volumes
    estimated: Floats
    bias_m3: Floats
    rest_m3: Floats

    @property
    def interval(self) -> Interval:
        """The 95 % interval of each volume."""
        return interval_of(self.volumes.volume_m3, np.sqrt(self.bias_m3**2 + self.rest_m3**2))


def accounted(
    read: Spread,
    edges_ms: Edges,
    draw_m3: float,
    bias: Floats,
    resolution_sd_m3: float,
) -> Account:
    """Volumes of adjoining periods with their estimated share and what makes them unsure.

    bias : relative standard deviations of `read.all`'s volumes, of what their meter has in common with others
    draw_m3 : size of a draw where an edge falls between two readings; of gaps their profiles say it
    """
    result = volumes(read.all, edges_ms)
    zero = np.zeros(edges_ms.size - 1)
    if read.all.start_ms.size == 0:
        return Account(result, zero, zero.copy(), zero.copy())
    n = edges_ms.size - 1
    variance = _of_edges(read.read, edges_ms, draw_m3)
    estimated, time = np.zeros(n), np.zeros(n)
    if read.gaps.start_ms.size:
        cut = _of_gaps(read, edges_ms)
        np.add.at(variance, cut.period, cut.variance)
        np.add.at(estimated, cut.period, np.where(cut.estimated, cut.part_m3, 0.0))
        np.add.at(time, cut.period, np.where(cut.estimated, cut.length_ms, 0.0))
    amount = np.nan_to_num(np.abs(result.volume_m3))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(amount > 0, np.clip(estimated / amount, 0.0, 1.0), 0.0)
    # An estimate that nothing was used is one all the same.
    share = np.where((amount <= 0) & (time > 0), 1.0, share)
    sure = np.diff(running(read.all, np.abs(read.all.volume_m3) * bias, edges_ms))
    seen = result.coverage > 0
    rest = np.sqrt(variance + resolution_sd_m3**2)
    return Account(result, share, np.where(seen, sure, 0.0), np.where(seen, rest, 0.0))


def _of_edges(found: Increments, edges_ms: Edges, draw_m3: float) -> Floats:
    """Variances of periods from the increments that their edges cut in two.

    An increment that two edges cut is taken as cut twice, which is never too sure.
    """
    if found.start_ms.size == 0:
        return np.zeros(edges_ms.size - 1)
    i = np.clip(np.searchsorted(found.start_ms, edges_ms, side="right") - 1, 0, None)
    start, end = found.start_ms[i], found.end_ms[i]
    share = np.clip((edges_ms - start) / (end - start), 0.0, 1.0)
    variance: Floats = draw_m3 * np.abs(found.volume_m3[i]) * share * (1 - share)
    result: Floats = variance[:-1] + variance[1:]
    return result


class _Cut(NamedTuple):
    """Parts of gaps by period."""

    period: Ints
    part_m3: Floats
    variance: Floats
    estimated: npt.NDArray[np.bool_]
    length_ms: Ints


def _of_gaps(read: Spread, edges_ms: Edges) -> _Cut:
    gaps = read.gaps
    of, period = _pairs(gaps.start_ms, gaps.end_ms, edges_ms)
    start, end, whole, level = gaps.start_ms[of], gaps.end_ms[of], gaps.volume_m3[of], gaps.level_sd[of]
    low, high = np.maximum(edges_ms[period], start), np.minimum(edges_ms[period + 1], end)
    total = running(read.all, read.all.volume_m3, np.concatenate([low, high]))
    part = np.abs(total[low.size :] - total[: low.size])
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(whole > 0, np.clip(part / whole, 0.0, 1.0), 0.0)
    opened = level > 0
    drawn = gaps.draw_m3[of] * whole * share
    variance = np.where(opened, drawn + (level * part) ** 2, drawn * (1 - share))
    # A gap that lies within a period is part of what the registers say of it.
    return _Cut(period, part, variance, opened | (low > start) | (high < end), high - low)


def _pairs(start: Ints, end: Ints, edges_ms: Edges) -> tuple[npt.NDArray[np.intp], Ints]:
    """Which span overlaps which period, each pair once."""
    last_period = edges_ms.size - 2
    first = np.clip(np.searchsorted(edges_ms, start, side="right") - 1, 0, last_period)
    last = np.clip(np.searchsorted(edges_ms, end, side="left") - 1, 0, last_period)
    count = np.where((end > edges_ms[0]) & (start < edges_ms[-1]), last - first + 1, 0)
    of = np.repeat(np.arange(start.size), count)
    period = np.arange(of.size) - np.repeat(np.cumsum(count) - count, count) + first[of]
    return of, period


def together(parts: Sequence[Account], edges_ms: Edges) -> Account:
    """Devices that hung at one point one after another; their biases add as if they were of one kind."""
    if len(parts) == 1:
        return parts[0]
    zero = np.zeros(edges_ms.size - 1)
    result = Account(nothing(edges_ms), zero, zero.copy(), zero.copy())
    for part in parts:
        before, more = (np.abs(np.nan_to_num(one.volumes.volume_m3)) for one in (result, part))
        both = before + more
        share = before * result.estimated + more * part.estimated
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.where(both > 0, share / both, np.maximum(result.estimated, part.estimated))
        result = Account(
            added(result.volumes, part.volumes),
            share,
            result.bias_m3 + part.bias_m3,
            np.hypot(result.rest_m3, part.rest_m3),
        )
    return result
