from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.registry import Reservoir, Supply
from models.reservoir import (
    days_of_supply,
    full_pct,
    hours_to_empty,
    release_margin_m3h,
    rule_stage_m,
    stage_m,
    storage_m3,
    supply_draw,
    usable_m3,
)
from tests.models.towns import REGION

NOW = datetime(2026, 5, 4, tzinfo=UTC)
TANK, DAM = REGION.reservoirs

curves = st.lists(st.tuples(st.floats(0.01, 20), st.floats(1, 1e6)), min_size=2, max_size=10).map(
    lambda rises: tuple(
        zip(
            np.cumsum([rise for rise, _ in rises]).tolist(),
            np.cumsum([volume for _, volume in rises]).tolist(),
            strict=True,
        )
    )
)


def lake(curve: tuple[tuple[float, float], ...]) -> Reservoir:
    return replace(DAM, curve=curve, bottom_m=curve[0][0], full_m=curve[-1][0])


@given(curves, st.floats(0, 1))
def test_stage_and_storage_turn_each_other_round(curve: tuple[tuple[float, float], ...], share: float) -> None:
    one = lake(curve)
    stage = np.array([one.bottom_m + share * (one.full_m - one.bottom_m)])
    assert stage_m(one, storage_m3(one, stage))[0] == pytest.approx(stage[0], rel=1e-6, abs=1e-6)
    assert 0 <= full_pct(one, float(stage[0])) <= 100 + 1e-9


@given(curves, st.floats(-10, 300), st.floats(-10, 300))
def test_a_higher_stage_never_stores_less(curve: tuple[tuple[float, float], ...], a: float, b: float) -> None:
    low, high = storage_m3(lake(curve), np.array(sorted((a, b))))
    assert low <= high


def test_a_real_dam_between_two_points_of_its_curve() -> None:
    # Fláje (full 737.2 m n. m., 21.6 million m³): halfway between two points lies halfway between their volumes.
    flaje = replace(DAM, curve=((732.05, 16_101_690.0), (737.2, 21_600_000.0)), bottom_m=732.05, full_m=737.2)
    assert storage_m3(flaje, np.array([734.625]))[0] == pytest.approx(18_850_845.0)
    assert full_pct(flaje, 734.625) == pytest.approx(50.0)


def test_draw_counts_supplies_only_and_by_their_shares() -> None:
    draw = supply_draw(REGION, "dam", {"A": 300.0, "B": 100.0}, NOW)
    assert draw == (350.0, 1.0)
    assert days_of_supply(DAM, 520.0, draw.draw_m3h) == pytest.approx(216_000 / 350 / 24)
    partly = supply_draw(REGION, "dam", {"A": 300.0, "B": None}, NOW)
    assert partly == (300.0, pytest.approx(2 / 3))
    assert supply_draw(REGION, "dam", {}, NOW) == (None, 0.0)
    ended = replace(REGION, supplies=(Supply("dam", "A", 1.0, None, NOW),))
    assert supply_draw(ended, "dam", {"A": 300.0}, NOW) == (None, 0.0)


def test_no_draw_lasts_for_no_stated_time() -> None:
    assert days_of_supply(DAM, 520.0, None) is None
    assert days_of_supply(DAM, 520.0, 0.0) is None
    assert days_of_supply(DAM, 400.0, 10.0) == 0.0
    assert hours_to_empty(TANK, 2.0, 50.0) == pytest.approx(4.0)
    assert hours_to_empty(TANK, 2.0, -5.0) is None
    assert usable_m3(TANK, -1.0) == 0.0


def test_the_distance_to_the_minimum_release() -> None:
    dam = replace(DAM, min_release_m3h=252.0)
    assert release_margin_m3h(dam, 300.0) == 48.0
    assert release_margin_m3h(dam, 200.0) == -52.0
    assert release_margin_m3h(DAM, 300.0) is None
    assert release_margin_m3h(dam, None) is None


def test_the_rule_curve_runs_round_the_year() -> None:
    dam = replace(DAM, rule_curve=((91, 530.0), (274, 520.0)))
    assert rule_stage_m(dam, datetime(2026, 4, 1, 12, tzinfo=UTC), REGION.tz) == pytest.approx(530.0)
    middle = rule_stage_m(dam, datetime(2026, 1, 1, 12, tzinfo=UTC), REGION.tz)
    assert middle == pytest.approx(520 + 10 * 92.25 / 182.25, abs=0.01)
    assert rule_stage_m(DAM, NOW, REGION.tz) is None
