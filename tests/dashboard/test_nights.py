"""The section of nights: what it draws and says of a zone and of a town."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from dashboard.config import DashboardConfig
from dashboard.figures.nights import nights_figure
from dashboard.i18n import Words
from dashboard.pages.flow_check_words import of_device, of_points
from dashboard.pages.night_parts import REASONS, SEASONS, night_section
from dashboard.views.flow_check import FlowCheck, flow_checks
from dashboard.views.nights import NightsView, nights_view
from dashboard.visit import Rooms, Visit
from models.calendar import day_bounds
from models.flow_register_check import RegisterCheck
from models.night_trend import Trend
from models.records import Figure
from models.rollup import Rollup
from tests.dashboard.filled import Filled, few_towns, fill, sample_region
from tests.dashboard.said import charts, made_page, page, read

NOW = datetime(2026, 11, 25, 9, 42, tzinfo=UTC)
PRAGUE = ZoneInfo("Europe/Prague")
ZONE = "krupka-marsov"
NIGHTS = 200
STEP_AT = 120
HALVES = {
    "night_flow_m3h": (12.4, 0.2),
    "legitimate_night_use_m3h": (3.1, 0.5),
    "night_day_factor_h": (22.4, 0.6),
    "real_losses_night_m3": (208.3, 14.0),
}


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rooms]:
    """A town whose nights step up by 3 m³/h on the 120th of 200, with figures of its last day."""
    region = few_towns(sample_region(), ("krupka",))
    made: Filled = fill(tmp_path_factory.mktemp("nights"), region, NOW, days=8)
    rng = np.random.default_rng(2)
    first = date(2026, 11, 25) - timedelta(days=NIGHTS - 1)
    days = [day_bounds(first + timedelta(days=k), region.tz)[0] for k in range(NIGHTS)]
    values = 10 + 0.3 * rng.standard_normal(NIGHTS) + np.where(np.arange(NIGHTS) >= STEP_AT, 3.0, 0.0)
    made.store.write_rollups(
        Rollup("zone", ZONE, "day", "night_flow_m3h", day, float(value), float(value), float(value) + 2.0)
        for day, value in zip(days, values, strict=True)
    )
    made.store.write_rollups(
        Rollup("zone", ZONE, "day", "night_flow_02_04_m3h", day, float(value) + 2.5)
        for day, value in zip(days, values, strict=True)
    )
    made.records.supersede_figures(
        [
            Figure("zone", ZONE, "day", name, days[-2], value, value - half, value + half, 1.0)
            for name, (value, half) in HALVES.items()
        ]
    )
    yield Rooms(made.store, made.records, made.clock, DashboardConfig())
    made.close()


def view_of(rooms: Rooms) -> NightsView:
    region = rooms.records.region()
    assert region is not None
    return nights_view(rooms, region, "zone", ZONE, NOW)


def test_the_course_is_drawn_with_its_step(rooms: Rooms) -> None:
    view = view_of(rooms)
    [step] = view.steps
    assert abs(step.size_m3h - 3) < 0.3
    figure = nights_figure(view, Words("cs", PRAGUE))
    by_role = {trace.meta["role"]: trace for trace in figure.data}
    assert {"observed", "night-removed", "observed-days", "night-step"} <= set(by_role)
    assert by_role["observed"].mode == "markers"
    assert by_role["night-step"].text[1].strip() in ("+3,0", "+2,9", "+3,1")
    assert None in by_role["observed-days"].y, "the level is broken where it steps"
    assert len([y for y in by_role["night-removed"].y if y is not None]) == NIGHTS


def test_the_page_says_course_figures_and_where_they_come_from(rooms: Rooms) -> None:
    said = page(rooms, f"/zones/{ZONE}", "en").text.replace("\u00a0", " ")
    assert "the lowest hour between 01:00 and 05:00, 10 May 2026" in said
    assert "on higher by" in said
    assert "Weekdays are taken off; the season is not" in said
    assert "Minimum night flow m³/h 12.4 12.2–12.6" in said
    assert "large users taken off m³/h 2.00" in said
    assert "Real losses by night flow m³ 208 194–222" in said
    assert "The night-day factor follows from pressure at point krupka-marsov-azp with N1 =" in said
    assert "Night use is measured at all connections." in said


def test_assumption_sample_and_reason_are_said(rooms: Rooms) -> None:
    view = view_of(rooms)
    use, losses = view.day["legitimate_night_use_m3h"], view.day["real_losses_night_m3"]
    for coverage, words in (
        (0.0, "is an assumption (meters of three zones)"),
        (0.8, "is measured at 80% of connections"),
    ):
        day = {**view.day, "legitimate_night_use_m3h": use._replace(coverage=coverage)}
        assert words in section_of(rooms, replace(view, day=day, sources=("meters of three zones",)))
    for reason, words in REASONS.items():
        none = losses._replace(value=None, lower=None, upper=None, reason=reason)
        said = section_of(rooms, replace(view, day={**view.day, "real_losses_night_m3": none}))
        assert f"not available: {words}." in said
    stated = view.day["night_day_factor_h"]._replace(coverage=0.0)
    assert "was stated, not measured" in section_of(
        rooms, replace(view, day={**view.day, "night_day_factor_h": stated})
    )
    early = {"night_flow_m3h": view.day["night_flow_m3h"]}
    assert "Use and losses follow" in section_of(rooms, replace(view, day=early))


def test_trends_are_said_with_their_interval_or_as_unsure(rooms: Rooms) -> None:
    view = view_of(rooms)
    assert view.course is not None
    course = view.course
    for trend, words in (
        (Trend(1.2, 0.4, 2.0), "Night flow rises by 1.2 m³/h a year (0.4–2.0)."),
        (Trend(-1.2, -2.0, -0.4), "Night flow falls by 1.2 m³/h a year (0.4–2.0)."),
        (Trend(0.1, -0.5, 0.7), "No trend is certain: between −0.5 and +0.7 m³/h a year."),
        (None, "A trend is told from three months of nights on."),
    ):
        said = section_of(rooms, replace(view, course=course._replace(trend=trend, steps=())))
        assert words in said
        assert "No step stands out of chance." in said
    for season, words in SEASONS.items():
        assert words in section_of(rooms, replace(view, course=course._replace(season=season)))
    assert "from four weeks of nights on" in section_of(rooms, replace(view, course=None))


def test_the_balance_stands_beside_and_disagreement_is_said(rooms: Rooms) -> None:
    view = view_of(rooms)
    bottom_up = view.day["real_losses_night_m3"]._replace(period="month", value=6000.0, lower=5500.0, upper=6500.0)
    for value, words in ((6900.0, "agree within their intervals"), (9000.0, "disagree: their intervals don't meet")):
        balance = bottom_up._replace(quantity="real_m3", value=value, lower=value - 500, upper=value + 500)
        month = {"real_losses_night_m3": bottom_up}
        said = section_of(rooms, replace(view, month=month, top_down=balance))
        assert f"In November 2026 night flow and water balance {words}" in said
        assert f"by the water balance m³ {value:,.0f} {value - 500:,.0f}–{value + 500:,.0f}" in said
    assert "water balance" not in section_of(rooms, view)


def test_no_night_yet_is_said(rooms: Rooms) -> None:
    assert "known after the first whole night" in section_of(rooms, replace(view_of(rooms), first=None, last=None))


def test_a_town_shows_its_nights_too(rooms: Rooms) -> None:
    made = made_page(rooms, "/municipalities/krupka", "en")
    assert "town-night" in charts(made.content)


def test_flow_that_contradicts_its_register_is_said(rooms: Rooms) -> None:
    words = Words("en", PRAGUE)
    fine = FlowCheck("p", "Q1", "Q1", RegisterCheck(100.4, 100.0, 168.0, 0.4, 2.1))
    wrong = FlowCheck("p", "Q2", "Q2", RegisterCheck(95.0, 100.0, 168.0, -5.0, 2.1))
    derived, thin = FlowCheck("p", "Q3", "", None), FlowCheck("p", "Q4", "Q4", None)
    assert of_points([fine, wrong, derived, thin], words) == [
        "Flow of Q2, integrated, is off its register by −5.0% in a week, more than 2.1%: night flow is as wrong.",
        "Volumes of Q3 are derived from flow; no register checks them.",
        "Flow, integrated, agrees with registers within 0.4%.",
    ]
    assert [of_device(one, words)[1] for one in (fine, wrong, derived, thin)] == [
        "+0.4%",
        "−5.0%, more than 2.1%",
        "derived, no register",
        "too little in common",
    ]


def test_the_check_reads_what_hangs_at_the_border(rooms: Rooms) -> None:
    region = rooms.records.region()
    assert region is not None
    [found] = flow_checks(rooms, region, region.zone[ZONE].inflows, NOW)
    assert found.device == found.register
    assert found.check is not None
    # The made register sums the very flow.
    assert abs(found.check.deviation_pct) < 0.5
    assert flow_checks(rooms, region, [region.zone[ZONE].azp_point], NOW) == ()


def section_of(rooms: Rooms, view: NightsView) -> str:
    region = rooms.records.region()
    assert region is not None
    visit = Visit(rooms, Words("en", region.tz), region, NOW, {"zone": ZONE})
    return read(night_section(visit, view, "zone", "x")).text.replace("\u00a0", " ")
