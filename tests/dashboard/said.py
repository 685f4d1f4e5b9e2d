"""What a made page says, without a browser: its elements and text, sent as components or as pieces of HTML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from dash.development.base_component import Component

from dashboard.flatten import VOID, as_html
from dashboard.markup import Chart
from dashboard.rendering import Made, make_page
from dashboard.visit import Rooms

DRAWN = ("svg", "script", "style")


@dataclass
class Element:
    """An element with what lies in it; a text is an element without a tag."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element] = field(default_factory=list)
    words: str = ""

    def __iter__(self) -> Iterator[Element]:
        yield self
        for child in self.children:
            yield from child

    @property
    def classes(self) -> list[str]:
        return self.attributes.get("class", "").split()

    @property
    def text(self) -> str:
        """What a person reads, drawings left out; no-break spaces as spaces."""
        return " ".join(" ".join(self._texts()).replace("\u00a0", " ").split())

    def _texts(self) -> Iterator[str]:
        if self.tag not in DRAWN:
            yield self.words
            for child in self.children:
                yield from child._texts()

    def by_id(self, identifier: str) -> Element:
        return next(element for element in self if element.attributes.get("id") == identifier)

    def by_class(self, name: str) -> list[Element]:
        return [element for element in self if name in element.classes]

    def by_tag(self, name: str) -> list[Element]:
        return [element for element in self if element.tag == name]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("page")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"<{self.open[-1].tag}> is closed by </{tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(Element("", words=data))


def made_page(rooms: Rooms, path: str, language: str = "cs", **query: str) -> Made:
    """The page of an address in a language, with its figures."""
    return make_page(rooms, path, {"lang": language, **query}, {})


def page(rooms: Rooms, path: str, language: str = "cs", **query: str) -> Element:
    """What it says."""
    return read(made_page(rooms, path, language, **query).content)


def read(content: Any) -> Element:
    """Components or HTML as elements; raises where a tag is closed that is not open."""
    reader = _Reader()
    reader.feed(_html(content))
    reader.close()
    assert len(reader.open) == 1, f"<{reader.open[-1].tag}> is never closed"
    return reader.open[0]


def charts(content: Any) -> dict[str, Any]:
    """Figures of the charts by their ids."""
    found = {}
    for part in content._traverse():
        if isinstance(part, Chart):
            found[part.id] = part.figure  # type: ignore[attr-defined] # Dash sets properties by name
    return found


def _html(content: Any) -> str:
    if isinstance(content, list | tuple):
        return "".join(_html(item) for item in content)
    if isinstance(content, Chart):
        return f'<figure id="{content.id}"></figure>'  # type: ignore[attr-defined] # Dash sets properties by name
    children = getattr(content, "children", None)
    if not isinstance(content, Component) or children is None:
        return as_html(content)
    # The element itself from flatten, what lies in it from here: charts can't be written there.
    content.children = "\0"  # type: ignore[attr-defined] # Dash sets properties by name
    outer = as_html(content)
    content.children = children  # type: ignore[attr-defined] # Dash sets properties by name
    return outer.replace("\0", _html(children))
