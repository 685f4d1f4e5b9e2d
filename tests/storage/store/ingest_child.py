"""An ingest process for tests that kill it: appends and drains, and says what it may acknowledge.

python -m tests.storage.store.ingest_child FOLDER INSTANCE MODE FIRST BUCKET-AS-JSON
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import NoReturn

from models.spool import Delivery, Spool
from tests.storage.store.place import Place, TestClock
from tests.storage.store.rows import NOON, reading, series

READINGS_AN_APPEND = 20


def open_spool_of(place: Place, instance: str = "1", limit_bytes: int = 50_000_000, **options: float) -> Spool:
    from storage.spool import open_spool

    store = place.store(f"ingest-{instance}", **options)
    folder = place.folder / "spool" / instance
    return open_spool(folder, store, place.records(), limit_bytes, 1_000_000, place.clock)


def delivery(number: int, session: str = "s") -> Delivery:
    """A message whose content follows from its number: three devices, each message a minute of its own."""
    readings = tuple(reading(f"d{device}", number, number, quantity) for device, quantity in _KEYS)
    packet_id = number % 65535 + 1
    return Delivery(session, packet_id, f"t/{number % 3}", number.to_bytes(16, "big"), NOON, readings)


_KEYS = (("1", "flow_m3h"), ("2", "pressure_m"))


def run(spool: Spool, first: int) -> NoReturn:
    for number in itertools.count(first, READINGS_AN_APPEND):
        spool.append([delivery(n) for n in range(number, number + READINGS_AN_APPEND)])
        print(number + READINGS_AN_APPEND, flush=True)
        if number // READINGS_AN_APPEND % 3 == 0:
            spool.drain()
    raise AssertionError


def die_before_feed(place: Place, instance: str, count: int) -> NoReturn:
    """Store what was appended, and be killed when it is the feed's turn."""
    spool = open_spool_of(place, instance)
    store = spool._drain._store if place.bucket else spool._drain._log  # type: ignore[attr-defined]
    feed = store.feed if place.bucket else store._feed
    feed.publish = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
    spool.append([delivery(number) for number in range(count)])
    spool.drain()
    raise AssertionError("still alive")


def load_history(place: Place) -> NoReturn:
    store = place.store("history")
    print("ready", flush=True)
    store.write_series(HISTORY)
    print("done", flush=True)
    time.sleep(60)
    raise AssertionError


HISTORY = [series(f"h{device:03d}", 0, 1500) for device in range(60)]


def main() -> None:
    folder, instance, mode, first, bucket = sys.argv[1:]
    url = f"sqlite:///{Path(folder) / 'records.db'}"
    place = Place(Path(folder), url, TestClock(), SimpleNamespace(**json.loads(bucket)) if bucket else None)
    if mode == "history":
        load_history(place)
    if mode == "die-before-feed":
        die_before_feed(place, instance, int(first))
    spool = open_spool_of(place, instance)
    print("ready", flush=True)
    if mode == "hold":
        time.sleep(60)
    run(spool, int(first))


if __name__ == "__main__":
    main()
