"""Gaps filled by profiles: they sum to the registers' difference, however the readings came and whoever asks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.account import Account
from models.calendar import HOUR_MS, day_edges, hour_edges
from models.estimation import OPEN_AFTER_MS, OPEN_LONGEST_MS, newly_open, reaches_back_ms
from models.metered import Asked, device_accounts, point_accounts
from models.profiles import EDITION_MS, Likes, Profile, edition, is_due, learned, like_at, like_key, made_up, of_many
from models.quality import Quality
from models.reading import Series, from_ms, to_ms
from models.registry import Assignment, Device, MeteringPoint, Region
from models.rollup import Period, Rollup
from models.rollup_series import MeterErrors, meter_errors, of_account, of_sum

START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday; the night of 29 March lies inside
METER = Device("1", "water_meter", q3_m3h=2.5, ratio_r=80, verified_until=datetime(2030, 1, 1, tzinfo=UTC))
REGION = Region(
    "Kraj",
    ("cs",),
    "Europe/Prague",
    False,
    "CZK",
    points=(MeteringPoint("P", "m", "z", "household"),),
    devices=(METER,),
    assignments=(Assignment("1", "P", START - timedelta(days=400)),),
)
DAYS = 40
USE = np.random.default_rng(3).gamma(0.3, 0.05, DAYS * 24) * np.tile(made_up("household", 2.5).weight, 6)[: DAYS * 24]
REGISTER = 100 + np.concatenate([[0.0], np.cumsum(USE)])


def series(kept: Sequence[int], register: np.ndarray = REGISTER) -> Series:
    """Readings on the hour, those kept."""
    time = to_ms(START) + np.array(sorted(set(kept)), np.int64) * HOUR_MS
    return Series("1", "volume_m3", time, register[sorted(set(kept))], np.array([Quality.GOOD], np.int8))


def accounts(
    one: Series, first_h: int = 0, last_h: int = DAYS * 24, now_h: int = DAYS * 24, likes: Likes | None = None
) -> dict[Period, Account]:
    start, end = START + timedelta(hours=first_h), START + timedelta(hours=last_h)
    edges: dict[Period, np.ndarray] = {"hour": hour_edges(start, end), "day": day_edges(start, end, REGION.tz)}
    now = to_ms(START + timedelta(hours=now_h))
    return point_accounts(Asked(REGION, {("1", "volume_m3"): one}, edges, now, likes or {}), "P")


def rows(found: Account, period: Period) -> list[Rollup]:
    return list(of_account("point", "P", period, "consumption_m3", found).rows())


kept_hours = st.sets(st.integers(0, DAYS * 24), min_size=2, max_size=60)


@settings(max_examples=40, deadline=None)
@given(kept_hours)
def test_hours_and_days_sum_to_the_registers_difference(kept: set[int]) -> None:
    found = accounts(series(list(kept)), now_h=max(kept))
    due = REGISTER[max(kept)] - REGISTER[min(kept)]
    for period in ("hour", "day"):
        volumes = found[period].volumes
        assert np.nansum(volumes.volume_m3) == pytest.approx(due, abs=1e-9)
        assert np.nanmin(volumes.volume_m3) >= -1e-12
        assert np.all((found[period].estimated >= 0) & (found[period].estimated <= 1))


@settings(max_examples=25, deadline=None)
@given(kept_hours, st.integers(0, DAYS * 24 - 1), st.integers(1, 48))
def test_who_asks_for_less_gets_the_same(kept: set[int], first: int, length: int) -> None:
    one = series(list(kept))
    whole = {row.time: row for row in rows(accounts(one, now_h=max(kept))["hour"], "hour")}
    for row in rows(accounts(one, first, min(first + length, DAYS * 24), max(kept))["hour"], "hour"):
        other = whole[row.time]
        assert row.coverage == pytest.approx(other.coverage)
        assert row[5:] == pytest.approx(other[5:], abs=1e-7) if row.value is not None else other.value is None


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, DAYS * 24), min_size=2, max_size=50), st.randoms(use_true_random=False))
def test_order_and_repeats_change_nothing(kept: list[int], random: Random) -> None:
    once = accounts(series(kept))
    again = [*kept, *kept[: len(kept) // 2]]
    random.shuffle(again)
    other = accounts(series(again))
    for period in ("hour", "day"):
        for a, b in zip(once[period][1:], other[period][1:], strict=True):
            np.testing.assert_array_equal(a, b)


@settings(max_examples=15, deadline=None)
@given(st.integers(30 * 24, 38 * 24), st.integers(5, 40))
def test_what_is_read_after_a_gap_does_not_change_how_it_is_filled(begin: int, length: int) -> None:
    kept = [hour for hour in range(DAYS * 24 + 1) if not begin < hour < begin + length]
    last = min(begin + length, DAYS * 24)
    early = accounts(series([hour for hour in kept if hour <= last]), begin - 24, last, last)
    late = accounts(series(kept), begin - 24, last, DAYS * 24)
    np.testing.assert_allclose(early["hour"].volumes.volume_m3, late["hour"].volumes.volume_m3, rtol=1e-9)


def test_a_gap_gets_the_meter_s_own_hours() -> None:
    gap = range(25 * 24 + 1, 26 * 24)
    # Somebody who waters the garden at three in the morning, as no like does.
    used = np.where(np.arange(DAYS * 24) % 24 == 3, 0.2, 0.005) * (1 + 0.1 * np.sin(np.arange(DAYS * 24)))
    register = np.concatenate([[0.0], np.cumsum(used)])
    kept = [hour for hour in range(DAYS * 24 + 1) if hour not in gap]
    found = accounts(series(kept, register))["hour"]
    filled = found.volumes.volume_m3[25 * 24 : 26 * 24]
    assert filled.sum() == pytest.approx(used[25 * 24 : 26 * 24].sum())
    assert np.all(found.estimated[25 * 24 : 26 * 24] == 1)
    # The hours of the weeks before are drawn a little towards their mean.
    assert filled[3] == pytest.approx(used[25 * 24 + 3], rel=0.25)
    assert np.corrcoef(filled, used[25 * 24 : 26 * 24])[0, 1] > 0.95
    # Midnight in UTC is no midnight in Prague: both days hold a part of the gap.
    days = accounts(series([hour for hour in range(DAYS * 24 + 1) if hour not in gap]))["day"]
    cut = np.flatnonzero(days.estimated > 0)
    assert cut.size == 2
    assert np.all(days.estimated[cut] < 1)
    assert days.rest_m3[cut[0]] > days.rest_m3[cut[0] - 1]


def test_a_gap_inside_a_day_leaves_the_day_measured() -> None:
    found = accounts(series([hour for hour in range(DAYS * 24 + 1) if not 246 < hour < 256]))
    assert found["day"].estimated.max() == 0
    assert (found["hour"].estimated > 0).sum() == 10


def test_an_open_gap_is_estimated_until_the_real_reading_comes() -> None:
    last = 30 * 24
    heard = series(range(last + 1))
    fresh = accounts(heard, now_h=last + OPEN_AFTER_MS // HOUR_MS)["hour"]
    assert fresh.volumes.coverage[last:].max() == 0, "who is only late is not estimated"
    found = accounts(heard, now_h=DAYS * 24)["hour"]
    guessed = found.volumes.volume_m3[last : DAYS * 24 - 26]
    assert guessed.mean() == pytest.approx(USE[2 * 24 : last].mean(), rel=0.01)
    assert np.all(found.estimated[last : DAYS * 24 - 26] == 1)
    lower, upper = found.interval
    measured = (upper - lower)[last - 200 : last].mean()
    assert (upper - lower)[last : DAYS * 24 - 26].mean() > 3 * measured
    assert found.volumes.coverage[DAYS * 24 - 26 :].max() == 0
    real = accounts(series(range(DAYS * 24 + 1)))["hour"]
    assert real.estimated.max() == 0
    np.testing.assert_allclose(real.volumes.volume_m3, USE, atol=1e-9)


def test_an_open_gap_ends_after_weeks() -> None:
    one = series(range(5 * 24))
    found = accounts(one, last_h=90 * 24, now_h=90 * 24)["hour"]
    known = np.flatnonzero(found.volumes.coverage > 0)
    assert known[-1] == 5 * 24 - 1 + OPEN_LONGEST_MS // HOUR_MS - 1


def test_a_meter_without_past_is_not_guessed() -> None:
    found = accounts(series(range(12)), now_h=10 * 24)["hour"]
    assert found.estimated.max() == 0
    assert np.flatnonzero(found.volumes.coverage > 0)[-1] == 10


def test_a_meter_that_reads_once_a_day_has_hours_by_its_like() -> None:
    one = series(range(0, DAYS * 24 + 1, 24))
    by_made_up = accounts(one)["hour"]
    assert by_made_up.estimated.min() == 1
    flat = Profile(np.ones(168), 0.02, 0.02, 0.5, "like")
    likes = {like_key("household", METER): [(0, flat)]}
    by_like = accounts(one, likes=likes)["hour"]
    assert np.ptp(by_like.volumes.volume_m3[:24]) == pytest.approx(0, abs=1e-12)
    assert np.ptp(by_made_up.volumes.volume_m3[:24]) > 0


def test_estimates_hold_the_truth_as_often_as_they_promise() -> None:
    """A year of meters drawn by the model's own law: hours and halves of gaps lie in their 95 % intervals."""
    random = np.random.default_rng(11)
    week = np.tile(made_up("household", 2.5).weight, 8)[: DAYS * 24] * 0.012
    inside = total = 0
    for _ in range(60):
        draws = random.poisson(week / 0.02)
        used = np.array([random.exponential(0.01, count).sum() if count else 0.0 for count in draws]) * 2
        register = np.concatenate([[0.0], np.cumsum(used)])
        begin = int(random.integers(30 * 24, 36 * 24))
        kept = [hour for hour in range(DAYS * 24 + 1) if not begin < hour < begin + 48]
        found = accounts(series(kept, register), begin - 24, begin + 72)
        days = found["day"]
        lower, upper = days.interval
        edges = days.volumes.edges_ms
        truth = np.diff(np.interp(edges, to_ms(START) + np.arange(register.size) * HOUR_MS, register))
        cut = days.estimated > 0
        inside += int(((truth >= lower) & (truth <= upper))[cut].sum())
        total += int(cut.sum())
    assert total > 100
    assert 0.88 <= inside / total <= 1.0


def test_profiles_of_a_kind_are_the_median_of_its_meters() -> None:
    hours = np.arange(28 * 24)
    members = [learned(np.where(hours % 24 == 7, scale, scale / 10), hours % 168) for scale in (0.1, 0.2, 0.3)]
    odd = learned(np.where(hours % 24 == 3, 1.0, 0.0), hours % 168)
    known = [one for one in [*members, odd] if one is not None]
    shape = of_many(known)
    assert shape is not None
    assert int(shape.weight[:24].argmax()) == 7
    assert of_many([]) is None
    assert learned(np.ones(100), np.arange(100)) is None
    since = to_ms(datetime(2026, 7, 1, tzinfo=UTC))
    likes = {like_key("household", METER): [(since, shape)]}
    july = like_at(likes, "household", METER, since)
    january = like_at(likes, "household", METER, to_ms(datetime(2027, 1, 1, tzinfo=UTC)))
    assert july.mean_m3h > january.mean_m3h, "summer is thirstier"
    assert like_at(likes, "other", METER, since).origin == "made_up"
    assert like_at(likes, "household", METER, since - 1).origin == "made_up", "an edition changes nothing before it"


def test_a_kind_s_edition_needs_some_meters_and_lasts_a_quarter() -> None:
    hours = to_ms(START) + np.arange(28 * 24, dtype=np.int64) * HOUR_MS
    members = [(hours, np.full(hours.size, 0.01 * k)) for k in range(1, 6)]
    found = edition(members, REGION.tz)
    assert found is not None
    assert found.mean_m3h == pytest.approx(0.03)
    assert edition(members[:4], REGION.tz) is None
    assert edition([(hours[:100], volume[:100]) for hours, volume in members], REGION.tz) is None
    likes = {"k": [(to_ms(START), found)]}
    assert is_due({}, "k", 0)
    assert not is_due(likes, "k", to_ms(START) + EDITION_MS - 1)
    assert is_due(likes, "k", to_ms(START) + EDITION_MS)


def test_what_has_become_an_open_gap_since_the_last_look() -> None:
    last = START
    hours = [timedelta(hours=one) for one in (26, 27, 28)]
    assert newly_open(last, None, last + hours[0]) is None
    assert newly_open(last, None, last + hours[2]) == (last, last + timedelta(hours=2))
    assert newly_open(last, last + hours[1], last + hours[2]) == (last + timedelta(hours=1), last + timedelta(hours=2))
    long = timedelta(days=90)
    assert newly_open(last, last + long, last + long + timedelta(hours=1)) is None


def test_where_a_gap_begins_that_reaches_into_a_span() -> None:
    one = series([0, 1, 2, 50, 51])
    assert reaches_back_ms(one, to_ms(START + timedelta(hours=10))) == to_ms(START + timedelta(hours=2))
    assert reaches_back_ms(one, to_ms(START + timedelta(hours=2))) is None
    assert reaches_back_ms(one, to_ms(START + timedelta(hours=60))) == to_ms(START + timedelta(hours=51))


def test_sums_of_points_add_what_meters_have_in_common_and_square_the_rest() -> None:
    edges = day_edges(START, START + timedelta(hours=20), REGION.tz)
    errors = meter_errors(REGION, "P", to_ms(START))
    assert errors.relative_sd == pytest.approx(0.02 / np.sqrt(3))
    found = of_account("point", "P", "day", "consumption_m3", accounts(series(range(80)), 0, 20)["day"])
    assert (found.value * errors.relative_sd)[0] > 0.002

    def half(each: Sequence[MeterErrors] | None) -> float:
        whole = of_sum("zone", "z", "metered_m3", edges, "day", [found] * 100, 100, each)
        assert whole.value[0] == pytest.approx(100 * found.value[0])
        return float((whole.maximum - whole.value)[0])

    one = float((found.maximum - found.value)[0])
    alike, different = half([errors] * 100), half([errors._replace(group=str(k)) for k in range(100)])
    assert different < alike < half(None)
    assert half(None) == pytest.approx(100 * one, rel=1e-6)
    assert different == pytest.approx(10 * one, rel=1e-3)


def test_from_the_device_it_is_the_same_as_from_its_point() -> None:
    one = series([hour for hour in range(200) if hour % 31])
    edges: dict[Period, np.ndarray] = {"hour": hour_edges(START, from_ms(to_ms(START) + 190 * HOUR_MS))}
    asked = Asked(REGION, {("1", "volume_m3"): one}, edges, to_ms(START) + 199 * HOUR_MS)
    by_device, by_point = device_accounts(asked, "1")["hour"], point_accounts(asked, "P")["hour"]
    np.testing.assert_array_equal(by_device.volumes.volume_m3, by_point.volumes.volume_m3)
