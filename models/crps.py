"""Continuous ranked probability score of an ensemble: how far a forecast distribution lies from what came."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def ensemble_crps(members: Floats, observed: Floats | float, weights: Floats | None = None) -> Floats:
    """CRPS of ensembles as step distributions, in the members' unit; of a single member it is its absolute error.

    members : (…, n), one ensemble along the last axis; observed : (…); weights : (n,) or (…, n), any positive scale

    CRPS = E|X − y| − ½ E|X − X′|, X and X′ independent draws from the weighted members. The second term is computed
    over the sorted members as Σ (x[k+1] − x[k]) · F[k] · (1 − F[k]), F the cumulative weight.

    Source: Gneiting and Raftery, Strictly proper scoring rules, prediction, and estimation, J. Am. Stat. Assoc. 102
    (2007), equation 21 (after later papers and implementations that quote it; the paper itself was not seen here).

    Hand-computed: members 0, 1, 3 and truth 1: E|X − y| = (1 + 0 + 2)/3 = 1; E|X − X′| = 2·(1 + 3 + 2)/9 = 4/3.

    >>> round(float(ensemble_crps(np.array([0.0, 1.0, 3.0]), 1.0)), 6)
    0.333333
    >>> float(ensemble_crps(np.array([5.0]), 2.0))
    3.0
    """
    given = np.ones(members.shape[-1]) if weights is None else weights
    share = np.broadcast_to(given / given.sum(axis=-1, keepdims=True), members.shape)
    truth = np.asarray(observed, np.float64)[..., None]
    distance = (share * np.abs(members - truth)).sum(axis=-1)
    order = np.argsort(members, axis=-1)
    ranked = np.take_along_axis(members, order, axis=-1)
    below = np.cumsum(np.take_along_axis(share, order, axis=-1), axis=-1)[..., :-1]
    spread = (np.diff(ranked, axis=-1) * below * (1.0 - below)).sum(axis=-1)
    return np.asarray(distance - spread)


def weighted_quantiles(members: Floats, weights: Floats, levels: Floats) -> Floats:
    """Quantiles of weighted members along the first axis: the least member at which the cumulative weight reaches each.

    members : (n, …); weights : (n,), not all 0; levels : (q,), within 0–1. Returns (q, …).

    >>> members, weights = np.array([[4.0], [1.0], [2.0]]), np.array([1.0, 1.0, 2.0])
    >>> weighted_quantiles(members, weights, np.array([0.25, 0.5, 1.0])).ravel().tolist()
    [1.0, 2.0, 4.0]
    """
    order = np.argsort(members, axis=0)
    ranked = np.take_along_axis(members, order, axis=0)
    reached = np.cumsum(weights[order], axis=0) / weights.sum()
    # A sum of shares may stay a rounding below the level that it means.
    places = [(reached >= level - 1e-9).argmax(axis=0) for level in levels.tolist()]
    return np.stack([np.take_along_axis(ranked, place[None], axis=0)[0] for place in places])
