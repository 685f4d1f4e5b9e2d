"""From a register to the volumes between its readings: wraps, swaps, reverse flow, and what a person must resolve."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.reading import Series
from models.registry import Assignment, Device


class Step(IntEnum):
    """How the volume between two readings was found."""

    PLAIN = 0
    WRAP = 1
    SWAP = 2
    REVERSE = 3
    UNRESOLVED = 4
    PENDING = 5
    DERIVED = 6


class Increments(NamedTuple):
    """Volumes between neighbouring readings of a device, in m³, multiplier applied, in order of time.

    start_ms, end_ms : int64, spans that don't overlap; there may be gaps between them
    volume_m3 : float64; NaN where a volume is not known (UNRESOLVED, PENDING, an old meter's unread rest)
    step : int8 codes of Step
    before, after : the register at both ends, as read
    """

    device: str
    start_ms: npt.NDArray[np.int64]
    end_ms: npt.NDArray[np.int64]
    volume_m3: npt.NDArray[np.float64]
    step: npt.NDArray[np.int8]
    before: npt.NDArray[np.float64]
    after: npt.NDArray[np.float64]


class Question(NamedTuple):
    """A fall or jump of a register that a person must explain."""

    device: str
    start_ms: int
    end_ms: int
    before: float
    after: float


def increments(
    series: Series, devices: Sequence[Device], assignments: Sequence[Assignment] = (), swapped_ms: Sequence[int] = ()
) -> Increments:
    """Increments of one register series (volume_m3, reverse_volume_m3, pulses with a known weight).

    series : readings of one device; unusable qualities and NaN are left out
    devices : the registry's rows of this device (several where multiplier or digits change with time)
    assignments : where it hung; first and final indexes close what a swap cut off
    swapped_ms : times at which a serial number said that another meter sits behind the same device
    """
    raise NotImplementedError


def questions(found: Increments) -> list[Question]:
    """What a person must resolve, in order of time."""
    raise NotImplementedError
