from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from models import storage_forecast as model
from models.crps import ensemble_crps
from models.storage_forecast import ANSWERS, LEAST_YEARS, RECENT_D, Answer, storage_forecast

Floats = npt.NDArray[np.float64]
DAYS = 4 * 366
FULL = 1000.0


def swinging(seed: int = 1) -> Floats:
    """Storage that swings with the year, with a slow wander of its own: made up."""
    day = np.arange(DAYS)
    noise = np.random.default_rng(seed).standard_normal(DAYS)
    wander = np.convolve(noise, np.exp(-np.arange(200) / 40.0))[:DAYS]
    return np.asarray(500.0 + 200.0 * np.sin(2 * np.pi * day / 365.25) + 8.0 * wander)


def test_pure_balance_is_the_present_storage_and_an_earlier_years_change() -> None:
    # Hand-computed: two earlier years that rose by 30 and 50 m³ from this day on; 400 m³ now.
    stays, runs = Answer(np.inf, 0.0).kept(np.array([1.0, 30.0]))
    assert (stays.tolist(), runs.tolist()) == ([1.0, 1.0], [0.0, 0.0])
    then = np.array([[0.0, 330.0], [0.0, 150.0]])
    moved = model._members(then, 400.0 - np.array([300.0, 100.0]), np.zeros(2), stays, runs)
    assert moved[:, 1].tolist() == [430.0, 450.0]


def test_differences_fade_as_an_answer_says() -> None:
    stays, runs = Answer(30.0, 10.0).kept(np.array([30.0]))
    assert stays[0] == pytest.approx(np.exp(-1))
    # The sum of a rate that fades with T = 10 d over 30 d: 10 · (1 − e⁻³) days of it.
    assert runs[0] == pytest.approx(9.502, abs=1e-3)


def test_the_years_means_are_drawn_apart_by_what_few_years_cannot_tell() -> None:
    # Two years, means 10 and 20 around 15: √3 apart; what differs inside a year stays.
    found = model._widened(np.array([[9.0], [11.0], [20.0]]), np.array([1, 1, 2]))
    assert found.ravel() == pytest.approx([15 - 5 * 3**0.5 - 1, 15 - 5 * 3**0.5 + 1, 15 + 5 * 3**0.5])


def test_what_is_spilled_is_gone() -> None:
    free = np.array([[980.0, 1050.0, 1020.0], [900.0, -20.0, 10.0]])
    members, spilled = model._bounded(free, 950.0, 0.0, FULL)
    # Full on the second day, 50 spilled; falls by 30 from full on the third.
    assert members.tolist() == [[980.0, 1000.0, 970.0], [900.0, 0.0, 10.0]]
    assert spilled.tolist() == [[0.0, 50.0, 50.0], [0.0, 0.0, 0.0]]


def test_a_storage_above_full_is_not_lowered_at_once() -> None:
    members, spilled = model._bounded(np.array([[1010.0, 1040.0]]), 1020.0, 0.0, FULL)
    assert members.tolist() == [[1010.0, 1020.0]]
    assert spilled.tolist() == [[0.0, 20.0]]


def test_nothing_after_the_origin_is_looked_at() -> None:
    storage, origin = swinging(), 3 * 365 + 100
    altered = storage.copy()
    altered[origin + 1 :] = np.nan
    one, other = (storage_forecast(values, origin, 30, 0.0, FULL) for values in (storage, altered))
    assert one is not None
    assert other is not None
    assert np.array_equal(one.members_m3, other.members_m3)
    assert np.array_equal(one.weights, other.weights)


def test_too_few_earlier_years_give_no_bands() -> None:
    storage = swinging()
    assert LEAST_YEARS == 2
    assert model.earlier_years(storage, 400, 30) == 1
    assert storage_forecast(storage, 400, 30, 0.0, FULL) is None
    found = storage_forecast(storage, 800, 30, 0.0, FULL)
    assert found is not None
    assert found.years == 2
    hole = storage.copy()
    hole[800] = np.nan
    assert storage_forecast(hole, 800, 30, 0.0, FULL) is None


def test_a_year_with_a_hole_in_its_course_does_not_speak() -> None:
    storage, origin = swinging(), 3 * 365 + 100
    whole = storage_forecast(storage, origin, 30, 0.0, FULL)
    storage[origin - 365 - 40 : origin - 365 + 60] = np.nan
    without = storage_forecast(storage, origin, 30, 0.0, FULL)
    assert whole is not None
    assert without is not None
    assert (whole.years, without.years) == (3, 2)


def test_members_keep_the_bounds_and_bands_widen() -> None:
    storage = swinging()
    found = storage_forecast(storage, DAYS - 1, 90, 320.0, 700.0)
    assert found is not None
    assert found.members_m3.min() >= min(320.0, storage[-1])
    assert found.members_m3.max() <= 700.0
    assert found.weights.sum() == pytest.approx(1.0)
    low, middle, high = found.quantiles_m3(np.array([0.1, 0.5, 0.9]))
    assert (low <= middle).all()
    assert (middle <= high).all()
    assert high[29] - low[29] > high[6] - low[6]
    assert 0.0 <= found.chance(found.spilled_m3[:, -1] > 0) <= 1.0


def test_a_reservoir_that_returns_to_its_season_is_told_from_one_that_keeps_its_water() -> None:
    """Made-up dams: one forgets a difference within days, the other keeps it; each is weighted accordingly."""
    day = np.arange(DAYS)
    season = 500.0 + 200.0 * np.sin(2 * np.pi * day / 365.25)
    noise = np.random.default_rng(5).standard_normal(DAYS) * 20
    forgets = season + np.convolve(noise, np.exp(-np.arange(60) / 4.0))[:DAYS]
    keeps = season + np.cumsum(noise)
    lasting = np.array([np.isinf(one.storage_d) for one in ANSWERS])
    of_each = [
        float(model.answer_weights(values, DAYS - 1, 30, 3, (-1e6, 1e6))[lasting].sum()) for values in (forgets, keeps)
    ]
    assert of_each[0] < 0.25
    assert of_each[1] > 0.75


def test_it_beats_persistence_and_climatology_on_a_made_up_dam() -> None:
    storage, scores = swinging(7), []
    for origin in range(2 * 366 + RECENT_D + 15, DAYS - 30, 23):
        found = storage_forecast(storage, origin, 30, 0.0, FULL)
        assert found is not None
        truth = float(storage[origin + 30])
        same = [origin + 30 - round(365.25 * back) for back in range(1, 4) if origin + 30 - 366 * back >= 0]
        ours = float(ensemble_crps(found.members_m3[:, -1], truth, found.weights))
        scores.append((ours, abs(float(storage[origin]) - truth), float(ensemble_crps(storage[same], truth))))
    ours, persistence, climatology = np.mean(scores, axis=0)
    assert ours < 0.8 * min(persistence, climatology)
