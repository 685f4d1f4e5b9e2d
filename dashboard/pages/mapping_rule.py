"""A mapping rule for payloads that no decoder knows: a person says what the fields are and sees what comes of it."""

from __future__ import annotations

from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from dashboard.i18n import Words, mark
from dashboard.markup import Markup, escape
from dashboard.pages.form_fields import select, text_field
from dashboard.pages.parts import action, attributes, crumbs, grid, lead, section
from dashboard.pages.refusal_words import refusal
from dashboard.views.mapping_rule import (
    FACTOR,
    PAYLOADS,
    QUANTITY,
    ROLE_CHOICES,
    UNIT,
    Draft,
    Line,
    Pick,
    Trial,
    draft,
)
from dashboard.views.new_devices import SHOWN_BYTES, shown_hex, shown_text, visible
from dashboard.visit import Visit
from dashboard.words import QUANTITY_NAMES
from models.quantity import QUANTITIES
from models.quantity_units import DIMENSION_OF
from models.rule_trial import WHOLE_PAYLOAD, FoundField
from models.units import Dimension

UNITS: dict[Dimension, tuple[str, ...]] = {
    "volume": ("m³", "l", "hl", "ft³", "gal"),
    "flow": ("m³/h", "l/s", "l/min", "l/h", "m³/d", "gpm"),
    "pressure": ("bar", "mbar", "kPa", "MPa", "psi", "m"),
    "length": ("m", "cm", "mm", "ft", "in"),
    "temperature": ("°C", "°F", "K"),
    "voltage": ("V", "mV"),
    "share": ("%",),
    "signal": ("dBm",),
    "duration": ("h", "min", "s"),
    "power": ("kW", "W"),
    "energy": ("kWh", "Wh", "MWh"),
    "concentration": ("mg/l",),
    "turbidity": ("NTU",),
    "conductivity": ("µS/cm", "mS/cm"),
    "sound": ("dB",),
}
"""Units that a person can choose; a rule may name any that models.units knows."""

ZONES = ("UTC", "Europe/Prague", "Europe/Berlin", "+01:00")
DOUBTS: dict[str, str] = {
    "implausible": mark("values outside of what can be"),
    "two_values": mark("several values for one time"),
    "falls": mark("the register falls"),
    "clock": mark("times that are not believed"),
    "no_time": mark("no time of its own: the receipt counts"),
}
_HARMLESS = ("no_time",)
ROLE_WORDS = {"channel": mark("number of the input"), "ignore": mark("leave out")}
_MANY_LINES = 40
NAME, REASON = mark("Your name"), mark("Reason")


def title(visit: Visit) -> str:
    """For the window."""
    return visit.words.say("Mapping rule")


def layout(visit: Visit) -> Component:
    """The page."""
    words, desk = visit.words, visit.rooms.config.rules
    crumb = crumbs(
        visit, (words.say("Devices"), "/devices"), (words.say("New devices"), "/new"), (words.say("Mapping rule"), "")
    )
    if desk is None:
        return html.Div([lead(words.say("This service makes no rules."), crumb=crumb)])
    made = draft(visit.records, visit.region, desk, visit.query)
    if not made.samples:
        text = words.say("No payload of these topics is refused any more.")
        return html.Div([lead(text, crumb=crumb), _filter_form(made, words)])
    told = words.plural("A rule for {n} refused payload", "A rule for {n} refused payloads", len(made.samples))
    second = words.say("Say what the fields are and look at what comes of it. Nothing holds before you save it.")
    # data-go: each change is the address, so that the trial is made anew.
    form = html.Form(
        grid(_payload(made, words), _settings(made, visit), _fields(made, words)), **attributes(data_go="1")
    )
    tried = grid(_trial(made, words))
    return html.Div([lead(told, second, crumb=crumb), form, tried, _save(made, visit)], className="rule")


def _filter_form(made: Draft, words: Words) -> Component:
    field = text_field("filter", words.say("Topic filter"), made.topic_filter)
    return html.Form(Markup(field, className="fields"), **attributes(data_go="1"))


def _payload(made: Draft, words: Words) -> Component:
    """The last payload as it came."""
    newest = made.samples[0]
    shown = newest.payload[:SHOWN_BYTES]
    text = shown_text(shown)
    body = html.Pre(text if text is not None else shown_hex(shown), className="mono raw")
    return section(words.say("Last payload"), html.Div(visible(newest.topic), className="mono mut"), body, span=6)


def _settings(made: Draft, visit: Visit) -> Component:
    """Topics, device, time and zone."""
    words, query = visit.words, visit.query
    levels = [level for level in made.samples[0].topic.split("/") if level.strip()]
    as_now = words.say("as recognised")
    devices = [
        (f"level:{n}", words.say("topic level {n}: {text}", n=str(n), text=visible(level)))
        for n, level in enumerate(levels, 1)
    ]
    devices += [(f"field:{f.path}", f"{f.path} = {f.example}") for f in made.fields if f.path and f.state != "value"]
    times = [(f"field:{f.path}", f"{f.path} = {f.example}") for f in made.fields if f.path and f.state != "value"]
    zone = query.get("zone", made.before.timezone if made.before else "")
    zones = dict.fromkeys([*ZONES, *([zone] if zone else [])])
    fields = (
        text_field("filter", words.say("Topic filter"), made.topic_filter),
        select("device", words.say("Device"), devices, query.get("device", ""), as_now),
        select("time", words.say("Time"), times, query.get("time", ""), words.say("as recognised, else the receipt")),
        select(
            "zone",
            words.say("Zone of times without one"),
            [(name, name) for name in zones],
            zone,
            visit.region.timezone,
        ),
    )
    notes: list[Component] = []
    if made.before is not None:
        text = words.say("It takes over what the present rule for {filter} says.", filter=made.before.topic_filter)
        notes.append(html.P(text, className="said"))
    return section(words.say("Device and time"), Markup("".join(fields), className="fields"), *notes, span=6)


def _fields(made: Draft, words: Words) -> Component:
    """A row a field that could be a reading; the others below, to be seen."""
    asked = [field for field in made.fields if field.numeric]
    rows = [_row(field, made.chosen.get(field.path, Pick("")), made, words) for field in asked]
    head = "".join(
        f"<th>{escape(word)}</th>"
        for word in (
            words.say("Field"),
            words.say("Value"),
            words.say("Quantity"),
            words.say("Unit"),
            words.say("Factor"),
        )
    )
    table = Markup(
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody>", tag="table", className="t rule-fields"
    )
    parts: list[Component] = [html.Div(table, className="scroll")]
    others = [field for field in made.fields if not field.numeric]
    if others:
        said = ", ".join(f"{visible(field.path)} = {visible(field.example)}" for field in others)
        parts.append(html.P([words.say("Not offered:"), " ", html.Span(said, className="mono")], className="said"))
    if not asked:
        parts = [html.P(words.say("No field looks like a reading."), className="empty"), *parts[1:]]
    note = words.plural("{n} field", "{n} fields", len(asked))
    return section(words.say("What the fields are"), *parts, note=note)


def _row(field: FoundField, pick: Pick, made: Draft, words: Words) -> str:
    name = visible(field.path) if field.path != WHOLE_PAYLOAD else words.say("the whole payload")
    seen = "" if field.seen_in == len(made.samples) else f" · {field.seen_in}/{len(made.samples)}"
    quantity = select(
        QUANTITY + field.path, f"{words.say('Quantity')}: {name}", _quantities(field, words), pick.quantity, "—", True
    )
    as_now = _said_now(field, words) if not pick.quantity else ""
    dimension = DIMENSION_OF.get(pick.quantity)
    unit, factor = "", ""
    if dimension:
        own = UNITS[dimension]
        options = [(word, word) for word in dict.fromkeys([*own, *([pick.unit] if pick.unit else [])])]
        unit = select(UNIT + field.path, f"{words.say('Unit')}: {name}", options, pick.unit, words.say("choose"), True)
    if pick.quantity in QUANTITIES and field.path != WHOLE_PAYLOAD:
        label = f"{words.say('Factor')}: {name}"
        factor = text_field(FACTOR + field.path, label, pick.factor, "1", more='size="5"', hidden_word=True)
    cells = (
        f'<b class="mono">{escape(name)}</b><span class="dim">{escape(seen)}</span>',
        f'<span class="mono">{escape(visible(field.example))}</span>',
        f'{quantity}<span class="mut">{escape(as_now)}</span>',
        unit,
        factor,
    )
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _said_now(field: FoundField, words: Words) -> str:
    if field.state != "value" or field.quantity not in QUANTITY_NAMES:
        return ""
    return words.say("read as {quantity} already", quantity=words.say(QUANTITY_NAMES[field.quantity]))


def _quantities(field: FoundField, words: Words) -> list[tuple[str, str]]:
    """The likely ones first, then all, then what is no quantity."""
    order = dict.fromkeys([*field.guesses, *QUANTITIES])
    named = [(quantity, words.say(QUANTITY_NAMES[quantity])) for quantity in order]
    return [*named, *((role, words.say(ROLE_WORDS[role])) for role in ROLE_CHOICES if field.path != WHOLE_PAYLOAD)]


# -- the trial ------------------------------------------------------------------------------------------------------


def _trial(made: Draft, words: Words) -> Component:
    name = words.say("What it gives on the last {n} payloads", n=words.number(min(len(made.samples), PAYLOADS)))
    if made.wrong:
        return section(name, html.P(made.wrong, className="wrong"))
    if made.unit_missing:
        return section(
            name, html.P(words.say("Choose the unit of {field}.", field=made.unit_missing), className="empty")
        )
    if made.trial is None:
        return section(name, html.P(words.say("Nothing is picked yet."), className="empty"))
    trial = made.trial
    parts: list[Component] = []
    if trial.lines:
        parts.append(html.Div(_lines(trial, words), className="scroll"))
    problems = [html.Li(_problem(code, count, reason, words)) for code, count, reason in trial.problems]
    if problems:
        parts.append(html.Ul(problems, className="rule-problems"))
    note = words.say(
        "{understood} of {all} understood", understood=words.number(trial.understood), all=words.number(trial.payloads)
    )
    return section(name, *parts, note=note)


def _problem(code: str, count: int, reason: str, words: Words) -> list[Component | str]:
    what, _ = refusal(code, words)
    often = words.plural("{n} time", "{n} times", count)
    return [html.B(what), f" ({often}) ", html.Span(visible(reason), className="mut")]


def _lines(trial: Trial, words: Words) -> Component:
    head = (
        words.say("Device"), words.say("Quantity"), words.say("Readings"), words.say("Last value"),
        words.say("Lowest to highest"), words.say("From to"), words.say("In doubt"),
    )  # fmt: skip
    rows = "".join(_line(line, words) for line in trial.lines[:_MANY_LINES])
    top = "".join(f"<th>{escape(word)}</th>" for word in head)
    return Markup(f"<thead><tr>{top}</tr></thead><tbody>{rows}</tbody>", tag="table", className="t rule-trial")


def _line(line: Line, words: Words) -> str:
    known = QUANTITIES[line.quantity]

    def value(number: float | None) -> str:
        return "—" if number is None else words.measure(number, known.unit, known.digits)

    first, last = (words.moment(reading.time) for reading in (line.first, line.last))
    grave = any(doubt not in _HARMLESS for doubt in line.doubts)
    doubts = ", ".join(words.say(DOUBTS[doubt]) for doubt in line.doubts)
    cells = (
        escape(visible(line.device)),
        escape(words.say(QUANTITY_NAMES[line.quantity])),
        escape(words.plural("{n} reading", "{n} readings", line.count)),
        escape(value(line.last.value)),
        escape(f"{value(line.minimum)} – {value(line.maximum)}"),
        escape(first if first == last else f"{first} – {last}"),
        f'<span class="{"wrong" if grave else "mut"}">{escape(doubts)}</span>',
    )
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _save(made: Draft, visit: Visit) -> Component:
    """Who saves it and why, and the button; nothing where there is nothing to save.

    What is saved is what was tried: all that the other form has stands in this one as well.
    """
    words = visit.words
    if made.rule is None or made.trial is None or not made.trial.understood:
        return html.Div()
    form = {"filter": made.topic_filter, **dict(visit.query)}
    for path, pick in made.chosen.items():
        form |= {QUANTITY + path: pick.quantity, UNIT + path: pick.unit, FACTOR + path: pick.factor}
    kept = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in form.items()
        if value and name not in ("lang", "who", "note")
    )
    who = text_field("who", words.say(NAME), more='maxlength="60" autocomplete="name"')
    note = text_field("note", words.say(REASON), more='maxlength="400"')
    button = action(words.say("Save the rule"), "/actions/rules", primary=True)
    text = words.say("Refused payloads are decoded again with it, with the time at which they came.")
    return html.Form(
        [Markup(f"{kept}{who}{note}", className="fields"), button, html.P(text, className="said")],
        className="rule-save",
    )


def filter_link(topic_filter: str) -> str:
    """Address of the page for a filter."""
    return f"/new/rule?{urlencode({'filter': topic_filter})}"
