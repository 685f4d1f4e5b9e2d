"""Dams and tanks: views on a real store, figures as pure functions, pages in Chromium."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
import plotly.graph_objects as go
import pytest
from playwright.sync_api import expect

from dashboard.figures.reservoir import flow_chart, level_chart, round_ticks
from dashboard.figures.reservoir_limits import Limit
from dashboard.figures.tank import pump_lane, tank_level_chart
from dashboard.i18n import Words
from dashboard.pages.reservoir_words import dam_headline, pump_sentence, release_sentence, tank_headline
from dashboard.pages.reservoirs import headline, second
from dashboard.views.chart import TimeChart
from dashboard.views.inflow import EMPTY_LINE, Line
from dashboard.views.point_line import LEVELS, at, point_line, thinned
from dashboard.views.reservoir import Dam, dam_view
from dashboard.views.reservoir_list import reservoir_list
from dashboard.views.span import chart_span
from dashboard.views.tank import Tank, net_outflow_m3h, pump_state, tank_view
from models.quality import Quality
from models.reading import Reading, Series, from_ms, to_ms
from models.registry import Assignment, Region, Reservoir
from models.reservoir import full_pct, one_storage_m3, stage_m
from tests.dashboard.conftest import NOW
from tests.dashboard.filled import Filled
from tests.dashboard.served import Served
from tests.servers import WatchedPage

NewPage = Callable[..., WatchedPage]
CS, EN = (Words(language, ZoneInfo("Europe/Prague")) for language in ("cs", "en"))
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
DAM, TANK = "flaje", "vodojem-bynov"
GOOD = np.array([Quality.GOOD], np.int8)
SPAN = chart_span({}, (("30d", 30 * DAY),), NOW, CS.tz, "30d")


def hanging(region: Region, point: str) -> str:
    return region.assignments_of_point[point][0].device


@pytest.fixture(scope="module")
def region(filled: Filled) -> Region:
    return filled.region


@pytest.fixture(scope="module")
def earlier(filled: Filled) -> dict[int, float]:
    """Levels of the dam on the same days of two earlier years, by year."""
    dam = filled.region.reservoir[DAM]
    levels = {2025: dam.full_m - 3.0, 2024: dam.full_m - 5.0}
    for back, level in zip((1, 2), levels.values(), strict=True):
        start = NOW - timedelta(days=365 * back) - 20 * DAY
        hours = np.arange(to_ms(start), to_ms(start + 18 * DAY), 3_600_000, dtype=np.int64)
        series = Series(hanging(filled.region, dam.level_point), "stage_m", hours, np.full(len(hours), level), GOOD)
        filled.store.write_series([series])
    return levels


@pytest.fixture(scope="module")
def dam(filled: Filled, earlier: dict[int, float]) -> Dam:
    return dam_view(filled.store, filled.region, filled.region.reservoir[DAM], SPAN, NOW)


@pytest.fixture(scope="module")
def tank(filled: Filled) -> Tank:
    """The tank whose pump ran for the first six of the last 24 hours and stands since."""
    station = hanging(filled.region, filled.region.reservoir[TANK].level_point)
    steps = np.arange(to_ms(NOW - DAY), to_ms(NOW), 300_000, dtype=np.int64)
    on = (steps < to_ms(NOW - 18 * HOUR)).astype(np.float64)
    filled.store.write_series([Series(station, "pump_on", steps, on, GOOD)])
    return tank_view(filled.store, filled.region, filled.region.reservoir[TANK], SPAN, NOW)


# -- views -----------------------------------------------------------------------------------------------------------


def test_a_dam_lasts_by_what_supplies_draw_never_by_its_release(filled: Filled, dam: Dam) -> None:
    shares = {item.municipality: item.share for item in filled.region.supplies if item.source == DAM}
    assert set(shares) == {"krupka", "litvinov"}
    found = filled.store.rollups("municipality", list(shares), "hour", "net_inflow_m3h", NOW - DAY, NOW)
    draw = sum(share * float(np.mean([row.value for row in found[town]])) for town, share in shares.items())
    assert dam.draw.draw_m3h == pytest.approx(draw)
    assert dam.level_m is not None
    # The dead storage does not supply anybody.
    assert dam.reservoir.dead_m is not None
    usable = one_storage_m3(dam.reservoir, dam.level_m) - one_storage_m3(dam.reservoir, dam.reservoir.dead_m)
    assert dam.days == pytest.approx(usable / (24 * draw))
    alone = replace(filled.region, supplies=())
    unsupplied = dam_view(filled.store, alone, dam.reservoir, SPAN, NOW)
    assert unsupplied.release_m3h == pytest.approx(1180)
    assert unsupplied.days is None
    assert "dn" not in dam_headline(unsupplied, NOW, CS).replace("Vodní", "")


def test_release_is_held_against_the_ecological_minimum(filled: Filled, dam: Dam) -> None:
    assert dam.margin_m3h == pytest.approx(1180 - 252)
    assert "minimální zůstatkový průtok" in release_sentence(dam, CS)
    strict = replace(dam.reservoir, min_release_m3h=2000.0)
    short = dam_view(filled.store, filled.region, strict, SPAN, NOW)
    assert short.margin_m3h == pytest.approx(-820)
    assert "less than the ecological minimum" in release_sentence(short, EN)


def test_earlier_years_lie_on_the_days_of_this_one(dam: Dam, earlier: dict[int, float]) -> None:
    assert {year: float(line.value.mean()) for year, line in dam.earlier} == pytest.approx(earlier)
    for _, line in dam.earlier:
        assert SPAN.start_ms <= line.time_ms[0] < line.time_ms[-1] < SPAN.end_ms


def test_a_level_that_stopped_is_not_the_present_one(filled: Filled, dam: Dam) -> None:
    later = NOW + 3 * DAY
    stale = dam_view(filled.store, filled.region, dam.reservoir, SPAN, later)
    assert not stale.fresh
    assert stale.change_m is None
    assert dam_headline(stale, later, CS).startswith("Nádrž Fláje nehlásí hladinu od")
    tank_later = tank_view(filled.store, filled.region, filled.region.reservoir[TANK], SPAN, later)
    assert "has not reported its level since" in tank_headline(tank_later, later, EN)


def test_data_stop_by_their_own_step_however_long_the_span(filled: Filled, dam: Dam) -> None:
    year = chart_span({}, (("year", 365 * DAY),), NOW, CS.tz, "year")
    assert dam_view(filled.store, filled.region, dam.reservoir, year, NOW).stale_s == dam.stale_s
    # The station reports every hour: six of its steps.
    assert dam.stale_s == 6 * 3600
    asked = chart_span({"from": "2026-11-20T00:00", "to": "2026-11-21T00:00"}, (("30d", 30 * DAY),), NOW, CS.tz, "30d")
    assert (asked.name, asked.end - asked.start) == ("", DAY)
    backwards = chart_span({"from": "2026-11-22T00:00", "to": "2026-11-21T00:00"}, (("30d", DAY),), NOW, CS.tz, "30d")
    assert backwards.name == "30d"


def test_a_device_swap_joins_with_each_ones_height(filled: Filled, region: Region) -> None:
    """Half the span an old sensor, mounted 1.5 m up and counting in half metres, then the present one."""
    dam = region.reservoir[DAM]
    swap = NOW - 2 * DAY
    hours = np.arange(to_ms(NOW - 4 * DAY), to_ms(NOW), 3_600_000, dtype=np.int64)
    old = Series("stara-sonda", "level_m", hours, np.full(len(hours), 1465.0), GOOD)
    filled.store.write_series([old])
    device = region.device[hanging(region, dam.level_point)]
    changed = replace(
        region,
        devices=(*region.devices, replace(device, device="stara-sonda", multiplier=0.5, mounting_height_m=1.5)),
        assignments=(
            *(replace(item, start=swap) if item.point == dam.level_point else item for item in region.assignments),
            Assignment("stara-sonda", dam.level_point, NOW - 10 * DAY, swap),
        ),
    )
    line = point_line(filled.store, changed, dam.level_point, LEVELS, NOW - 4 * DAY, NOW)
    before = line.value[line.time_ms < to_ms(swap)]
    assert set(before.tolist()) == {734.0}
    assert (np.diff(line.time_ms) > 0).all()
    assert at(line, NOW, 2 * HOUR) == pytest.approx(dam.full_m, abs=5)
    assert at(line, NOW + 3 * DAY, 2 * HOUR) is None


def test_thinning_keeps_means_last_values_and_gaps() -> None:
    times = np.arange(0, 20_000_000_000, 300_000, dtype=np.int64)
    times = times[(times < 8e9) | (times > 12e9)]
    line = Line(times, np.sin(times / 3e9))
    few = thinned(line, mean=True, most=500)
    assert len(few.time_ms) <= 501
    assert float(few.value.mean()) == pytest.approx(float(line.value.mean()), abs=0.01)
    assert not ((few.time_ms > 8.1e9) & (few.time_ms < 12e9)).any()
    last = thinned(line)
    assert last.value[-1] == line.value[-1]
    short = thinned(Line(times[:100], line.value[:100]))
    assert len(short.time_ms) == 100


def test_a_tank_lasts_at_its_outflow_and_tells_its_pump(tank: Tank) -> None:
    assert tank.level_m is not None
    assert tank.outflow_m3h is not None
    assert tank.lasts == timedelta(hours=one_storage_m3(tank.reservoir, tank.level_m) / tank.outflow_m3h)
    assert tank.pump_on is False
    assert tank.pump_since == NOW - 18 * HOUR
    assert tank.pump_share == pytest.approx(0.25)
    assert "25" in pump_sentence(tank, NOW, CS)
    assert (tank.limits["low"], tank.limits["critical"]) == pytest.approx((0.875, 0.35))


def test_a_tank_below_its_limit_says_so_first(filled: Filled, tank: Tank) -> None:
    low = replace(tank, level_m=0.6, share=0.17, low=True)
    assert tank_headline(low, NOW, EN) == "Tank Bynov is only 17% full, below its limit of 0.88\u00a0m."
    empty = replace(tank, at=None, level_m=None, share=None)
    assert tank_headline(empty, NOW, CS) == "Vodojem Bynov zatím nenahlásil hladinu."


def test_storage_that_rises_has_no_hours_to_empty() -> None:
    reservoir = Reservoir("t", "T", "tank", "", "", "p", "", "", "", 0, 4, "", ((0.0, 0.0), (4.0, 600.0)))
    times = np.array([to_ms(NOW - timedelta(minutes=60 - 15 * k)) for k in range(5)], np.int64)
    rising = net_outflow_m3h(reservoir, Line(times, np.linspace(2.0, 2.4, 5)), NOW)
    assert rising == pytest.approx(-60.0)
    falling = net_outflow_m3h(reservoir, Line(times, np.linspace(2.4, 2.0, 5)), NOW)
    assert falling == pytest.approx(60.0)
    assert net_outflow_m3h(reservoir, Line(times[:1], np.array([2.0])), NOW) is None
    assert pump_state(EMPTY_LINE, NOW) == (None, None, None)


def test_the_list_puts_first_what_would_be_empty_first(filled: Filled) -> None:
    found = reservoir_list(filled.store, filled.region, NOW)
    assert [item.now.reservoir.reservoir for item in found.dams] == ["flaje", "janov"]
    lasting = [item.lasts for item in found.tanks if item.lasts is not None]
    assert lasting == sorted(lasting)
    assert len(found.tanks) == 4
    assert "žádný vodojem není pod svou mezí" in headline(found, CS)
    assert "Janov" in second(found, CS) or "Fláje" in second(found, CS)
    silent = reservoir_list(filled.store, filled.region, NOW + 5 * DAY)
    assert second(silent, EN).endswith("6 do not report their level now.")


# -- figures ---------------------------------------------------------------------------------------------------------


def level_view(line: Line, **changes: object) -> TimeChart:
    view = TimeChart(
        line=line, start=NOW - 30 * DAY, end=NOW + DAY, now=NOW, quantity="stage_m", device="POH-1", zero=False
    )
    return replace(view, **changes)  # type: ignore[arg-type] # fields of TimeChart


def test_the_storage_axis_reads_the_curve(dam: Dam) -> None:
    limit = Limit(dam.reservoir.full_m, "full")
    figure = level_chart(level_view(dam.level), dam.reservoir, dam.earlier, [limit], CS)
    first, second_axis = figure.layout.yaxis, figure.layout.yaxis2
    assert tuple(second_axis.range) == tuple(first.range)
    assert len(second_axis.tickvals) >= 3
    for level, text in zip(second_axis.tickvals, second_axis.ticktext, strict=True):
        stored = float(text.replace("\u00a0", "").replace(",", ".")) * 1e6
        assert float(stage_m(dam.reservoir, np.array([stored]))[0]) == pytest.approx(level)
    low, high = first.range
    values = np.concatenate([dam.level.value, *(line.value for _, line in dam.earlier)])
    assert low < values.min()
    assert high > max(values.max(), dam.reservoir.full_m)


def test_this_year_is_ink_on_top_and_earlier_years_are_not_live(dam: Dam) -> None:
    figure = level_chart(level_view(dam.level), dam.reservoir, dam.earlier, [], CS)
    roles = [trace.meta["role"] for trace in figure.data]
    assert roles[:2] == ["earlier", "earlier"]
    assert roles.index("observed") > 1
    live = [trace for trace in figure.data if "quantity" in trace.meta]
    assert [(trace.meta["device"], trace.meta["quantity"]) for trace in live] == [("POH-1", "stage_m")]
    written = [text for trace in figure.data[:2] for text in trace.text if text]
    assert written == ["2025", "2024"]


def test_a_dam_without_a_curve_has_no_storage_axis(dam: Dam) -> None:
    figure = level_chart(level_view(dam.level), replace(dam.reservoir, curve=()), (), [], CS)
    assert "yaxis2" not in figure.layout.to_plotly_json()


def test_both_flows_are_live_in_cubic_metres_a_second(dam: Dam) -> None:
    per_second = Line(dam.inflow.time_ms, dam.inflow.value / 3600)
    view = level_view(per_second, quantity="inflow_m3h", zero=True, multiplier=1 / 3600)
    figure = flow_chart(view, per_second, "POH-1", [Limit(0.07, "minimum", severe=True)], CS)
    live = {trace.meta["quantity"]: trace.meta for trace in figure.data if "quantity" in trace.meta}
    assert set(live) == {"inflow_m3h", "outflow_m3h"}
    assert {meta["factor"] for meta in live.values()} == {1 / 3600}
    assert figure.layout.yaxis.range[0] == 0
    assert [shape.y0 for shape in figure.layout.shapes if (shape.name or "").startswith("limit")] == [0.07]


def test_a_limit_outside_the_axis_is_not_drawn() -> None:
    times = np.array([to_ms(NOW - k * HOUR) for k in range(9, -1, -1)], np.int64)
    view = level_view(Line(times, np.linspace(2, 3, 10)), zero=True)
    figure = tank_level_chart(view, [Limit(3.5, "full"), Limit(0.4, "critical", severe=True)], CS)
    drawn = [shape.y0 for shape in figure.layout.shapes if (shape.name or "").startswith("limit")]
    assert drawn == [3.5, 0.4]
    words = [trace.text[0] for trace in figure.data if trace.meta["role"] == "limit"]
    assert words == ["full", "critical"]


def test_the_pump_lane_is_filled_while_it_runs(tank: Tank) -> None:
    view = level_view(tank.pump, quantity="pump_on", steps=True, zero=True)
    figure: go.Figure = pump_lane(view, CS)
    (observed,) = [trace for trace in figure.data if trace.meta["role"] == "observed"]
    assert observed.fill == "tozeroy"
    assert observed.line.shape == "hv"
    assert not figure.layout.yaxis.showticklabels


def test_ticks_are_round_and_inside() -> None:
    assert round_ticks(0.31, 0.62, 5) == pytest.approx([0.4, 0.5, 0.6])
    assert round_ticks(1.0, 1.0, 5) == []


# -- pages -----------------------------------------------------------------------------------------------------------

PATHS = (
    "/reservoirs",
    f"/reservoirs/{DAM}",
    f"/tanks/{TANK}",
    f"/tanks/{TANK}?range=30d",
)


@pytest.mark.parametrize("language", ["cs", "en", "de"])
def test_pages_show_clean_on_a_phone(served: Served, dam: Dam, tank: Tank, new_page: NewPage, language: str) -> None:
    watched = new_page(viewport={"width": 390, "height": 844}, color_scheme="dark")
    for path in PATHS if language == "cs" else PATHS[1:3]:
        joined = "&" if "?" in path else "?"
        response = watched.page.goto(f"{served.url}{path}{joined}lang={language}")
        assert response is not None
        assert response.status == 200, path
        watched.page.wait_for_selector("main h1")
        for chart in watched.page.locator(".chart").all():
            expect(chart).to_have_attribute("data-drawn", "1", timeout=8000)
        assert watched.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        text = watched.page.inner_text("body")
        assert re.findall(r"\{\w+\}|undefined|NaN|\bNone\b", text) == [], path
    watched.assert_clean()


def test_unknown_subjects_and_wrong_kinds_are_not_found(served: Served, new_page: NewPage) -> None:
    page = new_page().page
    for path in ("/reservoirs/nowhere", f"/reservoirs/{TANK}", f"/tanks/{DAM}"):
        response = page.goto(served.url + path)
        assert response is not None
        assert response.status == 404


def test_a_level_that_comes_moves_the_chart_without_a_redraw(served: Served, filled: Filled, new_page: NewPage) -> None:
    watched = new_page()
    watched.page.goto(f"{served.url}/tanks/{TANK}")
    watched.page.wait_for_selector("#tank-level[data-drawn]")
    watched.page.wait_for_timeout(1200)
    count = """() => {
      const chart = [...voda.charts].find((one) => one.props.id === "tank-level");
      window.node = window.node || document.querySelector("#tank-level .main-svg");
      const trace = chart.traces[chart.observed];
      return [trace.x.length, trace.y[trace.y.length - 1], window.node.isConnected];
    }"""
    before = watched.page.evaluate(count)
    station = hanging(filled.region, filled.region.reservoir[TANK].level_point)
    at_time = from_ms(to_ms(filled.store.last([(station, "level_m")])[station, "level_m"].time) + 300_000)
    filled.store.write([Reading(station, "level_m", 2.71, at_time, source="test")])
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline and watched.page.evaluate(count)[0] == before[0]:
        watched.page.wait_for_timeout(30)
    assert watched.page.evaluate(count) == [before[0] + 1, 2.71, True]
    watched.assert_clean()


def test_the_share_on_the_page_is_that_of_the_curve(served: Served, dam: Dam, new_page: NewPage) -> None:
    page = new_page().page
    page.goto(f"{served.url}/reservoirs/{DAM}")
    assert dam.level_m is not None
    share = CS.percent(full_pct(dam.reservoir, dam.level_m) / 100)
    expect(page.locator("h1")).to_contain_text(f"naplněná z\u00a0{share}")
