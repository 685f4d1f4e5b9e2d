"""Two components of our own, drawn by assets/base.js: a piece of HTML or SVG made here, and a chart.

The chart is plotly's, without dcc.Graph: no second download before the first chart, and the live stream may append to
it without a redraw.
"""

from __future__ import annotations

from html import escape
from typing import Any

import plotly.graph_objects as go
from dash.development.base_component import Component

# An importable name: Dash imports it for every property of every component, which is slow where it fails.
NAMESPACE = "dashboard"
# What Dash wants to know of every component.
_NONE: list[str] = []
_CHILDREN = ["children"]

__all__ = ["Chart", "Markup", "escape"]


class Markup(Component):
    """HTML or SVG as it stands. Whoever makes it escapes every name with `escape`.

    attributes : further properties of its element, as React spells them
    """

    _namespace = NAMESPACE
    _type = "Markup"
    _children_props: list[str] = _NONE
    _base_nodes: list[str] = _CHILDREN
    _valid_wildcard_attributes: list[str] = _NONE

    def __init__(self, html: str, tag: str = "div", className: str = "", **properties: Any) -> None:  # noqa: N803 - Dash's spelling
        self._prop_names = ["id", "html", "tag", "className", "attributes", *properties]
        self.available_properties = self._prop_names
        self.available_wildcard_properties: list[str] = []
        super().__init__(html=html, tag=tag, className=className, **properties)  # type: ignore[no-untyped-call] # Dash's


class Chart(Component):
    """A plotly figure that the live stream can reach.

    height : CSS height; label : what it shows, for screen readers; header : id of the element that takes hovered values
    group : charts of one group share their time axis
    refresh : when new points are asked for (minute), where the live stream does not bring them
    """

    _namespace = NAMESPACE
    _type = "Chart"
    _children_props: list[str] = _NONE
    _base_nodes: list[str] = _CHILDREN
    _valid_wildcard_attributes: list[str] = _NONE

    def __init__(
        self,
        figure: go.Figure,
        height: str,
        label: str,
        header: str = "",
        group: str = "",
        refresh: str = "",
        **properties: Any,
    ) -> None:
        self._prop_names = ["id", "figure", "height", "label", "header", "group", "refresh", *properties]
        self.available_properties = self._prop_names
        self.available_wildcard_properties: list[str] = []
        shown = {
            "figure": figure,
            "height": height,
            "label": label,
            "header": header,
            "group": group,
            "refresh": refresh,
        }
        super().__init__(**shown, **properties)  # type: ignore[no-untyped-call] # Dash's
