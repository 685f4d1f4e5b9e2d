"""Events: what waits for a person first, then what is in hand, then the last 30 days."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from dashboard import sentences
from dashboard.i18n import Words, mark
from dashboard.markup import Markup, escape
from dashboard.pages.event_list import event_groups
from dashboard.pages.parts import attributes, choices, grid, lead, link, section, severity
from dashboard.views.event_lists import EventFilter, EventLists, event_filter, event_lists
from dashboard.views.events import EventItem
from dashboard.views.last_day import raw_spark
from dashboard.visit import Visit
from models.event import EventKind

MOST_ACTIVE = 200
MOST_PAST = 25

KINDS: dict[EventKind, str] = {
    EventKind.BURST: mark("inflow"),
    EventKind.TANK_LOW: mark("service tanks"),
    EventKind.PRESSURE_LOW: mark("pressure"),
    EventKind.DATA_STOPPED: mark("data"),
}


def title(visit: Visit) -> str:
    """For the window."""
    return visit.words.say("Events")


def layout(visit: Visit) -> Component:
    """The page."""
    chosen = event_filter(visit.query, visit.region)
    whole = visit.query.get("past") == "all"
    lists = event_lists(visit.records, visit.region, chosen, visit.now)
    return html.Div(
        [
            html.Div(_head(visit, lists), id="events-head", **attributes(data_refresh="events")),
            _filters(visit.words, chosen, lists),
            grid(_active(visit, chosen, lists), _past(visit, chosen, lists, whole)),
        ]
    )


def _head(visit: Visit, lists: EventLists) -> Component:
    words = visit.words
    text = words.plural(
        "In the last 30 days {n} event ended or was found later.",
        "In the last 30 days {n} events ended or were found later.",
        lists.ended,
    )
    if lists.lost_m3 > 0:
        text += " " + words.say(
            "In these events {volume} more flowed in than expected.", volume=words.volume(lists.lost_m3)
        )
    return lead(sentences.events_headline(lists.waiting, lists.in_hand, words), text)


def _filters(words: Words, chosen: EventFilter, lists: EventLists) -> Component:
    everything = words.say("any")
    severities = [(everything, _href(chosen, severity=""), chosen.priority is None)]
    severities += [
        (words.say(word), _href(chosen, severity=priority.value), chosen.priority is priority)
        for priority, word in sentences.SEVERITIES.items()
    ]
    kinds = [(everything, _href(chosen, kind=""), chosen.kind is None)]
    kinds += [(words.say(word), _href(chosen, kind=kind.value), chosen.kind is kind) for kind, word in KINDS.items()]
    return html.Div(
        [
            _named(words.say("Severity"), choices(severities, words.say("Severity"))),
            _named(words.say("What"), choices(kinds, words.say("What"))),
            _town(words, chosen, lists),
        ],
        className="filters",
    )


def _named(name: str, control: Component) -> Component:
    return html.Div([html.Span(name), control], className="named")


def _town(words: Words, chosen: EventFilter, lists: EventLists) -> Component:
    """A choice of towns that have events; it keeps what else is chosen."""
    kept = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in _query(chosen).items()
        if name != "town"
    )
    options = [("", words.say("all towns")), *((town.code, town.name) for town in lists.towns)]
    shown = "".join(
        f'<option value="{escape(code)}"{" selected" if code == chosen.town else ""}>{escape(name)}</option>'
        for code, name in options
    )
    word = escape(words.say("Town"))
    select = f'<label class="named"><span>{word}</span><select name="town">{shown}</select></label>'
    return Markup(f'<form data-go="1">{kept}{select}</form>')


def _query(chosen: EventFilter) -> dict[str, str]:
    values = {
        "severity": chosen.priority.value if chosen.priority else "",
        "kind": chosen.kind.value if chosen.kind else "",
        "town": chosen.town,
    }
    return {name: value for name, value in values.items() if value}


def _href(chosen: EventFilter, **changes: str) -> str:
    wanted = {**_query(chosen), **changes}
    values = {name: wanted[name] for name in ("severity", "kind", "town", "past") if wanted.get(name)}
    return "/events" + (f"?{urlencode(values)}" if values else "")


def _active(visit: Visit, chosen: EventFilter, lists: EventLists) -> Component:
    words = visit.words
    if lists.active or not chosen.chosen:
        zones = {item.zone.zone for item in lists.active if item.zone is not None}
        sparks = {zone: raw_spark(visit.store, visit.region, zone, visit.now) for zone in zones}
        body: Component = event_groups(visit, lists.active, sparks, MOST_ACTIVE)
    else:
        body = _nothing(words, lists.waiting + lists.in_hand)
    holder = html.Div(body, id="events-active", **attributes(data_refresh="events"))
    note = words.say("by cost per hour and certainty")
    return section(words.say("What to do"), holder, note=note, span=7 if lists.active else 12, kind="first")


def _nothing(words: Words, all_of_them: int) -> Component:
    text = words.plural(
        "The {n} event does not fit the filter.", "None of the {n} events fits the filter.", all_of_them
    )
    return html.P([text, " ", html.A(words.say("Show all"), href="/events")], className="empty")


def _past(visit: Visit, chosen: EventFilter, lists: EventLists, whole: bool) -> Component:
    words = visit.words
    body: list[Component] = []
    shown = lists.past if whole else lists.past[:MOST_PAST]
    if shown:
        body.append(
            html.Ul([_past_row(visit, item) for item in shown], className="past" if lists.active else "past two")
        )
    elif chosen.chosen and lists.ended:
        body.append(_nothing(words, lists.ended))
    else:
        body.append(html.P(words.say("No other event in the last 30 days."), className="empty"))
    if len(lists.past) > len(shown):
        more = words.plural("Show {n} more event", "Show {n} more events", len(lists.past) - len(shown))
        body.append(html.P(html.A(more, href=_href(chosen, past="all")), className="more-rows"))
    holder = html.Div(body, id="events-past", **attributes(data_refresh="events"))
    return section(
        words.say("The last 30 days"), holder, note=words.say("newest first"), span=5 if lists.active else 12
    )


def _past_row(visit: Visit, item: EventItem) -> Component:
    words, event = visit.words, item.event
    head: list[Component] = [html.A(sentences.title(event, words), href=link("events", event.id))]
    if event.found_later:
        head.append(html.Span(words.say("found later"), className="tag"))
    lost = [] if event.loss_m3 is None else [words.say("{volume} lost", volume=words.volume(event.loss_m3))]
    if item.cost_czk is not None:
        lost.append(words.say("{money} CZK", money=words.number(item.cost_czk)))
    parts: list[Component] = [
        Markup(severity(event, "", sentences.severity_label(event, words), size=20), tag="span"),
        html.Div([html.H3(head), html.Div(sentences.place(item), className="where")]),
        html.Div([html.Div(_when(visit, item)), html.Div(sentences.joined(lost), className="mut")], className="when"),
    ]
    return html.Li(parts, id=f"event-{event.id}")


def _when(visit: Visit, item: EventItem) -> str:
    words, event = visit.words, item.event
    began = words.since(event.start, visit.now)
    if event.end is None:
        return words.say("since {time}", time=began)
    lasted = words.duration(max(timedelta(), event.end - event.start))
    return words.say("{time}, lasted {duration}", time=began, duration=lasted)
