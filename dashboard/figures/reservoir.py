"""A dam over time: level with the storage beside it on one axis, earlier years in grey, inflow and release beneath."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from dashboard.figures.frame import blank_until
from dashboard.figures.reservoir_limits import Limit, add_limits, known, spread
from dashboard.figures.timeaxis import local_times
from dashboard.figures.timeline import timeline, with_breaks
from dashboard.i18n import Words
from dashboard.theme.palette import OBSERVED_PX
from dashboard.theme.template import coloured
from dashboard.views.chart import TimeChart
from dashboard.views.inflow import Line
from models.registry import Reservoir

STORAGE_SHIFT_PX = 52
RIGHT_PX = 122
"""Room right of the charts for level and storage; charts beneath keep the same, so that their times lie one below the
other."""
STORAGE_TICKS = 5


def level_chart(
    view: TimeChart, reservoir: Reservoir, earlier: Sequence[tuple[int, Line]], limits: Sequence[Limit], words: Words
) -> go.Figure:
    """Level over time; right of its axis the storage at that level, from the points of the curve."""
    figure = timeline(view, words)
    if earlier:
        figure.add_traces(_earlier(earlier, view.gap_s, words))
        # Below what is measured now: what comes first is drawn first.
        figure.data = figure.data[-len(earlier) :] + figure.data[: -len(earlier)]
    lines = [view.line, *(line for _, line in earlier)]
    spread(figure, [*(edge for line in lines for edge in known(line)), *(limit.value for limit in limits)], zero=False)
    add_limits(figure, limits)
    figure.update_yaxes(tickformat=",.1f" if _wide(figure) else ",.2f")
    figure.update_layout(margin={"r": RIGHT_PX})
    if len(reservoir.curve) > 1:
        _add_storage_axis(figure, reservoir, words)
    return figure


def _wide(figure: go.Figure) -> bool:
    low, high = figure.layout.yaxis.range
    return bool(high - low > 1.5)


def _earlier(earlier: Sequence[tuple[int, Line]], gap_s: float, words: Words) -> list[go.Scatter]:
    """The same days of earlier years, each with its year over it at another place, so that few of them meet."""
    traces = []
    for number, (year, line) in enumerate(earlier):
        whole = with_breaks(line, max(gap_s, 4 * 86400.0))
        x = local_times(whole.time_ms, words.tz)
        traces.append(
            go.Scatter(
                x=x,
                y=blank_until(whole.value),
                text=_written(str(year), len(x), 0.78 - 0.2 * number),
                mode="lines+text",
                textposition="top center",
                line={"width": 1},
                connectgaps=False,
                hoverinfo="skip",
                textfont={"size": 12},
                meta={"role": "earlier"},
                **coloured("earlier"),
            )
        )
    return traces


def _written(word: str, length: int, share: float) -> list[str]:
    """A word at one of so many points, at a share of the way."""
    at = round(share * (length - 1))
    return [word if k == at else "" for k in range(length)]


def _add_storage_axis(figure: go.Figure, reservoir: Reservoir, words: Words) -> None:
    """Ticks at round storages, each at the level at which so much is stored: one picture, read in two units."""
    low, high = figure.layout.yaxis.range
    levels, storages = (np.array(column) for column in zip(*reservoir.curve, strict=True))
    least, most = (float(value) for value in np.interp([low, high], levels, storages))
    ticks = round_ticks(least, most, STORAGE_TICKS)
    unit, digits = storage_unit(float(storages[-1]), ticks)
    figure.update_layout(
        yaxis2={
            "overlaying": "y",
            "side": "right",
            "anchor": "free",
            "position": 1,
            "shift": STORAGE_SHIFT_PX,
            "range": [low, high],
            "tickvals": [float(value) for value in np.interp(ticks, storages, levels)],
            "ticktext": [words.number(tick / unit, digits) for tick in ticks],
            "showgrid": False,
            "fixedrange": True,
            "showline": False,
        }
    )
    # An axis without a trace is not drawn.
    figure.add_trace(go.Scatter(x=[], y=[], yaxis="y2", mode="lines", hoverinfo="skip", meta={"role": "storage-axis"}))


def storage_unit(full_m3: float, ticks: Sequence[float] = ()) -> tuple[float, int]:
    """In what storage is written (m³ or millions of m³), and with how many decimals for its ticks to differ.

    >>> storage_unit(21_600_000.0)
    (1000000.0, 1)
    >>> storage_unit(500.0)
    (1.0, 0)
    """
    unit = 1e6 if full_m3 >= 1e6 else 1.0
    step = min((b - a for a, b in itertools.pairwise(ticks)), default=unit / 10) / unit
    return unit, 0 if step >= 1 else 1 if step >= 0.1 else 2


def round_ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers in [low, high], at most about `most` of them.

    >>> round_ticks(12.1, 21.6, 5)
    [14.0, 16.0, 18.0, 20.0]
    """
    if high <= low:
        return []
    raw = (high - low) / most
    power = 10.0 ** np.floor(np.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw)
    return [float(tick) for tick in np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step]


def flow_chart(view: TimeChart, release: Line, release_device: str, limits: Sequence[Limit], words: Words) -> go.Figure:
    """Inflow in ink, release as a dashed line in the colour of water, in one scale.

    release_device : whose outflow_m3h the live stream appends to the release, times the chart's multiplier
    """
    figure = timeline(view, words)
    line = with_breaks(release, view.gap_s)
    meta = {"role": "release", "paint": "water", "unit": view.unit, "digits": view.digits, "factor": view.multiplier}
    if release_device:
        meta |= {"device": release_device, "quantity": "outflow_m3h", "gap_s": view.gap_s}
    colour = {name: value for name, value in coloured("water").items() if name.startswith("line")}
    figure.add_trace(
        go.Scatter(
            x=local_times(line.time_ms, words.tz),
            y=blank_until(line.value),
            mode="lines",
            line={"width": OBSERVED_PX, "dash": "6px 3px"},
            connectgaps=False,
            hoverinfo="skip",
            meta=meta,
            **colour,
        )
    )
    spread(figure, [*(limit.value for limit in limits), *known(release), *known(view.line)], zero=True, head=0.28)
    add_limits(figure, limits)
    figure.update_layout(margin={"r": RIGHT_PX})
    return figure
