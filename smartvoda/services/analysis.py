"""Analysis: what arrived becomes rollups, balances, bands and events."""

from __future__ import annotations

import threading
from contextlib import closing

from analysis.service import Analysis
from smartvoda.health import Health, Status, told_lately
from smartvoda.services.start import LOOK_S, history_filled, see_store
from smartvoda.settings import Settings
from smartvoda.wiring import open_parts


def run_analysis(settings: Settings, stop: threading.Event, after_history: bool = False) -> None:
    """Analysis alone, until `stop`; with `after_history` it begins when the simulator has filled the recent past."""
    with Health(settings.health_port) as health, closing(open_parts(settings, "analysis")) as parts:
        see_store(parts)
        began = parts.clock.now()

        def look() -> Status:
            fact = parts.records.facts().get("analysis", {})
            return told_lately(fact, began, parts.clock.now(), parts.clock.speed)

        health.watch(look)
        analysis = Analysis(parts.store, parts.records, parts.clock)
        while after_history and not stop.is_set() and not history_filled(parts):
            stop.wait(LOOK_S)
        analysis.run(stop)
