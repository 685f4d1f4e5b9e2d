"""Every page: its address, its module, and its word in the bar. A new page is one file and one line here.

A module has `title(visit) -> str`, `layout(visit) -> Component` and, where the path names a subject,
`known(visit) -> bool` (an unknown subject answers 404).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast
from urllib.parse import unquote

from dash.development.base_component import Component

from dashboard.i18n import mark
from dashboard.visit import Visit


class PageModule(Protocol):
    """What a module in dashboard/pages offers."""

    title: Callable[[Visit], str]
    layout: Callable[[Visit], Component]


@dataclass(frozen=True, slots=True)
class Page:
    """One page.

    path : address, places in braces; module : file in dashboard/pages
    section : which link of the bar is lit; nav : the link's word (a msgid), empty where the bar does not show it
    charts : whether plotly is wanted, so that the browser fetches it at once
    icon : SVG path of the tab on a phone, empty where it stands under "More"
    quoted : whether it shows figures that people quote, and can show them as they were known earlier (`?known=`)
    """

    path: str
    module: str
    section: str
    nav: str = ""
    charts: bool = True
    icon: str = ""
    quoted: bool = False


PAGES: tuple[Page, ...] = (
    Page("/", "region", "region", nav=mark("Overview"), icon="M4 11 12 4l8 7v9H4Z", quoted=True),
    Page("/events", "events", "events", nav=mark("Events"), charts=False, icon="M12 3 21 12 12 21 3 12Z"),
    Page("/events/{event}", "event", "events"),
    Page("/zones", "zones", "zones", nav=mark("Zones"), charts=False, icon="M4 5h7v6H4ZM11 5h9v9h-9M4 11v8h10v-5"),
    Page("/zones/{zone}", "zone", "zones", quoted=True),
    Page("/municipalities/{municipality}", "municipality", "zones", quoted=True),
    Page("/reservoirs", "reservoirs", "reservoirs", nav=mark("Reservoirs"), charts=False),
    Page("/reservoirs/{reservoir}", "reservoir", "reservoirs"),
    Page("/tanks/{tank}", "tank", "reservoirs"),
    Page("/devices", "devices", "devices", nav=mark("Devices"), charts=False),
    Page("/devices/{device}", "device", "devices"),
    Page(
        "/comparison",
        "comparison",
        "comparison",
        nav=mark("Comparison"),
        charts=False,
        icon="M4 7h9M8 12h12M4 17h7",
        quoted=True,
    ),
    Page("/returns", "water_return", "comparison", charts=False, quoted=True),
    Page("/changes", "changes", "comparison", charts=False),
    Page("/new", "new_devices", "devices", charts=False),
    Page("/new/rule", "mapping_rule", "devices", charts=False),
    Page("/import", "imports", "import", nav=mark("Import"), charts=False),
)


def find(path: str) -> tuple[Page, dict[str, str]] | None:
    """The page of an address, percent-encoded as it was asked for, and the places in it decoded; or None.

    >>> find("/")[0].module
    'region'
    >>> find("/nowhere") is None
    True
    """
    for page in PAGES:
        names = re.findall(r"{(\w+)}", page.path)
        pattern = re.sub(r"\\{\w+\\}", "([^/]+)", re.escape(page.path))
        if match := re.fullmatch(pattern, path):
            return page, dict(zip(names, map(unquote, match.groups()), strict=True))
    return None


def load(page: Page) -> PageModule:
    """The module of a page."""
    return cast(PageModule, import_module(f"dashboard.pages.{page.module}"))


def knows(module: PageModule, visit: Visit) -> bool:
    """Whether the subject that the path names exists."""
    known = cast("Callable[[Visit], bool] | None", getattr(module, "known", None))
    return known is None or known(visit)
