"""`make screens`: pictures of each page of the running demonstration into docs/screens, for looking at.

Czech, 1440 px wide in light and 390 px in dark. The demonstration runs on a data folder of its own; a burst is started
as a presenter would, and the pictures wait until the product has found it.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.browser import Chromium, chromium_browser
from tests.servers.process import free_port

FOLDER = Path(__file__).parents[1] / "docs" / "screens"
BURST_ZONE = "decin-bynov"
SPEED = 20
"""A burst is found within half an hour; nobody waits for that."""
FOUND_S = 300
TALLEST_PX = 4200
"""Long lists say nothing more further down."""
SIZES = ((1440, 900, "light"), (390, 844, "dark"))


def main() -> int:
    """Take the pictures; of a running dashboard with --url."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="a dashboard that already runs, instead of a new demonstration")
    parser.add_argument("--only", help="pages whose name contains this")
    parser.add_argument("--no-burst", action="store_true", help="take the pictures without bursting a main")
    asked = parser.parse_args()
    if asked.url:
        return pictures(asked.url.rstrip("/"), asked.only or "")
    with tempfile.TemporaryDirectory() as folder, demonstration(Path(folder)) as url:
        if not asked.no_burst:
            burst(url)
        return pictures(url, asked.only or "")


@contextmanager
def demonstration(folder: Path) -> Iterator[str]:
    """`smartvoda demo` on free ports; its address once it is ready."""
    command = [sys.executable, "-m", "smartvoda", "demo", "--no-browser", "--data-dir", str(folder)]
    command += ["--speed", str(SPEED)]
    command += ["--port", str(free_port()), "--mqtt-port", str(free_port())]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("ready: "):
                yield line.removeprefix("ready: ").strip()
                return
        raise SystemExit("screens: the demonstration ended before it was ready")
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)


def events(url: str) -> list[dict[str, object]]:
    """Events as the HTTP interface tells them."""
    with urllib.request.urlopen(f"{url}/api/v1/events", timeout=20) as answer:
        return list(json.load(answer)["events"])


def burst(url: str) -> None:
    """Burst a main and wait until it is found."""
    body = json.dumps({"zone": BURST_ZONE, "flow_m3h": 20}).encode()
    headers = {"X-Voda": "1", "Content-Type": "application/json"}
    urllib.request.urlopen(urllib.request.Request(f"{url}/actions/burst", body, headers), timeout=20).close()
    deadline = time.monotonic() + FOUND_S
    while time.monotonic() < deadline:
        if any(e["kind"] == "burst" and e["subject"] == BURST_ZONE and e["end"] is None for e in events(url)):
            return
        time.sleep(2)
    print("screens: the burst was not found in time; the pictures are taken without it", file=sys.stderr)


def pages(url: str) -> dict[str, str]:
    """Names of pictures and the pages they show."""
    found = {
        "region": "/",
        "events": "/events",
        "zones": "/zones",
        "zone": f"/zones/{BURST_ZONE}",
        "zone-30d": f"/zones/{BURST_ZONE}?range=30d",
        "town": "/municipalities/decin",
        "reservoirs": "/reservoirs",
        "reservoir": "/reservoirs/flaje",
        "tank": "/tanks/vodojem-bynov",
        "devices": "/devices",
        "device": "/devices/0004a30b00c03aaf",
        "comparison": "/comparison",
        "returns": "/returns",
        "new": "/new",
        "import": "/import",
    }
    known = sorted(events(url), key=lambda event: event["kind"] != "burst")
    return found | ({"event": f"/events/{known[0]['id']}"} if known else {})


def pictures(url: str, only: str) -> int:
    """Every page in every size; how many could not be shown."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    failed = 0
    with chromium_browser() as browser:
        for width, height, scheme in SIZES:
            for name, path in pages(url).items():
                if only in name:
                    failed += not picture(browser, url + path, FOLDER / f"{name}-{width}.png", width, height, scheme)
    return min(failed, 1)


def picture(browser: Chromium, address: str, file: Path, width: int, height: int, scheme: str) -> bool:
    """One page, whole; says what was wrong with it."""
    watched = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    page = watched.page
    response = page.goto(address)
    page.wait_for_selector("main h1", timeout=60_000)
    for chart in page.locator(".chart").all():
        chart.locator(".js-plotly-plot").wait_for(timeout=60_000)
    page.wait_for_timeout(900)
    tall = min(int(page.evaluate("document.documentElement.scrollHeight")), TALLEST_PX)
    page.set_viewport_size({"width": width, "height": tall})
    page.wait_for_timeout(400)
    page.screenshot(path=file)
    status = response.status if response is not None else 0
    wrong = [f"HTTP {status}"] if status != 200 else []
    wrong += watched.errors + [f"asks {url}" for url in watched.outside_requests()]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        wrong.append("scrolls sideways")
    print(f"{file.name}: {'; '.join(wrong) or 'ok'}", flush=True)
    watched.context.close()
    return not wrong


if __name__ == "__main__":
    raise SystemExit(main())
