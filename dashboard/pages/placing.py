"""The form that gives a device its place: point, kind, and the time from which its readings count."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dashboard.markup import Markup, escape
from dashboard.pages.form_fields import select, text_field
from dashboard.pages.parts import action
from dashboard.views.new_devices import UnknownDevice
from dashboard.visit import Visit
from dashboard.words import DEVICE_KINDS, ROLES

POINTS = "metering-points"
"""Id of the list of points that all forms of the page offer."""


def point_list(visit: Visit) -> Component:
    """Every metering point, once a page: browsers offer what fits while one types."""
    words, region = visit.words, visit.region
    options = []
    for point in region.points:
        town = region.municipality.get(point.municipality)
        said = ", ".join(part for part in (town.name if town else "", words.say(ROLES[point.role])) if part)
        options.append(f'<option value="{escape(point.point)}">{escape(said)}</option>')
    return Markup("".join(options), tag="datalist", id=POINTS)


def place_form(visit: Visit, item: UnknownDevice, kind: str) -> Component:
    """Where it hangs and since when; earlier readings stay and count nowhere."""
    words, seen = visit.words, item.seen
    start = words.local(seen.first_seen).strftime("%Y-%m-%dT%H:%M")
    kinds = [(code, words.say(name)) for code, name in DEVICE_KINDS.items()]
    more = f'list="{POINTS}" maxlength="120" autocomplete="off"'
    fields = [text_field("point", words.say("Metering point"), more=more)]
    if not item.assigned:
        fields.append(select("kind", words.say("Kind"), kinds, kind, None))
    fields.append(text_field("from", words.say("Counts from"), start, kind="datetime-local"))
    if "volume_m3" in seen.quantities:
        fields.append(text_field("first_index", words.say("Register then, m³"), more='size="8" inputmode="decimal"'))
    if "pulses" in seen.quantities and not item.assigned:
        fields.append(text_field("litres", words.say("Litres a pulse"), more='size="6" inputmode="decimal"'))
    fields.append(text_field("who", words.say("Your name"), more='maxlength="60" autocomplete="name"'))
    ends = words.say("What of its kind hangs there now hangs there until then")
    tick = f'<label class="tick"><input type="checkbox" name="replaces" value="1"> {escape(ends)}</label>'
    button = action(words.say("Give it this place"), "/actions/place", primary=True, device=seen.device)
    note = words.say("Its readings of before that time stay and count nowhere.")
    form = html.Form(
        [Markup("".join(fields), className="fields"), Markup(tick), button, html.P(note, className="said")],
        className="place",
    )
    return html.Details([html.Summary(words.say("Give it a place")), form], className="more-rows")
