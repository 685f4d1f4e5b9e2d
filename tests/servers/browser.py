"""Headless Chromium, and pages that remember what went wrong and what they asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.servers.process import LOOPBACK
from tests.servers.programs import find_program

LOCAL_HOSTS = (LOOPBACK, "localhost")
LOCAL_SCHEMES = ("data", "blob", "about", "chrome")
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A name that is not this machine is not even looked up: the request fails and shows in the console.
    f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {LOOPBACK}, EXCLUDE localhost",
)


class WatchedPage:
    """A page in a context of its own; it keeps console errors, uncaught exceptions and every request's URL."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.errors: list[str] = []
        self.requests: list[str] = []
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self.errors.append(f"uncaught: {error.error}"))
        context.on("request", lambda request: self.requests.append(request.url))
        context.on("page", self._on_page)
        self.page = context.new_page()

    def new_tab(self) -> Page:
        """One more tab of the same browser profile, watched like the first."""
        return self.context.new_page()

    def outside_requests(self) -> list[str]:
        return [url for url in self.requests if not is_local(url)]

    def assert_clean(self) -> None:
        """Nothing left this machine and the console shows no error."""
        assert self.outside_requests() == []
        assert self.errors == []

    def _on_page(self, page: Page) -> None:
        page.on("websocket", lambda socket: self.requests.append(socket.url))

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"{message.text} ({message.location.get('url', '')})")


class Chromium:
    """A running browser that hands out watched pages."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser

    def new_page(self, **options: Any) -> WatchedPage:
        """A page in a fresh profile; `options` are Playwright's for a context (viewport, locale, color_scheme)."""
        settings = {"viewport": {"width": 1440, "height": 900}, "locale": "cs-CZ", **options}
        return WatchedPage(self.browser.new_context(**settings))


def is_local(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in LOCAL_SCHEMES or parts.hostname in LOCAL_HOSTS


@contextmanager
def chromium_browser() -> Iterator[Chromium]:
    """Start Chromium and stop it at the end; if the tests are killed it goes with Playwright's driver."""
    program = find_program("chromium", "chromium")
    arguments = [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments, headless=True)
        try:
            yield Chromium(browser)
        finally:
            browser.close()
