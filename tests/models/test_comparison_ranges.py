from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.comparison import Compared
from models.comparison_ranges import LEAST_NIGHTS, Range, night_range, standing, use_range


def test_what_is_not_covered_widens_the_range() -> None:
    whole, part = use_range(Compared(100.0, 1.0)), use_range(Compared(100.0, 0.9))
    assert whole == pytest.approx((98.0, 102.0))
    assert part == pytest.approx((88.2, 111.8))


def test_no_figure_has_no_range() -> None:
    assert use_range(Compared(None, 0.6, "comparison.too_few_covered")) is None
    assert night_range(Compared(None, 0.1), [5.0] * 30, 100) is None
    assert night_range(Compared(5.0, 1.0), [5.0] * (LEAST_NIGHTS - 1), 100) is None
    assert night_range(Compared(5.0, 1.0), [5.0] * 30, 0) is None


def test_nights_that_follow_each_other_tell_less() -> None:
    rng = np.random.default_rng(1)
    free = rng.normal(10, 1, 60)
    drifting = np.empty(60)
    drifting[0] = 0.0
    for k in range(1, 60):
        drifting[k] = 0.9 * drifting[k - 1] + rng.normal(0, 1)
    drifting = 10 + (drifting - drifting.mean()) * free.std() / drifting.std()
    apart = night_range(Compared(10.0, 1.0), list(free), 1000)
    alike = night_range(Compared(10.0, 1.0), list(drifting), 1000)
    assert apart is not None
    assert alike is not None
    assert alike.upper - alike.lower > 1.5 * (apart.upper - apart.lower)


def test_missing_nights_are_left_out() -> None:
    nights: list[float | None] = [9.0, 11.0] * 15
    with_gaps = [*nights, *[None] * 10]
    assert night_range(Compared(10.0, 0.75), with_gaps, 1000) == night_range(Compared(10.0, 1.0), nights, 1000)


numbers = st.floats(1, 200, allow_nan=False)


@given(numbers, numbers, numbers, numbers)
def test_an_order_is_said_only_where_ranges_do_not_overlap(a: float, b: float, c: float, d: float) -> None:
    own, other = Range(min(a, b), max(a, b)), Range(min(c, d), max(c, d))
    overlap = own.lower <= other.upper and other.lower <= own.upper
    assert (standing(own, other) == "alike") == overlap
    opposite = {"lower": "higher", "higher": "lower", "alike": "alike"}
    assert standing(other, own) == opposite[standing(own, other)]
