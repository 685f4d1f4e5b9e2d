"""The HTML around every page: head, top bar, tabs, foot. It is there before any script runs.

Dash draws only what stands between; language, colour scheme and title are set before the first paint.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from plotly.io.json import to_json_plotly

from dashboard.i18n import LANGUAGES, MINUS, mark
from dashboard.pages.table import PAGES, Page
from dashboard.rendering import Made, Opened
from dashboard.silence import is_silent, moment_of
from dashboard.theme.palette import LIGHT, SCHEMES
from dashboard.theme.template import ROLES, template
from dashboard.visit import Visit
from models.errors import VodaError
from models.event import AlarmState

LOGO = (
    '<svg width="26" height="26" viewBox="0 0 26 26" aria-hidden="true">'
    '<path d="M1 14.5c5 0 6-4 11-4s6 4 13 4v9c-7 0-8-4-13-4s-6 4-11 4Z" style="fill:var(--band-edge)" opacity=".5"/>'
    '<path d="M15 13.6 20.5 4H25V16c-4 0-7-.8-10-2.4Z" style="fill:var(--crit)"/>'
    '<path d="M1 19c5 0 6-4 11-4 1.6 0 2.3-.2 3-1.4L20.5 4H25" fill="none" style="stroke:var(--ink)"'
    ' stroke-width="2.2" stroke-linejoin="round" stroke-linecap="round"/></svg>'
)
HATCH = (
    '<svg width="0" height="0" style="position:absolute" aria-hidden="true"><defs>'
    '<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="6" height="6" style="fill:var(--sunken)"/>'
    '<line x1="0" y1="0" x2="0" y2="6" style="stroke:var(--control)" stroke-width="1.3"/></pattern></defs></svg>'
)
MORE_ICON = "M4 7h16M4 12h16M4 17h16"

# Before the first paint: the scheme the person chose, else the system's.
SCHEME_SCRIPT = (
    "(function(){var m=document.cookie.match(/(?:^|; )scheme=(light|dark)/),"
    "q=/[?&]scheme=(light|dark)/.exec(location.search),"
    's=q?q[1]:m?m[1]:matchMedia("(prefers-color-scheme: dark)").matches?"dark":"light";'
    "document.documentElement.dataset.scheme=s;"
    # A phone's charts open at 24 hours: the server learns the width from a cookie; its first page is made anew.
    'var n=innerWidth<=640?"1":"0",k=/(?:^|; )narrow=(.)/.exec(document.cookie);if((k?k[1]:"0")!==n){'
    'document.cookie="narrow="+n+";path=/;samesite=lax";window.vodaNarrowed=n==="1"}})()'
)

BROWSER_SENTENCES: tuple[str, ...] = (
    mark("live"),
    mark("connection lost"),
    mark("Showing the state of {time}. Trying again in {n} s."),
    mark("catching up"),
    mark("no data since {time}"),
    mark("Loading…"),
    mark("expected {range}"),
    mark("now {time}"),
    mark("Light"),
    mark("Dark"),
    mark("This could not be done. Try again."),
    mark("{n} new"),
)
"""What assets/base.js, chart.js, live.js and held.js say; the page carries the translations."""


@dataclass(frozen=True, slots=True)
class Frame:
    """An opened page and what Dash and the assets bring for it."""

    opened: Opened
    css: str
    scripts: str
    config: str
    renderer: str
    plotly_url: str
    worker_url: str

    @property
    def visit(self) -> Visit:
        """The visit that the page was made for."""
        return self.opened.visit

    @property
    def page(self) -> Page | None:
        """The page's line in the table."""
        return self.opened.page


CONTENT_HERE = "<!-- content -->"
"""Where the document is cut: what stands before is sent while the content is made."""


def html(frame: Frame) -> str:
    """The whole document."""
    visit = frame.visit
    words = visit.words
    description = words.say("Telemetry of the region's waterworks")
    preload = ""
    if frame.page is not None and frame.page.charts:
        preload = f'<link rel="preload" as="script" href="{frame.plotly_url}">'
    return f"""<!doctype html>
<html lang="{words.language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(frame.opened.title)}</title><meta name="description" content="{escape(description)}">
<meta name="theme-color" content="{LIGHT["paper"]}"><script>{SCHEME_SCRIPT}</script>
<link rel="icon" href="data:image/svg+xml,{quote(_icon())}">{preload}
{frame.css}
</head><body>{HATCH}
<a class="skip" href="#main">{escape(words.say("Skip to the content"))}</a>
{_top(frame)}
<div id="notes" role="status">{notes(visit)}</div>
<main class="wrap" id="main"><div id="react-entry-point"></div>{_foot(visit)}</main>
{_tabs(frame)}
<script id="voda-page" type="application/json">{_page_json(frame)}</script>
{frame.config}{frame.scripts}
{frame.renderer}
{CONTENT_HERE}
</body></html>"""


def content(made: Made) -> str:
    """What goes to the place of CONTENT_HERE: the page's content for assets/base.js."""
    text = str(to_json_plotly(made.as_json())).replace("</", "<\\/")
    return f'<script id="voda-first" type="application/json">{text}</script>'


def _icon() -> str:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 26 26">'
        f'<path d="M15 13.6 20.5 4H25V16c-4 0-7-.8-10-2.4Z" fill="{LIGHT["crit"]}"/>'
        '<path d="M1 19c5 0 6-4 11-4 1.6 0 2.3-.2 3-1.4L20.5 4H25" fill="none"'
        f' stroke="{LIGHT["control"]}" stroke-width="2.6" stroke-linejoin="round" stroke-linecap="round"/></svg>'
    )


def waiting(visit: Visit) -> int:
    """Events that wait for acknowledgement."""
    states = (AlarmState.UNACKNOWLEDGED, AlarmState.RETURNED_UNACKNOWLEDGED)
    try:
        return sum(not event.found_later for event in visit.records.events(states=states))
    except VodaError:
        return 0  # The page itself says that the records do not answer.


def _link(page: Page, frame: Frame, extra: str = "") -> str:
    current = ' aria-current="page"' if frame.page is not None and frame.page.section == page.section else ""
    word = escape(frame.visit.words.say(page.nav))
    return f'<a href="{page.path}" data-section="{page.section}"{current}>{extra}{word}{_count(page, frame.visit)}</a>'


def _count(page: Page, visit: Visit) -> str:
    if page.section != "events":
        return ""
    n = waiting(visit)
    hidden = "" if n else " hidden"
    label = escape(visit.words.say("waiting for acknowledgement"))
    return f' <span class="count" data-live="waiting" title="{label}"{hidden}>{n}</span>'


def _top(frame: Frame) -> str:
    visit = frame.visit
    words = visit.words
    links = "".join(_link(page, frame) for page in PAGES if page.nav)
    sim = f'<span class="sim">{escape(words.say("SIMULATION"))}</span>' if visit.region.simulated else ""
    speed = visit.rooms.clock.speed
    fast = "" if speed == 1 else f'<span class="speed">{words.number(speed, 0 if speed == int(speed) else 1)}×</span>'
    languages = [code for code in visit.region.languages if code in LANGUAGES] or list(LANGUAGES)
    choices = "".join(_language(code, code == words.language) for code in languages)
    return f"""<header class="top"><div>
<a class="brand" href="/">{LOGO}Smart voda<span>{escape(visit.region.name)}</span></a>
<nav class="nav" aria-label="{escape(words.say("Main"))}">{links}</nav>
<div class="topend">{sim}{fast}<span class="live" id="live" data-state="live"><i></i><span><b>{words.say("live")}</b>
<span class="minor" id="clock">{words.time(visit.now, seconds=True)}</span></span></span>
<button type="button" class="scheme minor" id="scheme" aria-label="{escape(words.say("Light or dark"))}">◐</button>
<span class="lang minor">{choices}</span></div></div>
<div class="bar off" id="lost" role="alert" hidden></div></header>"""


def _language(code: str, chosen: bool) -> str:
    current = ' aria-current="true"' if chosen else ""
    name = LANGUAGES[code]
    return f'<a href="?lang={code}" lang="{code}" title="{name}" data-lang="{code}"{current}>{code.upper()}</a>'


def _tabs(frame: Frame) -> str:
    words = frame.visit.words
    tabs = [page for page in PAGES if page.nav and page.icon]
    rest = [page for page in PAGES if page.nav and not page.icon]
    items = "".join(_link(page, frame, _tab_icon(page.icon)) for page in tabs)
    languages = "".join(
        f'<a href="?lang={code}" data-lang="{code}">{name}</a>'
        for code, name in LANGUAGES.items()
        if code in frame.visit.region.languages and code != words.language
    )
    more = "".join(_link(page, frame) for page in rest)
    scheme = f'<button type="button" id="scheme-more">{escape(words.say("Light or dark"))}</button>'
    menu = (
        f'<details class="more"><summary>{_tab_icon(MORE_ICON)}{escape(words.say("More"))}</summary>'
        f"<div>{more}{languages}{scheme}</div></details>"
    )
    label = escape(words.say("Main"))
    return f'<nav class="tabs" aria-label="{label}" style="--n:{len(tabs) + 1}">{items}{menu}</nav>'


def _tab_icon(path: str) -> str:
    return f'<svg viewBox="0 0 24 24" aria-hidden="true"><path d="{path}" stroke-linejoin="round"/></svg>'


def _foot(visit: Visit) -> str:
    words = visit.words
    parts = []
    if visit.region.simulated:
        parts.append(f'<span class="sim">{escape(words.say("SIMULATION"))}</span>')
        parts.append(f"<span>{escape(words.say('The readings on this page are simulated.'))}</span>")
    parts.append(f'<span id="last-reading" data-label="{escape(words.say("Last reading {time}"))}"></span>')
    zone = words.local(visit.now).tzname() or visit.region.timezone
    parts.append(f"<span>{escape(words.say('Local time ({zone})', zone=_zone_name(zone, words.language)))}</span>")
    return f'<footer class="foot">{"".join(parts)}</footer>'


def _zone_name(zone: str, language: str) -> str:
    return {"CET": "SEČ", "CEST": "SELČ"}.get(zone, zone) if language == "cs" else zone


def notes(visit: Visit) -> str:
    """Lines under the bar that last: a service silent, the store away, history filling. Empty when all is well."""
    words = visit.words
    try:
        facts = visit.records.facts()
    except VodaError:
        return _note("o", words.say("the store does not answer"), words.say("No new readings arrive."))
    lines = []
    ingest = facts.get("ingest", {})
    waiting_rows = int(str(ingest.get("waiting") or 0))
    if is_silent(ingest, visit.rooms.clock):
        since = words.since(moment_of(ingest["at"]) or visit.now, visit.now)
        sentence = words.say("No new readings arrive since {time}.", time=since)
        lines.append(_note("o", words.say("the receiving service is silent"), sentence))
    elif ingest.get("problem") and waiting_rows:
        sentence = words.plural(
            "{n} reading waits in the queue, nothing is lost.",
            "{n} readings wait in the queue, nothing is lost.",
            waiting_rows,
        )
        lines.append(_note("o", words.say("the store does not answer"), sentence))
    elif ingest and ingest.get("mqtt") == "connecting":
        lines.append(_note("o", words.say("the broker does not answer"), words.say("No new readings arrive.")))
    for away in _away(ingest):
        sentence = words.say(
            "{name} is silent since {time}; the broker keeps its share of the messages until it comes back.",
            name=str(away.get("client_id")),
            time=words.since(moment_of(away.get("since")) or visit.now, visit.now),
        )
        lines.append(_note("o", words.say("a receiving instance is away"), sentence))
    analysis = facts.get("analysis", {})
    if is_silent(analysis, visit.rooms.clock):
        since = words.since(moment_of(analysis["at"]) or visit.now, visit.now)
        sentence = words.say("Since {time} nobody looks for leaks and alarms.", time=since)
        lines.append(_note("o", words.say("the analysis is silent"), sentence))
    history = facts.get("history", {})
    done, total = float(str(history.get("done") or 0)), float(str(history.get("total") or 0))
    if total and done < total:
        share = words.percent(done / total)
        sentence = words.say("{share} of older history is there; charts fill by themselves.", share=share)
        lines.append(_note("h", words.say("history is filling"), sentence))
    return "".join(lines)


def _away(ingest: Mapping[str, object]) -> list[dict[str, object]]:
    """Instances that share ingest's subscription and are silent."""
    away = ingest.get("away")
    return [member for member in away if isinstance(member, dict)] if isinstance(away, list) else []


def _note(mark_class: str, head: str, sentence: str) -> str:
    return (
        f'<div class="bar off"><span class="live"><i class="{mark_class}"></i><b>{escape(head)}</b></span>'
        f"<span>{escape(sentence)}</span></div>"
    )


def _page_json(frame: Frame) -> str:
    words = frame.visit.words
    months = words.locale.months["stand-alone"]["wide"]
    short_months = words.locale.months["stand-alone"]["abbreviated"]
    days = words.locale.days["stand-alone"]["wide"]
    short_days = words.locale.days["stand-alone"]["abbreviated"]
    sunday_first = (6, 0, 1, 2, 3, 4, 5)
    value = {
        "language": words.language,
        "cursor": frame.opened.cursor,
        "now": frame.visit.now.timestamp() * 1000,
        "speed": frame.visit.rooms.clock.speed,
        "timezone": frame.visit.region.timezone,
        "worker": frame.worker_url,
        "plotly": frame.plotly_url,
        "separators": words.separators,
        "minus": MINUS,
        "say": {msgid: words.say(msgid) for msgid in BROWSER_SENTENCES},
        "months": [months[i] for i in range(1, 13)],
        "shortMonths": [short_months[i] for i in range(1, 13)],
        "days": [days[i] for i in sunday_first],
        "shortDays": [short_days[i] for i in sunday_first],
        "palette": SCHEMES,
        "roles": ROLES,
        "templates": {scheme: template(scheme).to_plotly_json() for scheme in SCHEMES},
    }
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
