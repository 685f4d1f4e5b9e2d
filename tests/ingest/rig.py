"""An ingest on real parts: SQLite or influxd, a spool, records in SQLite, mosquitto."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ingest.service import Ingest, IngestConfig
from models.records import Records
from models.spool import Spool
from models.store import Store
from storage.migrate import upgrade
from storage.records import KeyRecords, SqlRecords
from storage.spool import open_spool
from storage.sqlite import SqliteStore
from tests.servers.influx import Bucket

SPOOL_BYTES = 64 * 1024 * 1024
REFUSED_BYTES = 1024 * 1024


class MachineClock:
    """The machine's time, to the millisecond."""

    speed = 1.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.time_ns() // 1_000_000 / 1000, UTC)


@dataclass
class Rig:
    """What a test looks at."""

    store: Store
    records: Records
    spool: Spool
    ingest: Ingest
    key_ring: KeyRecords

    def close(self) -> None:
        self.ingest.stop(5)
        self.spool.close()
        self.store.close()
        self.records.close()


def make_rig(
    folder: Path, config: IngestConfig, bucket: Bucket | None = None, spool_bytes: int = SPOOL_BYTES, name: str = "one"
) -> Rig:
    folder.mkdir(parents=True, exist_ok=True)
    clock = MachineClock()
    url = f"sqlite:///{folder / 'records.db'}"
    if not (folder / "records.db").exists():
        upgrade(url)
    records = SqlRecords(url, clock)
    store: Store
    if bucket is None:
        store = SqliteStore(folder / "readings.db", records.engine, f"ingest-{name}", clock)
    else:
        from storage.influx import InfluxStore  # only where a test has a server for it

        store = InfluxStore(
            bucket.url, bucket.token, bucket.org, bucket.name, records.engine, f"ingest-{name}", clock, 5.0
        )
    ring = KeyRecords(records.engine, clock)
    spool = open_spool(folder / "spool" / name, store, records, spool_bytes, REFUSED_BYTES, clock)
    return Rig(store, records, spool, Ingest(config, spool, records, clock, ring), ring)


def until(condition: Callable[[], bool], seconds: float = 15.0, what: str = "it") -> None:
    """Wait for a condition, and fail where it does not come."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not happen in {seconds:.0f} s")
        time.sleep(0.02)
