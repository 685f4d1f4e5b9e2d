"""Runs the simulated region in a process: as a client of a broker, and in a demonstration with its past."""

from __future__ import annotations

import threading

from ingest.simulator import session
from smartvoda import regions
from smartvoda.clock import clock_from
from smartvoda.sample import sample_region
from smartvoda.settings import Settings
from smartvoda.wiring import data_folder, open_parts


def run(settings: Settings, seed: int, fill: bool, stop: threading.Event) -> None:
    """Simulate until `stop`; with `fill` the store of the data folder gets the history first."""
    region = regions.load(settings.region or sample_region())
    url = settings.mqtt_url.get_secret_value()
    commands = data_folder(settings) / "simulator" / "commands.jsonl"
    clock = clock_from(settings.clock)
    if not fill:
        session.run(url, region, seed, clock, commands, stop)
        return
    parts = open_parts(settings, "history", clock)
    session.run(url, region, seed, clock, commands, stop, parts.store, parts.records)
    parts.close()
