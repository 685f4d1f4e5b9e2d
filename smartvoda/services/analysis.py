"""Analysis: what arrived becomes rollups, balances, bands and events."""

from __future__ import annotations

import threading
from contextlib import closing

from analysis.service import Analysis
from smartvoda.health import Health, Status, told_lately
from smartvoda.services.start import see_store
from smartvoda.settings import Settings
from smartvoda.wiring import open_parts


def run_analysis(settings: Settings, stop: threading.Event) -> None:
    """Analysis alone, until `stop`."""
    with Health(settings.health_port) as health, closing(open_parts(settings, "analysis")) as parts:
        see_store(parts)
        began = parts.clock.now()

        def look() -> Status:
            fact = parts.records.facts().get("analysis", {})
            return told_lately(fact, began, parts.clock.now(), parts.clock.speed)

        health.watch(look)
        Analysis(parts.store, parts.records, parts.clock).run(stop)
