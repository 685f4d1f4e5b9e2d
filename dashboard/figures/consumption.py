"""Consumption as bars: what is measured solid, what is estimated hatched above it, the 95 % interval as a line."""

from __future__ import annotations

import plotly.graph_objects as go

from dashboard.figures.bars import outline
from dashboard.figures.frame import time_figure
from dashboard.figures.timeaxis import local_time
from dashboard.i18n import Words
from dashboard.theme.template import coloured
from dashboard.views.consumption import ConsumptionView
from models.use_total import Total

BAR = 0.86
"""Share of its period that a bar is wide."""


def consumption_bars(view: ConsumptionView, words: Words) -> go.Figure:
    """A bar a period; one that is not over yet is as wide as all of it."""
    known = [total for total in view.totals if total.value_m3 is not None]
    # The whole bar lies behind: what shows of it over the measured part is the estimated one.
    whole = [total for total in known if total.estimated > 0]
    read = [total for total in known if total.estimated < 1]
    traces: list[object] = [
        _bars(whole, [total.value_m3 or 0.0 for total in whole], "bar-estimated", view, words),
        _bars(read, [(total.value_m3 or 0.0) * (1 - total.estimated) for total in read], "bar", view, words),
        _intervals(known, words),
    ]
    figure = time_figure(traces, view.start, view.end, view.now, words)
    figure.update_layout(barmode="overlay", meta={"say_now": False}, yaxis={"rangemode": "tozero", "tickformat": ",~f"})
    if view.by in ("month", "year"):
        every, written = ("M1", "%b") if view.by == "month" else ("M12", "%Y")
        figure.update_xaxes(
            dtick=every, tick0="2000-01-01", tickformat=written, tickformatstops=[], ticklabelmode="period"
        )
    return figure


def _middle(total: Total, words: Words) -> str:
    return local_time(total.start + (total.end - total.start) / 2, words.tz)


def _bars(totals: list[Total], values: list[float], role: str, view: ConsumptionView, words: Words) -> go.Bar:
    return go.Bar(
        x=[_middle(total, words) for total in totals],
        y=values,
        width=[BAR * (total.end - total.start).total_seconds() * 1000 for total in totals],
        hoverinfo="none",
        meta={"role": role, "unit": "m³", "digits": view.digits},
        marker=outline(role, role == "bar-estimated"),
    )


def _intervals(totals: list[Total], words: Words) -> go.Scatter:
    x: list[str | None] = []
    y: list[float | None] = []
    for total in totals:
        if total.lower_m3 is not None and total.upper_m3 is not None:
            x += [_middle(total, words), _middle(total, words), None]
            y += [total.lower_m3, total.upper_m3, None]
    return go.Scatter(
        x=x,
        y=y,
        mode="lines",
        line={"width": 1.5},
        hoverinfo="skip",
        meta={"role": "bar-interval"},
        **coloured("bar-interval"),
    )
