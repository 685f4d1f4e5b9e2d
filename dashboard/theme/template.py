"""Plotly's templates, one for each scheme, made from the palette.

Colours of traces are named by `meta.role` and looked up here when a figure is made, and again in the browser when the
scheme changes: the page carries ROLES as JSON.
"""

from __future__ import annotations

import plotly.graph_objects as go

from dashboard.theme.palette import AXIS_LABEL_PX, FONT, HAIR_PX, OBSERVED_PX, SCHEMES, Scheme

ROLES: dict[str, dict[str, str]] = {
    "observed": {"line.color": "ink", "marker.color": "ink"},
    "observed-days": {"line.color": "ink"},
    "estimated": {"line.color": "ink"},
    "estimated-core": {"line.color": "paper"},
    "stale": {"line.color": "ink-3"},
    "band-lower": {"line.color": "band-edge"},
    "band-upper": {"line.color": "band-edge", "fillcolor": "band"},
    "outside-edge": {},
    "outside": {"fillcolor": "crit"},
    "outside-warn": {"fillcolor": "warn", "line.color": "warn-edge"},
    "gap": {"fillpattern.fgcolor": "control", "fillpattern.bgcolor": "sunken"},
    "suspect": {"marker.color": "ink-3"},
    "last": {"marker.color": "ink", "marker.line.color": "paper", "textfont.color": "ink"},
    "last-outside": {"marker.color": "crit", "marker.line.color": "paper", "textfont.color": "crit"},
    "night-dot": {"marker.color": "band-edge"},
    "night-removed": {"line.color": "ink-3"},
    "night-step": {"line.color": "ink-3", "textfont.color": "ink"},
    "bar": {"marker.color": "band", "marker.line.color": "q-use", "textfont.color": "ink"},
    "bar-estimated": {"marker.line.color": "q-use", "marker.pattern.fgcolor": "q-use", "textfont.color": "ink"},
    "bar-interval": {"line.color": "ink"},
    "bar-flat": {"marker.color": "q-use"},
    "dots": {"marker.color": "ink"},
    "flow": {"line.color": "q-flow"},
    "pressure": {"line.color": "q-pressure"},
    "level": {"line.color": "q-level"},
    "use": {"line.color": "q-use"},
    "temperature": {"line.color": "q-temperature"},
    "water": {"line.color": "water-strong", "fillcolor": "water"},
    "compare": {"line.color": "ink-3"},
    "earlier": {"line.color": "ink-3", "textfont.color": "ink-3"},
    "event-high": {"marker.color": "crit", "marker.line.color": "crit", "textfont.color": "on-crit"},
    "event-high-open": {"marker.color": "paper", "marker.line.color": "crit", "textfont.color": "ink"},
    "event-medium": {"marker.color": "warn", "marker.line.color": "warn-edge", "textfont.color": "on-warn"},
    "event-medium-open": {"marker.color": "paper", "marker.line.color": "warn-edge", "textfont.color": "ink"},
    "event-low": {"marker.color": "note", "marker.line.color": "note", "textfont.color": "on-note"},
    "event-low-open": {"marker.color": "paper", "marker.line.color": "note", "textfont.color": "ink"},
    "own": {"marker.color": "accent", "line.color": "accent"},
}
"""What a trace is (`meta.role`) → its coloured properties → tokens of the palette."""


def template(scheme: Scheme) -> go.layout.Template:
    """The template of a scheme: transparent, value axis on the right, hairline grid, no legend."""
    colours = SCHEMES[scheme]
    axis = {
        "color": colours["ink-3"],
        "tickfont": {"size": AXIS_LABEL_PX, "color": colours["ink-3"]},
        "gridcolor": colours["rule"],
        "gridwidth": HAIR_PX,
        "linecolor": colours["ink-3"],
        "zeroline": False,
        "automargin": False,
        "ticks": "",
    }
    return go.layout.Template(
        layout={
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"family": FONT, "size": AXIS_LABEL_PX, "color": colours["ink-2"]},
            "margin": {"l": 0, "r": 44, "t": 8, "b": 24},
            "showlegend": False,
            "hovermode": "x",
            "dragmode": "zoom",
            "xaxis": {**axis, "showgrid": False, "showline": True},
            "yaxis": {**axis, "side": "right", "showgrid": True, "fixedrange": True, "ticklabelstandoff": 6},
            "colorway": [colours["ink"]],
        },
        data={"scatter": [{"line": {"width": OBSERVED_PX, "color": colours["ink"]}, "hoverinfo": "none"}]},
    )


def coloured(role: str, scheme: Scheme = "light") -> dict[str, str]:
    """The coloured properties of a role in plotly's underscore spelling, ready for a trace's constructor.

    >>> sorted(coloured("observed"))
    ['line_color', 'marker_color']
    """
    colours = SCHEMES[scheme]
    return {name.replace(".", "_"): colours[token] for name, token in ROLES[role].items()}
