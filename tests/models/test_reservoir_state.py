"""Spaces of a dam by day of year, its drought state, its place among earlier years."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from models.registry import Reservoir
from models.reservoir import days_of_supply, one_storage_m3, storage_bottom_m
from models.reservoir_state import Drought, drought_state, rule_share, season_rank, spaces

CURVE = ((500.0, 0.0), (510.0, 100.0), (540.0, 1000.0), (545.0, 1250.0))
DAM = Reservoir(
    *("d", "D", "dam", "", "m", "p", "", "", ""),
    bottom_m=500.0,
    full_m=540.0,
    datum="Bpv",
    curve=CURVE,
    rule_curve=((91, 530.0), (274, 520.0)),
    dead_m=510.0,
    flood_m=540.0,
    crest_m=545.0,
)
"""A made-up dam: 10 m of dead storage, then 30 m³ and above 540 m 50 m³ a metre."""
SPRING, AUTUMN = datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC)


@pytest.mark.parametrize("level_m", [500.0, 505.0, 517.0, 533.0, 541.0, 545.0])
@pytest.mark.parametrize("moment", [SPRING, AUTUMN])
def test_spaces_lie_on_each_other_and_hold_together_what_is_stored(level_m: float, moment: datetime) -> None:
    found = spaces(DAM, level_m, moment, UTC)
    assert [one.name for one in found] == ["dead", "storage", "flood", "surcharge"]
    assert [one.low_m for one in found[1:]] == [one.high_m for one in found[:-1]]
    assert sum(one.volume_m3 for one in found) == pytest.approx(1250.0)
    assert sum(one.filled_m3 for one in found) == pytest.approx(one_storage_m3(DAM, level_m))


def test_the_storage_space_follows_the_rule_curve_and_the_flood_space_gives_way() -> None:
    """Hand-computed: 1 April 510–530 m are 600 m³ and 10 m of flood space 300; 1 October 300 and 600."""
    spring, autumn = (
        {one.name: one.volume_m3 for one in spaces(DAM, 515.0, moment, UTC)} for moment in (SPRING, AUTUMN)
    )
    assert (spring["storage"], spring["flood"]) == pytest.approx((600.0, 300.0))
    assert (autumn["storage"], autumn["flood"]) == pytest.approx((300.0, 600.0))
    assert spring["surcharge"] == autumn["surcharge"] == pytest.approx(250.0)


def test_spaces_whose_tops_nobody_gives_are_left_out() -> None:
    bare = replace(DAM, rule_curve=(), dead_m=None, flood_m=None, crest_m=None)
    assert [(one.name, one.volume_m3) for one in spaces(bare, 520.0, SPRING, UTC)] == [("storage", 1000.0)]


def test_what_is_dead_counts_neither_for_drought_nor_for_supply() -> None:
    """Hand-computed: at 520 m 300 m³ lie above the dead storage, of 600 by the rule on 1 April; 12.5 d at 1 m³/h."""
    assert storage_bottom_m(DAM) == 510.0
    assert rule_share(DAM, 520.0, SPRING, UTC) == pytest.approx(0.5)
    assert rule_share(DAM, 520.0, AUTUMN, UTC) == pytest.approx(1.0)
    assert rule_share(DAM, 505.0, SPRING, UTC) == 0.0
    assert days_of_supply(DAM, 520.0, 1.0) == pytest.approx(12.5)
    assert days_of_supply(DAM, 505.0, 1.0) == 0.0


def test_the_state_worsens_with_the_share_and_is_unknown_without_a_rule_curve() -> None:
    assert rule_share(replace(DAM, rule_curve=()), 520.0, SPRING, UTC) is None
    order = [Drought.NONE, Drought.WATCH, Drought.DROUGHT, Drought.SEVERE]
    places = [order.index(drought_state(share) or Drought.NONE) for share in np.linspace(1.2, 0.0, 121).tolist()]
    assert places == sorted(places)
    assert set(places) == {0, 1, 2, 3}


def test_a_rank_needs_earlier_years() -> None:
    assert season_rank(5.0, np.array([np.nan])) is None
    assert season_rank(5.0, np.array([1.0, 9.0])) == 0.5
