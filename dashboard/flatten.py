"""Pages as few components as may be: whatever holds no chart becomes one piece of HTML.

Dash and React take about a millisecond a component; a list of two hundred devices would be thousands of them. Pages
are still written with dash.html; this turns what they made into Markup on its way out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from dash.development.base_component import Component

from dashboard.markup import Chart, Markup

HTML = "dash_html_components"
VOID = frozenset({"br", "hr", "img", "input", "wbr", "col"})
_NAMES = {"className": "class", "htmlFor": "for"}
_LOWER = (
    "colSpan",
    "rowSpan",
    "tabIndex",
    "dateTime",
    "maxLength",
    "autoComplete",
    "hrefLang",
    "autoFocus",
    "readOnly",
)


def flattened(component: Component) -> Component:
    """The same page with every part that holds no chart and is not made anew by itself as one Markup."""
    if isinstance(component, Chart | Markup):
        return component
    if _whole(component):
        kept = {name: value for name, value in _properties(component).items() if name != "children"}
        return Markup(_inner(component), tag=_tag(component), attributes=kept)
    children = [flattened(c) if isinstance(c, Component) else c for c in _children(component)]
    component.children = children
    return component


def _whole(component: Component) -> bool:
    """Whether a component can be one piece: no chart in it, and no part that is replaced by its id."""
    if not isinstance(component, Markup) and getattr(component, "_namespace", "") != HTML:
        return False
    if getattr(component, "id", None) and _is_part(component):
        return False
    return all(_whole(child) for child in _children(component) if isinstance(child, Component))


def _is_part(component: Component) -> bool:
    return "data-refresh" in _properties(component)


def _properties(component: Component) -> dict[str, Any]:
    return dict(component.to_plotly_json()["props"])  # type: ignore[no-untyped-call] # Dash's


def _children(component: Component) -> list[Any]:
    children = getattr(component, "children", None)
    if children is None:
        return []
    return list(children) if isinstance(children, list | tuple) else [children]


def _own(markup: Component) -> str:
    return str(_properties(markup).get("html", ""))


def _tag(component: Component) -> str:
    return str(component._type).lower()


def _inner(component: Component) -> str:
    if isinstance(component, Markup):
        return _own(component)
    return "".join(as_html(child) for child in _children(component))


def as_html(child: Component | str | float | Iterable[Any] | None) -> str:
    """A component of dash.html, or a text, as HTML."""
    if child is None:
        return ""
    if isinstance(child, list | tuple):
        return "".join(as_html(item) for item in child)
    if not isinstance(child, Component):
        return escape(str(child))
    properties = _properties(child)
    if isinstance(child, Markup):
        tag = properties.pop("tag", "div")
        extra = properties.pop("attributes", None) or {}
        properties.pop("html", None)
        return _element(tag, {**properties, **extra}, _own(child))
    if getattr(child, "_namespace", "") != HTML:
        raise TypeError(f"{type(child).__name__} can't be written as HTML; keep it out of flattened parts")
    properties.pop("children", None)
    return _element(_tag(child), properties, _inner(child))


def _element(tag: str, properties: Mapping[str, Any], inner: str) -> str:
    text = "".join(_attribute(name, value) for name, value in properties.items())
    return f"<{tag}{text}>" if tag in VOID else f"<{tag}{text}>{inner}</{tag}>"


def _attribute(name: str, value: object) -> str:
    if value is None or value is False or value == "":
        return ""
    written = name.lower() if name in _LOWER else _NAMES.get(name, name)
    if value is True:
        return f" {written}"
    if isinstance(value, dict):
        value = ";".join(f"{_hyphens(key)}:{part}" for key, part in value.items())
    return f' {written}="{escape(str(value))}"'


def _hyphens(name: str) -> str:
    if name.startswith("--"):
        return name
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name)
