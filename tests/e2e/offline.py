"""Run inside a network namespace whose only interface is loopback: start a demo, look at every page whole.

Usage: python -m tests.e2e.offline PYTHON DATA_DIR (PYTHON is the one that has Smart voda). Prints JSON: the pages
seen, and for each what was wrong.
"""

from __future__ import annotations

import fcntl
import json
import re
import socket
import struct
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from playwright.sync_api import Page

from dashboard.catalogues import read
from tests.e2e.running import Command, running
from tests.servers.browser import Chromium, WatchedPage, chromium_browser
from tests.servers.process import free_port

LANGUAGES = ("cs", "en", "de")
READY_S = 180.0
SETTLE_MS = 20_000
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 0x1


def raise_loopback() -> None:
    """Bring `lo` up, as `ip link set lo up` does."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sH14s", b"lo", 0, b"")
        flags = struct.unpack("16sH14s", fcntl.ioctl(any_socket, _SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sH14s", b"lo", flags | _IFF_UP, b""))


def addresses(page: Page, url: str) -> list[str]:
    """Every page once: those of the bar, and one of each kind that these link to."""
    found: dict[str, str] = {}
    waiting = ["/"]
    while waiting:
        path = waiting.pop(0)
        if (kind := kind_of(path)) in found:
            continue
        found[kind] = path
        page.goto(urljoin(url, path))
        settle(page)
        links = page.eval_on_selector_all("a[href^='/']", "all => all.map(a => a.getAttribute('href'))")
        waiting += [link.split("?")[0].split("#")[0] for link in links if is_page(link)]
    return list(found.values())


def settle(page: Page) -> None:
    """Wait until the page has its content and its charts are drawn; the live stream never lets the network idle."""
    page.wait_for_function("document.body.innerText.length > 200", timeout=SETTLE_MS)
    page.wait_for_timeout(700)


def kind_of(path: str) -> str:
    """`/zones/decin-1` and `/zones/most-2` are of one kind."""
    first, *rest = path.strip("/").split("/")
    return f"/{first}" + "/…" * len(rest)


def is_page(link: str) -> bool:
    """Whether a link leads to a page, not to a file or the HTTP interface."""
    return not re.search(r"\.(csv|xlsx|svg|json)$|^/(api|assets|metrics|healthz|live)", link.split("?")[0])


def look(watched: WatchedPage, url: str, path: str, language: str) -> list[str]:
    """What is wrong with a page in a language."""
    watched.errors.clear()
    answer = watched.page.goto(f"{urljoin(url, path)}?lang={language}")
    settle(watched.page)
    text: str = watched.page.inner_text("body")
    wrong = [f"console: {error}" for error in watched.errors]
    wrong += [f"outside: {request}" for request in watched.outside_requests()]
    if answer is None or answer.status != 200:
        wrong.append(f"status {answer.status if answer else None}")
    if watched.page.get_attribute("html", "lang") != language:
        wrong.append("lang of <html> is another")
    if len(text) < 200:
        wrong.append(f"nearly empty: {text!r}")
    wrong += [f"untranslated: {phrase}" for phrase in untranslated(text, language)]
    return wrong


def untranslated(text: str, language: str) -> list[str]:
    """English messages that stand on a page of another language as whole lines, where the translation differs."""
    if language == "en":
        return []
    messages = {str(message.id): str(message.string) for message in read(language) if message.id}
    lines = {line.strip() for line in text.splitlines()}
    return sorted(line for line in lines if messages.get(line, line) != line)


def main(python: str, data: str) -> dict[str, Any]:
    """Start a demo with no way out of this machine and look at it."""
    raise_loopback()
    arguments = ["demo", "--no-browser", "--data-dir", data]
    arguments += ["--port", str(free_port()), "--mqtt-port", str(free_port())]
    with running(arguments, {}, cwd=Path(data).parent, python=python) as demo, chromium_browser() as browser:
        url = demo.wait_for_line("ready:", READY_S).removeprefix("ready:").strip()
        result = seen(browser, url)
        result["ctrl_c_s"] = interrupted(browser, demo, url)
        result["log"] = demo.errors[-40:]
        return result


def seen(browser: Chromium, url: str) -> dict[str, Any]:
    """Every page in every language."""
    watched = browser.new_page()
    paths = addresses(watched.page, url)
    wrong = {
        f"{path} {language}": found
        for path in paths
        for language in LANGUAGES
        if (found := look(watched, url, path, language))
    }
    watched.context.close()
    return {"paths": paths, "wrong": wrong}


def interrupted(browser: Chromium, demo: Command, url: str) -> float:
    """Seconds that Ctrl-C takes while three pages are open."""
    watched = browser.new_page()
    for tab in (watched.page, watched.new_tab(), watched.new_tab()):
        tab.goto(url)
        tab.wait_for_load_state("domcontentloaded")
    return demo.interrupt(30)


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:3])))
