"""Errors of meters, by hand-computed examples and by meters drawn at random."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.meter_error import (
    Z95,
    Part,
    bias_group,
    combine,
    flow_range,
    interval_of,
    part_of,
    relative_sd,
    resolution_sd_m3,
    sd_m3,
)
from models.reading import from_ms
from models.registry import Device

YEAR = 365 * 24 * 3_600_000
METER = Device("1", "water_meter", "iperl", 20, 2.5, 160.0, litres_per_pulse=1, verified_until=from_ms(10 * YEAR))


def limit(
    device: Device, flow: float | None = None, at_ms: int = 0, step_ms: int = 300_000, accuracy: int = 2
) -> float:
    """The permissible error that was taken, in per cent."""
    flows = None if flow is None else np.array([flow])
    found = relative_sd([device], np.array([at_ms]), flows, np.array([step_ms]), accuracy)  # type: ignore[arg-type]
    return round(float(found[0]) * sqrt(3) * 100, 6)


def test_the_limit_depends_on_flow_class_and_verification() -> None:
    q1, q2, q3, q4 = flow_range(METER)
    assert (q1, q2, q3, q4) == (0.015625, 0.025, 2.5, 3.125)
    assert limit(METER) == limit(METER, 1.0) == limit(METER, q2) == 2
    assert limit(METER, 0.02) == limit(METER, q1) == 5
    assert limit(METER, 0.01) == 100
    assert (limit(METER, 1.0, accuracy=1), limit(METER, 0.02, accuracy=1)) == (1, 3)
    assert limit(METER, 0.02, step_ms=3_600_000) == 2, "an hour's mean says nothing of the flow while a tap is open"
    assert limit(METER, 0.0) == 2, "a meter that stands still errs by nothing"
    assert (limit(METER, at_ms=10 * YEAR - 1), limit(METER, at_ms=10 * YEAR)) == (2, 4)
    assert limit(Device("2", "water_meter")) == 4, "nobody knows until when it is verified"
    assert relative_sd([], np.array([0])).tolist() == pytest.approx([0.04 / sqrt(3)])


def test_rows_of_a_device_count_by_their_validity() -> None:
    old = Device("1", "water_meter", verified_until=from_ms(YEAR))
    new = Device("1", "water_meter", verified_until=from_ms(9 * YEAR), valid_from=from_ms(2 * YEAR))
    found = relative_sd([old, new], np.array([0, YEAR, 2 * YEAR, 9 * YEAR])) * sqrt(3)
    assert found.round(4).tolist() == [0.02, 0.04, 0.02, 0.04]


def test_groups_are_type_size_and_age() -> None:
    assert bias_group(METER) == bias_group(
        Device("2", "water_meter", "iperl", 20, 2.5, 160.0, verified_until=METER.verified_until)
    )
    assert bias_group(METER) != bias_group(Device("3", "water_meter", "iperl", 20, 2.5, 160.0))
    assert bias_group(None) == "unknown"


def test_a_register_read_in_steps_errs_at_both_ends() -> None:
    step = 0.1
    random = np.random.default_rng(1)
    start, used = random.uniform(0, 100, 40_000), random.uniform(0, 5, 40_000)
    read = np.floor((start + used) / step) - np.floor(start / step)
    error = read * step - used
    expected = resolution_sd_m3(Device("1", "water_meter", litres_per_pulse=100))
    assert np.std(error) == pytest.approx(expected, rel=0.02)


def test_an_interval_never_reaches_below_nothing_but_of_what_may_flow_both_ways() -> None:
    value, sd = np.array([1.0, -1.0, 0.0]), np.array([1.0, 1.0, 1.0])
    assert interval_of(value, sd).lower.tolist() == pytest.approx([0.0, -1.0, 0.0])
    assert interval_of(value, sd, signed=True).lower.tolist() == pytest.approx([1 - Z95, -1 - Z95, -Z95])


parts = st.builds(
    Part,
    st.floats(-100, 100),
    st.dictionaries(st.sampled_from("abc"), st.floats(0, 10), max_size=3),
    st.floats(0, 10),
)


@given(st.lists(st.tuples(st.sampled_from([1.0, -1.0]), parts), max_size=6), st.integers(0, 6))
def test_sums_of_sums_are_the_sum(terms: list[tuple[float, Part]], cut: int) -> None:
    at_once = combine(terms)
    by_steps = combine([(1.0, combine(terms[:cut])), (1.0, combine(terms[cut:]))])
    assert by_steps.volume_m3 == pytest.approx(at_once.volume_m3, abs=1e-9)
    assert sd_m3(by_steps) == pytest.approx(sd_m3(at_once), abs=1e-9)


def test_a_stored_interval_gives_back_its_parts() -> None:
    bias, rest = 10 * 0.02 / sqrt(3), 0.3
    half = Z95 * sqrt(bias**2 + rest**2)
    part = part_of(METER, 10.0, 10 - half, 10 + half, 0)
    assert part.bias_m3[bias_group(METER)] == pytest.approx(bias)
    assert part.rest_m3 == pytest.approx(rest, abs=1e-9)
    cut = part_of(METER, 10.0, max(0.0, 10 - 30 * half), 10 + 30 * half, 0)
    assert sd_m3(cut) == pytest.approx(30 * half / Z95)
    assert part_of(METER, 10.0, None, None, 0).rest_m3 == resolution_sd_m3(METER)


def test_intervals_of_a_town_hold_what_they_promise() -> None:
    """Meters drawn again and again by what the module says: a bias a group, a rectangular one; a rest each."""
    random = np.random.default_rng(7)
    groups = [random.integers(0, 4) for _ in range(60)]
    use = random.uniform(5, 15, 60)
    rest = random.uniform(0, 0.5, 60)
    inflow = use.sum() * 1.3
    terms = [
        (-1.0, Part(float(v), {f"g{g}": float(v) * 0.02 / sqrt(3)}, float(r)))
        for v, g, r in zip(use, groups, rest, strict=True)
    ]
    whole = combine([(1.0, Part(inflow, {"mains": inflow * 0.02 / sqrt(3)})), *terms])
    draws = 4_000
    bias = random.uniform(-0.02, 0.02, (draws, 4))
    metered = (use * (1 + bias[:, groups]) + random.normal(0, rest, (draws, 60))).sum(axis=1)
    found = inflow * (1 + random.uniform(-0.02, 0.02, draws)) - metered
    truth = inflow - use.sum()
    half = Z95 * sd_m3(whole)
    assert whole.volume_m3 == pytest.approx(truth)
    assert half / (Z95 * np.std(found)) == pytest.approx(1, abs=0.05)
    assert 0.93 <= np.mean(np.abs(found - truth) <= half) <= 0.98
