from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import plotly.graph_objects as go
from plotly.io.json import to_json_plotly

from dashboard.figures.bars import day_bars
from dashboard.figures.outside import closed_shape, edges_at, runs_outside
from dashboard.figures.spark import spark
from dashboard.figures.timeaxis import from_local, local_times
from dashboard.figures.timeline import gaps, timeline, with_breaks
from dashboard.figures.valley import half_widths, valley
from dashboard.i18n import Words
from dashboard.views.chart import ChartMark, DayBars, TimeChart
from dashboard.views.inflow import Band, Line
from models.event import Priority
from models.reading import to_ms
from models.registry import Reservoir

PRAGUE = ZoneInfo("Europe/Prague")
WORDS = Words("cs", PRAGUE)
NOW = datetime(2026, 11, 25, 9, 42, tzinfo=UTC)
DAY = timedelta(days=1)


def line(values: list[float], step: timedelta = timedelta(minutes=5), end: datetime = NOW) -> Line:
    times = [to_ms(end - step * (len(values) - 1 - k)) for k in range(len(values))]
    return Line(np.array(times, dtype=np.int64), np.array(values, dtype=np.float64))


def band(lower: float, upper: float, start: datetime = NOW - DAY, end: datetime = NOW + DAY) -> Band:
    hours = np.arange(to_ms(start), to_ms(end), 3_600_000, dtype=np.int64)
    ones = np.ones(len(hours))
    return Band(hours, ones * lower, ones * (lower + upper) / 2, ones * upper)


def chart(observed: Line, **changes: object) -> TimeChart:
    view = TimeChart(
        line=observed,
        start=NOW - timedelta(hours=12),
        end=NOW + timedelta(hours=2),
        now=NOW,
        quantity="net_inflow_m3h",
        zone="bynov",
        unit="m³/h",
        band=band(10, 20),
        gap_s=1800.0,
        stale_s=1800.0,
    )
    return replace(view, **changes)  # type: ignore[arg-type] # fields of TimeChart


def traces(figure: go.Figure) -> dict[str, list[go.Scatter]]:
    found: dict[str, list[go.Scatter]] = {}
    for trace in figure.data:
        found.setdefault(trace.meta["role"], []).append(trace)
    return found


def test_a_quiet_chart_has_no_colour() -> None:
    found = traces(timeline(chart(line([15.0] * 100)), WORDS))
    (outside,) = found["outside"]
    assert len(outside.x) == 0
    assert found["last"][0].marker.color == found["observed"][0].line.color
    assert "gap" not in found


def test_the_area_outside_is_between_line_and_edge() -> None:
    values = [15.0] * 50 + [30.0] * 20 + [15.0] * 10
    (outside,) = traces(timeline(chart(line(values)), WORDS))["outside"]
    assert set(outside.y) == {30.0, 20.0}
    assert len(outside.x) == 2 * 20 + 1
    assert outside.x[0] == outside.x[-1]


def test_a_single_value_outside_fills_nothing() -> None:
    assert runs_outside(line([15.0, 30.0, 15.0]), band(10, 20)) == []


def test_runs_do_not_touch_each_other() -> None:
    runs = runs_outside(line([30.0, 31.0, 15.0, 30.0, 32.0]), band(10, 20))
    times, values = closed_shape(runs)
    assert len(runs) == 2
    assert times.count(None) == 1 == values.count(None)


def test_below_the_band_is_filled_only_where_asked() -> None:
    low = line([5.0] * 10)
    assert runs_outside(low, band(10, 20)) == []
    assert len(runs_outside(low, band(10, 20), below=True)) == 1


def test_the_edges_lie_between_the_band_s_points() -> None:
    hours = np.array([0, 3_600_000], dtype=np.int64)
    sloped = Band(hours, np.array([0.0, 10.0]), np.array([5.0, 15.0]), np.array([10.0, 20.0]))
    lower, upper = edges_at(sloped, np.array([1_800_000, 7_200_000], dtype=np.int64))
    assert (lower[0], upper[0]) == (5.0, 15.0)
    assert np.isnan(lower[1])


def test_a_gap_breaks_the_line_and_is_hatched() -> None:
    early, late = line([15.0] * 10, end=NOW - timedelta(hours=3)), line([16.0] * 10)
    both = Line(np.concatenate([early.time_ms, late.time_ms]), np.concatenate([early.value, late.value]))
    assert len(gaps(both, 1800)) == 1
    assert int(np.isnan(with_breaks(both, 1800).value).sum()) == 1
    found = traces(timeline(chart(both), WORDS))
    assert None in found["observed"][0].y
    assert found["gap"][0].fillpattern.shape == "/"


def test_the_last_value_stands_at_its_place_in_words_of_the_language() -> None:
    (last,) = traces(timeline(chart(line([15.0] * 10 + [37.94] * 2)), WORDS))["last"]
    assert last.text == ("37,9",)
    assert last.x == ("2026-11-25T10:42:00",)


def test_now_is_a_line_and_the_band_goes_on_behind_it() -> None:
    figure = timeline(chart(line([15.0] * 10)), WORDS)
    assert [shape.x0 for shape in figure.layout.shapes if shape.name == "now"] == ["2026-11-25T10:42:00"]
    assert traces(figure)["band-upper"][0].x[-1] > "2026-11-25T10:42:00"
    assert figure.layout.yaxis.side is None or figure.layout.yaxis.side == "right"
    assert figure.layout.template.layout.yaxis.side == "right"


def test_flow_begins_at_zero_and_pressure_does_not() -> None:
    assert timeline(chart(line([15.0] * 10)), WORDS).layout.yaxis.range[0] == 0
    pressure = chart(
        line([45.0] * 10), zero=False, band=Band(*(np.array([], dtype=np.int64),) * 1, *(np.array([]),) * 3)
    )
    assert timeline(pressure, WORDS).layout.yaxis.range[0] > 40


def test_an_event_has_its_shape_by_severity_and_is_filled_until_acknowledged() -> None:
    marks = (
        ChartMark(NOW - timedelta(hours=2), NOW - timedelta(hours=1), 2, Priority.HIGH, True),
        ChartMark(NOW - timedelta(hours=3), None, 3, Priority.MEDIUM, False),
    )
    found = traces(timeline(chart(line([15.0] * 100), marks=marks), WORDS))
    assert found["event-high"][0].marker.symbol == "diamond"
    assert found["event-high"][0].text == ("2",)
    assert found["event-medium-open"][0].marker.symbol == "triangle-up"


def test_the_live_stream_finds_its_trace() -> None:
    (observed,) = traces(timeline(chart(line([15.0])), WORDS))["observed"]
    assert (observed.meta["zone"], observed.meta["quantity"]) == ("bynov", "net_inflow_m3h")
    (of_device,) = traces(timeline(chart(line([15.0]), zone="", device="1", quantity="flow_m3h"), WORDS))["observed"]
    assert (of_device.meta["device"], of_device.meta["quantity"]) == ("1", "flow_m3h")


def test_live_traces_are_lists_that_the_browser_can_extend() -> None:
    data = json.loads(to_json_plotly(timeline(chart(line([15.0] * 5)), WORDS)))["data"]
    assert all(isinstance(trace[axis], list) for trace in data for axis in ("x", "y"))


def test_a_figure_is_a_pure_function_of_its_view() -> None:
    view = chart(line([15.0] * 50 + [30.0] * 5))
    assert to_json_plotly(timeline(view, WORDS)) == to_json_plotly(timeline(view, WORDS))


def test_an_empty_chart_is_drawn_too() -> None:
    assert timeline(chart(line([])), WORDS).data


def test_bars_say_their_value_and_hollow_ones_are_estimates() -> None:
    days = tuple(datetime(2026, 11, day, tzinfo=PRAGUE) for day in (20, 21, 22))
    view = DayBars(days, (602.0, 594.0, None), (False, True, True), (700.0, 690.0, None), days[0], days[-1], NOW)
    found = traces(day_bars(view, WORDS))
    assert found["bar"][0].text == ("602",)
    assert found["bar-estimated"][0].marker.color == "rgba(0,0,0,0)"
    assert found["observed-days"][0].y[:2] == (700.0, 700.0)


def test_local_times_of_the_day_with_25_hours() -> None:
    before = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    times = np.array([to_ms(before + timedelta(hours=k)) for k in range(3)], dtype=np.int64)
    assert local_times(times, PRAGUE) == ["2026-10-25T02:30:00", "2026-10-25T02:30:00", "2026-10-25T03:30:00"]


def test_times_of_an_address() -> None:
    assert from_local("2026-11-24T08:00", PRAGUE) == datetime(2026, 11, 24, 7, tzinfo=UTC)
    assert from_local("yesterday", PRAGUE) is None


def test_sparks_are_quiet_inside_and_coloured_outside() -> None:
    quiet = spark(line([15.0] * 20), NOW - DAY, NOW, "a", band=band(10, 20))
    loud = spark(line([15.0] * 20 + [30.0] * 5), NOW - DAY, NOW, "a", band=band(10, 20))
    assert 'class="dev' not in quiet
    assert 'class="dev"' in loud
    assert "NaN" not in loud
    assert "nan" not in loud


def test_sparks_escape_what_they_say() -> None:
    assert "<b>" not in spark(line([1.0, 2.0]), NOW - DAY, NOW, '<b>"x"')


def test_a_spark_without_data_is_hatched() -> None:
    assert 'class="gap"' in spark(line([]), NOW - DAY, NOW, "a")


def dam(**changes: object) -> Reservoir:
    made = Reservoir(
        "flaje",
        "Fláje",
        "dam",
        "",
        "litvinov",
        "",
        "",
        "",
        "",
        696.0,
        737.2,
        "Bpv",
        ((696.0, 0.0), (710.0, 2e6), (725.0, 9e6), (737.2, 21.6e6)),
    )
    return replace(made, **changes)  # type: ignore[arg-type] # fields of Reservoir


def test_a_valley_widens_upwards() -> None:
    height, half = half_widths(dam().curve)
    assert height[0] == 0
    assert height[-1] == 1
    assert np.all(np.diff(half) >= 0)
    assert half[-1] == 0.5


def test_a_valley_is_hatched_without_a_level_and_filled_with_one() -> None:
    assert 'class="gap"' in valley(dam(), None, "x")
    assert 'class="water"' in valley(dam(), 720.0, "x")
    assert 'class="ground"' in valley(dam(curve=()), 720.0, "x")
