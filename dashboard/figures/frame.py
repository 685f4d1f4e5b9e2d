"""What all figures over time share: template, axes, tick labels of the language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import plotly.graph_objects as go

from dashboard.figures.timeaxis import local_time
from dashboard.i18n import Words
from dashboard.theme.template import template

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
MONTHS_FROM = timedelta(days=45)
YEAR = timedelta(days=330)

_DAY = {"cs": "%a %-d. %-m.", "de": "%a %-d.%-m.", "en": "%a %-d %b"}


def time_figure(traces: Sequence[Any], start: datetime, end: datetime, now: datetime, words: Words) -> go.Figure:
    """A figure on the axis of a page: from `start` to `end`, a dotted line at `now`."""
    tz = words.tz
    day = _DAY.get(words.language, _DAY["en"])
    figure = go.Figure(
        data=list(traces),
        layout={
            "template": template("light"),
            "separators": words.separators,
            "xaxis": {
                "type": "date",
                "range": [local_time(start, tz), local_time(end, tz)],
                "nticks": 9,
                "tickangle": 0,
                "tickformatstops": [
                    {"dtickrange": [None, DAY_MS - 1], "value": f"%H:%M\n{day}"},
                    {"dtickrange": [DAY_MS, "M1"], "value": day},
                    {"dtickrange": ["M1", None], "value": "%b\n%Y"},
                ],
                "ticklabelmode": "instant",
            },
            "yaxis": {"nticks": 5},
            "margin": {"b": 36, "t": 8, "l": 0, "r": 48},
        },
    )
    if end - start > MONTHS_FROM:
        figure.update_xaxes(dtick="M1", tick0="2000-01-01", tickformat="%b" if end - start < YEAR else "%b\n%Y")
    if start < now < end:
        _now_line(figure, now, tz)
    return figure


def _now_line(figure: go.Figure, now: datetime, tz: ZoneInfo) -> None:
    x = local_time(now, tz)
    figure.add_shape(
        {
            "name": "now",
            "type": "line",
            "xref": "x",
            "yref": "paper",
            "x0": x,
            "x1": x,
            "y0": 0,
            "y1": 1,
            "line": {"width": 1, "dash": "dot"},
        }
    )


def blank_until(values: Iterable[float]) -> list[float | None]:
    """Numbers for JSON, None where there is none."""
    return [None if value != value else round(float(value), 4) for value in values]
