"""One event: what it is, who has it, what it costs, why we think so, what was done."""

from __future__ import annotations

from datetime import datetime, timedelta

from dash import html
from dash.development.base_component import Component

from dashboard import sentences
from dashboard.figures.evidence import evidence_chart
from dashboard.figures.reservoir_limits import Limit
from dashboard.figures.spark import spark
from dashboard.i18n import mark
from dashboard.markup import Chart, Markup, escape
from dashboard.pages.event_figures import big_figures
from dashboard.pages.event_log import event_log, person
from dashboard.pages.parts import action, attributes, crumbs, facts, grid, key, link, section, severity
from dashboard.pages.region_parts import short_name
from dashboard.views.event import EventView, PressureNear, event_view
from dashboard.views.event_evidence import Evidence
from dashboard.views.events import EventItem
from dashboard.visit import PageMissingError, Visit
from models.event import CaseState, Event, EventKind

PROGRESS = tuple(CaseState)
"""The case from new to closed, in the order of its steps."""

LIMITS: dict[str, str] = {"low": mark("limit {value}"), "critical": mark("critical limit {value}")}
KEY_BAND = mark("expected range 90 %")


def known(visit: Visit) -> bool:
    """Whether there is such an event."""
    return visit.records.event(visit.params["event"]) is not None


def _event(visit: Visit) -> Event:
    event = visit.records.event(visit.params["event"])
    if event is None:
        raise PageMissingError
    return event


def title(visit: Visit) -> str:
    """For the window."""
    return sentences.title(_event(visit), visit.words)


def layout(visit: Visit) -> Component:
    """The page."""
    view = event_view(visit.rooms, visit.region, _event(visit), visit.now)
    top = html.Div(
        [_head(visit, view), _progress(visit, view), _figures(visit, view)],
        id="event-head",
        **attributes(data_refresh="events"),
    )
    charts = html.Div([_evidence(visit, view), *_pressures(visit, view)], className="span8 stack")
    side = html.Div([_why(visit, view), _facts(visit, view), _log(visit, view)], className="span4 stack")
    return html.Div([top, grid(charts, side)])


def _head(visit: Visit, view: EventView) -> Component:
    words, event = visit.words, view.item.event
    symbol = severity(event, str(view.item.rank or ""), sentences.severity_label(event, words), size=34)
    heading = html.H1([Markup(symbol, tag="span"), html.Span(sentences.title(event, words))], className="ev-title")
    text = sentences.event_text(event, person(event.acknowledged_by, words), visit.now, words)
    parts: list[Component] = [html.Div([_crumb(visit, view), heading, html.P(text)])]
    if view.item.waits:
        parts.append(_acknowledge(visit, event))
    return html.Div(parts, className="lead")


def _crumb(visit: Visit, view: EventView) -> Component:
    words, item = visit.words, view.item
    steps: list[tuple[str, str]] = []
    if item.municipality is not None:
        steps.append((item.municipality.name, link("municipalities", item.municipality.code)))
    if item.zone is not None:
        steps.append((words.say("metered zone {name}", name=item.zone.name), link("zones", item.zone.zone)))
    if item.event.level == "reservoir":
        steps.append((item.subject_name, link("tanks", item.event.subject)))
    elif item.event.level == "device":
        steps.append((item.subject_name, link("devices", item.event.subject)))
    elif item.event.level == "point":
        steps.append((item.subject_name, _device_of(visit, item.event)))
    return crumbs(visit, *steps)


def _device_of(visit: Visit, event: Event) -> str:
    device = _hanging(visit, event)
    return link("devices", device) if device else ""


def _hanging(visit: Visit, event: Event) -> str:
    """The device at the point of an event."""
    found = next(iter(visit.region.devices_at(event.subject, event.start, event.end or visit.now)), None)
    return found.device if found is not None else ""


def _acknowledge(visit: Visit, event: Event) -> Component:
    """The button and who presses it; the browser remembers the name (assets/events.js)."""
    words = visit.words
    label = words.say("Your name")
    field = Markup(
        f'<input type="text" name="who" maxlength="60" autocomplete="name" aria-label="{label}" placeholder="{label}">'
    )
    button = action(words.say("Acknowledge"), f"/actions/events/{event.id}/acknowledge", primary=True)
    return html.Form([field, button], className="acknowledge", **attributes(data_one_action="1"))


def _progress(visit: Visit, view: EventView) -> Component:
    words, event = visit.words, view.item.event
    at = PROGRESS.index(event.case)
    taken = {entry.what: entry.at for entry in view.log} | {CaseState.NEW.value: event.detected_at}
    if "closed_as_history" in taken:
        taken.setdefault(CaseState.CLOSED.value, taken["closed_as_history"])
    cells = []
    for k, step in enumerate(PROGRESS):
        moment = taken.get(step.value) if k <= at else None
        # A step that nobody took is not done, though later ones were.
        state = "" if k >= at else "done" if moment is not None else "skipped"
        parts: list[Component | str] = [words.say(sentences.CASES[step])]
        if moment is not None:
            parts.append(html.Span(_reached(visit, moment, k == at)))
        current = attributes(aria_current="step") if k == at else {}
        cells.append(html.Li(parts, className=state, **current))
    return html.Ol(cells, className="case", **attributes(aria_label=words.say("Progress of the case")))


def _reached(visit: Visit, moment: datetime, present: bool) -> str:
    words = visit.words
    when = words.since(moment, visit.now)
    return words.say("since {time}", time=when) if present else when


def _figures(visit: Visit, view: EventView) -> Component:
    cells = []
    for figure in big_figures(view, visit.now, visit.words):
        value: list[Component | str] = [figure.value]
        if figure.unit:
            value.append(html.Small(figure.unit))
        unknown = " unknown" if not figure.unit else ""
        cells.append(
            html.Div(
                [html.Dt(figure.name), html.Dd(value, className=f"n{unknown}"), html.Dd(figure.said, className="s")]
            )
        )
    return html.Dl(cells, className="four")


def _evidence(visit: Visit, view: EventView) -> Component:
    words, found = visit.words, view.evidence
    if found is None:
        text = words.say("The store has no reading of it from the day before the event until now.")
        return section(words.say("Evidence"), html.P(text, className="empty"))
    name = sentences.quantity(found.quantity, words)
    limits = [
        Limit(
            value, words.say(LIMITS[word], value=words.measure(value, found.chart.unit, _digits(found))), word != "low"
        )
        for word, value in found.limits
    ]
    missing = view.item.event.kind is EventKind.DATA_STOPPED
    chart = Chart(
        evidence_chart(found.chart, limits, words, missing), "300px", name, header="event-readout", id="event-chart"
    )
    keys = [("observed", words.say("measured"))]
    if len(found.chart.band.time_ms):
        keys = [("band", words.say(KEY_BAND)), *keys, ("outside", words.say("outside the range"))]
    return section(
        words.say("Evidence: {quantity}", quantity=name),
        chart,
        note=found.chart.unit,
        end=key(*keys),
        readout="event-readout",
    )


def _digits(found: Evidence) -> int:
    return found.chart.digits


def _pressures(visit: Visit, view: EventView) -> list[Component]:
    """Pressures of the zone over the same time: a burst pulls them down, a faulty flow meter does not."""
    if not view.pressures:
        return []
    words = visit.words
    cells = [Markup(_pressure(visit, view, near), className="pz") for near in view.pressures]
    note = words.say("m of water over the same time; change against the hour before")
    return [section(words.say("Pressures in the zone"), html.Div(cells, className="pzs"), note=note)]


def _pressure(visit: Visit, view: EventView, near: PressureNear) -> str:
    words = visit.words
    label = words.say("Pressure at point {name}", name=near.point)
    drawing = spark(near.line, view.start, view.axis_end, label, height=86, width=400)
    change = words.say("no data")
    if near.change_m is not None:
        change = words.signed(near.change_m, 1) + "\u00a0m"
    return f'<div class="nm"><b>{escape(near.point)}</b><span>{change}</span></div>{drawing}'


def _why(visit: Visit, view: EventView) -> Component:
    words, item = visit.words, view.item
    said = sentences.why(item.event.why, words, _named(visit, item))
    parts: list[Component] = [html.P(said, className="because")]
    for operation in view.operations:
        start, end = words.since(operation.start, visit.now), operation.end
        until = words.since(end, visit.now) if end is not None else words.say("still going on")
        kind = words.say(sentences.OPERATIONS.get(operation.kind, operation.kind))
        logged = words.say(
            "Logged work: {kind}, {place}, {start} to {end}.", kind=kind, place=operation.place, start=start, end=until
        )
        parts.append(html.P(logged, className="mut"))
    if not view.operations and item.zone is not None and item.event.level == "zone":
        parts.append(html.P(words.say("No work is logged in the zone at that time."), className="mut"))
    body = html.Div(parts, id="event-why", **attributes(data_refresh="events"))
    return section(words.say("Why we think so"), body, kind="first")


def _named(visit: Visit, item: EventItem) -> str:
    """The subject after the noun that carries the case: "ve vodojemu Bynov"; empty for the name as it was judged."""
    event = item.event
    if event.kind is EventKind.DATA_STOPPED and event.level == "point":
        return _hanging(visit, event)
    return short_name(item.subject_name) if event.level in ("zone", "municipality", "reservoir") else ""


def _facts(visit: Visit, view: EventView) -> Component:
    words, event = visit.words, view.item.event
    delay = words.duration(max(event.detected_at - event.start, timedelta()))
    rows = [
        (words.say("Severity"), words.say(sentences.SEVERITIES[event.priority])),
        (words.say("Alarm"), words.say(sentences.ALARMS[event.state])),
        (words.say("Began"), words.since(event.start, visit.now)),
        (
            words.say("Found"),
            words.say("{time}, after {delay}", time=words.since(event.detected_at, visit.now), delay=delay),
        ),
    ]
    if event.end is not None:
        rows.append((words.say("Ended"), words.since(event.end, visit.now)))
    body = html.Div(facts(rows), id="event-facts", **attributes(data_refresh="events"))
    return section(words.say("Event"), body)


def _log(visit: Visit, view: EventView) -> Component:
    log = event_log(visit, view.item.event, view.log)
    body = html.Div(log, id="event-log", **attributes(data_refresh="events"))
    return section(visit.words.say("Log"), body, note=visit.words.say("newest first"))
