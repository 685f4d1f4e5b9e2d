"""Sums of days as bars, the figure of comparison as a line over each."""

from __future__ import annotations

from datetime import timedelta

import plotly.graph_objects as go

from dashboard.figures.frame import DAY_MS, time_figure
from dashboard.figures.timeaxis import local_time
from dashboard.i18n import Words
from dashboard.theme.template import coloured
from dashboard.views.chart import DayBars

SHOWN_VALUES = 16
"""With more bars than this, the numbers in them would not be readable."""


def day_bars(view: DayBars, words: Words) -> go.Figure:
    """Bars of days; estimated ones are hollow with a dashed outline."""
    middle = [local_time(day + timedelta(hours=12), words.tz) for day in view.days]
    written = [
        "" if value is None or len(view.days) > SHOWN_VALUES else words.number(value, view.digits)
        for value in view.value
    ]
    traces: list[object] = []
    for estimated, role in ((False, "bar"), (True, "bar-estimated")):
        rows = [k for k, flag in enumerate(view.estimated) if flag is estimated and view.value[k] is not None]
        if not rows:
            continue
        traces.append(
            go.Bar(
                x=[middle[k] for k in rows],
                y=[view.value[k] for k in rows],
                text=[written[k] for k in rows],
                width=0.86 * DAY_MS,
                textposition="inside",
                insidetextanchor="middle",
                textangle=0,
                textfont={"size": 12, "weight": 600, "color": coloured(role)["textfont_color"]},
                hoverinfo="none",
                constraintext="none",
                meta={"role": role, "unit": view.unit, "digits": view.digits},
                marker=outline(role, estimated),
            )
        )
    traces += _line(view, words)
    figure = time_figure(traces, view.start, view.end, view.now, words)
    figure.update_layout(barmode="overlay", meta={"say_now": False}, yaxis={"rangemode": "tozero", "tickformat": ",~f"})
    return figure


def outline(role: str, estimated: bool) -> dict[str, object]:
    """The fill of a bar: solid, or hollow and hatched where it is estimated."""
    colours = coloured(role)
    marker: dict[str, object] = {"line": {"width": 1.25, "color": colours["marker_line_color"]}}
    marker["color"] = "rgba(0,0,0,0)" if estimated else colours["marker_color"]
    if estimated:
        marker["pattern"] = {"shape": "/", "size": 8, "solidity": 0.12, "fgcolor": colours["marker_line_color"]}
    return marker


def _line(view: DayBars, words: Words) -> list[go.Scatter]:
    x: list[str | None] = []
    y: list[float | None] = []
    for day, value in zip(view.days, view.line, strict=True):
        if value is None:
            continue
        first, last = day + timedelta(hours=1, minutes=40), day + timedelta(hours=22, minutes=20)
        x += [local_time(first, words.tz), local_time(last, words.tz), None]
        y += [value, value, None]
    if not x:
        return []
    return [
        go.Scatter(
            x=x,
            y=y,
            mode="lines",
            line={"width": 2},
            hoverinfo="skip",
            meta={"role": "observed-days"},
            **coloured("observed-days"),
        )
    ]
