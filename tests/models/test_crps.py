from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.crps import ensemble_crps, weighted_quantiles

numbers = st.floats(-1e3, 1e3)


@given(st.lists(st.tuples(numbers, st.floats(0.1, 10)), min_size=1, max_size=12), numbers)
def test_it_is_mean_distance_less_half_the_mean_distance_of_pairs(
    pairs: list[tuple[float, float]], truth: float
) -> None:
    members, weights = (np.array(column) for column in zip(*pairs, strict=True))
    share = weights / weights.sum()
    far = float((share * np.abs(members - truth)).sum())
    apart = float((share[:, None] * share * np.abs(members[:, None] - members)).sum())
    assert float(ensemble_crps(members, truth, weights)) == pytest.approx(far - apart / 2, abs=1e-6)


def test_many_normal_members_come_to_the_closed_form() -> None:
    # CRPS of N(0, 1) at 0 is 2·φ(0) − 1/√π = 0.2337 (hand-computed from the normal density).
    members = np.random.default_rng(3).standard_normal(200_000)
    assert float(ensemble_crps(members, 0.0)) == pytest.approx(2 / np.sqrt(2 * np.pi) - 1 / np.sqrt(np.pi), abs=2e-3)


def test_ensembles_stand_along_the_last_axis() -> None:
    both = ensemble_crps(np.array([[0.0, 1.0, 3.0], [2.0, 2.0, 2.0]]), np.array([1.0, 5.0]))
    assert both.tolist() == pytest.approx([1 / 3, 3.0])


@given(st.lists(numbers, min_size=1, max_size=20), st.lists(st.floats(0, 1), min_size=2, max_size=5))
def test_quantiles_are_members_and_rise_with_their_level(values: list[float], levels: list[float]) -> None:
    members = np.array(values)[:, None]
    found = weighted_quantiles(members, np.ones(len(values)), np.array(sorted(levels)))[:, 0]
    assert set(found.tolist()) <= set(values)
    assert (np.diff(found) >= 0).all()
