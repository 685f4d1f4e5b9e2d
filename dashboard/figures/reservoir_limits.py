"""Horizontal lines with their meaning: full, minimum, limits of a tank; the words stand at their left end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from dashboard.theme.template import coloured
from dashboard.views.inflow import Line


@dataclass(frozen=True)
class Limit:
    """A line at a value.

    word : what it means, with its value written; severe : whether going beyond it is what operators must not let happen
    under : whether the word stands below the line, where another one's word lies above
    """

    value: float
    word: str
    severe: bool = False
    under: bool = False


def add_limits(figure: go.Figure, limits: Sequence[Limit]) -> None:
    """Draw the limits that lie on the value axis, which `spread` has set before."""
    if figure.layout.xaxis.range is None:
        return
    left = figure.layout.xaxis.range[0]
    low, high = figure.layout.yaxis.range or (float("-inf"), float("inf"))
    for limit in limits:
        if not low <= limit.value <= high:
            continue
        token = "ink" if limit.severe else "ink-3"
        paint = "last" if limit.severe else "compare"
        figure.add_shape(
            {
                "name": f"limit:{token}",
                "type": "line",
                "xref": "paper",
                "x0": 0,
                "x1": 1,
                "yref": "y",
                "y0": limit.value,
                "y1": limit.value,
                "line": {"width": 1, "dash": "5px 3px", "color": _INK[paint]},
            }
        )
        figure.add_trace(
            go.Scatter(
                x=[left],
                y=[limit.value],
                text=[limit.word],
                mode="text",
                textposition="bottom right" if limit.under else "top right",
                textfont={"size": 12},
                cliponaxis=False,
                hoverinfo="skip",
                meta={"role": "limit", "paint": "last"},
                **{name: colour for name, colour in coloured("last").items() if name.startswith("textfont")},
            )
        )


_INK = {"last": coloured("last")["textfont_color"], "compare": coloured("compare")["line_color"]}


def spread(figure: go.Figure, values: Sequence[float], zero: bool, head: float = 0.12) -> None:
    """Set the value axis so that it holds these values, with a little room over the highest for its word."""
    if not values:
        return
    low, high = min(values), max(values)
    room = (high - low) * head or 1.0
    figure.update_yaxes(range=[0 if zero and low >= 0 else low - room, high + room], showticklabels=True)


def known(line: Line) -> list[float]:
    """The least and the greatest value of a line; nothing where it has none."""
    values = line.value[~np.isnan(line.value)]
    return [float(values.min()), float(values.max())] if len(values) else []
