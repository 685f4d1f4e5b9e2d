from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.increments import Increments, Step
from models.quality import Quality
from models.reading import Series, to_ms
from models.register import increments, questions
from models.registry import Assignment, Device

T0 = datetime(2026, 5, 4, tzinfo=UTC)
HOUR = 3_600_000
METER = Device("1", "water_meter", q3_m3h=2.5, register_digits=5, litres_per_pulse=1)


def at(hours: float) -> datetime:
    return T0 + timedelta(hours=hours)


def series(values: list[float], hours: list[float] | None = None, quality: int = 1) -> Series:
    moments = [to_ms(at(hour)) for hour in (hours or range(len(values)))]
    return Series("1", "volume_m3", np.array(moments, np.int64), np.array(values), np.array([quality], np.int8))


def steps(found: Increments) -> list[str]:
    return [Step(code).name for code in found.step]


def total(found: Increments) -> float:
    return float(np.nansum(found.volume_m3))


def test_a_rising_register_is_its_differences() -> None:
    found = increments(series([10.0, 10.25, 10.25, 11.0]), [METER])
    assert found.volume_m3.tolist() == [0.25, 0.0, 0.75]
    assert steps(found) == ["PLAIN"] * 3


@pytest.mark.parametrize(
    ("after", "hours", "expected"),
    [
        (1.0, 1, "WRAP"),  # 99 999 → 100 001: 2 m³ in an hour, Q4 · Δt = 3.125 m³
        (2.125, 1, "WRAP"),  # just at the limit
        (2.2, 1, "UNRESOLVED"),
        (2.2, 2, "WRAP"),
    ],
)
def test_a_fall_is_a_wrap_only_within_the_overload_flow(after: float, hours: int, expected: str) -> None:
    found = increments(series([99_998.0, 99_999.0, after, after + 0.1], [0, 1, 1 + hours, 2 + hours]), [METER])
    assert steps(found)[1] == expected
    assert (not np.isnan(found.volume_m3[1])) == (expected == "WRAP")
    if expected == "WRAP":
        assert found.volume_m3[1] == pytest.approx(after + 1.0)


def test_without_digits_or_q3_nothing_is_a_wrap() -> None:
    for device in (replace(METER, register_digits=None), replace(METER, q3_m3h=None)):
        found = increments(series([99_998.0, 99_999.0, 0.5, 0.6]), [device])
        assert steps(found) == ["PLAIN", "UNRESOLVED", "PLAIN"]


def test_a_swap_with_both_indexes_counts_both_meters() -> None:
    hung = [
        Assignment("1", "P", at(-1), at(1.5), final_index_m3=812.4),
        Assignment("1", "P", at(1.5), None, first_index_m3=0.2),
    ]
    found = increments(series([812.0, 812.3, 0.5, 0.9]), [METER], hung)
    assert total(found) == pytest.approx(0.3 + 0.1 + 0.3 + 0.4)
    assert steps(found) == ["PLAIN"] * 4
    assert questions(found) == []


def test_a_swap_with_a_higher_first_index_is_no_consumption() -> None:
    hung = [
        Assignment("1", "P", at(-1), at(1.5), final_index_m3=12.4),
        Assignment("1", "P", at(1.5), None, first_index_m3=900.0),
    ]
    found = increments(series([12.0, 12.3, 900.5, 900.9]), [METER], hung)
    assert total(found) == pytest.approx(0.3 + 0.1 + 0.5 + 0.4)


def test_a_swap_whose_old_meter_was_not_read_leaves_that_span_unknown() -> None:
    hung = [Assignment("1", "P", at(-1), at(1.5)), Assignment("1", "P", at(1.5), None, first_index_m3=0.0)]
    found = increments(series([812.0, 812.3, 0.5, 0.9]), [METER], hung)
    assert steps(found) == ["PLAIN", "SWAP", "PLAIN", "PLAIN"]
    assert total(found) == pytest.approx(0.3 + 0.5 + 0.4)


def test_an_assignment_without_indexes_explains_a_fall() -> None:
    hung = [Assignment("1", "P", at(-1), at(1.5)), Assignment("1", "P", at(1.5), None)]
    found = increments(series([812.0, 812.3, 0.5, 0.9]), [METER], hung)
    assert steps(found) == ["PLAIN", "SWAP", "PLAIN"]
    assert np.isnan(found.volume_m3[1])
    assert questions(found) == []


def test_a_wrap_is_asked_before_an_assignment_without_indexes() -> None:
    hung = [Assignment("1", "P", at(-1), at(1.5)), Assignment("1", "P", at(1.5), None)]
    found = increments(series([99_999.0, 99_999.5, 0.5, 0.9]), [METER], hung)
    assert steps(found) == ["PLAIN", "WRAP", "PLAIN"]
    assert total(found) == pytest.approx(1.9)


def test_a_swap_written_down_by_its_day_is_found_within_it() -> None:
    values = [500 + 0.1 * i for i in range(34)] + [0.2 + 0.1 * i for i in range(10)]
    hung = [
        Assignment("1", "P", at(-9), at(24), final_index_m3=503.35),
        Assignment("1", "P", at(24), None, first_index_m3=0.15),
    ]
    found = increments(series(values), [METER], hung)
    assert questions(found) == []
    assert total(found) == pytest.approx(3.35 + 0.05 + 0.9)


def test_a_serial_says_swap() -> None:
    found = increments(series([812.0, 812.3, 900.5, 900.9]), [METER], swapped_ms=[to_ms(at(1.7))])
    assert steps(found) == ["PLAIN", "SWAP", "PLAIN"]
    assert total(found) == pytest.approx(0.7)


def test_reverse_flow_is_not_counted_again() -> None:
    found = increments(series([100.0, 101.0, 99.5, 100.4, 100.9, 101.5, 102.0]), [METER])
    assert steps(found) == ["PLAIN", "REVERSE", "REVERSE", "REVERSE", "REVERSE", "PLAIN"]
    assert found.volume_m3.tolist() == pytest.approx([1.0, 0.0, 0.0, 0.0, 0.5, 0.5])


def test_a_net_register_may_be_counted_with_its_sign() -> None:
    net = replace(METER, register_kind="net")
    found = increments(series([100.0, 101.0, 99.5, 100.4, 102.0]), [net], signed=True)
    assert found.volume_m3.tolist() == pytest.approx([1.0, -1.5, 0.9, 1.6])
    held_back = increments(series([100.0, 101.0, 99.5, 100.4, 102.0]), [net])
    assert held_back.volume_m3.tolist() == pytest.approx([1.0, 0.0, 0.0, 1.0])
    assert total(found) == pytest.approx(total(held_back))


def test_a_net_register_runs_back_through_zero() -> None:
    net = replace(METER, register_kind="net")
    found = increments(series([1.0, 0.5, 99_999.5, 99_999.0, 0.2]), [net], signed=True)
    assert found.volume_m3.tolist() == pytest.approx([-0.5, -1.0, -0.5, 1.2])


def test_more_than_the_meter_could_return_is_unresolved_and_asked() -> None:
    found = increments(series([812.0, 812.3, 0.5, 0.9]), [METER])
    assert steps(found) == ["PLAIN", "UNRESOLVED", "PLAIN"]
    assert total(found) == pytest.approx(0.7)
    [question] = questions(found)
    assert (question.before, question.after) == (812.3, 0.5)
    assert (question.start_ms, question.end_ms) == (to_ms(at(1)), to_ms(at(2)))


def test_a_forward_register_does_not_hide_a_swap_behind_a_long_gap() -> None:
    # 50 m³ in a day are within 1.25·Q3·Δt, but a register that counts forward only does not give them back.
    found = increments(series([49.9, 50.0, 0.1, 0.3], [0, 1, 25, 26]), [METER])
    assert steps(found) == ["PLAIN", "UNRESOLVED", "PLAIN"]
    net = increments(series([49.9, 50.0, 0.1, 0.3], [0, 1, 25, 26]), [replace(METER, register_kind="net")])
    assert steps(net)[1] == "REVERSE"


def test_a_meter_mounted_the_wrong_way_round_is_asked_about() -> None:
    found = increments(series([100 - 0.5 * i for i in range(20)]), [METER])
    assert questions(found)


def test_the_newest_fall_waits_for_the_next_reading() -> None:
    assert steps(increments(series([812.0, 812.3, 0.5]), [METER])) == ["PLAIN", "PENDING"]
    assert steps(increments(series([812.0, 812.3, 0.5, 0.6]), [METER])) == ["PLAIN", "UNRESOLVED", "PLAIN"]


@pytest.mark.parametrize("spike", [9000.0, 0.0, 99_999.0, 106.0])
def test_a_lone_spike_is_left_out(spike: float) -> None:
    found = increments(series([100.0, 100.2, spike, 100.6, 100.7]), [METER])
    assert total(found) == pytest.approx(0.7)
    assert questions(found) == []


def test_a_jump_beyond_belief_is_asked_about() -> None:
    found = increments(series([100.0, 100.2, 9000.0, 9000.2]), [METER])
    assert steps(found) == ["PLAIN", "UNRESOLVED", "PLAIN"]
    assert total(found) == pytest.approx(0.4)


def test_two_late_messages_close_together_are_believed() -> None:
    found = increments(series([100.0, 100.9, 101.3], [0, 24, 24.05]), [METER])
    assert found.volume_m3.tolist() == pytest.approx([0.9, 0.4])


def test_multiplier_and_digits_by_their_validity() -> None:
    early = replace(METER, valid_to=at(2), multiplier=1.0)
    late = replace(METER, valid_from=at(2), multiplier=10.0, q3_m3h=100.0)
    found = increments(series([1.0, 2.0, 3.0, 4.0], [0, 1, 3, 4]), [early, late])
    assert found.volume_m3.tolist() == pytest.approx([1.0, 10.0, 10.0])


def test_pulses_count_by_their_weight() -> None:
    pulses = series([100.0, 150.0, 151.0])._replace(quantity="pulses")
    assert increments(pulses, [replace(METER, litres_per_pulse=10)]).volume_m3.tolist() == pytest.approx([0.5, 0.01])
    assert np.isnan(increments(pulses, [replace(METER, litres_per_pulse=None)]).volume_m3).all()


def test_unusable_readings_are_left_out() -> None:
    one = series([10.0, 700.0, 10.5, np.nan, 11.0])
    qualities = [Quality.GOOD, Quality.SUSPECT, Quality.GOOD, Quality.MISSING, Quality.ESTIMATED]
    found = increments(one._replace(quality=np.array(qualities, np.int8)), [METER])
    assert found.volume_m3.tolist() == pytest.approx([0.5, 0.5])


def test_no_reading_gives_no_increment() -> None:
    for values in ([], [5.0]):
        assert increments(series(values), [METER]).volume_m3.size == 0


@given(
    st.lists(st.floats(0, 3), min_size=2, max_size=40),
    st.lists(st.floats(0, 0.009), min_size=40, max_size=40),
    st.floats(0, 99_999),
)
def test_wraps_and_trembling_never_change_the_total(used: list[float], tremble: list[float], start: float) -> None:
    """A meter's true total comes back whatever it shows: wrapped at 100 000 m³, trembling by some litres."""
    true = start + np.concatenate([[0.0], np.cumsum(used)])
    dips = np.array((tremble * 2)[: true.size])
    dips[0] = dips[-1] = 0.0
    shown = np.maximum(true - dips, start) % 1e5
    found = increments(series(shown.tolist()), [METER])
    assert questions(found) == []
    assert not np.isnan(found.volume_m3).any()
    assert total(found) == pytest.approx(true[-1] - true[0], abs=0.011)


@given(st.lists(st.floats(0, 100_000), min_size=2, max_size=30), st.booleans())
def test_volumes_are_never_negative_nor_beyond_belief(values: list[float], net: bool) -> None:
    device = replace(METER, register_kind="net") if net else METER
    found = increments(series(values), [device])
    volume = found.volume_m3[np.isfinite(found.volume_m3)]
    hours = ((found.end_ms - found.start_ms) / HOUR)[np.isfinite(found.volume_m3)]
    assert (volume >= 0).all()
    assert (volume <= 2 * 3.125 * (hours + 1) + 1e-6).all()


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_order_of_arrival_and_repeats_change_nothing(values: list[float], random: object) -> None:
    one = series(values)
    order = list(range(len(values))) * 2
    random.shuffle(order)  # type: ignore[attr-defined]  # hypothesis' Random
    shuffled = one._replace(time_ms=one.time_ms[order], value=one.value[order])
    first, second = increments(one, [METER]), increments(shuffled, [METER])
    for a, b in zip(first[1:], second[1:], strict=True):
        np.testing.assert_array_equal(a, b)


@given(st.lists(st.floats(0, 12), min_size=3, max_size=40), st.booleans())
def test_a_new_reading_changes_at_most_the_last_two_volumes(values: list[float], net: bool) -> None:
    """What is computed of a span stays, whatever comes more than two readings after it."""
    device = replace(METER, register_kind="net", register_digits=1) if net else replace(METER, register_digits=1)
    shorter, longer = increments(series(values[:-1]), [device]), increments(series(values), [device])
    settled = to_ms(at(len(values) - 4))
    for column in ("volume_m3", "step", "end_ms"):
        a = getattr(shorter, column)[shorter.end_ms <= settled]
        b = getattr(longer, column)[longer.end_ms <= settled]
        np.testing.assert_array_equal(a, b)
