"""What a page of quoted figures says of when they were known: the banner of an earlier time, the ways there."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from dashboard.pages.parts import section
from dashboard.visit import Visit
from models.reading import iso_z
from models.rollup import Level

USUAL_SINCE = timedelta(days=30)


def banner(visit: Visit) -> Component | None:
    """That the page shows what was known earlier, and the way back; None where it shows what is known now."""
    if visit.known_at is None:
        return None
    words = visit.words
    head = words.say("As known on {moment}", moment=f"{words.date(visit.known_at)} {words.time(visit.known_at)}")
    text = words.say(
        "Figures, assignments, bills and people supplied are those known then. Charts of readings show what is known "
        "now."
    )
    return html.Div(
        [
            html.P([html.B(head), ". ", text]),
            html.P(html.A(words.say("Show what is known now"), href=_without_known(visit))),
        ],
        className="dim-note asknown",
        role="note",
    )


def _without_known(visit: Visit) -> str:
    query = {name: value for name, value in visit.query.items() if name not in ("known", "lang", "scheme")}
    return "?" + urlencode(query)


def known_section(visit: Visit, level: Level, subject: str, span: int = 3) -> Component:
    """When the page's figures were known, how to cite them, and what has changed since."""
    words = visit.words
    text = words.say("Figures change when readings come late or the registry is corrected; the old ones are kept.")
    return section(
        words.say("As it was known"),
        html.P(text, className="said first-said"),
        html.P(known_link(visit), className="small"),
        html.P(changes_link(visit, level, subject), className="small"),
        span=span,
    )


def changes_link(visit: Visit, level: Level, subject: str) -> Component:
    """The way to what changed of an area's figures since they were known, or in the last month."""
    since = visit.known_at or visit.now - USUAL_SINCE
    return html.A(
        visit.words.say("What has changed, and why"), href=changes_address(visit, level, subject, iso_z(since))
    )


def known_link(visit: Visit) -> Component:
    """An address under which exactly these figures will stand later too."""
    moment = visit.known_at or visit.now
    query = {name: value for name, value in visit.query.items() if name not in ("lang", "scheme")}
    said = visit.words.say("Address of exactly these figures, for a report")
    return html.A(said, href="?" + urlencode(query | {"known": iso_z(moment)}))


def changes_address(visit: Visit, level: Level, subject: str, since: str) -> str:
    """Address of the page of changes."""
    area = f"{level}:{subject}" if subject else level
    return "/changes?" + urlencode({"area": area, "since": since})
