"""Makes stores, spools and clocks out of settings, and hands them to the rooms."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from urllib.parse import unquote, urlsplit

from models.errors import VodaError
from models.records import KeyRing
from models.spool import Spool
from models.store import Store
from smartvoda.clock import ScaledClock, clock_from
from smartvoda.settings import Settings
from storage.influx import InfluxStore
from storage.migrate import upgrade
from storage.records import KeyRecords, SqlRecords
from storage.spool import open_spool
from storage.sqlite import SqliteStore

MEGABYTE = 1_000_000


@dataclass
class Parts:
    """What a service works with; close() lets go of it in the right order."""

    settings: Settings
    clock: ScaledClock
    records: SqlRecords
    store: Store

    def spool(self) -> Spool:
        """The spool of this ingest instance; its folder has one owner."""
        folder = self.settings.data_dir / "spool" / self.settings.instance
        return open_spool(
            folder,
            self.store,
            self.records,
            limit_bytes=self.settings.spool_limit_mb * MEGABYTE,
            refused_limit_bytes=self.settings.refused_limit_mb * MEGABYTE,
            clock=self.clock,
        )

    @property
    def key_ring(self) -> KeyRing:
        """Keys of devices; only ingest and who loads them ask for it."""
        return KeyRecords(self.records.engine, self.clock)

    def close(self) -> None:
        """Let go of files and connections."""
        self.store.close()
        self.records.close()


def data_folder(settings: Settings) -> Path:
    """The data folder, made if need be. Raises VodaError (data_dir.unusable) where it can't be, or be written to."""
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise VodaError("data_dir.unusable", f"{folder}: {error.strerror}; choose another with --data-dir") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise VodaError(
            "data_dir.unusable", f"{folder} may not be written to; mend its permissions or choose another: --data-dir"
        )
    return folder


def open_parts(settings: Settings, role: str, clock: ScaledClock | None = None) -> Parts:
    """Records (migrated to this version) and store of a service; `role` names it as a writer of the feed."""
    open_store = _store_of(settings)
    folder = data_folder(settings)
    clock = clock or clock_from(settings.clock)
    url = settings.database_url.get_secret_value()
    url = f"sqlite:///{folder / 'records.db'}" if url == "sqlite:" else url
    upgrade(url)
    records = SqlRecords(url, clock)
    return Parts(settings, clock, records, open_store(records, role, clock))


def _store_of(settings: Settings) -> Callable[[SqlRecords, str, ScaledClock], Store]:
    """How the store of the settings is opened. Raises VodaError (settings.store_url) before anything is touched."""
    try:
        parts = urlsplit(settings.store_url.get_secret_value())
        port = parts.port
    except ValueError as error:
        raise _wrong_store("the store's address can't be read") from error
    if parts.scheme == "sqlite":
        named = parts.path.strip("/")
        path = Path(unquote(parts.path)[1:]) if named else settings.data_dir / "readings.db"
        return lambda records, role, clock: cast("Store", SqliteStore(path, records.engine, role, clock))
    if parts.scheme not in {"influxdb", "influxdbs"}:
        raise _wrong_store(f"store {parts.scheme or '(none)'}: is not known")
    names = [unquote(name) for name in parts.path.strip("/").split("/")]
    if len(names) != 2 or not all(names) or not parts.hostname or not parts.username:
        raise _wrong_store("the InfluxDB store is not named whole")
    scheme = "https" if parts.scheme == "influxdbs" else "http"
    org, bucket = names
    url, token = f"{scheme}://{parts.hostname}:{port or 8086}", unquote(parts.username)
    return lambda records, role, clock: cast(
        "Store", InfluxStore(url, token, org, bucket, records.engine, role, clock, settings.store_timeout_s)
    )


def _wrong_store(what: str) -> VodaError:
    return VodaError(
        "settings.store_url",
        f"{what} (SMARTVODA_STORE_URL); write sqlite: or influxdb://TOKEN@host:8086/organisation/bucket",
    )
