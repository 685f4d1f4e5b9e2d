from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.calendar import (
    HOUR_MS,
    day_bounds,
    day_edges,
    hour_edges,
    instant,
    local_day,
    month_bounds,
    starts,
)
from models.reading import from_ms

PRAGUE = ZoneInfo("Europe/Prague")
ZONES = [PRAGUE, ZoneInfo("UTC"), ZoneInfo("America/St_Johns"), ZoneInfo("Asia/Kathmandu"), ZoneInfo("Africa/Cairo")]
days = st.dates(date(2000, 1, 1), date(2037, 12, 30))


@given(days, st.sampled_from(ZONES))
def test_days_meet_and_contain_their_noon(day: date, tz: ZoneInfo) -> None:
    start, end = day_bounds(day, tz)
    assert end == day_bounds(day + timedelta(days=1), tz)[0]
    assert timedelta(hours=23) <= end - start <= timedelta(hours=25)
    assert local_day(start, tz) == day
    assert local_day(end - timedelta(milliseconds=1), tz) == day


@given(days, st.times(), st.sampled_from(ZONES))
def test_a_clock_time_that_exists_comes_back(day: date, clock: time, tz: ZoneInfo) -> None:
    clock = clock.replace(microsecond=0, fold=0)
    local = instant(day, clock, tz).astimezone(tz)
    assert local.date() == day
    assert local.time() == clock or local.time() > clock  # later only where the clock skipped it
    if local.time() != clock:
        assert local.utcoffset() != (local - timedelta(hours=3)).astimezone(UTC).astimezone(tz).utcoffset()


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 3), (date(2026, 10, 25), 5), (date(2026, 5, 5), 4)])
def test_the_night_from_one_to_five(day: date, hours: int) -> None:
    assert instant(day, time(5), PRAGUE) - instant(day, time(1), PRAGUE) == timedelta(hours=hours)


def test_edges_cover_what_is_asked_for() -> None:
    start, end = datetime(2026, 5, 4, 10, 20, tzinfo=UTC), datetime(2026, 5, 6, 10, tzinfo=UTC)
    hours = hour_edges(start, end)
    assert from_ms(int(hours[0])) == datetime(2026, 5, 4, 10, tzinfo=UTC)
    assert from_ms(int(hours[-1])) == end
    assert np.diff(hours).tolist() == [HOUR_MS] * 48
    assert [moment.astimezone(PRAGUE).day for moment in starts(day_edges(start, end, PRAGUE))] == [4, 5, 6]
    assert month_bounds(2026, 12, PRAGUE)[1] == month_bounds(2027, 1, PRAGUE)[0]


def test_an_empty_span_at_an_edge_has_no_period() -> None:
    moment = datetime(2026, 5, 4, 22, tzinfo=UTC)
    assert hour_edges(moment, moment).size == 1
    assert day_edges(moment, moment, PRAGUE).size == 1
