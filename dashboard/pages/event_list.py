"""Events as a list with their sparks; used by the region, the events page and zones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from dash import html
from dash.development.base_component import Component

from dashboard import sentences
from dashboard.figures.spark import spark
from dashboard.markup import Markup
from dashboard.pages.parts import action, link, severity
from dashboard.views.events import EventItem
from dashboard.views.last_day import DAY, Spark
from dashboard.visit import Visit
from models.event import Priority


def event_row(visit: Visit, item: EventItem, last_day: Spark | None) -> Component:
    """One event: mark, title, place, cost, who, spark; and what can be done while it waits."""
    words = visit.words
    event = item.event
    label = sentences.severity_label(event, words)
    href = link("events", event.id)
    parts: list[Component] = [
        Markup(severity(event, str(item.rank) if item.rank else "", label), tag="span"),
        html.Div(
            [
                html.H3(html.A(sentences.title(event, words), href=href)),
                html.Div(sentences.place(item), className="where"),
            ]
        ),
        html.Div(_cost(sentences.cost(item, words)), className="cost"),
        html.Div(sentences.who(event, words, visit.now), className="who"),
    ]
    if last_day is not None:
        parts.append(Markup(_spark(visit, item, last_day), className="spark"))
    if item.waits:
        acknowledge = f"/actions/events/{event.id}/acknowledge"
        buttons = [
            action(words.say("Acknowledge"), acknowledge, primary=True, small=True),
            html.A(words.say("Why?"), href=href, className="btn sm"),
        ]
        parts.append(html.Div(buttons, className="act"))
    return html.Li(parts, className="ev", id=f"event-{event.id}")


def _cost(parts: Sequence[str]) -> list[Component | str]:
    if not parts:
        return []
    return [html.B(parts[0]), *(f" · {part}" for part in parts[1:])]


def _spark(visit: Visit, item: EventItem, last_day: Spark) -> str:
    return spark(
        last_day.line,
        visit.now - DAY,
        visit.now + timedelta(minutes=30),
        visit.words.say("inflow of the last 24 hours"),
        band=last_day.band,
        warn=item.event.priority is not Priority.HIGH,
        stale=last_day.stale_since is not None,
    )


def event_groups(visit: Visit, items: Sequence[EventItem], by_zone: Mapping[str, Spark], limit: int = 8) -> Component:
    """What waits for a person, then what is in hand."""
    words = visit.words
    shown = items[:limit]
    groups = (
        (words.say("Waiting for acknowledgement"), [item for item in shown if item.waits]),
        (words.say("In hand"), [item for item in shown if not item.waits]),
    )
    parts: list[Component] = []
    for head, members in groups:
        if members:
            rows = [event_row(visit, item, _of(item, by_zone)) for item in members]
            parts += [html.H3(head, className="grp"), html.Ol(rows)]
    if not parts:
        parts.append(html.P(words.say("Nothing waits and nothing is in hand."), className="empty"))
    if len(items) > limit:
        more = words.plural("{n} more event", "{n} more events", len(items) - limit)
        parts.append(html.P(html.A(more, href="/events")))
    return html.Div(parts)


def _of(item: EventItem, by_zone: Mapping[str, Spark]) -> Spark | None:
    return by_zone.get(item.zone.zone) if item.zone is not None else None
