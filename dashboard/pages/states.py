"""Pages that stand in for others: an unknown address, an empty registry, a store that is away, an error of ours."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dashboard.pages.parts import attributes, lead
from dashboard.visit import Visit

Said = tuple[str, Component]


def missing(visit: Visit) -> Said:
    """No page has this address."""
    title = visit.words.say("There is no such page.")
    text = visit.words.say("The address may be mistyped, or what it named is no longer in the registry.")
    return title, html.Div([lead(title, text), _home(visit)])


def no_region(visit: Visit) -> Said:
    """The registry is empty."""
    title = visit.words.say("No region has been loaded yet.")
    text = visit.words.say("Load its files with: {command}", command="smartvoda region load DIR")
    return title, html.Div([lead(title, text)])


def store_away(visit: Visit, code: str) -> Said:
    """The store does not answer; what arrives is kept in the queue."""
    title = visit.words.say("The store of readings does not answer.")
    text = visit.words.say("New readings wait in the queue and nothing is lost. The page shows again when it answers.")
    return title, html.Div([lead(title, text), html.P(code, className="dim code")], **attributes(data_retry="5"))


def failed(visit: Visit, code: str) -> Said:
    """Something of ours went wrong."""
    title = visit.words.say("This page could not be made.")
    text = visit.words.say("It is written in the log of the service. Readings are not affected.")
    return title, html.Div([lead(title, text), html.P(code, className="dim code"), _home(visit)])


def _home(visit: Visit) -> Component:
    return html.P(html.A(visit.words.say("To the overview"), href="/"))
