"""An event's log: what the system said and what people did, newest first; repeated judgements are one line."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard.i18n import Words, mark
from dashboard.sentences import CASES
from dashboard.visit import Visit
from models.event import Event, EventLogEntry

SYSTEM = ("smartvoda", "detector", "")
"""Who is not a person: the system speaks without naming itself."""
OPERATOR = "operator"
"""Written where nobody gave a name."""

LOGGED: dict[str, str] = {
    "raised": mark("found"),
    "found_later": mark("found later, from data that came late or were judged anew"),
    "ended": mark("the signal returned"),
    "recurred": mark("came back"),
    "reopened": mark("came back and was reopened"),
    "closed_as_history": mark("closed: it was over before anyone could act"),
    "explained_by_late_data": mark("late data no longer show it"),
    "acknowledged": mark("acknowledged"),
    "shelve": mark("shelved"),
    "unshelve": mark("taken up again"),
    "suppress": mark("suppressed"),
    "unsuppress": mark("no longer suppressed"),
    "remove_from_service": mark("taken out of service"),
    "return_to_service": mark("back in service"),
    **{case.value: said for case, said in CASES.items()},
}
"""What a log entry says, by EventLogEntry.what; `updated` is counted."""


def person(who: str, words: Words) -> str:
    """A person as the page names them; empty for the system."""
    if who in SYSTEM:
        return ""
    return words.say("operator") if who == OPERATOR else who


def event_log(visit: Visit, event: Event, entries: Sequence[EventLogEntry]) -> Component:
    """The log as rows of time and sentence."""
    words = visit.words
    rows: list[tuple[str, str]] = [(words.since(event.start, visit.now), words.say("beginning, told afterwards"))]
    for run in _runs(entries):
        last = run[-1]
        rows.append((words.since(last.at, visit.now), _said(run, words)))
    items = [html.Li([html.Time(when), html.Span(said)]) for when, said in reversed(rows)]
    return html.Ul(items, className="log events-log")


def _runs(entries: Sequence[EventLogEntry]) -> list[list[EventLogEntry]]:
    """Neighbouring updates together, everything else alone."""
    runs: list[list[EventLogEntry]] = []
    for entry in entries:
        if runs and entry.what == "updated" and runs[-1][-1].what == "updated":
            runs[-1].append(entry)
        else:
            runs.append([entry])
    return runs


def _said(run: Sequence[EventLogEntry], words: Words) -> str:
    entry = run[-1]
    if entry.what == "updated":
        said = words.plural("judged anew", "judged anew, {n} times", len(run))
    else:
        said = words.say(LOGGED[entry.what]) if entry.what in LOGGED else entry.what
    who = person(entry.who, words)
    text = f"{who}: {said}" if who else said
    return f"{text}. {entry.note}" if entry.note else text
