"""A town: its inflow against what is expected of its zones, night flow, last month's balance, zones, tanks, events."""

from __future__ import annotations

from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from dashboard import sentences
from dashboard.figures.timeline import timeline
from dashboard.markup import Chart
from dashboard.pages import municipality_parts as parts
from dashboard.pages.as_known import known_section
from dashboard.pages.balance_parts import balance_sections
from dashboard.pages.dam_outlook_parts import town_leakage
from dashboard.pages.night_parts import night_section
from dashboard.pages.parts import attributes, choices, crumbs, grid, key, lead, link, section
from dashboard.views.municipality import TownView, town_view
from dashboard.views.zone import RANGE_WORDS
from dashboard.visit import Visit
from models.registry import Municipality


def known(visit: Visit) -> bool:
    """Whether the town is in the registry."""
    return visit.params["municipality"] in visit.region.municipality


def _town(visit: Visit) -> Municipality:
    return visit.region.municipality[visit.params["municipality"]]


def title(visit: Visit) -> str:
    """For the window."""
    return _town(visit).name


def layout(visit: Visit) -> Component:
    """The page."""
    words = visit.words
    view = town_view(visit.rooms, visit.region, _town(visit), visit.now, visit.query)
    charts = html.Div([_inflow(visit, view), parts.zones(visit, view)], className="span9 stack")
    beside = html.Div(
        [
            parts.facts(visit, view),
            known_section(visit, "municipality", view.town.code),
        ],
        className="span3 stack",
    )
    return html.Div(
        [
            html.Div(_head(visit, view), id="town-head", **attributes(data_refresh="events minute")),
            grid(
                charts,
                beside,
                night_section(
                    visit, view.nights, "town", words.say("Minimum night flow of town {name}", name=view.town.name)
                ),
                *balance_sections(visit, view.balance, link("municipalities", view.town.code)),
                parts.events(visit, view),
                parts.tanks(visit, view),
                parts.supply(visit, view),
                *town_leakage(visit, view.town),
            ),
        ]
    )


def _address(visit: Visit, span: str) -> str:
    known = {"known": visit.query["known"]} if "known" in visit.query else {}
    return f"{link('municipalities', visit.params['municipality'])}?{urlencode({'range': span, **known})}"


def _head(visit: Visit, view: TownView) -> Component:
    words, town, now = visit.words, view.town, view.now
    stale = words.since(now.stale_since, visit.now) if now.stale_since is not None else ""
    headline = sentences.town_headline(
        town.name, len(view.losing), view.outside, now.flow_m3h, stale, len(view.zone_sparks), words
    )
    text: list[Component | str] = []
    if now.flow_m3h is not None:
        text.append(_flow_sentence(view, visit))
    if view.lost_m3h:
        lost = words.flow(view.lost_m3h)
        text += [" ", words.say("About {flow} of it is being lost.", flow=lost)]
    if view.silent:
        text += [" ", words.plural("{n} zone sends no data.", "{n} zones send no data.", view.silent)]
    if view.items and view.items[0].event.end is None:
        first = view.items[0]
        name = words.say("Event {rank}: {title}", rank=first.rank, title=sentences.title(first.event, words))
        text += [" ", html.A(name, href=link("events", first.event.id))]
    spans = [(words.say(said), _address(visit, name), view.span.name == name) for name, said in RANGE_WORDS.items()]
    aside = choices(spans, words.say("span"))
    return lead(headline, text, aside=aside, crumb=crumbs(visit, (town.name, "")))


def _flow_sentence(view: TownView, visit: Visit) -> str:
    words, now = visit.words, view.now
    flow = words.flow(now.flow_m3h or 0.0)
    if now.lower is None or now.upper is None:
        return words.say("{flow} flows in.", flow=flow)
    expected = words.between(now.lower, now.upper, 1 if now.upper < 100 else 0)
    if view.outermost == 1:
        return words.say("{flow} flows in, expected {range}.", flow=flow, range=expected)
    return words.say("{flow} flows in, expected of its zones together {range}.", flow=flow, range=expected)


def _inflow(visit: Visit, view: TownView) -> Component:
    words, chart = visit.words, view.inflow
    name = words.say("Inflow")
    if len(chart.line.time_ms) == 0:
        text = words.say("No flow has been measured in this span.")
        return section(name, html.P(text, className="empty"))
    label = words.say("Inflow of town {name}", name=view.town.name)
    body: list[Component] = [Chart(timeline(chart, words), "280px", label, "town-inflow-readout", id="town-inflow")]
    keys = [("observed", words.say("measured"))]
    if len(chart.band.time_ms):
        one = view.outermost == 1
        said = words.say("expected range 90 %") if one else words.say("sum of the zones' expected ranges")
        keys = [("band", said), *keys, ("outside", words.say("outside the range"))]
        if not one:
            why = words.say(
                "The sum of ranges is wider than a 90% interval of the town: zones do not leave theirs together."
            )
            body.append(html.P(why, className="small mut"))
    note = words.say("m³/h, daily means") if chart.daily else "m³/h"
    return section(name, *body, note=note, end=key(*keys), readout="town-inflow-readout", kind="first")
