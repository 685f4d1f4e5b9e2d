"""The chart of an event's evidence: the series with its band or its limits, and the two moments of the event."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from dashboard.figures.outside import closed_shape, runs_outside
from dashboard.figures.reservoir_limits import Limit, add_limits, known, spread
from dashboard.figures.timeaxis import local_time, local_times
from dashboard.figures.timeline import timeline
from dashboard.i18n import Words
from dashboard.theme.template import coloured
from dashboard.views.chart import ChartMark, TimeChart
from dashboard.views.inflow import Band

TOP = 0.965
SAID_BEFORE = 0.2
"""The words of a mark stand on its left unless the axis begins so close before it."""


def evidence_chart(view: TimeChart, limits: Sequence[Limit], words: Words, missing: bool = False) -> go.Figure:
    """The figure: below the upper limit the area to the line is filled.

    missing : the event is that data are missing: its mark is a square
    """
    figure = timeline(view, words)
    if limits:
        spread(figure, [*known(view.line), *(limit.value for limit in limits)], zero=False, head=0.16)
        figure = go.Figure(data=[*_below(view, limits, words), *figure.data], layout=figure.layout)
        add_limits(figure, limits)
    _lift_marks(figure)
    if missing:
        _square_marks(figure)
    for mark in view.marks:
        _say(figure, view, mark, words)
    return figure


def _below(view: TimeChart, limits: Sequence[Limit], words: Words) -> list[go.Scatter]:
    """The area between the line and the upper limit where it lies below."""
    level = max(limit.value for limit in limits)
    edge = np.full(len(view.line.time_ms), level)
    runs = runs_outside(view.line, Band(view.line.time_ms, edge, edge, edge), below=True)
    if not runs:
        return []
    times, values = closed_shape(runs)
    written = iter(local_times(np.array([at for at in times if at is not None], dtype=np.int64), words.tz))
    paint = "outside-warn" if view.warn else "outside"
    return [
        go.Scatter(
            x=[None if at is None else next(written) for at in times],
            y=values,
            mode="lines",
            line={"width": 0},
            fill="toself",
            hoverinfo="skip",
            meta={"role": "below-limit", "paint": paint},
            **{name: colour for name, colour in coloured(paint).items() if name == "fillcolor"},
        )
    ]


def _lift_marks(figure: go.Figure) -> None:
    """Marks stand at the top of the axis, which the limits have moved."""
    low, high = figure.layout.yaxis.range or (0.0, 1.0)
    for trace in figure.data:
        if str((trace.meta or {}).get("role", "")).startswith("event-"):
            trace.y = [low + (high - low) * TOP]


def _square_marks(figure: go.Figure) -> None:
    for trace in figure.data:
        if str((trace.meta or {}).get("role", "")).startswith("event-"):
            trace.meta = {"role": "event-low-open"}
            trace.update(coloured("event-low-open"), marker_symbol="square")


def _say(figure: go.Figure, view: TimeChart, mark: ChartMark, words: Words) -> None:
    """Write beside the mark when it began and when it was found."""
    low, high = figure.layout.yaxis.range or (0.0, 1.0)
    span = view.end - view.start
    right = (mark.start - view.start) / span < SAID_BEFORE
    began = words.say("began {time}", time=words.time(mark.start))
    top = low + (high - low) * TOP
    gap = "\u2003\u2002"
    texts = [(mark.start, top, f"{gap}{began}" if right else f"{began}{gap}", not right)]
    if mark.found is not None and mark.found <= view.end:
        found = words.say("found {time}", time=words.time(mark.found))
        texts.append((mark.found, low + (high - low) * 0.05, f" {found}", False))
    for moment, y, text, left in texts:
        figure.add_trace(
            go.Scatter(
                x=[local_time(moment, words.tz)],
                y=[y],
                text=[text],
                mode="text",
                textposition="middle left" if left else "middle right",
                textfont={"size": 12, "color": coloured("last")["textfont_color"]},
                cliponaxis=False,
                hoverinfo="skip",
                meta={"role": "limit", "paint": "last"},
            )
        )
