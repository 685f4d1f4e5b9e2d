from __future__ import annotations

import time
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.expected import HOUR_MS, Bands, Calendar, expected_bands, without
from models.reading import from_ms
from tests.models.detectors.water import CALENDAR, START, hours


def bands_of(time_ms: np.ndarray, values: np.ndarray, first_day: int, last_day: int) -> Bands:
    begin, end = (START + timedelta(days=day) for day in (first_day, last_day))
    return expected_bands(time_ms, values, CALENDAR, begin, end)


def width(bands: Bands) -> float:
    return float(np.nanmean(bands.upper - bands.lower))


@pytest.mark.parametrize("noise", [0.03, 0.1])
def test_nine_hours_of_ten_lie_inside_the_band_of_days_it_has_not_seen(noise: float) -> None:
    covered = []
    for seed in range(6):
        time_ms, values = hours(300, seed, noise=noise)
        bands = bands_of(time_ms, values[:, None], 90, 299)
        seen = np.isin(time_ms, bands.time_ms)
        inside = (values[seen] >= bands.lower[:, 0]) & (values[seen] <= bands.upper[:, 0])
        covered.append(inside.mean())
    assert 0.86 <= np.mean(covered) <= 0.94, covered


def test_two_weeks_are_needed_and_fewer_days_say_unknown() -> None:
    time_ms, values = hours(40, 1)
    bands = bands_of(time_ms, values[:, None], 0, 40)
    days = (bands.time_ms - bands.time_ms[0]) // (24 * HOUR_MS)
    known = ~np.isnan(bands.expected[:, 0])
    assert not known[days < 13].any()
    assert known[days >= 16].all()


def test_less_history_makes_a_wider_band() -> None:
    narrow, wide = [], []
    for seed in range(2, 7):
        time_ms, values = hours(365, seed)
        short = time_ms >= time_ms[-1] - 18 * 24 * HOUR_MS
        narrow.append(width(bands_of(time_ms, values[:, None], 364, 366)))
        wide.append(width(bands_of(time_ms[short], values[short][:, None], 364, 366)))
    assert np.mean(wide) > 1.05 * np.mean(narrow)


def test_past_leaks_faults_and_gaps_hardly_widen_or_raise_it() -> None:
    time_ms, values = hours(200, 3)
    clean = bands_of(time_ms, values[:, None], 190, 200)
    spoilt = values.copy()
    spoilt[150 * 24 : 155 * 24] += 15  # a leak of five days
    spoilt[160 * 24 : 160 * 24 + 40] = 0  # a meter that stood still
    spoilt[170 * 24 : 172 * 24] = np.nan  # a gap
    spoilt[::97] *= 5  # spikes
    after = bands_of(time_ms, spoilt[:, None], 190, 200)
    assert width(after) < 1.25 * width(clean)
    assert np.mean(np.abs(after.expected - clean.expected) / clean.expected) < 0.03


def test_a_leak_that_is_going_on_is_not_learned_within_a_day() -> None:
    time_ms, values = hours(120, 4)
    clean = bands_of(time_ms, values[:, None], 101, 102)
    leaking = values.copy()
    leaking[100 * 24 :] += 20
    band = bands_of(time_ms, leaking[:, None], 101, 102)
    assert np.nanmax(band.expected - clean.expected) < 5.0
    assert (leaking[101 * 24 : 102 * 24] > band.upper[-24:, 0]).mean() > 0.9


def test_a_known_leak_is_taken_out_and_learned_never() -> None:
    time_ms, values = hours(140, 5)
    clean = bands_of(time_ms, values[:, None], 130, 131)
    leaking = values[:, None].copy()
    leaking[100 * 24 :] += 12
    without(time_ms, leaking, 0, START + timedelta(days=100), None)
    band = bands_of(time_ms, leaking, 130, 131)
    assert np.mean(np.abs(band.expected - clean.expected) / clean.expected) < 0.07


def test_holidays_are_expected_like_sundays_of_the_country() -> None:
    assert Calendar(ZoneInfo("Europe/Prague"), "CZ").day_type(date(2026, 11, 17)) == 2
    assert Calendar(ZoneInfo("Europe/Berlin"), "DE").day_type(date(2026, 11, 17)) == 0
    assert Calendar(ZoneInfo("Europe/Prague"), "").day_type(date(2026, 11, 17)) == 0


def test_the_day_of_25_hours_has_25_expectations() -> None:
    time_ms, values = hours(330, 6)
    day = date(2026, 10, 25)
    start, end = CALENDAR.midnight(day), CALENDAR.midnight(day + timedelta(days=1))
    bands = expected_bands(time_ms, values[:, None], CALENDAR, start, end)
    assert bands.time_ms.size == 25
    assert not np.isnan(bands.expected).any()
    assert bands.expected[2, 0] == bands.expected[3, 0]  # the local hour that comes twice


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10), day=st.integers(30, 58), spoil=st.floats(-100, 100))
def test_a_day_is_expected_from_what_was_measured_before_it(seed: int, day: int, spoil: float) -> None:
    time_ms, values = hours(60, seed)
    local_midnight = CALENDAR.midnight((START + timedelta(days=day)).date())
    told = expected_bands(time_ms, values[:, None], CALENDAR, local_midnight, local_midnight + timedelta(days=1))
    later = np.where([from_ms(int(moment)) >= local_midnight for moment in time_ms], values + spoil, values)
    same = expected_bands(time_ms, later[:, None], CALENDAR, local_midnight, local_midnight + timedelta(days=1))
    for one, other in zip(told[1:], same[1:], strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_region_s_year_takes_seconds() -> None:
    time_ms, values = hours(365, 7)
    many = np.repeat(values[:, None], 70, axis=1)
    began = time.process_time()
    bands = bands_of(time_ms, many, 0, 367)
    assert time.process_time() - began < 5
    assert bands.expected.shape == (367 * 24, 70)
