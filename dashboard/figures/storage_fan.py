"""The fan of a dam's storage: what was measured, the band of the days to come and its middle."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import plotly.graph_objects as go

from dashboard.figures.frame import blank_until
from dashboard.figures.reservoir import RIGHT_PX
from dashboard.figures.reservoir_limits import Limit, add_limits, known, spread
from dashboard.figures.timeaxis import local_times
from dashboard.figures.timeline import timeline
from dashboard.i18n import Words
from dashboard.theme.template import coloured
from dashboard.views.chart import TimeChart
from dashboard.views.inflow import Band, Line
from dashboard.views.storage_fan import StorageFan
from models.reading import from_ms

GAP_S = 2.5 * 86_400.0


def fan_chart(
    fan: StorageFan, now: datetime, unit: tuple[float, str], limits: Sequence[Limit], words: Words
) -> go.Figure:
    """The figure; unit : by how much volumes are divided, and what they are then written in."""
    divisor, written = unit
    band = Band(fan.band.time_ms, *(part / divisor for part in fan.band[1:]))
    view = TimeChart(
        line=Line(fan.line.time_ms, fan.line.value / divisor),
        start=from_ms(int(fan.line.time_ms[0])),
        end=from_ms(int(fan.band.time_ms[-1])),
        now=now,
        unit=written,
        digits=2,
        band=band,
        compare=Line(band.time_ms, band.expected),
        gap_s=GAP_S,
        zero=False,
        step_s=86_400.0,
        daily=True,
    )
    figure = timeline(view, words)
    figure.add_trace(_quoted(fan.leads, divisor, words))
    edges = [float(np.min(band.lower)), float(np.max(band.upper))]
    spread(figure, [*edges, *known(view.line), *(limit.value for limit in limits)], zero=False)
    add_limits(figure, limits)
    # Half a year and more: a month's name has room where a day has none.
    figure.update_xaxes(tickformatstops=[{"dtickrange": [None, None], "value": "%b"}])
    figure.update_layout(margin={"r": RIGHT_PX})
    return figure


def _quoted(leads: Line, divisor: float, words: Words) -> go.Scatter:
    """A dot at each middle that the table beside quotes."""
    return go.Scatter(
        x=local_times(leads.time_ms, words.tz),
        y=blank_until(leads.value / divisor),
        mode="markers",
        marker={"size": 5},
        hoverinfo="skip",
        meta={"role": "dots"},
        **coloured("dots"),
    )
