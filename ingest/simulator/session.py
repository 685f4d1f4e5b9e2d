"""A whole session of the simulated region: history by the import path where a store is given, then live."""

from __future__ import annotations

import logging
import threading
from datetime import datetime
from pathlib import Path

from ingest.simulator import commands as command_log
from ingest.simulator import live
from ingest.simulator.gauges import Gauges
from ingest.simulator.history import History, Interrupted
from ingest.simulator.memory import give_back
from ingest.simulator.meter_errors import MeterErrors
from ingest.simulator.waterworks import Waterworks
from models.clock import Clock
from models.errors import VodaError
from models.records import Records
from models.registry import Region
from models.store import Store

log = logging.getLogger("smartvoda.simulator")

_STOP_S = 5.0


def run(
    broker_url: str,
    region: Region,
    seed: int,
    clock: Clock,
    command_log_path: Path,
    stop: threading.Event,
    store: Store | None = None,
    records: Records | None = None,
) -> None:
    """Simulate until `stop`. With a store and records the past is filled first, its older part beside what is live.

    Raises VodaError simulator.broker, and what the store raises while the recent past is filled.
    """
    works = Waterworks(region, seed, command_log.read(command_log_path))
    gauges = Gauges(works, MeterErrors(seed))
    if store is None or records is None:
        live.run(broker_url, region, seed, clock, command_log_path, stop, gauges=gauges)
        return
    history = History(store, records, gauges, stop)
    try:
        start = history.fill_recent(clock.now)
    except Interrupted:
        return
    gauges.rest()
    give_back()

    # The past is worked out by waterworks of its own: spans are cached, and live must not lose its.
    def told(moment: datetime) -> None:
        try:
            history.reached(moment)
        except VodaError as error:
            # The next one comes in seconds; a later start only fills a little more than it must.
            log.warning("what was published could not be noted: %s", error)

    older = threading.Thread(target=_fill_older, args=(history, clock, works), name="history", daemon=True)
    older.start()
    try:
        live.run(broker_url, region, seed, clock, command_log_path, stop, told, start=start, gauges=gauges)
    finally:
        stop.set()
        older.join(_STOP_S)


def _fill_older(history: History, clock: Clock, works: Waterworks) -> None:
    gauges = Gauges(Waterworks(works.region, works.seed, works.commands), MeterErrors(works.seed))
    try:
        history.fill_older(clock.now, gauges)
        del gauges
        give_back()
    except Interrupted:
        log.info("filling history was stopped; the next start goes on")
    except VodaError as error:
        log.error("history could not be filled: %s; the next start tries again", error)
