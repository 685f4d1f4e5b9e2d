"""From a register to the volumes between its readings: wraps, swaps, reverse flow, and what a person must resolve.

A register that falls is, in this order:

1. a dip of a few litres, which is reverse flow (a meter's dial or a pulse input trembles);
2. a wrap, only if the new increment is at most 1.25·Q3·Δt;
3. a swap, if an assignment or a serial number says so;
4. reverse flow, if the meter could have returned that much; not counted again until the old maximum is passed;
5. unresolved: no volume, a person is asked.

1.25·Q3 is the overload flow Q4, the most a meter may carry for a short time (ISO 4064-1:2014, 4.1.4: Q4/Q3 = 1.25).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.increments import Increments, Step, joined
from models.quality import USABLE
from models.reading import Series
from models.register_limits import Limits, limits_of
from models.register_pieces import Piece, pieces_of
from models.register_turns import cut_between, others_turns
from models.registry import Assignment, Device

__all__ = ["Increments", "Question", "Step", "increments", "questions", "usable"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


UNKNOWN_STEPS = (Step.UNRESOLVED, Step.PENDING)


class Question(NamedTuple):
    """A fall or jump of a register that a person must explain."""

    device: str
    start_ms: int
    end_ms: int
    before: float
    after: float


def increments(
    series: Series,
    devices: Sequence[Device],
    assignments: Sequence[Assignment] = (),
    swapped_ms: Sequence[int] = (),
    signed: bool = False,
) -> Increments:
    """Increments of one register series (volume_m3, reverse_volume_m3, pulses with a known weight).

    series : readings of one device; unusable qualities and NaN are left out
    devices : the registry's rows of this device (several where multiplier or digits change with time)
    assignments : where it hung; first and final indexes close what a swap cut off
    swapped_ms : times at which a serial number said that another meter sits behind the same device
    signed : water returned through a net register counts as negative at once (the balance of a pipe with two
        directions); else, and for forward registers, it is held back until the old maximum is passed

    A lone reading that no neighbour can believe, between two that agree, is left out as a spike; so are runs of another
    counter that answers in turn (models.register_turns). The last reading of a series that can't be believed yet is
    PENDING until the next one tells.

    >>> from models.registry import Device
    >>> hours = np.arange(4, dtype=np.int64) * 3_600_000
    >>> values = np.array([99_998.5, 99_999.5, 0.25, 0.5])
    >>> series = Series("1", "volume_m3", hours, values, np.ones(1, np.int8))
    >>> found = increments(series, [Device("1", "water_meter", q3_m3h=2.5, register_digits=5)])
    >>> found.volume_m3.tolist(), [Step(code).name for code in found.step]
    ([1.0, 0.75, 0.25], ['PLAIN', 'WRAP', 'PLAIN'])
    """
    time, value = usable(series)
    parts: list[Increments] = []
    pieces = pieces_of(time, value, assignments, swapped_ms)
    last: Piece | None = None
    for piece in pieces:
        if last is not None and piece.time_ms[0] > last.time_ms[-1]:
            parts.append(_unread(series.device, last, piece))
        parts.append(_interpret(series, devices, piece, piece is pieces[-1] and not piece.closed, signed))
        last = piece
    return joined(series.device, parts)


def usable(series: Series) -> tuple[Ints, Floats]:
    """Times and values of usable quality, ascending, of equal times the first."""
    good = np.isin(series.quality, [int(quality) for quality in USABLE]) & np.isfinite(series.value)
    time, value = series.time_ms[good], series.value[good]
    if time.size > 1 and not np.all(time[1:] > time[:-1]):
        time, first = np.unique(time, return_index=True)
        value = value[first]
    return time, value


def _unread(device: str, last: Piece, piece: Piece) -> Increments:
    """The span between two meters whose volume nobody read."""
    return Increments(
        device,
        last.time_ms[-1:],
        piece.time_ms[:1],
        np.array([np.nan]),
        np.array([Step.SWAP], np.int8),
        last.value[-1:],
        piece.value[:1],
    )


def _interpret(series: Series, devices: Sequence[Device], piece: Piece, newest: bool, signed: bool) -> Increments:
    """Increments within one meter's life; only the newest piece may have a reading that is still to be explained."""
    time, value = piece.time_ms, piece.value
    limits = limits_of(devices, series.quantity, time)
    keep = ~_spikes(time, value, limits, piece.soft_ms)
    if not keep.all():
        time, value = time[keep], value[keep]
        limits = limits_of(devices, series.quantity, time)
    keep = ~others_turns(time, value, limits, piece.soft_ms, _strange(value, limits))
    if not keep.all():
        time, value = time[keep], value[keep]
        limits = limits_of(devices, series.quantity, time)
    change = np.diff(value)
    step = np.zeros(change.size, np.int8)
    # Most registers only rise: what follows costs time only where one does not.
    events = np.flatnonzero((change < 0) | (change > limits.rise))
    net = signed and bool(devices) and devices[-1].register_kind == "net"
    shift = np.zeros(value.size)
    offset, maximum = 0.0, -np.inf
    done = 0
    for i in map(int, events):
        maximum = max(maximum, float(value[done : i + 1].max()) + offset)
        done = i + 1
        step[i] = _judge(i, time, change, maximum - (value[i + 1] + offset), limits, piece.soft_ms)
        before = offset
        if step[i] == Step.WRAP:
            offset += limits.wrap[i] if change[i] < 0 else -limits.wrap[i]
        elif step[i] in (Step.SWAP, Step.UNRESOLVED):
            if i == change.size - 1 and newest and step[i] == Step.UNRESOLVED:
                step[i] = Step.PENDING
            offset = maximum - float(value[i + 1])
        shift[i + 1] = offset - before
    level = value + np.cumsum(shift)
    volume = np.diff(level if net else np.maximum.accumulate(level))
    if not net:
        step[(step == Step.PLAIN) & (volume < change - 1e-9)] = Step.REVERSE
    volume[np.isin(step, [Step.SWAP, *UNKNOWN_STEPS])] = np.nan
    return Increments(series.device, time[:-1], time[1:], volume * limits.factor, step, value[:-1], value[1:])


def _judge(i: int, time: Ints, change: Floats, below: float, limits: Limits, soft_ms: Ints) -> Step:
    """What a fall (or a jump beyond belief) between readings i and i + 1 is; below: how far under the old maximum."""
    fall = -change[i]
    if fall <= 0:
        # A net register that runs back through zero jumps to its top.
        if limits.below[i] == np.inf and 0 <= limits.wrap[i] + fall <= limits.returned[i]:
            return Step.WRAP
        return Step.SWAP if cut_between(time[i], time[i + 1], soft_ms) else Step.UNRESOLVED
    if fall <= limits.dip[i]:
        return Step.REVERSE
    if 0 <= limits.wrap[i] - fall <= limits.overload[i]:
        return Step.WRAP
    if cut_between(time[i], time[i + 1], soft_ms):
        return Step.SWAP
    if fall <= limits.returned[i] and below <= limits.below[i]:
        return Step.REVERSE
    return Step.UNRESOLVED


def _spikes(time: Ints, value: Floats, limits: Limits, soft_ms: Ints) -> npt.NDArray[np.bool_]:
    """Readings that stand alone: one of its steps can't be believed, but the step from neighbour to neighbour can."""
    spike = np.zeros(value.size, np.bool_)
    if value.size < 3:
        return spike
    strange = _strange(value, limits)
    for j in map(int, np.flatnonzero(strange[:-1] | strange[1:]) + 1):
        if spike[j - 1] or cut_between(time[j - 1], time[j + 1], soft_ms):
            continue
        across = value[j + 1] - value[j - 1]
        # The rises allowed over both steps; the slack of one hour in each is more than enough for both.
        if 0 <= across <= limits.rise[j - 1] + limits.rise[j]:
            spike[j] = True
    return spike


def _strange(value: Floats, limits: Limits) -> npt.NDArray[np.bool_]:
    """Steps that no meter makes: falls that are no wrap, tremble or return, and rises beyond belief."""
    change = np.diff(value)
    wrapped = limits.wrap + change
    wraps = (wrapped >= 0) & (wrapped <= limits.overload)
    believed = (-change <= np.maximum(limits.dip, limits.returned)) | wraps
    return np.where(change < 0, ~believed, change > limits.rise)


def questions(found: Increments) -> list[Question]:
    """What a person must resolve, in order of time."""
    return [
        Question(
            found.device, int(found.start_ms[i]), int(found.end_ms[i]), float(found.before[i]), float(found.after[i])
        )
        for i in map(int, np.flatnonzero(found.step == Step.UNRESOLVED))
    ]
