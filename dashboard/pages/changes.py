"""What has changed of quoted figures since a day, and why."""

from __future__ import annotations

from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from dashboard.i18n import Words
from dashboard.markup import Markup, escape
from dashboard.pages.changes_words import (
    CAUSE_NAMES,
    causes_text,
    digits_of,
    figure_name,
    period_of,
    unit_of,
    written,
)
from dashboard.pages.parts import crumbs, grid, lead, link, section
from dashboard.views.changes import Changes, area_name, changes
from dashboard.visit import Visit
from models.reading import iso_z
from models.records import FigureChange

SHOWN = 300


def title(visit: Visit) -> str:
    """For the window."""
    return visit.words.say("Changed figures")


def layout(visit: Visit) -> Component:
    """The page."""
    words = visit.words
    found = changes(visit.rooms, visit.region, visit.now, visit.query)
    crumb = crumbs(visit, (words.say("Comparison"), "/comparison"), (words.say("Changed figures"), ""))
    head = lead(headline(found, words), second(found, words), crumb=crumb)
    return html.Div([head, Markup(_form(visit, found)), grid(_table(visit, found))])


def headline(found: Changes, words: Words) -> str:
    """How many figures have changed."""
    since = f"{words.date(found.since)} {words.time(found.since)}"
    if not found.items:
        return words.say("Since {moment} no figure has changed.", moment=since)
    return words.plural(
        "Since {moment} {n} figure has changed.",
        "Since {moment} {n} figures have changed.",
        len(found.items),
        moment=since,
    )


def second(found: Changes, words: Words) -> str:
    """Of what area, and by which causes."""
    parts = [f"{words.say(CAUSE_NAMES.get(code, code))} {words.number(count)}" for code, count in found.causes]
    said = words.say("Old figures are kept: every page of figures can be shown as it was known.")
    return f"{', '.join(parts)}. {said}" if parts else said


def _form(visit: Visit, found: Changes) -> str:
    """Area, period and day; a change is the address at once (see assets/base.js). And the export."""
    words, region = visit.words, visit.region
    areas = [
        ("", words.say("the region")),
        ("municipality", words.say("all towns")),
        ("zone", words.say("all zones")),
    ]
    towns = sorted(region.municipalities, key=lambda town: -town.population)
    areas += [(f"municipality:{town.code}", town.name) for town in towns]
    areas += [(f"zone:{zone.zone}", words.say("metered zone {name}", name=zone.name)) for zone in region.zones]
    chosen = "" if found.level == "region" else f"{found.level}:{found.subject}".removesuffix(":")
    periods = [("", words.say("months and days")), ("month", words.say("months")), ("day", words.say("days"))]
    day = words.local(found.since).date().isoformat()
    query = {"area": chosen, "period": found.period, "since": iso_z(found.since), "lang": words.language}
    export = escape("/api/v1/changes.csv?" + urlencode({name: value for name, value in query.items() if value}))
    return (
        '<form class="fields compare" data-go>'
        + _select("area", words.say("Figures of"), areas, chosen)
        + _select("period", words.say("Period"), periods, found.period)
        + f'<label>{escape(words.say("changed since"))}<input type="date" name="since" value="{day}"></label>'
        + f'<span class="xp"><a class="btn" href="{export}" download>{escape(words.say("CSV for a spreadsheet"))}</a>'
        "</span></form>"
    )


def _select(name: str, word: str, options: list[tuple[str, str]], chosen: str) -> str:
    lines = "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(said)}</option>'
        for value, said in options
    )
    return f'<label>{escape(word)}<select name="{name}">{lines}</select></label>'


def _table(visit: Visit, found: Changes) -> Component:
    words = visit.words
    name = words.say("Changes, the latest first")
    if not found.items:
        said = words.say("What was known then is what is known now. New figures of later periods are no changes.")
        return section(name, html.P(said, className="empty"))
    head = [
        html.Th(words.say("Figure")),
        html.Th(words.say("Period")),
        html.Th(words.say("then"), className="n"),
        html.Th(words.say("now"), className="n"),
        html.Th(words.say("difference"), className="n minor"),
        html.Th(words.say("changed")),
        html.Th(words.say("Why")),
    ]
    rows = [_row(visit, found, item) for item in found.items[:SHOWN]]
    body = html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)], className="t changes")
    note = ""
    if len(found.items) > SHOWN:
        note = words.say("the last {n} of {all}; the export has them all", n=SHOWN, all=words.number(len(found.items)))
    return section(name, html.Div(body, className="scroll"), note=note)


def _row(visit: Visit, found: Changes, item: FigureChange) -> Component:
    words, after = visit.words, item.after
    unit = unit_of(after.quantity)
    what: list[Component | str] = [figure_name(after.quantity, words), html.Small(f" {unit}", className="dim")]
    if not found.subject:
        kind = "zones" if after.level == "zone" else "municipalities"
        name = area_name(after.level, after.subject, visit.region)
        what = [html.A(name, href=link(kind, after.subject)), html.Br(), *what]
    changed = "" if after.known_from is None else f"{words.date(after.known_from)} {words.time(after.known_from)}"
    if item.times > 1:
        changed = words.say("{moment}, {n} times in all", moment=changed, n=words.number(item.times))
    return html.Tr(
        [
            html.Td(what),
            html.Td(period_of(after, words)),
            html.Td(written(item.before, words), className="n mut"),
            html.Td(html.B(written(after, words)), className="n"),
            html.Td(difference(item, words), className="n minor"),
            html.Td(changed, className="mut"),
            html.Td(causes_text(item.causes, words)),
        ]
    )


def difference(item: FigureChange, words: Words) -> str:
    """By how much a value changed; empty where one of the two is not known or only its interval or cover changed."""
    before, after = item.before.value, item.after.value
    if before is None or after is None or before == after:
        return ""
    return words.signed(after - before, digits_of(item.after))
