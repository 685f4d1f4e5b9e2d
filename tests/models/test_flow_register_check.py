from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.calendar import HOUR_MS
from models.flow_register_check import RegisterCheck, register_check
from models.flow_volume import flow_increments
from models.increments import Step
from models.reading import Series
from models.register import increments

FIVE = 300_000


def check(factor: float, hours: int = 72, gap: slice | None = None, step_m3: float = 0.1) -> RegisterCheck | None:
    """Flow of five-minute means of a daily wave against an hourly register that counts the same water by steps."""
    ends = (np.arange(hours * 12, dtype=np.int64) + 1) * FIVE
    true = 20 + 8 * np.sin(2 * np.pi * ends / (24 * HOUR_MS))
    keep = np.ones(ends.size, np.bool_)
    if gap is not None:
        keep[gap] = False
    flow = Series("q", "flow_m3h", ends[keep], factor * true[keep], np.ones(1, np.int8))
    total = 500 + np.concatenate([[0.0], np.cumsum(true / 12)])[::12]
    counted = np.floor(total / step_m3) * step_m3
    register = Series("q", "volume_m3", np.arange(hours + 1, dtype=np.int64) * HOUR_MS, counted, np.ones(1, np.int8))
    return register_check(flow_increments(flow, ()), increments(register, (), ()), step_m3)


def test_flow_that_agrees_and_flow_that_does_not() -> None:
    agrees, errs = check(1.0), check(1.05)
    assert agrees is not None
    assert errs is not None
    assert agrees.deviation_pct == pytest.approx(0.0, abs=0.05)
    assert not agrees.beyond
    assert errs.deviation_pct == pytest.approx(5.0, abs=0.05)
    assert errs.beyond


def test_hours_that_flow_does_not_cover_are_left_out_of_both() -> None:
    whole, part = check(1.03), check(1.03, gap=slice(100, 220))
    assert whole is not None
    assert part is not None
    assert part.hours == pytest.approx(72 - 12, abs=1)
    assert part.deviation_pct == pytest.approx(whole.deviation_pct, abs=0.1)
    # One missing step is spoken for by the next one, which stands for at most two.
    held = check(1.0, gap=slice(100, 101))
    assert held is not None
    assert held.hours == 72


def test_too_little_in_common_says_nothing() -> None:
    assert check(1.0, hours=20) is None
    assert check(1.0, gap=slice(0, 60 * 12)) is None


def test_two_meters_may_differ_by_more_than_one() -> None:
    hours = np.arange(49, dtype=np.int64) * HOUR_MS
    flow = flow_increments(Series("q", "flow_m3h", hours[1:], np.full(48, 10.25), np.ones(1, np.int8)), ())
    register = increments(Series("r", "volume_m3", hours, 10.0 * np.arange(49), np.ones(1, np.int8)), (), ())
    one, two = register_check(flow, register, 0.01), register_check(flow, register, 0.01, one_meter=False)
    assert one is not None
    assert two is not None
    assert one.beyond
    assert not two.beyond
    assert set(flow.step.tolist()) == {int(Step.DERIVED)}


@given(st.floats(0.5, 2.0))
def test_the_deviation_is_the_factor(factor: float) -> None:
    found = check(factor, 48)
    assert found is not None
    assert found.deviation_pct == pytest.approx(100 * (factor - 1), abs=0.1)
