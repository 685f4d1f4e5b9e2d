from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.partial_sum import sum_with_expectations

NAN = float("nan")


def test_missing_parts_count_as_expected() -> None:
    found = sum_with_expectations(
        [(np.array([90.0, 95.0]), np.array([90.0, 90.0])), (np.array([NAN, 12.0]), np.array([10.0, 10.0]))]
    )
    assert found.value.tolist() == [100.0, 107.0]
    assert found.known.tolist() == [0.9, 1.0]


def test_too_little_known_is_no_sum() -> None:
    found = sum_with_expectations([(np.array([NAN]), np.array([90.0])), (np.array([12.0]), np.array([10.0]))])
    assert np.isnan(found.value[0])
    assert found.known[0] == 0.1


def test_without_expectations_all_parts_are_needed_in_number() -> None:
    nothing = np.array([NAN])
    assert np.isnan(sum_with_expectations([(np.array([1.0]), nothing), (nothing, nothing)]).value[0])
    assert sum_with_expectations([(np.array([1.0]), nothing)] * 2).value.tolist() == [2.0]


def test_no_parts_no_sum() -> None:
    assert sum_with_expectations([]).value.size == 0


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(0.1, 1e6)), min_size=1, max_size=20))
def test_with_everything_measured_it_is_the_plain_sum(parts: list[tuple[float, float]]) -> None:
    found = sum_with_expectations([(np.array([a]), np.array([b])) for a, b in parts])
    assert np.isclose(found.value[0], sum(a for a, _ in parts), rtol=1e-9, atol=1e-6)
    assert found.known[0] == 1.0
