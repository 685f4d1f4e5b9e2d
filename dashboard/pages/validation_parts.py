"""The section of validation on a device's page: what the tests say, what people said, and the form to say more."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from dash import html
from dash.development.base_component import Component

from dashboard.i18n import mark
from dashboard.markup import Markup
from dashboard.pages.event_log import person
from dashboard.pages.form_fields import select, text_field
from dashboard.pages.parts import action, section
from dashboard.validation_words import EDITS, measured, quantity_name, reason
from dashboard.views.judgements import Judgements
from dashboard.visit import Visit
from dashboard.words import QUALITIES
from models.reading import from_ms
from models.verdict import Edit, EditKind, Verdict

KINDS: dict[EditKind, str] = {
    EditKind.EXCLUDE: mark("exclude: it counts nowhere"),
    EditKind.REPLACE: mark("replace by a value"),
    EditKind.ACCEPT: mark("accept: it was so"),
}


def validation_section(visit: Visit, device: str, quantities: Sequence[str], view: Judgements) -> Component:
    """Verdicts, edits with their undoing, and the form for an edit."""
    words = visit.words
    parts: list[Component] = [_verdicts(visit, view)]
    if view.edits:
        parts.append(html.P(words.say("What people said of the readings"), className="mut"))
        parts.append(html.Ul([_edit(visit, edit) for edit in view.edits], className="log dated"))
    if quantities:
        parts.append(_form(visit, device, quantities))
    body = html.Div(parts, id="device-validation")
    note = words.say("readings stay as they came; what is suspect or wrong counts nowhere")
    return section(words.say("Validation"), body, note=note, span=8, kind="sub")


def _verdicts(visit: Visit, view: Judgements) -> Component:
    words = visit.words
    if not view.verdicts:
        return html.P(words.say("No test objects to anything in this span."), className="empty")
    table = html.Table(html.Tbody([_verdict(visit, one) for one in view.verdicts]), className="t")
    parts: list[Component] = [html.Div(table, className="scroll")]
    if view.found > len(view.verdicts):
        text = words.plural("One more in this span.", "{n} more in this span.", view.found - len(view.verdicts))
        parts.append(html.P(text, className="mut"))
    return html.Div(parts)


def _verdict(visit: Visit, one: Verdict) -> Component:
    words = visit.words
    return html.Tr(
        [
            html.Td(_span(visit, one.first_ms, one.last_ms), className="nw"),
            html.Td(quantity_name(one.quantity, words)),
            html.Td(words.say(QUALITIES[one.quality.name])),
            html.Td(reason(one, words), className="mut"),
        ]
    )


def _span(visit: Visit, first_ms: int, last_ms: int) -> str:
    """A moment, or from one to another."""
    words = visit.words
    first, last = from_ms(first_ms), from_ms(last_ms)
    if first_ms == last_ms:
        return words.moment(first)
    same_day = words.local(first).date() == words.local(last).date()
    return f"{words.moment(first)} – {words.time(last) if same_day else words.moment(last)}"


def _edit(visit: Visit, edit: Edit) -> Component:
    words = visit.words
    value = measured(edit.value, edit.quantity, words) if edit.value is not None else ""
    said = words.say(EDITS[edit.kind], value=value) if value else words.say(EDITS[edit.kind])
    where = f"{quantity_name(edit.quantity, words)} {_span(visit, edit.first_ms, edit.last_ms)}"
    text = f"{where}: {said} · {person(edit.who, words)} · {edit.why}"
    parts: list[Component | str] = [html.Time(words.since(edit.at, visit.now)), html.Span(text)]
    if edit.stands:
        address = f"/actions/edits/{edit.id}/undo"
        parts.append(action(words.say("Undo"), address, small=True, confirm=words.say("Take this back?")))
    elif edit.undone_at is not None:
        undone = words.say(
            "taken back by {who} {time}", who=person(edit.undone_by, words), time=words.since(edit.undone_at, visit.now)
        )
        parts.append(html.Span(undone, className="mut"))
    return html.Li(parts)


def _form(visit: Visit, device: str, quantities: Sequence[str]) -> Component:
    words = visit.words
    now = words.local(visit.now).strftime("%Y-%m-%dT%H:%M")
    names = [(name, quantity_name(name, words)) for name in quantities]
    kinds = [(kind.value, words.say(said)) for kind, said in KINDS.items()]
    fields = [
        select("quantity", words.say("Quantity"), names, quantities[0], None),
        text_field("from", words.say("From"), now, kind="datetime-local", more='step="1"'),
        text_field("to", words.say("To, inclusive"), now, kind="datetime-local", more='step="1"'),
        select("kind", words.say("What of it"), kinds, EditKind.EXCLUDE.value, None),
        text_field("value", words.say("Value"), more='size="8" inputmode="decimal"'),
        text_field("who", words.say("Your name"), more='maxlength="60" autocomplete="name"'),
        text_field("note", words.say("Why"), more='maxlength="400"'),
    ]
    button = action(words.say("Write it down"), f"/actions/devices/{quote(device, safe='')}/edits", primary=True)
    form = html.Form([Markup("".join(fields), className="fields"), button], className="place")
    return html.Details([html.Summary(words.say("Exclude, replace or accept readings")), form], className="more-rows")
