"""A tank over time: level between its limits, and one lane that shows when the pump ran."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from dashboard.figures.reservoir_limits import Limit, add_limits, known, spread
from dashboard.figures.timeline import timeline
from dashboard.i18n import Words
from dashboard.views.chart import TimeChart


def tank_level_chart(view: TimeChart, limits: Sequence[Limit], words: Words) -> go.Figure:
    """Level from the bottom up, with full and the limits as lines."""
    figure = timeline(view, words)
    spread(figure, [*known(view.line), *(limit.value for limit in limits)], zero=view.zero)
    add_limits(figure, limits)
    return figure


def pump_lane(view: TimeChart, words: Words) -> go.Figure:
    """Filled while the pump runs, empty while it stands."""
    figure = timeline(view, words)
    for trace in figure.data:
        if (trace.meta or {}).get("role") == "observed":
            trace.update(fill="tozeroy", line={"width": 1})
    figure.update_yaxes(range=[0, 1.15], showgrid=False, showticklabels=False, showline=False)
    figure.update_xaxes(showticklabels=False)
    figure.update_layout(margin={"b": 4, "t": 4}, meta={**(figure.layout.meta or {}), "say_now": False})
    return figure
