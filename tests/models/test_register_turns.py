"""Two counters that answer in turn for one meter: only one counts, nothing is added twice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.increments import Increments, Step
from models.reading import Series
from models.register import increments, questions
from models.register_turns import reaches_from_ms
from models.registry import Device

HOUR = 3_600_000
METER = Device("1", "water_meter", q3_m3h=2.5, register_digits=5)


def of(values: list[float], every_h: float = 1.0) -> Increments:
    time = (np.arange(len(values)) * every_h * HOUR).astype(np.int64)
    return increments(Series("1", "volume_m3", time, np.array(values), np.ones(1, np.int8)), [METER])


def total(found: Increments) -> float:
    return float(np.nansum(found.volume_m3))


def test_an_exchanged_meter_that_answers_between_the_new_one_s_readings() -> None:
    # DAIAD's m051, 17 January 2017, in m³.
    found = of([207.774, 456.017, 207.814, 456.273, 207.851, 456.353, 207.886, 456.427, 207.907, 207.925])
    assert total(found) == pytest.approx(207.925 - 207.774)
    assert questions(found) == []


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 0.5)), min_size=1, max_size=20))
def test_whoever_answers_only_the_first_counts_where_it_answers_last(turns: list[tuple[bool, float]]) -> None:
    first, other, values, used = 100.0, 700.0, [100.0], 0.0
    for is_other, amount in turns:
        first, other, used = first + amount, other + amount, used + amount
        values.append(other if is_other else first)
    values.append(first)
    assert total(of(values)) == pytest.approx(used, abs=1e-9)


def test_a_counter_that_never_answers_again_was_exchanged() -> None:
    found = of([100.0, 100.1, 7.0, 7.2, 7.3])
    assert total(found) == pytest.approx(0.1 + 0.3)
    assert [Step(code).name for code in found.step] == ["PLAIN", "UNRESOLVED", "PLAIN", "PLAIN"]
    assert len(questions(found)) == 1


def test_one_that_answers_again_after_days_is_no_turn() -> None:
    found = of([1000.0, 1000.5, 7.0, 7.2, 1001.0], every_h=24)
    assert [Step(code).name for code in found.step] == ["PLAIN", "UNRESOLVED", "PLAIN", "PENDING"]
    assert total(found) == pytest.approx(0.5 + 0.2)


def test_two_clocks_of_one_meter_that_differ_by_minutes() -> None:
    # DAIAD's m009, 13 April 2016: 112 L back within three minutes, which no pipe gives back.
    minutes = [0, 60, 117, 120, 177, 238]
    values = [66.084, 66.129, 66.288, 66.176, 66.288, 66.289]
    time = np.array(minutes, np.int64) * 60_000
    found = increments(Series("1", "volume_m3", time, np.array(values), np.ones(1, np.int8)), [METER])
    assert total(found) == pytest.approx(66.289 - 66.084)
    assert found.volume_m3.tolist() == pytest.approx([0.045, 0.159, 0.0, 0.0, 0.001])
    assert Step.REVERSE in found.step


def test_hours_from_before_the_other_counter_s_run_have_changed() -> None:
    values = [100.0, 100.1, 700.0, 700.2, 700.4, 100.9, 101.0]
    time = np.arange(len(values), dtype=np.int64) * HOUR
    series = Series("1", "volume_m3", time, np.array(values), np.ones(1, np.int8))

    def found() -> Increments:
        return increments(series, [METER])

    assert reaches_from_ms(series, found, 4 * HOUR) == HOUR
    assert reaches_from_ms(series, found, 5 * HOUR) == 5 * HOUR
    rising = series._replace(value=np.arange(7.0))
    assert reaches_from_ms(rising, lambda: pytest.fail("asked"), 4 * HOUR) == 4 * HOUR
