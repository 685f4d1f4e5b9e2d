"""What every service does first: fill an empty registry, say that the store is away, give up where waiting is vain."""

from __future__ import annotations

import logging
from pathlib import Path

from models.errors import VodaError
from smartvoda import keys, regions
from smartvoda.wiring import Parts

log = logging.getLogger("smartvoda")

STOP_S = 2.0
LOOK_S = 0.05
HISTORY = "simulator"
"""The fact in which a demonstration's simulator says how far history is filled."""

_HOPELESS = frozenset(["mqtt.refused", "mqtt.tls", "ingest.failed", "store.denied"])
"""At the start these are wrong settings: a person has to mend them, waiting would only hide it."""


def load_region_once(parts: Parts, folder: Path | None) -> None:
    """Fill an empty registry from a folder; a registry that has a region is left alone."""
    if folder is None or parts.records.region_version():
        return
    region = regions.load(folder)
    who, why = "first start", f"loaded from {folder.name}"
    parts.records.save_region(region, who, why, parts.clock.now())
    keys.load(parts, folder, who, why)
    log.info("loaded region %s from %s", region.name, folder)


def see_store(parts: Parts) -> None:
    """Say at the start that the store is away. Raises VodaError (store.denied) where it does not let us in."""
    if problem := parts.store.healthy():
        stop_if_hopeless(problem)
        log.warning("%s; tried again until it answers", problem)


def stop_if_hopeless(problem: str) -> None:
    """Raise what a person has to mend before it can work; anything else is waited for."""
    code, _, message = problem.partition(": ")
    if code in _HOPELESS:
        raise VodaError(code, message)


def history_filled(parts: Parts) -> bool:
    """Whether the simulator of this demonstration has filled what the first pages need."""
    return bool(parts.records.facts().get(HISTORY, {}).get("recent_filled"))
