"""Devices: all that are registered, found by name, kind or zone; the silent ones first on demand."""

from __future__ import annotations

from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from dashboard.markup import Markup, escape
from dashboard.pages.parts import choices, grid, lead, link, section
from dashboard.views.devices import DeviceRow, devices_view
from dashboard.visit import Visit
from dashboard.words import DEVICE_KINDS

SHOWN = 100


def title(visit: Visit) -> str:
    """For the window."""
    return visit.words.say("Devices")


def layout(visit: Visit) -> Component:
    """The page."""
    words, query = visit.words, visit.query
    view = devices_view(visit.rooms, visit.region, visit.now)
    chosen = [row for row in view if _fits(row, query.get("kind", ""), query.get("zone", ""), query.get("find", ""))]
    if query.get("state") == "silent":
        chosen = [row for row in chosen if row.silent]
    silent = sum(row.silent for row in view)
    headline = words.plural("{n} device is registered", "{n} devices are registered", len(view))
    second = words.plural("{n} of them is silent", "{n} of them are silent", silent)
    note = words.plural("{n} device", "{n} devices", len(chosen))
    if len(chosen) > SHOWN:
        note += ", " + words.say("the first {n} are shown", n=SHOWN)
    body = [html.Div([_find(visit), _kinds(visit)], className="fields"), _table(visit, chosen[:SHOWN])]
    end = html.A(words.say("New devices and refused messages"), href="/new")
    return html.Div([lead(f"{headline}, {second}."), grid(section(words.say("Devices"), *body, note=note, end=end))])


def _fits(row: DeviceRow, kind: str, zone: str, find: str) -> bool:
    text = f"{row.device.device} {row.device.type} {row.point} {row.zone_name} {row.town}".lower()
    return (not kind or row.device.kind == kind) and (not zone or row.zone == zone) and find.lower() in text


def _find(visit: Visit) -> Component:
    words, query = visit.words, visit.query
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(query[name])}">'
        for name in ("kind", "state", "zone")
        if name in query
    )
    field = f'<input type="text" name="find" value="{escape(query.get("find", ""))}">{hidden}'
    label = f"<label>{escape(words.say('Find by number, type, point or town'))}{field}</label>"
    return Markup(f'<form data-go="1">{label}</form>')


def _kinds(visit: Visit) -> Component:
    words, query = visit.words, visit.query
    kept = {name: query[name] for name in ("zone", "find") if query.get(name)}
    items = [(words.say("all"), _address(kept), not query.get("kind") and query.get("state") != "silent")]
    items += [
        (words.say(said), _address({**kept, "kind": kind}), query.get("kind") == kind)
        for kind, said in DEVICE_KINDS.items()
    ]
    items.append((words.say("silent"), _address({**kept, "state": "silent"}), query.get("state") == "silent"))
    return html.Div(choices(items, words.say("Kind")), className="scroll")


def _address(query: dict[str, str]) -> str:
    return f"/devices?{urlencode(query)}" if query else "/devices"


def _table(visit: Visit, rows: list[DeviceRow]) -> Component:
    words = visit.words
    if not rows:
        return html.P(words.say("No device fits."), className="empty")
    head = [words.say("Device"), words.say("Kind"), words.say("Where"), words.say("Last heard")]
    body = []
    for row in rows:
        kind = words.say(DEVICE_KINDS[row.device.kind]) if row.device.kind in DEVICE_KINDS else row.device.kind
        where = " › ".join(part for part in (row.town, row.zone_name) if part)
        last = "—" if row.last is None else words.since(row.last, visit.now)
        body.append(
            html.Tr(
                [
                    html.Td(html.A(row.device.device, href=link("devices", row.device.device))),
                    html.Td(
                        [kind, html.Span(f" · {row.device.type}" if row.device.type else "", className="mut minor")]
                    ),
                    html.Td([where, html.Br(), html.Span(row.point, className="mut")]),
                    html.Td(last, className="n " + ("out" if row.silent else "")),
                ]
            )
        )
    heads = [html.Th(name, className="n" if k == 3 else "") for k, name in enumerate(head)]
    return html.Table([html.Thead(html.Tr(heads)), html.Tbody(body)], className="t")
