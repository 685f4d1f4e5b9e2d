"""Sections of a town's page around its charts: zones, facts, events, tanks, where the water comes from."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dashboard import sentences
from dashboard.figures.spark import spark
from dashboard.i18n import flow_digits
from dashboard.markup import Markup, escape
from dashboard.pages.event_list import event_groups
from dashboard.pages.parts import attributes, key, link, section
from dashboard.pages.parts import facts as fact_rows
from dashboard.pages.region_parts import short_name, tank_table
from dashboard.views.events import EventItem
from dashboard.views.last_day import DAY, Spark
from dashboard.views.municipality import TownView
from dashboard.visit import Visit
from models.event import Priority
from models.registry import Supply, Zone


def zones(visit: Visit, view: TownView) -> Component:
    """Each zone's last 24 hours, the largest first."""
    words = visit.words
    mine = sorted(
        visit.region.zones_of_municipality.get(view.town.code, ()),
        key=lambda zone: (-zone.population_served, zone.name),
    )
    if not mine:
        text = words.say("The registry has no metered zone in this town.")
        return section(words.say("Zones"), html.P(text, className="empty"))
    severe = {
        item.zone.zone: item.event.priority
        for item in reversed(view.items)
        if item.zone is not None and item.zone.zone in view.losing
    }
    cells = "".join(_zone(visit, zone, view.zone_sparks[zone.zone], severe.get(zone.zone)) for zone in mine)
    body = html.Div(Markup(cells, className="many few"), id="town-zones", **attributes(data_refresh="minute events"))
    head = words.plural("{n} zone, last 24 hours", "{n} zones, last 24 hours", len(mine))
    keys = key(("band", words.say("expected range 90 %")), ("observed", words.say("measured")))
    note = words.say("inflow; each zone has its own scale, deviation in m³/h")
    return section(head, body, note=note, end=keys)


def _zone(visit: Visit, zone: Zone, last_day: Spark, priority: Priority | None) -> str:
    words = visit.words
    warn = priority is not Priority.HIGH
    said = "" if last_day.last_m3h is None else f'<span class="mut">{words.flow(last_day.last_m3h)}</span>'
    if last_day.stale_since is not None:
        since = words.say("no data since {time}", time=words.since(last_day.stale_since, visit.now))
        said = f'<span class="dim">{escape(since)}</span>'
    elif last_day.excess_m3h is not None:
        tone = "mut" if priority is None else "outw" if warn else "out"
        excess = words.signed(last_day.excess_m3h, flow_digits(last_day.excess_m3h))
        said = f'<span class="{tone}">{excess}</span>'
    drawing = spark(
        last_day.line,
        visit.now - DAY,
        visit.now,
        f"{zone.name}: {words.say('inflow of the last 24 hours')}",
        band=last_day.band,
        height=64,
        warn=warn,
        stale=last_day.stale_since is not None,
    )
    href = link("zones", zone.zone)
    return f'<a class="dv" href="{href}"><div class="nm"><b>{escape(zone.name)}</b>{said}</div>{drawing}</a>'


def facts(visit: Visit, view: TownView) -> Component:
    """What the registry says of the town."""
    words, town = visit.words, view.town
    mine = visit.region.zones_of_municipality.get(town.code, ())
    outer = [zone for zone in mine if not zone.parent]
    rows = [
        (words.say("People"), words.number(town.population)),
        (words.say("People supplied"), words.number(town.population_supplied)),
        (words.say("Connections"), words.number(sum(zone.connections for zone in outer))),
        (words.say("Length of mains"), words.measure(sum(zone.mains_km for zone in outer), "km", 1)),
    ]
    for name, price in (
        (words.say("Variable cost of water"), town.variable_cost_czk_m3),
        (words.say("Price of water"), town.retail_czk_m3),
    ):
        if price is not None:
            rows.append((name, words.say("{price} CZK/m³", price=words.number(price, 2))))
    return section(words.say("Town"), fact_rows(rows))


def events(visit: Visit, view: TownView) -> Component:
    """What waits and is in hand in the town, then what was."""
    words = visit.words
    parts: list[Component] = [event_groups(visit, view.items, view.zone_sparks)]
    if view.past:
        rows = [_past(visit, item) for item in view.past]
        parts += [html.H3(words.say("Earlier"), className="grp"), html.Ul(rows, className="log events-log")]
    body = html.Div(parts, id="town-events", **attributes(data_refresh="events"))
    every = html.A(words.say("All events of the town"), href=f"/events?town={view.town.code}")
    return section(words.say("Events"), body, end=every, span=6)


def _past(visit: Visit, item: EventItem) -> Component:
    words, event = visit.words, item.event
    name = html.A(sentences.title(event, words), href=link("events", event.id))
    where = item.zone.name if item.zone is not None else item.subject_name
    said: list[Component | str] = [name, f" · {where}"]
    if event.found_later:
        said.append(html.Span(words.say("found later"), className="tag"))
    return html.Li([html.Time(words.since(event.start, visit.now)), html.Span(said)])


def tanks(visit: Visit, view: TownView) -> Component:
    """The town's service tanks, those that empty first on top."""
    words = visit.words
    name = words.say("Service tanks")
    if not view.tanks:
        return section(
            name, html.P(words.say("The town has no service tank in the registry."), className="empty"), span=3
        )
    body = html.Div(tank_table(visit, view.tanks), id="town-tanks", **attributes(data_refresh="minute"))
    return section(name, body, note=words.say("first to empty on top"), span=3)


def supply(visit: Visit, view: TownView) -> Component:
    """Which dams and other sources the town's water comes from."""
    words = visit.words
    name = words.say("Where the water comes from")
    if not view.supplies:
        text = words.say("The registry does not say where the town's water comes from.")
        return section(name, html.P(text, className="empty"), span=3)
    rows = [
        html.Tr([html.Td(_source(visit, item)), html.Td(html.B(words.percent(item.share)), className="n")])
        for item in view.supplies
    ]
    known = sum(item.share for item in view.supplies)
    parts: list[Component] = [html.Table(html.Tbody(rows), className="t")]
    if known < 0.995:
        rest = words.say("The other {share} comes from sources outside the registry.", share=words.percent(1 - known))
        parts.append(html.P(rest, className="small mut"))
    return section(name, *parts, span=3)


def _source(visit: Visit, item: Supply) -> Component | str:
    dam = visit.region.reservoir.get(item.source)
    if dam is None:
        return item.source
    return html.A(short_name(dam.name), href=link("reservoirs" if dam.kind == "dam" else "tanks", item.source))
