"""A sum of parts of which some are missing: what is known, and what is expected of the rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

LEAST_KNOWN = 0.8
"""With less of the sum known there is none: an expectation would speak more than the measurement."""


class PartialSum(NamedTuple):
    """A sum over parts.

    value : known parts plus what is expected of the missing ones, NaN where too little is known
    known : share of the whole expectation whose parts are known, 0–1
    """

    value: Floats
    known: Floats


def sum_with_expectations(parts: Sequence[tuple[Floats, Floats]], least_known: float = LEAST_KNOWN) -> PartialSum:
    """The sum of (measured, expected) parts of one length; a missing measurement (NaN) counts as expected.

    A part without an expectation weighs nothing and is only in the sum where it was measured.

    >>> measured = np.array([10.0, np.nan]), np.array([90.0, 80.0])
    >>> expected = np.array([10.0, 10.0]), np.array([90.0, 90.0])
    >>> sum_with_expectations(list(zip(measured, expected))).value.tolist()
    [100.0, 90.0]
    """
    if not parts:
        nothing = np.empty(0)
        return PartialSum(nothing, nothing)
    measured = np.stack([part[0] for part in parts])
    expected = np.nan_to_num(np.stack([part[1] for part in parts]))
    here = ~np.isnan(measured)
    weight = np.abs(expected)
    whole = weight.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        known = np.where(whole > 0, (weight * here).sum(axis=0) / whole, here.mean(axis=0))
    value = np.where(here, measured, expected).sum(axis=0)
    return PartialSum(np.where(known >= least_known, value, np.nan), known)
