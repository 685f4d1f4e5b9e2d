"""From an address to a made page, whatever goes wrong on the way."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from zoneinfo import ZoneInfo

from dash import html
from dash.development.base_component import Component

from dashboard.as_known import as_known, known_moment
from dashboard.flatten import flattened
from dashboard.i18n import LANGUAGES, Words, choose
from dashboard.markup import Chart
from dashboard.pages import states
from dashboard.pages.as_known import banner
from dashboard.pages.table import Page, PageModule, find, knows, load
from dashboard.visit import PageMissingError, Rooms, Visit
from models.errors import StoreUnavailableError
from models.registry import Region

log = logging.getLogger(__name__)

EMPTY_REGION = Region(name="", languages=tuple(LANGUAGES), timezone="UTC", simulated=False, currency="")
"""Stands for the registry while it is empty."""


@dataclass(frozen=True)
class Made:
    """A page ready to be sent.

    status : of HTTP; page : its line in the table, None for an unknown address
    cursor : of the change feed from before the page read anything, so that the live stream misses nothing
    """

    visit: Visit
    page: Page | None
    status: int
    title: str
    content: Component
    cursor: str

    @property
    def words(self) -> Words:
        """The language of the page."""
        return self.visit.words

    def as_json(self) -> dict[str, object]:
        """What assets/base.js needs to show it."""
        return {
            "title": self.title,
            "section": self.page.section if self.page else "",
            "cursor": self.cursor,
            "content": self.content,
        }

    def parts(self, identifiers: Sequence[str]) -> dict[str, object]:
        """Children of the components with these ids, of those that the page has."""
        wanted = set(identifiers)  # a chart gives its figure, from which the browser takes what is new
        found = {}
        for component in self.content._traverse():  # type: ignore[no-untyped-call] # Dash's
            identifier = getattr(component, "id", None)
            if identifier in wanted:
                what = "figure" if isinstance(component, Chart) else "children"
                found[identifier] = getattr(component, what, None)
        return found


def make_visit(
    rooms: Rooms, query: Mapping[str, str], cookies: Mapping[str, str], params: Mapping[str, str] | None = None
) -> Visit:
    """A visit with its language and moment. Raises what the records raise."""
    region = rooms.records.region() or EMPTY_REGION
    return _visit(rooms, region, query, cookies, params or {})


def as_asked(visit: Visit) -> Visit:
    """The visit with the figures and the registry of the earlier time that its address asks for, if it does."""
    moment = known_moment(visit.query.get("known", ""), visit.region.tz)
    if moment is None or moment >= visit.now:
        return visit
    moment = moment.astimezone(UTC)
    rooms = replace(visit.rooms, records=as_known(visit.rooms.records, moment))
    # Of a time before the first registry there are no figures either; the page says so under today's names.
    region = rooms.records.region() or visit.region
    return replace(visit, rooms=rooms, region=region, known_at=moment)


def _visit(
    rooms: Rooms, region: Region, query: Mapping[str, str], cookies: Mapping[str, str], params: Mapping[str, str]
) -> Visit:
    words = Words(choose(query.get("lang"), cookies.get("lang"), region.languages), ZoneInfo(region.timezone))
    return Visit(
        rooms=rooms,
        words=words,
        region=region,
        now=rooms.clock.now().astimezone(UTC),
        params=params,
        query=query,
        narrow=cookies.get("narrow") == "1",
    )


@dataclass(frozen=True)
class Opened:
    """A page of which all is known but its content, or that is made already because there is little to say.

    status : of HTTP, as far as it is known before the content is made
    """

    visit: Visit
    page: Page | None
    status: int
    title: str
    cursor: str
    module: PageModule | None = None
    content: Component | None = None

    def made(self) -> Made:
        """The page with its content. Never raises: an error of ours becomes a page that says what happened."""
        if self.content is not None or self.module is None:
            content = self.content if self.content is not None else html.Div()
            return Made(self.visit, self.page, self.status, self.title, content, self.cursor)
        try:
            layout = self.module.layout(self.visit)
            said = banner(self.visit)
            content = flattened(layout if said is None else html.Div([said, layout]))
            return Made(self.visit, self.page, 200, self.title, content, self.cursor)
        except Exception as error:
            return _failed(self.visit, self.page, error).made()


def open_page(rooms: Rooms, path: str, query: Mapping[str, str], cookies: Mapping[str, str]) -> Opened:
    """What is quickly known of the page of an address. Never raises."""
    found = find(path)
    page, params = found if found else (None, {})
    visit = _visit(rooms, EMPTY_REGION, query, cookies, params)
    try:
        visit = make_visit(rooms, query, cookies, params)
        if page is None:
            return _said(visit, None, 404, states.missing(visit))
        if visit.region is EMPTY_REGION:
            return _said(visit, page, 200, states.no_region(visit))
        if page.quoted:
            visit = as_asked(visit)
        # Before anything is read: what comes later is told by the live stream.
        cursor = rooms.store.head()
        module = load(page)
        if not knows(module, visit):
            return _said(visit, page, 404, states.missing(visit))
        return Opened(visit, page, 200, _window_title(module.title(visit), visit), cursor, module)
    except Exception as error:
        return _failed(visit, page, error)


def make_page(rooms: Rooms, path: str, query: Mapping[str, str], cookies: Mapping[str, str]) -> Made:
    """The page of an address. Never raises."""
    return open_page(rooms, path, query, cookies).made()


def _failed(visit: Visit, page: Page | None, error: Exception) -> Opened:
    if isinstance(error, PageMissingError):
        return _said(visit, page, 404, states.missing(visit))
    if isinstance(error, StoreUnavailableError):
        return _said(visit, page, 503, states.store_away(visit, error.code))
    # A person must see a sentence, not a blank page; the log has the rest.
    log.error("page.failed: %s", page.path if page else "", exc_info=error)
    return _said(visit, page, 500, states.failed(visit, getattr(error, "code", "page.failed")))


def _said(visit: Visit, page: Page | None, status: int, said: tuple[str, Component]) -> Opened:
    title, content = said
    return Opened(visit, page, status, _window_title(title, visit), "", content=content)


def _window_title(title: str, visit: Visit) -> str:
    name = f"{title} · Smart voda"
    return f"{name} · {visit.words.say('SIMULATION')}" if visit.region.simulated else name
