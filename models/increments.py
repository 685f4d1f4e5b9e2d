"""Volumes between neighbouring readings: the common form of registers, interval volumes and integrated flow."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.reading import to_ms
from models.registry import Assignment

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Step(IntEnum):
    """How the volume between two readings was found."""

    PLAIN = 0
    WRAP = 1
    SWAP = 2
    REVERSE = 3
    UNRESOLVED = 4
    PENDING = 5
    DERIVED = 6
    ESTIMATED = 7


class Increments(NamedTuple):
    """Volumes between neighbouring readings of a device, in m³, multiplier applied, in order of time.

    start_ms, end_ms : int64, spans that don't overlap; there may be gaps between them
    volume_m3 : float64; NaN where a volume is not known (UNRESOLVED, PENDING, an old meter's unread rest)
    step : int8 codes of Step
    before, after : the register at both ends, as read; NaN where there is none
    """

    device: str
    start_ms: Ints
    end_ms: Ints
    volume_m3: Floats
    step: npt.NDArray[np.int8]
    before: Floats
    after: Floats


def joined(device: str, parts: Sequence[Increments]) -> Increments:
    """Increments one after another as one."""
    if len(parts) == 1:
        return parts[0]
    return Increments(
        device,
        np.concatenate([part.start_ms for part in parts] or [np.empty(0, np.int64)]),
        np.concatenate([part.end_ms for part in parts] or [np.empty(0, np.int64)]),
        np.concatenate([part.volume_m3 for part in parts] or [np.empty(0)]),
        np.concatenate([part.step for part in parts] or [np.empty(0, np.int8)]),
        np.concatenate([part.before for part in parts] or [np.empty(0)]),
        np.concatenate([part.after for part in parts] or [np.empty(0)]),
    )


def chosen(found: Increments, which: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> Increments:
    """Some of the increments, by mask or index."""
    return Increments(
        found.device,
        found.start_ms[which],
        found.end_ms[which],
        found.volume_m3[which],
        found.step[which],
        found.before[which],
        found.after[which],
    )


def known(found: Increments, longest_ms: int | None = None) -> Increments:
    """Those whose volume is known, and that are not longer than `longest_ms`."""
    length = found.end_ms - found.start_ms
    mask = np.isfinite(found.volume_m3) & (length > 0)
    if longest_ms is not None:
        mask &= length <= longest_ms
    return found if mask.all() else chosen(found, mask)


def clipped(found: Increments, spans: Sequence[Assignment]) -> Increments:
    """The parts of increments that lie inside assignments; what is cut keeps its share of the volume."""
    if found.start_ms.size == 0:
        return found
    parts = []
    for item in spans:
        low = to_ms(item.start)
        high = to_ms(item.end) if item.end is not None else int(found.end_ms[-1])
        inside = chosen(found, (found.end_ms > low) & (found.start_ms < high))
        start, end = np.maximum(inside.start_ms, low), np.minimum(inside.end_ms, high)
        share = (end - start) / (inside.end_ms - inside.start_ms)
        parts.append(inside._replace(start_ms=start, end_ms=end, volume_m3=inside.volume_m3 * share))
    return joined(found.device, parts)


def filled(first: Increments, second: Increments) -> Increments:
    """The first's increments, and the second's where the first says nothing; both known, in order of time."""
    if second.start_ms.size == 0 or first.start_ms.size == 0:
        return first if second.start_ms.size == 0 else second
    knots = np.unique(np.concatenate([second.start_ms, second.end_ms, first.start_ms, first.end_ms]))
    start, end = knots[:-1], knots[1:]
    i = _holder(second, start)
    free = (i >= 0) & (_holder(first, start) < 0)
    i, start, end = i[free], start[free], end[free]
    rest = chosen(second, i)
    share = (end - start) / (rest.end_ms - rest.start_ms)
    rest = rest._replace(start_ms=start, end_ms=end, volume_m3=rest.volume_m3 * share)
    both = joined(first.device, [first, rest])
    return chosen(both, np.argsort(both.start_ms, kind="stable"))


def _holder(found: Increments, moment_ms: Ints) -> npt.NDArray[np.intp]:
    """Index of the increment that contains each moment (its start included), −1 where none does."""
    i = np.searchsorted(found.start_ms, moment_ms, side="right") - 1
    inside = (i >= 0) & (moment_ms < found.end_ms[np.clip(i, 0, None)])
    return np.where(inside, i, -1)


def running(found: Increments, amounts: Floats, at_ms: Ints) -> Floats:
    """The running total of amounts of increments at given times, spread evenly within each, level between them."""
    if found.start_ms.size == 0:
        return np.zeros(at_ms.size)
    knots = np.empty(2 * found.start_ms.size, np.int64)
    knots[0::2], knots[1::2] = found.start_ms, found.end_ms
    after = np.cumsum(amounts)
    values = np.empty(knots.size)
    values[1::2] = after
    values[0::2] = np.concatenate([[0.0], after[:-1]])
    return np.interp(at_ms, knots, values)
