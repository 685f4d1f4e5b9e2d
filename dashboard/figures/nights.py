"""Nights: a dot each, the line without season, the level and its trend, steps as marked lines."""

from __future__ import annotations

from datetime import date, datetime, time

import numpy as np
import plotly.graph_objects as go

from dashboard.figures.frame import DAY_MS, blank_until
from dashboard.figures.timeaxis import local_times
from dashboard.figures.timeline import HEADROOM, timeline, with_breaks
from dashboard.i18n import NBSP, Words
from dashboard.theme.template import coloured
from dashboard.views.nights import NightsView
from models.night_steps import Step

GAP_S = 2.5 * 86400


def nights_figure(view: NightsView, words: Words) -> go.Figure:
    """The figure of the nights of a zone or town."""
    figure = timeline(view.chart, words)
    for trace in figure.data:
        if (trace.meta or {}).get("role") == "observed":
            trace.update(mode="markers", marker={"size": 4, **_marker("night-dot")})
            trace.meta = {**trace.meta, "dots": True, "paint": "night-dot"}
    if len(view.removed.time_ms):
        line = with_breaks(view.removed, GAP_S)
        figure.add_trace(
            go.Scatter(
                x=local_times(line.time_ms, words.tz),
                y=blank_until(line.value),
                mode="lines",
                connectgaps=False,
                line={"width": 1},
                hoverinfo="skip",
                meta={"role": "night-removed"},
                **coloured("night-removed"),
            )
        )
        figure.add_trace(
            go.Scatter(
                x=local_times(view.level.time_ms, words.tz),
                y=blank_until(view.level.value),
                mode="lines",
                connectgaps=False,
                line={"width": 2},
                hoverinfo="skip",
                meta={"role": "observed-days"},
                **coloured("observed-days"),
            )
        )
    _months(figure, words)
    highest = float(np.max(view.chart.line.value, initial=1e-6)) * HEADROOM
    for step in view.steps:
        figure.add_trace(_step(step, highest, words))
    return figure


def _months(figure: go.Figure, words: Words) -> None:
    """Ticks as many as there is room for, with the month and not the day of week where they stand for months."""
    day = {"cs": "%-d. %-m.", "de": "%-d.%-m."}.get(words.language, "%-d %b")
    stops = [{"dtickrange": [None, 27 * DAY_MS], "value": day}, {"dtickrange": [27 * DAY_MS, None], "value": "%b\n%Y"}]
    figure.update_xaxes(dtick=None, tick0=None, nticks=12, tickformat=None, tickformatstops=stops)


def _marker(role: str) -> dict[str, str]:
    return {"color": coloured(role)["marker_color"]}


def _step(step: Step, highest: float, words: Words) -> go.Scatter:
    """A thin line at the first night of the new level, with its size on top."""
    at = datetime.combine(date.fromordinal(step.day), time()).isoformat(timespec="seconds")
    return go.Scatter(
        x=[at, at],
        y=[0, highest * 0.97],
        text=["", f"{NBSP}{words.signed(step.size_m3h, 1)}"],
        mode="lines+text",
        textposition="middle right",
        textfont={"size": 12, "weight": 600},
        line={"width": 1, "dash": "dash"},
        cliponaxis=False,
        hoverinfo="skip",
        meta={"role": "night-step"},
        **coloured("night-step"),
    )
