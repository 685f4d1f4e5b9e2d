"""Chance that can be looked up at any moment: hashes of (seed, what, counter) instead of a running generator.

A value depends on its stream and counter alone, so a reading of last March costs no more than one of now, and the
same span computed in other pieces gives the same numbers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Streams = npt.NDArray[np.uint64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_A = np.uint64(0xBF58476D1CE4E5B9)
_MIX_B = np.uint64(0x94D049BB133111EB)
_TABLE_BITS = 15


def stream(seed: int, *words: str) -> np.uint64:
    """The stream of chance of something, by the words that name it."""
    name = "\x1f".join((str(seed), *words)).encode()
    return np.uint64(int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "big"))


def streams(seed: int, what: str, names: Sequence[str]) -> Streams:
    """A column of streams, one a name: broadcasts against a row of counters."""
    return _column(seed, what, tuple(names))


@lru_cache(maxsize=64)
def _column(seed: int, what: str, names: tuple[str, ...]) -> Streams:
    return np.array([stream(seed, what, name) for name in names], dtype=np.uint64).reshape(-1, 1)


def _bits(of: np.uint64 | Streams, counter: Ints) -> Streams:
    """64 mixed bits for each (stream, counter). Source: Steele, Lea, Flood 2014, splitmix64."""
    with np.errstate(over="ignore"):
        z = counter.astype(np.uint64) * _GOLDEN + of
        z ^= z >> np.uint64(30)
        z *= _MIX_A
        z ^= z >> np.uint64(27)
        z *= _MIX_B
        z ^= z >> np.uint64(31)
    return z


def uniform(of: np.uint64 | Streams, counter: Ints) -> Floats:
    """Uniform in (0, 1) for each (stream, counter)."""
    return ((_bits(of, counter) >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52


@lru_cache(maxsize=1)
def normal_quantiles() -> Floats:
    """Standard normal quantiles at the middles of 2**15 equal steps of probability."""
    count = 1 << _TABLE_BITS
    distribution = NormalDist()
    return np.array([distribution.inv_cdf((i + 0.5) / count) for i in range(count)])


def normal(of: np.uint64 | Streams, counter: Ints) -> Floats:
    """Standard normal for each (stream, counter), to the resolution of a table (|x| < 4.2)."""
    return normal_quantiles()[(_bits(of, counter) >> np.uint64(64 - _TABLE_BITS)).astype(np.intp)]


def red(of: Streams, first: int, last: int, tau: float) -> Floats:
    """Noise of standard deviation 1 whose correlation falls with e-folding time `tau`, at counters [first, last).

    A moving sum over six tau of white noise, so that it has no beginning.
    """
    reach = int(np.ceil(6 * tau))
    weights = np.exp(-np.arange(reach + 1) / tau)
    weights /= np.sqrt((weights**2).sum())
    white = normal(of, np.arange(first - reach, last))
    return np.stack([np.convolve(row, weights, mode="valid") for row in white])
