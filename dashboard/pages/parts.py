"""Pieces that pages share: lead, section, crumbs, key line, facts, segmented links, marks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from dash import html
from dash.development.base_component import Component

from dashboard.markup import Markup, escape
from dashboard.visit import Visit
from models.event import AlarmState, Event, EventKind, Priority

Children = Component | str | Sequence["Component | str"]


def attributes(**values: str) -> dict[str, Any]:
    """HTML attributes whose names have hyphens: attributes(data_live="x") is data-live="x"."""
    return {name.replace("_", "-"): value for name, value in values.items()}


def lead(title: Children, text: Children = "", aside: Children = "", crumb: Component | None = None) -> Component:
    """The head of a page: the sentence that answers, one more, and at the side what belongs to it."""
    texts: list[Component] = [] if crumb is None else [crumb]
    texts.append(html.H1(title))
    if text:
        texts.append(html.P(text))
    parts: list[Component] = [html.Div(texts)]
    if aside:
        parts.append(html.Div(aside, className="aside"))
    return html.Div(parts, className="lead")


def section(
    title: str,
    *content: Component,
    note: str = "",
    end: Component | None = None,
    readout: str = "",
    span: int = 12,
    kind: str = "",
) -> Component:
    """A section under its ink rule.

    note : said after the title in grey; end : at the right of the head; readout : id of the line for hovered values
    span : columns of twelve; kind : further classes (first, sub)
    """
    head: list[Component] = [html.H2(title)]
    if note:
        head.append(html.Span(note, className="mut"))
    if readout:
        head.append(html.Span(id=readout, className="ro", **attributes(aria_live="polite")))
    if end is not None:
        head.append(html.Span(end, className="end"))
    return html.Section([html.Div(head, className="hd"), *content], className=f"span{span} {kind}".strip())


def grid(*sections: Component) -> Component:
    """Sections on twelve columns."""
    return html.Div(list(sections), className="grid")


def crumbs(visit: Visit, *steps: tuple[str, str]) -> Component:
    """Where we are: (word, address) from the region down; an empty address is not a link."""
    parts: list[Component] = [html.A(visit.region.name, href="/")]
    for word, href in steps:
        parts.append(html.Span("›"))
        parts.append(html.A(word, href=href) if href else html.Span(word))
    return html.Div(parts, className="crumb")


def facts(rows: Sequence[tuple[str, str]]) -> Component:
    """Facts as rows: word and value."""
    items: list[Component] = []
    for word, value in rows:
        items += [html.Dt(word), html.Dd(value)]
    return html.Dl(items, className="kv")


def choices(items: Sequence[tuple[str, str, bool]], label: str) -> Component:
    """A segmented row of links: (word, address, chosen)."""
    links = [
        html.A(word, href=href, **(attributes(aria_current="true") if chosen else {})) for word, href, chosen in items
    ]
    return html.Span(links, className="seg", role="group", **attributes(aria_label=label))


def action(
    word: str, address: str, primary: bool = False, small: bool = False, confirm: str = "", **values: str
) -> Component:
    """A button that posts to an address of dashboard.actions; `values` go with it. See assets/base.js."""
    classes = "btn" + (" pri" if primary else "") + (" sm" if small else "")
    data = attributes(data_action=address, **{f"data_value_{name}": value for name, value in values.items()})
    if confirm:
        data |= attributes(data_confirm=confirm)
    return html.Button(word, type="button", className=classes, **data)


def key(*entries: tuple[str, str]) -> Component:
    """A key line over a chart: (sample, word); samples are those of _SAMPLES."""
    spans = "".join(f"<span>{_SAMPLES[sample]}{escape(word)}</span>" for sample, word in entries)
    return Markup(spans, tag="span", className="key")


_SAMPLES = {
    "band": '<svg width="22" height="12"><rect width="22" height="12" class="band"/>'
    '<path d="M0 .5H22M0 11.5H22" class="bande"/></svg>',
    "observed": '<svg width="22" height="12"><path d="M0 6H22" class="obs"/></svg>',
    "outside": '<svg width="22" height="12"><path d="M0 11 22 1V11Z" class="dev"/></svg>',
    "gap": '<svg width="22" height="12"><rect width="22" height="12" class="gap"/></svg>',
    "bar": '<svg width="22" height="12"><rect width="22" height="12" class="bar-key"/></svg>',
    "estimated": '<svg width="22" height="12"><rect x="1" y="1" width="20" height="10" class="bar-est"/></svg>',
    "dots": '<svg width="12" height="12"><circle cx="6" cy="6" r="3.2" class="dot-key"/></svg>',
    "nights": '<svg width="12" height="12"><circle cx="6" cy="6" r="3.2" class="night-key"/></svg>',
    "removed": '<svg width="22" height="12"><path d="M0 6H22" class="removed-key"/></svg>',
    "compare": '<svg width="22" height="12"><path d="M0 6H22" class="cmp"/></svg>',
    "earlier": '<svg width="22" height="12"><path d="M0 6H22" class="earlier-key"/></svg>',
    "release": '<svg width="22" height="12"><path d="M0 6H22" class="release-key"/></svg>',
}


def severity(event: Event, rank: str = "", label: str = "", size: int = 24) -> str:
    """The mark of an event as SVG: shape by severity, filled while it waits, an outline when acknowledged."""
    waits = event.state in (AlarmState.UNACKNOWLEDGED, AlarmState.RETURNED_UNACKNOWLEDGED)
    name = "data" if event.kind is EventKind.DATA_STOPPED else event.priority.value
    return severity_mark(name, waits, rank, label, size)


def severity_mark(name: str, full: bool, rank: str = "", label: str = "", size: int = 24) -> str:
    """A mark of severity (high, medium, low, data) as SVG."""
    shape, text_y = _MARKS[name]
    classes = f"sev {name}" + (" full" if full else "")
    text = f'<text x="12" y="{text_y}">{escape(rank)}</text>' if rank else ""
    accessible = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    return f'<svg class="{classes}" viewBox="0 0 24 24" width="{size}" height="{size}" {accessible}>{shape}{text}</svg>'


_MARKS: dict[str, tuple[str, float]] = {
    Priority.HIGH.value: ('<path d="M12 1 23 12 12 23 1 12Z"/>', 16),
    Priority.MEDIUM.value: ('<path d="M12 2 23 21.5H1Z"/>', 18.6),
    Priority.LOW.value: ('<path d="M12 2a10 10 0 1 1 0 20 10 10 0 0 1 0-20Z"/>', 16),
    "data": ('<path d="M3 3H21V21H3Z"/>', 16),
}


def link(kind: str, identifier: str) -> str:
    """Address of a subject's page: zones, towns, devices, reservoirs, events.

    >>> link("zones", "Děčín/1")
    '/zones/D%C4%9B%C4%8D%C3%ADn%2F1'
    """
    return f"/{kind}/{quote(identifier, safe='')}"
