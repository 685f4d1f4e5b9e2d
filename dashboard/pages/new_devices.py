"""New devices and refused payloads: what arrives and has no place yet."""

from __future__ import annotations

import re
from datetime import timedelta

from dash import html
from dash.development.base_component import Component

from dashboard.figures.spark import spark
from dashboard.i18n import Words, mark
from dashboard.markup import Markup
from dashboard.pages.mapping_rule import filter_link
from dashboard.pages.parts import attributes, crumbs, grid, lead, link, section
from dashboard.pages.placing import place_form, point_list
from dashboard.pages.refusal_words import refusal
from dashboard.views.mapping_rule import can_be_mapped
from dashboard.views.new_devices import (
    COURSE,
    SHOWN_BYTES,
    Arrivals,
    RefusedGroup,
    UnknownDevice,
    arrivals,
    shown_hex,
    shown_text,
    visible,
)
from dashboard.visit import Visit
from dashboard.words import DEVICE_KINDS, QUANTITY_NAMES
from models.quantity import QUANTITIES
from models.reading import Reading
from models.records import Refused

SHOWN_TOPICS = 3
OPEN_BYTES = 240
"""Payloads up to this size are shown at once, larger ones when asked for."""
GUESSES: tuple[tuple[str, str], ...] = (
    ("volume_m3", "water_meter"),
    ("pulses", "water_meter"),
    ("interval_volume_m3", "water_meter"),
    ("stage_m", "dam_station"),
    ("level_m", "tank_station"),
    ("pressure_m", "pressure_sensor"),
    ("flow_m3h", "flow_meter"),
    ("rain_mm", "weather_station"),
)
"""What a device that sends a quantity probably is, the first that fits."""
WHY: dict[str, str] = {
    "keys": mark("since another key is known"),
    "rules": mark("since a rule has changed"),
    "decoders": mark("since the program knows more"),
    "births": mark("since its source has told its names"),
    "": mark("since the program, a rule or a key has changed"),
}
"""What had changed, of ingest.knowledge.PARTS."""
_PLACE = re.compile(r"at character (\d+)")
BUTTON = {"copied": mark("Copied")}


def title(visit: Visit) -> str:
    """For the window."""
    return visit.words.say("New devices")


def layout(visit: Visit) -> Component:
    """The page."""
    words = visit.words
    found = arrivals(visit.rooms, visit.region, visit.now)
    crumb = crumbs(visit, (words.say("Devices"), "/devices"), (words.say("New devices"), ""))
    head = html.Div(
        lead(headline(found, words), second(found, words), crumb=crumb),
        id="new-head",
        **attributes(data_refresh="minute"),
    )
    return html.Div([head, grid(_devices(visit, found), _refused(visit, found), *_understood(visit, found))])


def headline(found: Arrivals, words: Words) -> str:
    """How much waits for a person."""
    if not found.unknown and not found.kept:
        return words.say("Every device is known and every payload is understood.")
    devices = words.plural(
        "{n} device sends and is not in the registry", "{n} devices send and are not in the registry", found.unknown
    )
    if not found.unknown:
        devices = words.say("Every device that sends is in the registry")
    payloads = words.plural("{n} payload was refused", "{n} payloads were refused", found.kept + found.dropped)
    return f"{devices}, {payloads}."


def second(found: Arrivals, words: Words) -> str:
    """That nothing is lost, and what was dropped."""
    parts = []
    if found.unknown:
        parts.append(words.say("Readings of new devices are kept; they count from the date that a person sets."))
    if found.dropped:
        parts.append(
            words.plural(
                "{n} older refused payload was dropped for room.",
                "{n} older refused payloads were dropped for room.",
                found.dropped,
            )
        )
    return " ".join(parts)


# -- devices -------------------------------------------------------------------------------------------------------


def _devices(visit: Visit, found: Arrivals) -> Component:
    words = visit.words
    name = words.say("New devices")
    if not found.devices:
        text = words.say("No device sends that the registry does not know. One shows here with its first reading.")
        return section(name, html.P(text, className="empty"))
    rows = html.Ul(
        [_device(visit, item) for item in found.devices],
        className="nds",
        id="new-list",
        **attributes(data_refresh="minute"),
    )
    parts: list[Component] = [point_list(visit), rows]
    if found.unknown > len(found.devices):
        more = found.unknown - len(found.devices)
        parts.append(html.P(words.plural("{n} more is not shown.", "{n} more are not shown.", more), className="said"))
    note = words.plural("{n} device", "{n} devices", found.unknown)
    return section(name, *parts, note=note)


def _device(visit: Visit, item: UnknownDevice) -> Component:
    words, seen = visit.words, item.seen
    kind = guessed_kind(seen.quantities)
    name = html.A(visible(seen.device), href=link("devices", seen.device))
    facts = [words.say("probably {kind}", kind=_inside(DEVICE_KINDS[kind], words)) if kind else "", seen.dialect]
    first: list[Component] = [
        html.H3(name),
        html.Div(" · ".join(fact for fact in facts if fact), className="mut"),
        html.Div(visible(seen.topic), className="mono dim"),
    ]
    if item.assigned:
        first.append(html.Div(words.say("It is in devices.csv and hangs at no point."), className="mut"))
    course = Markup(
        spark(
            item.line,
            visit.now - COURSE,
            visit.now + timedelta(minutes=30),
            words.say("its readings of the last three days"),
            gap_s=26 * 3600,
            dot=len(item.line.time_ms) > 0,
        ),
        className="course",
    )
    when = [
        html.Div([words.say("first"), " ", html.B(words.since(seen.first_seen, visit.now))]),
        html.Div([words.say("last"), " ", html.B(words.since(seen.last_seen, visit.now))]),
    ]
    return html.Li(
        [
            html.Div(first),
            html.Div([html.Div(line) for line in said_lines(item.said, words)], className="says"),
            html.Div([course, html.Div(_drawn(item.drawn, words), className="dim")]),
            html.Div(when, className="when"),
            place_form(visit, item, kind),
        ],
        className="nd",
    )


def _inside(msgid: str, words: Words) -> str:
    """A name as it stands inside a sentence; German nouns keep their capital."""
    text = words.say(msgid)
    return text if words.language == "de" else text[:1].lower() + text[1:]


def _drawn(quantity: str, words: Words) -> str:
    """What a spark shows."""
    known = QUANTITIES.get(quantity)
    if known is not None and known.kind == "register":
        return words.say("use between readings")
    return words.say(QUANTITY_NAMES[quantity]) if quantity in QUANTITY_NAMES else quantity


def said_lines(said: tuple[Reading, ...], words: Words) -> list[str]:
    """What a device says, in words: Register 12,345 m³."""
    lines = []
    for reading in said:
        known = QUANTITIES.get(reading.quantity)
        name = words.say(QUANTITY_NAMES[reading.quantity]) if reading.quantity in QUANTITY_NAMES else reading.quantity
        if reading.value is None or known is None:
            lines.append(f"{name} —")
        else:
            lines.append(f"{name} {words.measure(reading.value, known.unit, known.digits)}")
    return lines


def guessed_kind(quantities: tuple[str, ...]) -> str:
    """What a device probably is, by what it sends; an empty word where that tells nothing.

    >>> guessed_kind(("battery_v", "volume_m3"))
    'water_meter'
    """
    return next((kind for quantity, kind in GUESSES if quantity in quantities), "")


# -- payloads ------------------------------------------------------------------------------------------------------


def copy_button(text: str, words: Words) -> Component:
    """A button that copies a text (see assets/copy.js)."""
    data = attributes(data_copy=text, data_copied=words.say(BUTTON["copied"]))
    return html.Button(words.say("Copy"), type="button", className="btn sm", **data)


def _refused(visit: Visit, found: Arrivals) -> Component:
    words = visit.words
    name = words.say("Refused payloads")
    if not found.refused:
        text = words.say("Every payload that came was understood.")
        return section(name, html.P(text, className="empty"))
    rows = html.Ul(
        [_group(visit, group) for group in found.refused],
        className="rfs",
        id="refused-list",
        **attributes(data_refresh="minute"),
    )
    parts: list[Component] = [rows]
    if found.folded < found.kept:
        text = words.say(
            "The newest {n} of {all} kept payloads are shown.",
            n=words.number(found.folded),
            all=words.number(found.kept),
        )
        parts.append(html.P(text, className="said"))
    note = words.plural("{n} kept", "{n} kept", found.kept)
    if found.dropped:
        note += ", " + words.plural("{n} dropped for room", "{n} dropped for room", found.dropped)
    return section(name, *parts, note=note)


def _group(visit: Visit, group: RefusedGroup) -> Component:
    words, newest = visit.words, group.newest
    what, mend = refusal(group.code, words)
    when: list[Component | str] = [html.Div(words.since(newest.received, visit.now))]
    if group.count > 1:
        when.append(html.Div(words.plural("{n} time", "{n} times", group.count), className="times"))
        when.append(html.Div(words.say("since {time}", time=words.since(group.first, visit.now)), className="dim"))
    topics = [html.Div(visible(topic), className="mono mut") for topic in group.topics[:SHOWN_TOPICS]]
    if len(group.topics) > SHOWN_TOPICS:
        more = len(group.topics) - SHOWN_TOPICS
        topics.append(html.Div(words.plural("and {n} more topic", "and {n} more topics", more), className="dim"))
    return html.Li(
        [
            html.Div(when, className="when"),
            html.Div([html.H3(what), html.Div(mend, className="mut"), *topics, *_rule_link(group, words)]),
            html.Details(
                open=len(newest.payload) <= OPEN_BYTES,
                children=[
                    html.Summary(words.plural("{n} byte", "{n} bytes", len(newest.payload))),
                    *_payload(newest, words),
                    html.Div([html.Span(f"{group.code}: "), visible(newest.reason)], className="mono dim reason-raw"),
                ],
            ),
        ],
        className="rf",
    )


def _understood(visit: Visit, found: Arrivals) -> list[Component]:
    """What was refused first and is understood now; nothing where there is nothing."""
    words = visit.words
    if not found.understood:
        return []
    rows = [
        html.Li(
            [
                html.Div(words.since(group.at, visit.now), className="when"),
                html.Div(
                    [
                        html.B(words.plural("{n} payload", "{n} payloads", group.count)),
                        f" · {words.plural('{n} reading', '{n} readings', group.readings)} · {group.dialect}",
                        html.Div(visible(group.topic), className="mono mut"),
                    ]
                ),
                html.Div(words.say(WHY[group.why]) if group.why in WHY else group.why, className="mut"),
            ],
            className="rf",
        )
        for group in found.understood
    ]
    rows_of = html.Ul(rows, className="rfs", id="understood-list", **attributes(data_refresh="minute"))
    return [section(words.say("Understood later"), rows_of)]


def _rule_link(group: RefusedGroup, words: Words) -> list[Component]:
    """The way to a mapping rule, where one could be made."""
    if not can_be_mapped(group.newest):
        return []
    return [html.A(words.say("Make a rule"), href=filter_link(group.topic_filter), className="btn sm")]


def _payload(refused: Refused, words: Words) -> list[Component]:
    """The bytes: as text where they are one, the failing place marked, else in hexadecimal."""
    shown = refused.payload[:SHOWN_BYTES]
    text = shown_text(shown)
    whole = shown_text(refused.payload) if text is not None else None
    body = html.Pre(_marked(refused, text) if text is not None else shown_hex(shown), className="mono raw")
    parts: list[Component] = [body]
    if len(refused.payload) > SHOWN_BYTES:
        cut = words.say("The first {n} bytes are shown.", n=words.number(SHOWN_BYTES))
        parts.append(html.Div(cut, className="said"))
    copied = whole if whole is not None else refused.payload.hex(" ")
    parts.append(copy_button(copied, words))
    return parts


def _marked(refused: Refused, text: str) -> list[Component | str]:
    """The text with the character marked at which reading it failed, where the reason names one."""
    place = _PLACE.search(refused.reason)
    at = int(place.group(1)) if place else -1
    if not 0 <= at <= len(text):
        return [text]
    return [text[:at], html.Mark(text[at : at + 1] or "\u2423"), text[at + 1 :]]
