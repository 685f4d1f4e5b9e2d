"""The region page's first chart in Chromium, against a bare Dash app with one chart and full plotly."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import plotly.graph_objects as go
import uvicorn
from dash import Dash, dcc, html

from tests.dashboard.filled import fill, sample_region
from tests.dashboard.served import Served
from tests.servers.browser import Chromium, chromium_browser
from tests.servers.process import free_port

LOADS = 9
NOW = datetime(2026, 11, 25, 9, 42, tzinfo=UTC)
FIRST_CHART = ".js-plotly-plot .main-svg .scatterlayer .trace"
# From the beginning of navigation, as the browser measures it, to the first trace of the first chart in the document.
WATCH = """() => { window.firstChart = new Promise((resolve) => { const look = () =>
  document.querySelector(%r) ? resolve(performance.now()) : requestAnimationFrame(look); look(); }); }"""


def rows() -> Iterator[dict[str, object]]:
    """Medians of alternated cold loads (a fresh browser profile each), and what came over the wire."""
    with tempfile.TemporaryDirectory() as folder:
        filled = fill(Path(folder), sample_region(), NOW)
        ours, bare = Served(filled), _Bare()
        try:
            with chromium_browser() as browser:
                yield from _measured(browser, ours.url, bare.url)
        finally:
            ours.stop()
            bare.stop()
            filled.close()


def _measured(browser: Chromium, ours: str, bare: str) -> Iterator[dict[str, object]]:
    for url in (ours, bare):
        load(browser, url)
    times: dict[str, list[float]] = {ours: [], bare: []}
    weights: dict[str, float] = {}
    for _ in range(LOADS):
        for url in (ours, bare):
            seconds, weights[url] = load(browser, url)
            times[url].append(seconds)
    mine, peer = median(times[ours]), median(times[bare])
    name = "page: region's first chart, peer = bare Dash with full plotly"
    yield {"name": name, "ours": mine, "peer": peer, "ratio": mine / peer, "unit": "s", "goal": "≤ 0.8"}
    yield {
        "name": "page: over the wire until then",
        "ours": weights[ours],
        "peer": weights[bare],
        "ratio": weights[ours] / weights[bare],
        "unit": "KiB",
        "goal": "",
    }


def load(browser: Chromium, url: str) -> tuple[float, float]:
    """Seconds to the first chart of a cold load, and KiB received."""
    watched = browser.new_page()
    page = watched.page
    page.add_init_script(f"({WATCH % FIRST_CHART})()")
    page.goto(url, wait_until="commit")
    seconds = float(page.evaluate("window.firstChart")) / 1000
    sizes = page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.transferSize)")
    watched.context.close()
    return seconds, sum(sizes) / 1024


class _Bare:
    """A Dash app as its tutorial makes it: one chart, nothing else."""

    def __init__(self) -> None:
        app = Dash("bare", backend="fastapi")
        x = list(range(300))
        figure = go.Figure(go.Scatter(x=x, y=[(k * 37) % 101 for k in x]))
        app.layout = html.Div([html.H1("Bare"), dcc.Graph(figure=figure)])
        self.port = free_port()
        config = uvicorn.Config(app.server, host="127.0.0.1", port=self.port, log_level="warning")
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.02)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(10)


if __name__ == "__main__":
    for row in rows():
        print(row)
