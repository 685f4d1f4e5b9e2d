"""How sure a sum of measured and estimated volumes is: 95 % intervals with what errs together and what errs alone.

The law of propagation for a sum: contributions that err together add up with their signs, those that err alone as
squares (JCGM 100:2008, GUM, 5.1.2 and 5.2.2). A largest permissible error is a limit and no standard deviation: of what
lies anywhere within ± a, all alike likely, the standard deviation is a / √3 (GUM 4.3.7). Where one such limit outweighs
the rest, the sum is not normal and 1.96 standard deviations are too many; the interval is then taken from the
convolution of that rectangle with a normal distribution of all the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import erf, exp, pi, sqrt
from typing import Literal, NamedTuple

import numpy as np

Z95 = 1.96
Kind = Literal["input", "household", "other", "own_use", "fire", "under_registration", "data_errors", "theft"]
"""What a part of a balance is a part of."""

SIGNS: dict[str, dict[Kind, float]] = {
    "system_input_m3": {"input": 1.0},
    "household_m3": {"household": 1.0},
    "other_m3": {"other": 1.0},
    "billed_m3": {"household": 1.0, "other": 1.0},
    "own_use_m3": {"own_use": 1.0},
    "fire_m3": {"fire": 1.0},
    "unbilled_m3": {"own_use": 1.0, "fire": 1.0},
    "nrw_m3": {"input": 1.0, "household": -1.0, "other": -1.0},
    "losses_m3": {"input": 1.0, "household": -1.0, "other": -1.0, "own_use": -1.0, "fire": -1.0},
    "apparent_m3": {"under_registration": 1.0, "data_errors": 1.0, "theft": 1.0},
    "under_registration_m3": {"under_registration": 1.0},
    "data_errors_m3": {"data_errors": 1.0},
    "theft_m3": {"theft": 1.0},
    "real_m3": {
        "input": 1.0, "household": -1.0, "other": -1.0, "own_use": -1.0, "fire": -1.0,
        "under_registration": -1.0, "data_errors": -1.0, "theft": -1.0,
    },
}  # fmt: skip
"""With which sign each part enters each term of the balance."""


class Part(NamedTuple):
    """One volume of a balance and what may be wrong with it.

    of : what it is a part of; name : the meter's device, or where the volume was written down
    volume_m3 : signed; what flows out is negative
    bias : what errs together (a meter's kind, type and year), see `limit` and `shared_sd`
    limit : largest relative error that is shared, anywhere within ± it alike likely
    shared_sd : relative standard deviation of a shared error that is stated as ± (95 %)
    own_sd : relative standard deviation of an error of its own that stays (one meter's adjustment)
    spread_m3 : standard deviation of what is chance: resolution, filled gaps, estimates [m³]
    estimated_m3 : how much of the volume is no measurement
    missing : connections without data: of a meter 1 − its coverage, of the uncovered rest how many they are
    """

    of: Kind
    name: str
    volume_m3: float
    bias: str = ""
    limit: float = 0.0
    shared_sd: float = 0.0
    own_sd: float = 0.0
    spread_m3: float = 0.0
    estimated_m3: float = 0.0
    missing: float = 0.0


class Spread(NamedTuple):
    """The error of a sum, apart: limits of the shared rectangles [m³], and the variance of all the rest [m⁶]."""

    limits_m3: tuple[float, ...]
    variance: float

    @property
    def half_width_m3(self) -> float:
        """Half of the 95 % interval."""
        return half_width(self.limits_m3, self.variance)


def spread(parts: Iterable[Part], signs: Mapping[Kind, float]) -> Spread:
    """How the sum of signed parts may err; parts with the same `bias` err together.

    Hand-computed: two meters of one type, 100 m³ each, share a limit of 2 %: together ± 4 m³, not ± 2.8.

    >>> twins = [Part("input", name, 100.0, "type", limit=0.02) for name in "ab"]
    >>> spread(twins, {"input": 1.0}).limits_m3
    (4.0,)
    """
    limits: dict[str, float] = {}
    shared: dict[str, float] = {}
    variance = 0.0
    for part in parts:
        sign = signs.get(part.of, 0.0)
        if not sign:
            continue
        volume = sign * part.volume_m3
        if part.limit:
            limits[part.bias] = limits.get(part.bias, 0.0) + volume * part.limit
        if part.shared_sd:
            shared[part.bias] = shared.get(part.bias, 0.0) + volume * part.shared_sd
        variance += (volume * part.own_sd) ** 2 + part.spread_m3**2
    variance += sum(one * one for one in shared.values())
    return Spread(tuple(abs(one) for one in limits.values()), variance)


def half_width(limits: Iterable[float], variance: float) -> float:
    """Half-width of the 95 % interval of a sum of rectangles within ± limits and a normal rest.

    The widest rectangle is kept as such, all others count as normal with a / √3. Alone it gives 0.95 a; many small ones
    give 1.96 standard deviations.

    >>> round(half_width([2.0], 0.0), 3)
    1.9
    >>> round(half_width([], 4.0), 2)
    3.92
    """
    ordered = sorted((abs(limit) for limit in limits), reverse=True)
    widest = ordered[0] if ordered else 0.0
    rest = sqrt(variance + sum(limit * limit / 3.0 for limit in ordered[1:]))
    if widest == 0.0:
        return Z95 * rest
    if rest == 0.0:
        return 0.95 * widest
    ratio = widest / rest
    if ratio >= _RATIOS[-1]:
        return 0.95 * widest
    return float(np.interp(ratio, _RATIOS, _HALVES)) * rest


def _outside(half: float, limit: float) -> float:
    """Probability that a rectangle within ± limit plus a standard normal lies outside ± half.

    The integral of the normal distribution over the rectangle, with Ψ(u) = u Φ(u) + φ(u).
    """

    def psi(u: float) -> float:
        return u * 0.5 * (1.0 + erf(u / sqrt(2.0))) + exp(-u * u / 2.0) / sqrt(2.0 * pi)

    return 2.0 * (1.0 - (psi(half + limit) - psi(half - limit)) / (2.0 * limit))


def _half_of(limit: float) -> float:
    low, high = 0.5, limit + 5.0
    for _ in range(60):
        middle = (low + high) / 2.0
        low, high = (middle, high) if _outside(middle, limit) > 0.05 else (low, middle)
    return (low + high) / 2.0


_RATIOS = np.concatenate([[1e-3], np.geomspace(0.05, 200.0, 200)])
_HALVES = np.array([_half_of(float(ratio)) for ratio in _RATIOS])
