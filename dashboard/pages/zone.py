"""A zone: inflow with what was expected of it, pressure, sum of meters; night flow, balance, events, operations."""

from __future__ import annotations

from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from dashboard import sentences
from dashboard.figures.bars import day_bars
from dashboard.figures.timeline import timeline
from dashboard.markup import Chart
from dashboard.pages import zone_parts as side
from dashboard.pages.as_known import known_section
from dashboard.pages.balance_parts import balance_sections
from dashboard.pages.night_parts import night_section
from dashboard.pages.parts import attributes, choices, crumbs, grid, key, lead, link, section
from dashboard.views.zone import COMPARE_WORDS, RANGE_WORDS, ZoneView, zone_view
from dashboard.visit import Visit
from models.registry import Zone


def known(visit: Visit) -> bool:
    """Whether the zone is in the registry."""
    return visit.params["zone"] in visit.region.zone


def _zone(visit: Visit) -> Zone:
    return visit.region.zone[visit.params["zone"]]


def title(visit: Visit) -> str:
    """For the window."""
    return visit.words.say("Zone {name}", name=_zone(visit).name)


def layout(visit: Visit) -> Component:
    """The page."""
    view = zone_view(visit.rooms, visit.region, _zone(visit), visit.now, visit.query, visit.opening_range)
    charts = html.Div([_inflow(visit, view), *_pressure(visit, view), *_meters(visit, view)], className="span9")
    beside = html.Div(
        [
            side.facts(visit, view),
            *side.simulation(visit, view),
            known_section(visit, "zone", view.zone.zone),
        ],
        className="span3",
    )
    return html.Div(
        [
            html.Div(_head(visit, view), id="zone-head", **attributes(data_refresh="events minute")),
            grid(
                charts,
                beside,
                night_section(
                    visit,
                    view.nights,
                    "zone",
                    visit.words.say("Minimum night flow of zone {name}", name=view.zone.name),
                ),
                *balance_sections(visit, view.balance, link("zones", view.zone.zone)),
                side.events(visit, view),
                side.operations(visit, view),
            ),
        ]
    )


def _head(visit: Visit, view: ZoneView) -> Component:
    words, zone, now = visit.words, view.zone, view.now
    town = visit.region.municipality.get(zone.municipality)
    steps = [(town.name, link("municipalities", town.code))] if town else []
    crumb = crumbs(visit, *steps, (words.say("metered zone {name}", name=zone.name), ""))
    stale = words.since(now.stale_since, visit.now) if now.stale_since else ""
    burst = view.burst
    if burst is not None and burst.event.loss_m3h is not None and not stale:
        headline = words.say(
            "{flow} more flows into zone {name} than expected.", flow=words.flow(burst.event.loss_m3h), name=zone.name
        )
    else:
        headline = sentences.zone_headline(zone.name, now.flow_m3h, now.lower, now.upper, stale, words)
    text: list[Component | str] = []
    if burst is not None:
        since = words.say("Since {time}.", time=words.since(burst.event.start, visit.now))
        name = words.say("Event {rank}: {title}", rank=burst.rank, title=sentences.title(burst.event, words))
        text = [since, " ", html.A(name, href=link("events", burst.event.id))]
    elif now.flow_m3h is not None and now.lower is not None and now.upper is not None and not stale:
        said = words.say(
            "Now {flow}, expected {range}.",
            flow=words.flow(now.flow_m3h),
            range=words.between(now.lower, now.upper, 1 if now.upper < 100 else 0),
        )
        text = [said]
    return lead(headline, text, aside=_choices(visit, view), crumb=crumb)


def _address(visit: Visit, **changes: str) -> str:
    query = {name: value for name, value in visit.query.items() if name in ("range", "compare", "known")} | changes
    query = {name: value for name, value in query.items() if value}
    path = link("zones", visit.params["zone"])
    return f"{path}?{urlencode(query)}" if query else path


def _choices(visit: Visit, view: ZoneView) -> list[Component]:
    words = visit.words
    spans = [
        (words.say(said), _address(visit, range=name), view.span.name == name) for name, said in RANGE_WORDS.items()
    ]
    chosen = visit.query.get("compare", "")
    against = [
        (words.say(said), _address(visit, compare="" if chosen == name else name), chosen == name)
        for name, said in COMPARE_WORDS.items()
    ]
    compare = html.Div([html.Span(words.say("compare"), className="mut"), choices(against, words.say("compare"))])
    return [html.Div(choices(spans, words.say("span"))), compare]


def _inflow(visit: Visit, view: ZoneView) -> Component:
    words = visit.words
    chart = view.inflow
    name = words.say("Inflow")
    if len(chart.line.time_ms) == 0:
        body: Component = html.P(words.say("No flow has been measured in this span."), className="empty")
    else:
        label = words.say("Inflow of zone {name}", name=view.zone.name)
        body = Chart(
            timeline(chart, words), "280px", label, header="zone-inflow-readout", group="zone", id="zone-inflow"
        )
    keys = [("observed", words.say("measured"))]
    if len(chart.band.time_ms):
        keys = [("band", words.say("expected range 90 %")), *keys, ("outside", words.say("outside the range"))]
    if len(chart.compare.time_ms):
        keys.append(("compare", words.say(COMPARE_WORDS[visit.query["compare"]])))
    note = words.say("m³/h, daily means") if chart.daily else "m³/h"
    return section(name, body, note=note, end=key(*keys), readout="zone-inflow-readout", span=9)


def _pressure(visit: Visit, view: ZoneView) -> list[Component]:
    words, chart = visit.words, view.pressure
    if chart is None:
        return []
    name = words.say("Pressure")
    azp = view.pressure_point == view.zone.azp_point
    where = words.say("m of water, average zone point") if azp else words.say("m of water, critical point")
    if len(chart.line.time_ms) == 0:
        body: Component = html.P(words.say("No pressure has been measured in this span."), className="empty")
    else:
        label = words.say("Pressure in zone {name}", name=view.zone.name)
        body = Chart(timeline(chart, words), "170px", label, "zone-pressure-readout", group="zone", id="zone-pressure")
    return [section(name, body, note=where, readout="zone-pressure-readout", span=9, kind="sub")]


def _meters(visit: Visit, view: ZoneView) -> list[Component]:
    words, bars = visit.words, view.meters
    if bars is None:
        return []
    name = words.say("Sum of meters")
    keys = key(
        ("bar", words.say("measured")),
        ("estimated", words.say("incomplete")),
        ("observed", words.say("inflow of the zone")),
    )
    body = Chart(day_bars(bars, words), "170px", name, group="zone", id="zone-meters")
    return [section(name, body, note=words.say("m³/day, remote meters"), end=keys, span=9, kind="sub")]
