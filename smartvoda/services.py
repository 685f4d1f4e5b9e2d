"""Each service in a process: what it opens, runs and lets go of."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from analysis.service import Analysis
from dashboard.app import create
from dashboard.config import DashboardConfig
from dashboard.server import Server
from ingest.one_shot import publish_once
from ingest.service import Ingest, IngestConfig
from models.errors import VodaError
from smartvoda import __version__, regions, web
from smartvoda.health import Health, Status, told_lately
from smartvoda.settings import Settings, topic_filters
from smartvoda.supervise import Child, stop_event
from smartvoda.wiring import Parts, open_parts

log = logging.getLogger("smartvoda")

_STOP_S = 2.0
_LOOK_S = 0.02
_FIRST_WORD_S = 2.0
_HOPELESS = frozenset(["mqtt.refused", "mqtt.tls", "ingest.failed", "store.denied"])
"""At the start these are wrong settings: a person has to mend them, waiting would only hide it."""


def load_region_once(parts: Parts, folder: Path | None) -> None:
    """Fill an empty registry from a folder; a registry that has a region is left alone."""
    if folder is None or parts.records.region_version():
        return
    region = regions.load(folder)
    parts.records.save_region(region, "first start", f"loaded from {folder.name}", parts.clock.now())
    log.info("loaded region %s from %s", region.name, folder)


@contextlib.contextmanager
def ingesting(parts: Parts) -> Iterator[Ingest]:
    """Ingest while the block runs.

    A broker or store that is away is waited for: the spool takes readings meanwhile. Raises VodaError (mqtt.refused,
    mqtt.tls) where the broker does not let us in at the start: waiting would not help.
    """
    with closing(parts.spool()) as spool:
        ingest = Ingest(ingest_config(parts.settings), spool, parts.records, parts.clock)
        ingest.start()
        try:
            if problem := parts.store.healthy():
                log.warning("%s; until then readings wait in the spool", problem)
            _wait_to_be_let_in(ingest)
            yield ingest
        finally:
            ingest.stop(_STOP_S)


def _wait_to_be_let_in(ingest: Ingest) -> None:
    deadline = time.monotonic() + _FIRST_WORD_S
    while time.monotonic() < deadline:
        status = ingest.status()
        if status["mqtt"] == "connected":
            return
        _stop_if_hopeless(str(status["problem"]))
        if str(status["problem"]).startswith("mqtt."):
            return
        time.sleep(_LOOK_S)


def _see_store(parts: Parts) -> None:
    """Say at the start that the store is away. Raises VodaError (store.denied) where it does not let us in."""
    if problem := parts.store.healthy():
        _stop_if_hopeless(problem)
        log.warning("%s; tried again until it answers", problem)


def _stop_if_hopeless(problem: str) -> None:
    code, _, message = problem.partition(": ")
    if code in _HOPELESS:
        raise VodaError(code, message)


def ingest_config(settings: Settings) -> IngestConfig:
    """What ingest needs to know of the settings."""
    return IngestConfig(
        url=settings.mqtt_url.get_secret_value(),
        version=settings.mqtt_version,
        topics=tuple(topic_filters(settings.mqtt_topics)),
        share_group=settings.mqtt_share,
        ca_file=settings.mqtt_ca,
        cert_file=settings.mqtt_cert,
        key_file=settings.mqtt_key,
        timezone=settings.timezone,
    )


def run_ingest(settings: Settings, stop: threading.Event) -> None:
    """Ingest alone, until `stop`."""
    with Health(settings.health_port) as health, closing(open_parts(settings, f"ingest-{settings.instance}")) as parts:
        load_region_once(parts, settings.region)
        began = parts.clock.now()
        with ingesting(parts) as ingest:

            def look() -> Status:
                fact = parts.records.facts().get("ingest", {})
                told = told_lately(fact, began, parts.clock.now(), parts.clock.speed)
                status = ingest.status()
                problem = status["problem"] or ("" if ingest.alive else "a thread of it has ended") or told["problem"]
                if not problem and status["mqtt"] != "connected":
                    problem = "not connected to the broker yet"
                return {**status, "problem": problem}

            health.watch(look)
            stop.wait()


def run_analysis(settings: Settings, stop: threading.Event) -> None:
    """Analysis alone, until `stop`."""
    with Health(settings.health_port) as health, closing(open_parts(settings, "analysis")) as parts:
        _see_store(parts)
        began = parts.clock.now()

        def look() -> Status:
            fact = parts.records.facts().get("analysis", {})
            return told_lately(fact, began, parts.clock.now(), parts.clock.speed)

        health.watch(look)
        Analysis(parts.store, parts.records, parts.clock).run(stop)


def run_dashboard(settings: Settings, stop: threading.Event) -> None:
    """The dashboard alone, until `stop`."""
    listener = web.bind(settings.host, settings.port)
    with closing(open_parts(settings, "dashboard")) as parts:
        _see_store(parts)
        load_region_once(parts, settings.region)
        serve_pages(parts, listener, stop=stop)


def run_all(settings: Settings, stop: threading.Event) -> None:
    """Ingest and dashboard here, analysis as a child: `smartvoda serve`."""
    listener = web.bind(settings.host, settings.port)
    with closing(open_parts(settings, f"ingest-{settings.instance}")) as parts:
        load_region_once(parts, settings.region)
        analysis = Child("analyse", ["analyse"], child_environment(settings))
        with ingesting(parts):

            def stop_analysis() -> None:
                stop.wait()
                analysis.stop(_STOP_S)

            # Both are asked at once, so that a slow one does not make the other late.
            stopper = threading.Thread(target=stop_analysis, name="stop-analysis", daemon=True)
            stopper.start()
            analysis.start()
            try:
                serve_pages(parts, listener, stop=stop)
            finally:
                stop.set()
                stopper.join()


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
    config = DashboardConfig(publish=publish, version=__version__)
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
    pages.join(_STOP_S)


def _when_started(server: Server, answering: Callable[[], None], stop: threading.Event) -> None:
    while not server.started:
        if stop.wait(_LOOK_S):
            return
    try:
        answering()
    except OSError:
        # Whoever asks for the first page finds nobody where we were told to stop meanwhile.
        if not stop.is_set():
            raise


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
