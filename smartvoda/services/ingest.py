"""Ingest: from the broker through the spool into the store."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from ingest.service import Ingest, IngestConfig
from smartvoda.health import Health, Status, told_lately
from smartvoda.services.start import LOOK_S, STOP_S, load_region_once, stop_if_hopeless
from smartvoda.settings import Settings, topic_filters
from smartvoda.wiring import Parts, open_parts

log = logging.getLogger("smartvoda")

_FIRST_WORD_S = 2.0


@contextmanager
def ingesting(parts: Parts) -> Iterator[Ingest]:
    """Ingest while the block runs.

    A broker or store that is away is waited for: the spool takes readings meanwhile. Raises VodaError (mqtt.refused,
    mqtt.tls) where the broker does not let us in at the start: waiting would not help.
    """
    with closing(parts.spool()) as spool:
        ingest = Ingest(ingest_config(parts.settings), spool, parts.records, parts.clock, parts.key_ring)
        ingest.start()
        try:
            if problem := parts.store.healthy():
                log.warning("%s; until then readings wait in the spool", problem)
            _wait_to_be_let_in(ingest)
            yield ingest
        finally:
            ingest.stop(STOP_S)


def _wait_to_be_let_in(ingest: Ingest) -> None:
    deadline = time.monotonic() + _FIRST_WORD_S
    while time.monotonic() < deadline:
        status = ingest.status()
        if status["mqtt"] == "connected":
            return
        stop_if_hopeless(str(status["problem"]))
        if str(status["problem"]).startswith("mqtt."):
            return
        time.sleep(LOOK_S)


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
