"""Each service in a process: what it opens, runs and lets go of."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from analysis.service import Analysis
from dashboard.app import create
from dashboard.config import DashboardConfig
from dashboard.server import Server
from ingest.one_shot import publish_once
from ingest.service import Ingest, IngestConfig
from smartvoda import __version__, health, regions, web
from smartvoda.settings import Settings
from smartvoda.supervise import Child
from smartvoda.wiring import Parts, open_parts

log = logging.getLogger("smartvoda")

_STOP_S = 3.0
_LOOK_S = 0.02


def load_region_once(parts: Parts, folder: Path | None) -> None:
    """Fill an empty registry from a folder; a registry that has a region is left alone."""
    if folder is None or parts.records.region_version():
        return
    region = regions.load(folder)
    parts.records.save_region(region, "first start", f"loaded from {folder.name}", parts.clock.now())
    log.info("loaded region %s from %s", region.name, folder)


@contextlib.contextmanager
def ingesting(parts: Parts) -> Iterator[Ingest]:
    """Ingest while the block runs."""
    spool = parts.spool()
    ingest = Ingest(ingest_config(parts.settings), spool, parts.records, parts.clock)
    ingest.start()
    try:
        yield ingest
    finally:
        ingest.stop(_STOP_S)
        spool.close()


def ingest_config(settings: Settings) -> IngestConfig:
    """What ingest needs to know of the settings."""
    return IngestConfig(
        url=settings.mqtt_url.get_secret_value(),
        version=settings.mqtt_version,
        topics=tuple(topic.strip() for topic in settings.mqtt_topics.split(",") if topic.strip()),
        share_group=settings.mqtt_share,
        ca_file=settings.mqtt_ca,
        cert_file=settings.mqtt_cert,
        key_file=settings.mqtt_key,
        timezone=settings.timezone,
    )


def run_ingest(settings: Settings, stop: threading.Event) -> None:
    """Ingest alone, until `stop`."""
    parts = open_parts(settings, f"ingest-{settings.instance}")
    load_region_once(parts, settings.region)
    with ingesting(parts) as ingest, _health(settings, ingest.status):
        stop.wait()
    parts.close()


def run_analysis(settings: Settings, stop: threading.Event) -> None:
    """Analysis alone, until `stop`."""
    parts = open_parts(settings, "analysis")
    analysis = Analysis(parts.store, parts.records, parts.clock)
    with _health(settings, lambda: parts.records.facts().get("analysis", {"problem": "starting"})):
        analysis.run(stop)
    parts.close()


def run_dashboard(settings: Settings) -> None:
    """The dashboard alone, until SIGTERM or Ctrl-C."""
    listener = web.bind(settings.host, settings.port)
    parts = open_parts(settings, "dashboard")
    load_region_once(parts, settings.region)
    serve_pages(parts, listener)
    parts.close()


def run_all(settings: Settings) -> None:
    """Ingest and dashboard here, analysis as a child: `smartvoda serve`."""
    listener = web.bind(settings.host, settings.port)
    parts = open_parts(settings, f"ingest-{settings.instance}")
    load_region_once(parts, settings.region)
    analysis = Child("analyse", ["analyse"], child_environment(settings))
    with ingesting(parts):
        analysis.start()
        try:
            serve_pages(parts, listener)
        finally:
            analysis.stop(_STOP_S)
    parts.close()


def serve_pages(parts: Parts, listener: socket.socket, answering: Callable[[], None] | None = None) -> None:
    """Serve the dashboard on a bound socket; `answering` is called in a thread once requests are answered."""
    region = parts.records.region()
    url = parts.settings.mqtt_url.get_secret_value()
    simulated = region is not None and region.simulated
    publish = (lambda topic, payload: publish_once(url, topic, payload)) if simulated else None
    config = DashboardConfig(publish=publish, version=__version__)
    app = create(parts.store, parts.records, parts.clock, config)
    server = Server(app, parts.settings.host, parts.settings.port)
    if answering:
        threading.Thread(target=_when_started, args=(server, answering), name="ready", daemon=True).start()
    server.run(sockets=[listener])


def _when_started(server: Server, answering: Callable[[], None]) -> None:
    while not server.started:
        time.sleep(_LOOK_S)
    answering()


def child_environment(settings: Settings, clock: str = "") -> dict[str, str]:
    """The environment that gives a child process the settings we have."""
    environment = {
        "SMARTVODA_DATA_DIR": str(settings.data_dir),
        "SMARTVODA_STORE_URL": settings.store_url.get_secret_value(),
        "SMARTVODA_DATABASE_URL": settings.database_url.get_secret_value(),
        "SMARTVODA_MQTT_URL": settings.mqtt_url.get_secret_value(),
        "SMARTVODA_HEALTH_PORT": "0",
        "SMARTVODA_CLOCK": clock or settings.clock,
        "SMARTVODA_LOG_LEVEL": settings.log_level,
    }
    if settings.region:
        environment["SMARTVODA_REGION"] = str(settings.region)
    return environment


@contextlib.contextmanager
def _health(settings: Settings, status: health.Status) -> Iterator[None]:
    server = health.serve(settings.health_port, status) if settings.health_port else None
    try:
        yield
    finally:
        if server:
            server.shutdown()
