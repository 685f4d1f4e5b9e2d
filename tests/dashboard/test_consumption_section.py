"""The section of consumption on a device's page: what it draws and says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard.config import DashboardConfig
from dashboard.figures.consumption import consumption_bars
from dashboard.i18n import Words
from dashboard.pages.consumption_parts import BY_WORDS, consumption_section
from dashboard.views.consumption import SPANS, ConsumptionView, consumption_view
from dashboard.visit import Rooms, Visit
from models.calendar import day_bounds
from models.rollup import Rollup
from tests.dashboard.filled import Filled, few_towns, fill, sample_region
from tests.dashboard.said import charts, page, read

NOW = datetime(2026, 11, 25, 9, 42, tzinfo=UTC)
PRAGUE = ZoneInfo("Europe/Prague")
GUESSED = date(2026, 11, 23)


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rooms]:
    """A customer's meter with forty days of 0.4 m³, the day before yesterday three quarters estimated."""
    made: Filled = fill(tmp_path_factory.mktemp("use"), few_towns(sample_region(), ("krupka",)), NOW, days=2)
    days = [date(2026, 11, 25) - timedelta(days=back) for back in range(40)]
    made.store.write_rollups(_day(device_of(made), day) for day in days)
    yield Rooms(made.store, made.records, made.clock, DashboardConfig())
    made.close()


def device_of(filled: Filled) -> str:
    region = filled.region
    point = next(item.point for item in region.points if item.role == "household")
    return region.assignments_of_point[point][-1].device


def _day(device: str, day: date) -> Rollup:
    start, _ = day_bounds(day, PRAGUE)
    guessed, today = day == GUESSED, day == date(2026, 11, 25)
    value = 0.1 if today else 0.4
    half = 0.2 if guessed else 0.01
    coverage = 0.44 if today else 1.0
    return Rollup(
        "device", device, "day", "consumption_m3", start, value, value - half, value + half, coverage, guessed * 0.75
    )


def view_of(rooms: Rooms, by: str) -> tuple[str, ConsumptionView]:
    region = rooms.records.region()
    assert region is not None
    device = next(iter(rooms.store.rollups("device", None, "day", "consumption_m3", NOW - timedelta(days=9), NOW)))
    view = consumption_view(rooms, region, device, NOW, {"use": by})
    assert view is not None
    return device, view


def test_days_are_bars_with_their_estimated_share_and_interval(rooms: Rooms) -> None:
    _, view = view_of(rooms, "day")
    assert len(view.totals) == 32
    assert [total.partial for total in view.totals] == [False] * 31 + [True]
    assert view.totals[-1].coverage == pytest.approx(0.44 * 24 / 10.7), "of what has passed of today"
    figure = consumption_bars(view, Words("cs", PRAGUE))
    by_role = {trace.meta["role"]: trace for trace in figure.data}
    assert list(by_role["bar-estimated"].y) == [0.4]
    assert by_role["bar"].y[-3] == pytest.approx(0.1)
    assert len(by_role["bar-interval"].x) == 3 * 32
    assert by_role["bar-interval"].y[-9:-7] == pytest.approx((0.2, 0.6))


def test_months_add_up_and_say_how_much_of_them_is_known(rooms: Rooms) -> None:
    _, view = view_of(rooms, "month")
    october, november = view.totals
    assert october.value_m3 == pytest.approx(15 * 0.4)
    assert october.coverage == pytest.approx(15 * 24 / (31 * 24 + 1) + 1 / (31 * 24 + 1), abs=1e-6), (
        "25 October has 25 h"
    )
    assert november.partial
    assert november.value_m3 == pytest.approx(24 * 0.4 + 0.1)
    assert november.estimated == pytest.approx(0.3 / 9.7)
    assert november.upper_m3 is not None
    # One uncertain day of ± 0.2 among days of ± 0.01, which are the meter's own error and add.
    assert 0.2 < november.upper_m3 - (november.value_m3 or 0.0) < 0.2 + 24 * 0.01
    _, years = view_of(rooms, "year")
    assert [total.start.astimezone(PRAGUE).year for total in years.totals] == [2026]
    assert years.totals[0].value_m3 == pytest.approx(39 * 0.4 + 0.1)


@pytest.mark.parametrize("language", ["cs", "en", "de"])
def test_the_section_says_what_is_estimated_missing_and_not_over(rooms: Rooms, language: str) -> None:
    device, view = view_of(rooms, "month")
    region = rooms.records.region()
    assert region is not None
    visit = Visit(rooms, Words(language, PRAGUE), region, NOW, {"device": device}, {"range": "7d", "use": "month"})
    section = consumption_section(visit, view, f"/devices/{device}")
    text = read(section).text
    words = visit.words
    assert (
        words.say("{period} so far: {volume}.", period=words.month(NOW), volume=f"{words.number(9.7, 2)} ± ")[:-1]
        in text
    )
    assert words.say("Of it {share} is estimated.", share=words.percent(0.3 / 9.7, 1)).replace("\xa0", " ") in text
    assert words.percent(15 / 31).replace("\xa0", " ") in text
    links = [element.attributes["href"] for element in read(section) if element.tag == "a"]
    assert f"/devices/{device}?range=7d" in links
    assert f"/devices/{device}?range=7d&use=year" in links
    assert len(charts(section)) == 1


def test_the_page_of_a_device_has_it_and_a_pressure_sensor_s_has_not(rooms: Rooms) -> None:
    device, _ = view_of(rooms, "day")
    ids = [element.attributes.get("id") for element in page(rooms, f"/devices/{device}")]
    assert "device-use-said" in ids
    region = rooms.records.region()
    assert region is not None
    sensor = next(item.device for item in region.devices if item.kind == "pressure_sensor")
    assert consumption_view(rooms, region, sensor, NOW, {}) is None
    assert set(SPANS) == set(BY_WORDS)
