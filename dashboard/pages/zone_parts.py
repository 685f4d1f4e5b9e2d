"""What stands beside and below a zone's charts: facts, simulation, events, operations."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dashboard import sentences
from dashboard.pages.event_list import event_groups
from dashboard.pages.parts import action, attributes, link, section
from dashboard.pages.parts import facts as fact_rows
from dashboard.views.events import EventItem
from dashboard.views.last_day import spark_of
from dashboard.views.zone import ZoneView
from dashboard.visit import Visit


def facts(visit: Visit, view: ZoneView) -> Component:
    """What the registry says of the zone."""
    words, zone = visit.words, view.zone
    rows = [
        (words.say("Length of mains"), words.measure(zone.mains_km, "km", 1)),
        (words.say("Connections"), words.number(zone.connections)),
        (words.say("People served"), words.number(zone.population_served)),
    ]
    if zone.mean_pressure_m is not None:
        rows.append((words.say("Mean pressure"), words.measure(zone.mean_pressure_m, "m", 0)))
    devices = words.say("Devices ({n})", n=words.number(view.devices))
    end = html.A(devices, href=f"/devices?zone={zone.zone}")
    return section(words.say("Zone"), fact_rows(rows), end=end, span=3)


def simulation(visit: Visit, view: ZoneView) -> list[Component]:
    """Burst and repair, in a simulated region only."""
    words, region = visit.words, visit.region
    if not region.simulated or visit.rooms.config.publish is None:
        return []
    text = words.say("The region is simulated: here a main can be burst and the system watched while it finds out.")
    buttons = html.Div(
        [
            action(words.say("Burst a main"), "/actions/burst", zone=view.zone.zone),
            action(words.say("Repair it"), "/actions/repair", zone=view.zone.zone),
        ],
        className="act",
    )
    return [section(words.say("Simulation"), html.P(text, className="small mut"), buttons, span=3)]


def events(visit: Visit, view: ZoneView) -> Component:
    """What waits and is in hand in the zone, then what was."""
    words = visit.words
    last_day = spark_of(view.zone.zone, view.inflow.line, view.inflow.band, visit.now)
    parts: list[Component] = [event_groups(visit, view.items, {view.zone.zone: last_day})]
    if view.past:
        parts += [
            html.H3(words.say("Earlier"), className="grp"),
            html.Ul([_past(visit, i) for i in view.past], className="log dated"),
        ]
    body = html.Div(parts, id="zone-events", **attributes(data_refresh="events"))
    return section(words.say("Events"), body, span=6)


def _past(visit: Visit, item: EventItem) -> Component:
    words, event = visit.words, item.event
    when = words.since(event.detected_at, visit.now)
    state = words.say(sentences.CASES[event.case])
    name = html.A(sentences.title(event, words), href=link("events", event.id))
    return html.Li([html.Time(when), html.Span([name, html.Span(f" · {state}", className="mut")])])


def operations(visit: Visit, view: ZoneView) -> Component:
    """The newest entries of the operations log."""
    words = visit.words
    rows: list[Component] = []
    for entry in view.operations:
        kind = words.say(sentences.OPERATIONS[entry.kind]) if entry.kind in sentences.OPERATIONS else entry.kind
        what = " · ".join(part for part in (kind, entry.place, entry.note) if part)
        volume = "—" if entry.volume_m3 is None else words.volume(entry.volume_m3)
        cells = [
            html.Td(words.since(entry.start, visit.now), className="nw mut"),
            html.Td(what),
            html.Td(volume, className="n"),
        ]
        rows.append(html.Tr(cells))
    if not rows:
        text = words.say("No flushing, hydrant or shutdown is logged in this zone.")
        return section(words.say("Operations log"), html.P(text, className="empty"), span=6)
    return section(words.say("Operations log"), html.Table(html.Tbody(rows), className="t"), span=6)
