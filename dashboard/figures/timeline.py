"""One quantity over time: band, area outside it, observed line, gaps, suspects, events, the last value at now."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.figures.frame import blank_until, time_figure
from dashboard.figures.outside import closed_shape, edges_at, runs_outside
from dashboard.figures.timeaxis import local_time, local_times
from dashboard.i18n import Words
from dashboard.theme.palette import HAIR_PX, OBSERVED_PX
from dashboard.theme.template import coloured
from dashboard.views.chart import ChartMark, TimeChart
from dashboard.views.inflow import Line
from models.event import Priority
from models.reading import from_ms

_SYMBOLS = {Priority.HIGH: "diamond", Priority.MEDIUM: "triangle-up", Priority.LOW: "circle"}
HEADROOM = 1.12


def timeline(view: TimeChart, words: Words) -> go.Figure:
    """The figure of a TimeChart."""
    traces = [*_band(view, words), *_outside(view, words), *_gaps(view, words)]
    if len(view.compare.time_ms):
        traces.append(_compare(view, words))
    traces += [_observed(view, words), *_suspects(view, words), *_last(view, words), *_marks(view, words)]
    figure = time_figure(traces, view.start, view.end, view.now, words)
    figure.update_layout(meta={"step_s": view.step_s, "say_now": view.say_now}, yaxis=_value_axis(view))
    for mark in view.marks:
        _mark_line(figure, mark, words)
    return figure


def _extent(view: TimeChart) -> tuple[float, float] | None:
    parts = [view.line.value, view.band.upper, view.band.lower, view.compare.value]
    values = np.concatenate(parts)
    values = values[~np.isnan(values)]
    return None if len(values) == 0 else (float(values.min()), float(values.max()))


def _value_axis(view: TimeChart) -> dict[str, Any]:
    extent = _extent(view)
    axis: dict[str, Any] = {"tickformat": ",~f"}
    if extent is None:
        return {**axis, "range": [0, 1], "showticklabels": False}
    low, high = extent
    if view.zero and low >= 0:
        return {**axis, "range": [0, max(high * HEADROOM, 1e-6)], "rangemode": "tozero"}
    pad = (high - low) * 0.12 or max(abs(high) * 0.01, 1e-6)
    return {**axis, "range": [low - pad, high + pad]}


def _band(view: TimeChart, words: Words) -> list[go.Scatter]:
    if len(view.band.time_ms) == 0:
        return []
    x = local_times(view.band.time_ms, words.tz)
    line = {"width": HAIR_PX, "shape": "spline", "smoothing": 0.6}
    shared: dict[str, Any] = {"x": x, "mode": "lines", "hoverinfo": "skip", "line": line}
    return [
        go.Scatter(y=blank_until(view.band.lower), meta={"role": "band-lower"}, **shared, **coloured("band-lower")),
        go.Scatter(
            y=blank_until(view.band.upper),
            fill="tonexty",
            meta={"role": "band-upper"},
            **shared,
            **coloured("band-upper"),
        ),
    ]


def _outside(view: TimeChart, words: Words) -> list[go.Scatter]:
    if len(view.band.time_ms) == 0:
        return []
    times, values = closed_shape(runs_outside(view.line, view.band, view.below))
    known = np.array([at for at in times if at is not None], dtype=np.int64)
    written = iter(local_times(known, words.tz))
    role = "outside-warn" if view.warn else "outside"
    return [
        go.Scatter(
            x=[None if at is None else next(written) for at in times],
            y=[None if value is None else round(value, 4) for value in values],
            mode="lines",
            line={"width": 0},
            fill="toself",
            hoverinfo="skip",
            meta={"role": "outside", "below": view.below, "paint": role},
            **{name: colour for name, colour in coloured(role).items() if name == "fillcolor"},
        )
    ]


def with_breaks(line: Line, gap_s: float) -> Line:
    """The line with a missing value in each gap, so that nothing is joined across it."""
    if len(line.time_ms) < 2:
        return line
    after = np.flatnonzero(np.diff(line.time_ms) > gap_s * 1000)
    times = np.insert(line.time_ms, after + 1, line.time_ms[after] + 1000)
    return Line(times, np.insert(line.value, after + 1, np.nan))


def gaps(line: Line, gap_s: float) -> list[tuple[int, int]]:
    """First and last millisecond of each gap in a line."""
    known = line.time_ms[~np.isnan(line.value)]
    after = np.flatnonzero(np.diff(known) > gap_s * 1000)
    return [(int(known[i]), int(known[i + 1])) for i in after]


def _gaps(view: TimeChart, words: Words) -> list[go.Scatter]:
    found = gaps(view.line, view.gap_s)
    extent = _extent(view)
    if not found or extent is None:
        return []
    low, high = (0.0 if view.zero else extent[0]), extent[1] * (HEADROOM if view.zero else 1)
    x: list[str | None] = []
    y: list[float | None] = []
    for first, last in found:
        a, b = local_times(np.array([first, last], dtype=np.int64), words.tz)
        x += [a, a, b, b, a, None]
        y += [low, high, high, low, low, None]
    return [
        go.Scatter(
            x=x,
            y=y,
            mode="lines",
            line={"width": 0},
            fill="toself",
            opacity=0.7,
            fillpattern={"shape": "/", "size": 6, "solidity": 0.2, "fillmode": "replace"},
            hoverinfo="skip",
            meta={"role": "gap"},
            **coloured("gap"),
        )
    ]


def _observed(view: TimeChart, words: Words) -> go.Scatter:
    line = with_breaks(view.line, view.gap_s)
    meta: dict[str, Any] = {
        "role": "observed",
        "unit": view.unit,
        "digits": view.digits,
        "gap_s": view.gap_s,
        "stale_s": view.stale_s,
        "daily": view.daily,
        "factor": view.multiplier,
    }
    if view.quantity and (view.zone or view.device):
        meta |= {"quantity": view.quantity, **({"zone": view.zone} if view.zone else {"device": view.device})}
    return go.Scatter(
        x=local_times(line.time_ms, words.tz),
        y=blank_until(line.value),
        mode="lines",
        line={"width": OBSERVED_PX, "shape": "hv" if view.steps else "linear"},
        connectgaps=False,
        hoverinfo="none",
        meta=meta,
        **coloured("observed"),
    )


def _compare(view: TimeChart, words: Words) -> go.Scatter:
    line = with_breaks(view.compare, view.gap_s)
    return go.Scatter(
        x=local_times(line.time_ms, words.tz),
        y=blank_until(line.value),
        mode="lines",
        line={"width": 1.25, "dash": "4px 3px"},
        hoverinfo="skip",
        meta={"role": "compare"},
        **coloured("compare"),
    )


def _suspects(view: TimeChart, words: Words) -> list[go.Scatter]:
    if len(view.suspects.time_ms) == 0:
        return []
    return [
        go.Scatter(
            x=local_times(view.suspects.time_ms, words.tz),
            y=blank_until(view.suspects.value),
            mode="markers",
            marker={"symbol": "x-thin", "size": 8, "line": {"width": 1.5}},
            hoverinfo="skip",
            meta={"role": "suspect"},
            **coloured("suspect"),
        )
    ]


def _last(view: TimeChart, words: Words) -> list[go.Scatter]:
    last = view.last
    if last is None or view.steps:
        return []
    at, value = last
    if from_ms(at) < view.start or from_ms(at) < view.now - timedelta(days=2):
        return []
    lower, upper = edges_at(view.band, np.array([at], dtype=np.int64))
    paint = "last-outside" if value > upper[0] or value < lower[0] else "last"
    return [
        go.Scatter(
            x=[local_time(from_ms(at), words.tz)],
            y=[round(value, 4)],
            text=[words.number(value, view.digits)],
            mode="markers+text",
            textposition="top left" if view.daily else "middle right",
            textfont={"size": 12, "weight": 600},
            marker={"size": 9, "line": {"width": 2}},
            cliponaxis=False,
            hoverinfo="skip",
            meta={"role": "last", "paint": paint},
            **coloured(paint),
        )
    ]


def _marks(view: TimeChart, words: Words) -> list[go.Scatter]:
    extent = _extent(view)
    if extent is None:
        return []
    top = extent[1] * HEADROOM * 0.965 if view.zero else extent[1]
    result = []
    for mark in view.marks:
        role = f"event-{mark.priority.value}" + ("" if mark.filled else "-open")
        result.append(
            go.Scatter(
                x=[local_time(mark.start, words.tz)],
                y=[top],
                text=[str(mark.rank) if mark.rank else ""],
                mode="markers+text",
                textfont={"size": 11, "weight": 700},
                marker={"symbol": _SYMBOLS[mark.priority], "size": 20, "line": {"width": 2}},
                cliponaxis=False,
                hoverinfo="skip",
                meta={"role": role},
                **coloured(role),
            )
        )
    return result


def _mark_line(figure: go.Figure, mark: ChartMark, words: Words) -> None:
    token = {Priority.HIGH: "crit", Priority.MEDIUM: "warn-edge", Priority.LOW: "note"}[mark.priority]
    colour = {"crit": "event-high", "warn-edge": "event-medium", "note": "event-low"}[token]
    line = {"width": 1, "color": coloured(colour)["marker_line_color"]}
    for moment, height in ((mark.start, 0.97), (mark.found, 0.3)):
        if moment is None:
            continue
        x = local_time(moment, words.tz)
        figure.add_shape(
            {
                "name": f"event:{token}",
                "type": "line",
                "xref": "x",
                "yref": "paper",
                "x0": x,
                "x1": x,
                "y0": 0,
                "y1": height,
                "line": line,
                "layer": "above",
            }
        )
