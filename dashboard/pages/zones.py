"""All zones, town by town: inflow now against what is expected, night flow."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dashboard import sentences
from dashboard.figures.spark import spark
from dashboard.i18n import flow_digits
from dashboard.markup import Markup
from dashboard.pages.parts import attributes, grid, lead, link, section
from dashboard.views.last_day import DAY
from dashboard.views.zones import ZoneRow, zones_view
from dashboard.visit import Visit


def title(visit: Visit) -> str:
    """For the window."""
    return visit.words.say("Zones")


def layout(visit: Visit) -> Component:
    """The page."""
    words = visit.words
    rows = zones_view(visit.rooms, visit.region, visit.now)
    silent = sum(row.spark.stale_since is not None or row.spark.last_m3h is None for row in rows)
    losing = sum(row.losing for row in rows)
    within = sum(row.spark.last_m3h is not None and (row.spark.excess_m3h or 0) <= 0 for row in rows)
    headline = sentences.region_headline(losing, 0, words)
    text = sentences.zones_within(within, len(rows), silent, words)
    head = [
        html.Th(words.say("Zone")),
        html.Th(words.say("Last 24 hours")),
        html.Th(words.say("Inflow, m³/h"), className="n"),
        html.Th(words.say("Against expected"), className="n"),
        html.Th(words.say("Night flow, l/connection/h"), className="n minor"),
        html.Th(words.say("People served"), className="n minor"),
    ]
    body: list[Component] = []
    town = ""
    for row in rows:
        if row.town != town:
            town = row.town
            body.append(
                html.Tr(
                    html.Th(html.A(town, href=link("municipalities", row.zone.municipality)), colSpan="6"),
                    className="grprow",
                )
            )
        body.append(_row(visit, row))
    table = html.Table([html.Thead(html.Tr(head)), html.Tbody(body)], className="t zones")
    holder = html.Div(table, id="zones-table", **attributes(data_refresh="minute events"))
    return html.Div([lead(headline, text), grid(section(words.say("Zones by town"), holder))])


def _row(visit: Visit, row: ZoneRow) -> Component:
    words, last_day = visit.words, row.spark
    drawing = spark(
        last_day.line,
        visit.now - DAY,
        visit.now,
        f"{row.zone.name}: {words.say('inflow of the last 24 hours')}",
        band=last_day.band,
        height=30,
        width=220,
        stale=last_day.stale_since is not None,
    )
    excess: Component | str = ""
    if last_day.stale_since is not None:
        since = words.say("no data since {time}", time=words.since(last_day.stale_since, visit.now))
        excess = html.Span(since, className="dim")
    elif last_day.excess_m3h is not None:
        number = words.signed(last_day.excess_m3h, flow_digits(last_day.excess_m3h))
        excess = html.Span(number, className="out" if row.losing else "")
    flow = "—" if last_day.last_m3h is None else words.number(last_day.last_m3h, flow_digits(last_day.last_m3h))
    night = "—" if row.night_l_connection_h is None else words.number(row.night_l_connection_h, 1)
    return html.Tr(
        [
            html.Td(html.A(row.zone.name, href=link("zones", row.zone.zone))),
            html.Td(Markup(drawing), className="sparkcell"),
            html.Td(html.B(flow), className="n"),
            html.Td(excess, className="n"),
            html.Td(night, className="n minor"),
            html.Td(words.number(row.zone.population_served), className="n minor"),
        ]
    )
