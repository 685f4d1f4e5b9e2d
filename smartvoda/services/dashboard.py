"""The dashboard: pages, the live stream and the HTTP interface."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import closing

from dashboard.app import create
from dashboard.config import DashboardConfig
from dashboard.server import Server
from ingest.one_shot import publish_once
from ingest.rule_desk import TrialDesk
from ingest.tables.desk import Desk
from smartvoda import __version__, web
from smartvoda.services.start import LOOK_S, STOP_S, load_region_once, see_store
from smartvoda.settings import Settings
from smartvoda.supervise import stop_event
from smartvoda.wiring import Parts, open_parts


def run_dashboard(settings: Settings, stop: threading.Event) -> None:
    """The dashboard alone, until `stop`."""
    listener = web.bind(settings.host, settings.port)
    with closing(open_parts(settings, "dashboard")) as parts:
        see_store(parts)
        load_region_once(parts, settings.region)
        serve_pages(parts, listener, stop=stop)


def serve_pages(
    parts: Parts,
    listener: socket.socket,
    answering: Callable[[], None] | None = None,
    stop: threading.Event | None = None,
) -> None:
    """Serve the dashboard on a bound socket until `stop`, or where there is none until SIGTERM or Ctrl-C.

    `answering` is called in a thread once requests are answered.
    """
    stop = stop or stop_event()
    region = parts.records.region()
    url = parts.settings.mqtt_url.get_secret_value()
    files = (parts.settings.mqtt_ca, parts.settings.mqtt_cert, parts.settings.mqtt_key)
    simulated = region is not None and region.simulated
    publish = (lambda topic, payload: publish_once(url, topic, payload, *files)) if simulated else None
    desk = Desk(parts.settings.data_dir / "imports", parts.store, parts.records, parts.clock, parts.settings.timezone)
    config = DashboardConfig(publish=publish, version=__version__, imports=desk, rules=TrialDesk())
    app = create(parts.store, parts.records, parts.clock, config)
    server = Server(app, parts.settings.host, parts.settings.port)
    if answering:
        threading.Thread(target=_when_started, args=(server, answering, stop), name="ready", daemon=True).start()

    def run() -> None:
        try:
            server.run(sockets=[listener])
        finally:
            stop.set()

    # Not in the main thread: uvicorn would take the signals there, and raise them again before we have tidied up.
    pages = threading.Thread(target=run, name="pages", daemon=True)
    pages.start()
    stop.wait()
    server.stop()
    desk.close()
    pages.join(STOP_S)


def _when_started(server: Server, answering: Callable[[], None], stop: threading.Event) -> None:
    while not server.started:
        if stop.wait(LOOK_S):
            return
    try:
        answering()
    except OSError:
        # Whoever asks for the first page finds nobody where we were told to stop meanwhile.
        if not stop.is_set():
            raise
