"""The region: what is happening now."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dashboard.pages.parts import grid, lead, section
from dashboard.visit import Visit


def title(visit: Visit) -> str:
    """For the window."""
    return visit.words.say("Overview")


def layout(visit: Visit) -> Component:
    """The page."""
    words = visit.words
    aside = f"{words.long_date(visit.now)}, {words.time(visit.now)}"
    return html.Div([lead(words.say("Overview"), aside=aside), grid(section(words.say("Overview")))])
