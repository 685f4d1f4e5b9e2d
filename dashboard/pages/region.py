"""The region: what is happening now."""

from __future__ import annotations

from datetime import timedelta

from dash import html
from dash.development.base_component import Component

from dashboard import sentences
from dashboard.figures.region_map import region_map
from dashboard.figures.timeline import timeline
from dashboard.markup import Chart, Markup
from dashboard.pages import region_parts as parts
from dashboard.pages.balance_parts import balance_sections
from dashboard.pages.event_list import event_groups
from dashboard.pages.parts import attributes, grid, key, lead, section
from dashboard.views.chart import TimeChart
from dashboard.views.geography import geography
from dashboard.views.region import RegionView, region_view
from dashboard.views.region_map import RegionMap
from dashboard.views.region_towns import dam_spots, town_cells
from dashboard.views.water_balance import water_balance
from dashboard.visit import Visit

HOURS_BACK, HOURS_AHEAD = 24, 4


def title(visit: Visit) -> str:
    """For the window."""
    return visit.words.say("Overview")


def layout(visit: Visit) -> Component:
    """The page."""
    view = region_view(visit.rooms, visit.region, visit.now)
    balance = water_balance(visit.rooms, visit.region, "region", visit.region.name, visit.now, visit.query)
    return html.Div(
        [
            html.Div(head(visit, view), id="region-head", **attributes(data_refresh="events minute")),
            grid(
                _first(visit, view),
                _map(visit, view),
                _inflow(visit, view),
                parts.figures(visit, view),
                parts.towns(visit, view),
                parts.dams(visit, view),
                parts.recent(visit, view),
                parts.tanks(visit, view),
                parts.health(visit, view),
                *balance_sections(visit, balance, "/"),
            ),
        ]
    )


def head(visit: Visit, view: RegionView) -> Component:
    """The sentence that answers, and the next."""
    words = visit.words
    waiting = sum(item.waits for item in view.items)
    headline = sentences.region_headline(view.losing, waiting, words)
    since = words.since(view.shift_start, visit.now)
    text = sentences.region_text(view.within, len(view.zone_sparks), view.silent, view.came, view.ended, since, words)
    return lead(headline, text, aside=f"{words.long_date(visit.now)}, {words.time(visit.now)}")


def _first(visit: Visit, view: RegionView) -> Component:
    words = visit.words
    body = html.Div(
        event_groups(visit, view.items, view.zone_sparks), id="region-first", **attributes(data_refresh="events")
    )
    return section(
        words.say("What to do first"), body, note=words.say("by cost per hour and certainty"), span=5, kind="first"
    )


def _map(visit: Visit, view: RegionView) -> Component:
    words = visit.words
    shape = geography(visit.region)
    if shape is None:
        empty = html.P(words.say("No town of this region has a position yet."), className="empty")
        return section(words.say("The region now"), empty, span=7)
    data = RegionMap(
        geography=shape,
        towns=town_cells(visit.region, view, words),
        dams=dam_spots(view, words),
        marks=view.items[:12],
    )
    drawn = region_map(data, words, words.say("Schematic map of towns, rivers and dams"))
    body = html.Div(
        [Markup(drawn), Markup(parts.legend(words), className="legend wide")],
        className="mapbox",
        id="region-map",
        **attributes(data_refresh="events minute"),
    )
    return section(words.say("The region now"), body, note=words.say("schematic map, cell = town"), span=7)


def _inflow(visit: Visit, view: RegionView) -> Component:
    words = visit.words
    spark = view.region_spark
    chart = TimeChart(
        line=spark.line,
        band=spark.band,
        start=visit.now - timedelta(hours=HOURS_BACK),
        end=visit.now + timedelta(hours=HOURS_AHEAD),
        now=visit.now,
        unit="m³/h",
        digits=0,
        stale_s=3 * 3600.0,
    )
    name = words.say("Inflow of the network")
    body = Chart(
        timeline(chart, words),
        height="190px",
        label=name,
        header="region-inflow-readout",
        id="region-inflow",
        refresh="minute",
    )
    keys = key(
        ("band", words.say("sum of the zones' expected ranges")),
        ("observed", words.say("measured")),
        ("outside", words.say("outside the range")),
    )
    return section(name, body, note=words.say("m³/h, hourly means"), end=keys, readout="region-inflow-readout")
