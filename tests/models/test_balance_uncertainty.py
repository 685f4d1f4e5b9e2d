"""Intervals of sums: what errs together, what errs alone, and a lone permissible error as the rectangle that it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.balance.amounts import GAP_SD, Amount, amounts
from models.balance.uncertainty import SIGNS, Part, half_width, spread
from models.meter_error import Z95
from models.rollup import Rollup


def test_the_published_confidence_limits_of_non_revenue_water() -> None:
    # Thornton, Sturm and Kunkel, Water Loss Control, 2nd ed. 2008, table 7.5 (source: SFPUC): annual volumes in million
    # gallons and their variances; published limits: system input 1.3 %, billed 1.1 %, non-revenue water 11.2 %.
    sources = ((7512.80, 9553.7), (10519.84, 18732.1), (6580.71, 7330.2), (4411.61, 3294.3), (7.60, 0.0))
    parts = [Part("input", str(number), volume, spread_m3=sqrt(v)) for number, (volume, v) in enumerate(sources)]
    parts.append(Part("household", "billing", 24778.64, spread_m3=sqrt(20237.7)))
    put_in = sum(volume for volume, _ in sources)
    nrw = put_in - 24778.64
    assert put_in == pytest.approx(29032.56)
    assert nrw == pytest.approx(4253.92)
    assert 100 * spread(parts, SIGNS["system_input_m3"]).half_width_m3 / put_in == pytest.approx(1.3, abs=0.05)
    assert 100 * spread(parts, SIGNS["billed_m3"]).half_width_m3 / 24778.64 == pytest.approx(1.1, abs=0.05)
    assert 100 * spread(parts, SIGNS["nrw_m3"]).half_width_m3 / nrw == pytest.approx(11.2, abs=0.05)


def test_a_bias_that_is_shared_adds_up_and_one_that_is_not_adds_as_squares() -> None:
    # A hundred meters of 10 m³ with ± 2 %: of one type together ± 20 · 0.95; of a hundred types 1.96 · 2/√3.
    alike = [Part("other", str(n), 10.0, "type", limit=0.02) for n in range(100)]
    apart = [part._replace(bias=part.name) for part in alike]
    assert spread(alike, {"other": 1.0}).half_width_m3 == pytest.approx(19.0)
    assert spread(apart, {"other": 1.0}).half_width_m3 == pytest.approx(1.96 * 2 / sqrt(3), rel=0.01)


def test_a_bias_shared_by_inflow_and_outflow_cancels() -> None:
    parts = [Part("input", "in", 100.0, "type", limit=0.01), Part("input", "out", -90.0, "type", limit=0.01)]
    assert spread(parts, SIGNS["system_input_m3"]).half_width_m3 == pytest.approx(0.95 * 0.1)


@pytest.mark.parametrize("ratio", [0.3, 1.0, 2.0, 4.0, 20.0])
def test_the_half_width_is_that_of_drawn_errors(ratio: float) -> None:
    # A rectangle within ± ratio and a standard normal, drawn: 95 % lie within the half-width.
    rng = np.random.default_rng(7)
    drawn = np.abs(rng.uniform(-ratio, ratio, 400_000) + rng.normal(size=400_000))
    assert half_width([ratio], 1.0) == pytest.approx(float(np.quantile(drawn, 0.95)), rel=0.01)


@given(st.lists(st.floats(0.0, 1e4), max_size=6), st.floats(0.0, 1e8))
def test_a_half_width_lies_between_the_widest_rectangle_and_two_standard_deviations(
    limits: list[float], variance: float
) -> None:
    found = half_width(limits, variance)
    sd = sqrt(variance + sum(one * one for one in limits) / 3)
    assert 0.95 * max(limits, default=0.0) <= found + 1e-6 * sd + 1e-12
    assert found <= 1.97 * sd + 1e-9


def test_every_term_is_made_of_signed_parts_as_the_standard_balance_says() -> None:
    def minus(one: dict[str, float], other: dict[str, float]) -> dict[str, float]:
        return one | {name: -sign for name, sign in other.items()}

    signs: dict[str, dict[str, float]] = {name: dict(of.items()) for name, of in SIGNS.items()}
    assert signs["nrw_m3"] == minus(signs["system_input_m3"], signs["billed_m3"])
    assert signs["losses_m3"] == minus(signs["nrw_m3"], signs["unbilled_m3"])
    assert signs["real_m3"] == minus(signs["losses_m3"], signs["apparent_m3"])


def test_a_gap_that_registers_close_makes_a_month_no_less_sure() -> None:
    """Hand-computed: days of 100 m³ ± 2.26 (class 2); one of them was filled by a profile between two registers."""
    start = datetime(2026, 5, 1, tzinfo=UTC)
    sd = 0.02 / sqrt(3) * 100.0
    upper = 100.0 + Z95 * sd
    wide = 100.0 + Z95 * sqrt(sd**2 + 9.0)

    def month(upper_m3: float | None) -> Amount:
        rows = [
            Rollup("point", "p", "day", "consumption_m3", start + timedelta(days=day), 100.0, 0.0, upper, 1.0)
            for day in range(10)
        ]
        rows[4] = rows[4]._replace(maximum=upper_m3, estimated=0.5)
        return amounts({"p": rows}, start, start + timedelta(days=10))["p"]

    assert month(upper).doubt_m3 == pytest.approx(0.0, abs=1e-6)
    assert month(wide).doubt_m3 == pytest.approx(3.0)
    assert month(None).doubt_m3 == pytest.approx(GAP_SD * 50.0)
    assert month(upper).estimated == pytest.approx(0.05)
