"""History in: a file is dropped, the page says how it is understood, a person names what is missing and begins."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dashboard.i18n import Words
from dashboard.import_words import KINDS, sentence
from dashboard.imports import ERRORS, MEGABYTE
from dashboard.markup import Markup, escape
from dashboard.pages.import_table import columns_table, first_rows, naming
from dashboard.pages.parts import action, attributes, crumbs, facts, grid, lead, section
from dashboard.visit import Visit
from models.tables import ImportJob, Outcome, Understanding

ACCEPTED = ".csv,.txt,.tsv,.gz,.xlsx,.xlsm,.xls,.ods,.parquet"
WORKING = ("waiting", "reading", "importing")


def title(visit: Visit) -> str:
    """For the window."""
    return visit.words.say("Import")


def layout(visit: Visit) -> Component:
    """The page."""
    desk = visit.rooms.config.imports
    if desk is None:
        return html.Div([_lead(visit, visit.words.say("Import"), visit.words.say(ERRORS["import.off"]))])
    job_id = visit.query.get("job", "")
    if not job_id:
        return html.Div([_welcome(visit), _drop(visit, desk.limit_bytes)])
    job = desk.job(job_id)
    if job is None:
        gone = visit.words.say(ERRORS["import.unknown"])
        return html.Div([_lead(visit, visit.words.say("Import"), gone), _drop(visit, desk.limit_bytes)])
    shown = html.Div(_of_job(visit, job), id="import-job", **attributes(data_refresh="import"))
    return html.Div([shown])


def _lead(visit: Visit, heading: str, text: str = "", aside: Component | None = None) -> Component:
    crumb = crumbs(visit, (visit.words.say("Import"), ""))
    return lead(heading, text, aside=aside or "", crumb=crumb)


def _welcome(visit: Visit) -> Component:
    words = visit.words
    text = words.say(
        "Readings, billed volumes and lists of devices as portals and people keep them. You see first how each column "
        "is understood; what is not understood is left out, never guessed."
    )
    return _lead(visit, words.say("Bring history in"), text)


def _drop(visit: Visit, limit_bytes: int) -> Component:
    """Where a file is dropped, or chosen; assets/import.js sends it."""
    words = visit.words
    limit = words.number(limit_bytes // MEGABYTE)
    what = words.say("CSV, XLSX, XLS, ODS or Parquet, up to {limit} MB", limit=limit)
    data = {
        "limit": str(limit_bytes),
        "too-large": words.say(ERRORS["import.too_large"], limit=limit),
        "sending": words.say("Sending {name}: {share}"),
    }
    told = " ".join(f'data-{name}="{escape(value)}"' for name, value in data.items())
    inside = (
        f'<label class="drop" data-drop {told}><input type="file" accept="{ACCEPTED}">'
        f"<b>{escape(words.say('Drop a file here, or choose one'))}</b><span>{escape(what)}</span>"
        f'<progress max="1" value="0" hidden></progress><span class="sent" role="status"></span></label>'
    )
    return Markup(inside, className="drop-box")


# -- a file -------------------------------------------------------------------------------------------------------


def _of_job(visit: Visit, job: ImportJob) -> list[Component]:
    if job.state in WORKING:
        return [_working(visit, job)]
    if job.state == "failed":
        return [_failed(visit, job)]
    if job.state == "done" and job.outcome is not None:
        return [_done(visit, job, job.outcome)]
    assert job.understanding is not None
    return [_understood(visit, job, job.understanding)]


def _working(visit: Visit, job: ImportJob) -> Component:
    words = visit.words
    importing = job.state == "importing"
    what = words.say("Importing {file}", file=job.file) if importing else words.say("Reading {file}", file=job.file)
    share = f' value="{job.share:.3f}"' if importing else ""
    said = words.percent(job.share) if importing else ""
    bar = Markup(
        f'<progress max="1"{share} aria-label="{escape(what)}"></progress><span class="num">{escape(said)}</span>',
        className="import-bar",
    )
    note = words.say("You may leave this page; the work goes on.") if importing else ""
    return html.Div([_lead(visit, what, note), bar], **attributes(data_importing="1"))


def _failed(visit: Visit, job: ImportJob) -> Component:
    words = visit.words
    code, _, reason = job.error.partition(": ")
    text = words.say(ERRORS[code]) if code in ERRORS and "{" not in ERRORS[code] else reason or code
    return html.Div([_lead(visit, words.say("{file} could not be read", file=job.file), text, _another(words))])


def _another(words: Words) -> Component:
    return html.A(words.say("Another file"), href="/import", className="btn")


def _done(visit: Visit, job: ImportJob, outcome: Outcome) -> Component:
    words = visit.words
    rows = [
        (words.say("read"), words.number(outcome.read)),
        (words.say("written"), words.number(outcome.written)),
        (words.say("already there"), words.number(outcome.same)),
        (words.say("another value than before"), words.number(outcome.revised)),
        (words.say("not taken"), words.number(outcome.bad)),
    ]
    if outcome.left_out:
        rows.append((words.say("left out"), words.number(outcome.left_out)))
    if outcome.empty:
        rows.append((words.say("cells without a value"), words.number(outcome.empty)))
    heading = words.say("{file} is in", file=job.file)
    if not outcome.read:
        heading = words.say("Nothing of {file} could be taken", file=job.file)
    text = words.say("This file had been imported before; nothing had to be done.") if outcome.repeated else ""
    parts: list[Component] = [facts(rows)]
    if outcome.bad_file is not None:
        note = words.say(
            "Rows that were not taken stand in a file, each with its line and reason. Mend them there and hand it in."
        )
        link = html.A(
            words.say("Rows that were not taken"),
            href=f"/actions/import/{job.id}/bad.csv",
            className="btn",
            download=f"{job.file}.bad.csv",
        )
        parts += [html.P(note, className="said"), link]
    links = html.Div([_another(words), html.A(words.say("Devices"), href="/devices", className="btn")])
    return html.Div([_lead(visit, heading, text, links), grid(section(words.say("Result"), *parts, span=5))])


def _understood(visit: Visit, job: ImportJob, table: Understanding) -> Component:
    words = visit.words
    heading = words.say("{file}: not understood yet", file=job.file)
    if table.can_begin:
        kind = words.say(KINDS[table.kind])
        heading = words.say("{file}: {kind}", file=job.file, kind=kind)
    parts = [
        section(words.say("How each column is understood"), columns_table(table, words), note=_count(table, words)),
        section(words.say("First rows"), first_rows(table, words)),
    ]
    form = html.Form(
        [_lead(visit, heading, _span(table, words)), _facts(table, words), _begin(visit, job, table), grid(*parts)],
    )
    named = html.Form([section(words.say("Name what is missing"), *naming(job, words))], className="import-naming")
    return html.Div([form, grid(html.Div(named, className="span12"))])


def _count(table: Understanding, words: Words) -> str:
    return words.plural("{n} row", "{n} rows", table.rows)


def _span(table: Understanding, words: Words) -> str:
    if table.first is None or table.last is None or table.kind != "readings":
        return ""
    first, last = (words.date(words.local(moment)) for moment in (table.first, table.last))
    return words.say("From {first} to {last}", first=first, last=last)


def _facts(table: Understanding, words: Words) -> Component:
    """What was found out about the file, what stands in the way, what is left out."""
    found = [html.Li(sentence(fact, words)) for fact in table.facts]
    wrong = [html.Li(sentence(said, words), className="wrong") for said in table.problems]
    out = [html.Li([words.say("left out"), ": ", sentence(said, words)]) for said in table.left_out]
    return html.Ul([*wrong, *found, *out], className="import-facts")


def _begin(visit: Visit, job: ImportJob, table: Understanding) -> Component:
    """Who imports and why, and the button."""
    words = visit.words
    if not table.can_begin:
        return html.Div()
    name, reason = words.say("Your name"), words.say("Reason")
    fields = (
        f'<input type="text" name="who" maxlength="60" autocomplete="name" aria-label="{name}" placeholder="{name}">'
    )
    if table.kind != "readings":
        fields += f'<input type="text" name="note" maxlength="400" aria-label="{reason}" placeholder="{reason}">'
    button = action(words.say("Import now"), f"/actions/import/{job.id}/start", primary=True)
    return html.Div([Markup(fields, className="import-who"), button, _another(words)], className="import-begin")
