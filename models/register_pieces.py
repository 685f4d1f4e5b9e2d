"""A device's readings cut into the lives of the meters behind it, with first and final indexes as readings."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.reading import to_ms
from models.registry import Assignment

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

SNAP_MS = 26 * 3_600_000
"""A swap is often written down by its day: a fall so near to it is that swap."""
SNAP_FALL_M3 = 0.1
"""A smaller fall is a tremble, not the swap that is looked for."""


class Piece(NamedTuple):
    """Readings of one meter's life.

    soft_ms : times in it at which an assignment says that a swap may have been
    closed : it ends with an index that a person read, nothing more will explain it
    """

    time_ms: Ints
    value: Floats
    soft_ms: Ints
    closed: bool = False


class _Cut(NamedTuple):
    """A change of meters: final of the old and first of the new where somebody read them.

    hard : there surely is another meter, even where the register rises; within : the device hangs on both sides
    """

    time_ms: int
    final: float | None
    first: float | None
    hard: bool
    within: bool


def pieces_of(time: Ints, value: Floats, assignments: Sequence[Assignment], swapped_ms: Sequence[int]) -> list[Piece]:
    """The meters' lives in order of time, none empty."""
    cuts = sorted(
        [*_cuts(assignments), *(_Cut(moment, None, None, True, True) for moment in swapped_ms)], key=lambda c: c.time_ms
    )
    cuts = [_snapped(cut, time, value) for cut in cuts]
    soft = np.array([cut.time_ms for cut in cuts if not cut.hard], np.int64)
    hard = [cut for cut in cuts if cut.hard]
    pieces: list[Piece] = []
    bounds = [None, *hard, None]
    for before, after in pairwise(bounds):
        piece = _piece(time, value, before, after, soft)
        if piece.time_ms.size:
            pieces.append(piece)
    return pieces


def _cuts(assignments: Sequence[Assignment]) -> list[_Cut]:
    """The beginnings and ends of assignments; an end and a beginning at one time are one change."""
    found: dict[int, _Cut] = {}
    for item in sorted(assignments, key=lambda a: a.start):
        start = to_ms(item.start)
        earlier = found.get(start)
        final = earlier.final if earlier else None
        first = item.first_index_m3
        found[start] = _Cut(start, final, first, final is not None or first is not None, earlier is not None)
        if item.end is not None:
            end = to_ms(item.end)
            found[end] = _Cut(end, item.final_index_m3, None, item.final_index_m3 is not None, False)
    return list(found.values())


def _snapped(cut: _Cut, time: Ints, value: Floats) -> _Cut:
    """The cut moved to the one fall near it, where the device hangs on both sides and no fall lies at the cut."""
    low, high = np.searchsorted(time, [cut.time_ms - SNAP_MS, cut.time_ms + SNAP_MS])
    at = int(np.searchsorted(time, cut.time_ms))
    if not cut.within or high - low < 2 or (0 < at < time.size and value[at] < value[at - 1]):
        return cut
    falls = np.flatnonzero(np.diff(value[low:high]) < 0) + low
    if falls.size == 0:
        return cut
    deepest = int(falls[np.argmin(value[falls + 1] - value[falls])])
    least = SNAP_FALL_M3
    if cut.final is not None and cut.first is not None:
        least = max(least, (cut.final - cut.first) / 2)
    if value[deepest] - value[deepest + 1] < least:
        return cut
    return cut._replace(time_ms=int(time[deepest] + (time[deepest + 1] - time[deepest]) // 2))


def _piece(time: Ints, value: Floats, before: _Cut | None, after: _Cut | None, soft: Ints) -> Piece:
    start = before.time_ms if before else None
    end = after.time_ms if after else None
    low = 0 if start is None else int(np.searchsorted(time, start))
    high = time.size if end is None else int(np.searchsorted(time, end))
    times, values = time[low:high], value[low:high]
    if before and before.first is not None:
        # A reading at the very time of the change gives way to the index that a person read.
        late = times > before.time_ms
        times = np.concatenate([[before.time_ms], times[late]]).astype(np.int64)
        values = np.concatenate([[before.first], values[late]])
    closed = bool(after and after.final is not None and times.size)
    if after and after.final is not None and times.size:
        times = np.concatenate([times, [after.time_ms]]).astype(np.int64)
        values = np.concatenate([values, [after.final]])
    inside = soft[(soft > times[0]) & (soft <= times[-1])] if times.size else soft[:0]
    return Piece(times, values, inside, closed)
