"""The table of columns on the page of imports, its first rows, and the form that names what is missing."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard.i18n import Words, mark
from dashboard.import_words import ROLES, quantity_name, sentence
from dashboard.markup import Markup, escape
from dashboard.pages.parts import action
from dashboard.words import ROLES as CUSTOMERS
from models.quantity import QUANTITIES
from models.tables import ColumnUnderstood, ImportJob, Understanding, column_letter

SHOWN_COLUMNS = 60
NAMED_COLUMNS = 12
ATTRIBUTES: dict[str, str] = {
    "kind": mark("Kind"),
    "type": mark("Type"),
    "dn_mm": mark("DN [mm]"),
    "q3_m3h": mark("Q3 [m³/h]"),
    "ratio_r": mark("Ratio R"),
    "register_kind": mark("Register kind"),
    "register_digits": mark("Digits of the register"),
    "litres_per_pulse": mark("Litres per pulse"),
    "multiplier": mark("Multiplier"),
    "mounting_height_m": mark("Mounting height [m]"),
    "verified_until": mark("Verified until"),
    "first_index_m3": mark("First index [m³]"),
    "final_index_m3": mark("Final index [m³]"),
}


def columns_table(table: Understanding, words: Words) -> Component:
    """Each column: what it is, in which unit, whose, and why."""
    heads = (words.say("Column"), words.say("What it is"), words.say("Example"), words.say("Why"))
    head = "".join(f"<th>{escape(word)}</th>" for word in heads)
    rows = "".join(_row(column, words) for column in table.columns[:SHOWN_COLUMNS])
    more = len(table.columns) - SHOWN_COLUMNS
    parts: list[Component] = [
        Markup(f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody>", tag="table", className="t import-columns")
    ]
    if more > 0:
        parts.append(html.P(words.plural("{n} more is not shown.", "{n} more are not shown.", more), className="said"))
    return html.Div(parts, className="scroll")


def _row(column: ColumnUnderstood, words: Words) -> str:
    out = ' class="left"' if column.role == "left_out" else ""
    why = "; ".join(sentence(reason, words) for reason in column.why)
    whose = column.device or column.point
    what = f"<b>{escape(meaning(column, words))}</b>"
    if column.unit and column.role != "left_out":
        what += f" {escape(column.unit)}"
    if whose:
        what += f'<div class="mut">{escape(whose)}</div>'
    cells = (escape(column.header), what, escape(column.example), escape(why))
    return f"<tr{out}>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def meaning(column: ColumnUnderstood, words: Words) -> str:
    """What a column is, in a few words."""
    if column.role == "attribute":
        return words.say(ATTRIBUTES[column.quantity]) if column.quantity in ATTRIBUTES else column.quantity
    if column.role == "value" and column.quantity in CUSTOMERS:
        return f"{words.say(ROLES['volume'])}, {words.say(CUSTOMERS[column.quantity])}"
    if column.role == "value" and column.quantity:
        return quantity_name(column.quantity, words)
    return words.say(ROLES[column.role])


def first_rows(table: Understanding, words: Words) -> Component:
    """The first rows as they stand in the file."""
    columns = table.columns[:SHOWN_COLUMNS]
    head = "".join(f"<th>{escape(column.header)}</th>" for column in columns)
    lines = []
    for row in table.first_rows[:5]:
        cells = (row[column.number - 1] if column.number <= len(row) else "" for column in columns)
        lines.append("<tr>" + "".join(f"<td>{escape(cell[:60])}</td>" for cell in cells) + "</tr>")
    inside = f"<thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody>"
    return html.Div(Markup(inside, tag="table", className="t import-rows"), className="scroll")


# -- naming -------------------------------------------------------------------------------------------------------


def naming(job: ImportJob, words: Words) -> list[Component]:
    """A form for what the table does not say itself; what was said stays in it."""
    assert job.understanding is not None
    hints = job.hints
    fields = [
        _text("device", words.say("Device"), hints.device),
        _text("point", words.say("Metering point"), hints.point),
        _select("quantity", words.say("Quantity"), _quantities(words), hints.quantity),
        _text("unit", words.say("Unit"), hints.unit, "m3, l/s, bar"),
        _text("timezone", words.say("Time zone"), hints.timezone, "+01:00"),
        _select("decimal", words.say("Decimal mark"), ((",", ","), (".", ".")), hints.decimal),
        _select("date_order", words.say("Order of dates"), _orders(words), hints.date_order),
        _select("stamp", words.say("Times of intervals"), _ends(words), hints.stamp),
        _select("step_min", words.say("Length of intervals"), _STEPS, str(hints.step_s // 60) if hints.step_s else ""),
    ]
    if job.understanding.kind == "billing":
        fields.append(_select("to_is", words.say("Last day of a period"), _last_days(words), hints.to_is))
        fields.append(_text("customer_class", words.say("Customers"), hints.customer_class, "household"))
    parts: list[Component] = [Markup("".join(fields), className="fields")]
    if columns := job.understanding.unnamed[:NAMED_COLUMNS]:
        rows = "".join(_column_fields(column, job, words) for column in columns)
        parts.append(Markup(rows, className="import-name-columns"))
    button = action(words.say("Look again"), f"/actions/import/{job.id}/understand")
    return [*parts, html.Div(button, className="act")]


_STEPS = (("15", "15 min"), ("30", "30 min"), ("60", "1 h"), ("1440", "24 h"))


def _column_fields(column: ColumnUnderstood, job: ImportJob, words: Words) -> str:
    letter = column_letter(column.number)
    said = job.hints.columns.get(letter)
    fields = (
        _select(f"column_{letter}_quantity", words.say("Quantity"), _quantities(words), said.quantity if said else ""),
        _text(f"column_{letter}_unit", words.say("Unit"), said.unit if said else "", "m3, l/s, bar"),
        _text(f"column_{letter}_device", words.say("Device"), said.device if said else ""),
    )
    head = f"<b>{escape(column.header)}</b> <span class='mut'>{escape(column.example)}</span>"
    return f'<div class="sub"><div>{head}</div><div class="fields">{"".join(fields)}</div></div>'


def _quantities(words: Words) -> list[tuple[str, str]]:
    return [(name, quantity_name(name, words)) for name in QUANTITIES]


def _orders(words: Words) -> list[tuple[str, str]]:
    return [("dmy", words.say("day before month")), ("mdy", words.say("month before day"))]


def _ends(words: Words) -> list[tuple[str, str]]:
    return [("start", words.say("starts")), ("end", words.say("ends"))]


def _last_days(words: Words) -> list[tuple[str, str]]:
    return [("inclusive", words.say("belongs to it")), ("exclusive", words.say("does not belong to it"))]


def _text(name: str, word: str, value: str, example: str = "") -> str:
    field = f'<input type="text" name="{name}" value="{escape(value)}" placeholder="{escape(example)}" maxlength="80">'
    return f"<label>{escape(word)}{field}</label>"


def _select(name: str, word: str, options: Sequence[tuple[str, str]], chosen: str) -> str:
    lines = '<option value=""></option>' + "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(shown)}</option>'
        for value, shown in options
    )
    return f'<label>{escape(word)}<select name="{name}">{lines}</select></label>'
