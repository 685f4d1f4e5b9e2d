"""Makes stores, spools and clocks out of settings, and hands them to the rooms."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast
from urllib.parse import unquote, urlsplit

from models.errors import VodaError
from models.spool import Spool
from models.store import Store
from smartvoda.clock import ScaledClock, clock_from
from smartvoda.settings import Settings
from storage.influx import InfluxStore
from storage.migrate import upgrade
from storage.records import SqlRecords
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

    def close(self) -> None:
        """Let go of files and connections."""
        self.store.close()
        self.records.close()


def data_folder(settings: Settings) -> Path:
    """The data folder, made if need be. Raises VodaError (data_dir.unusable) where it can't be."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise VodaError(
            "data_dir.unusable", f"{settings.data_dir}: {error.strerror}; choose another with --data-dir"
        ) from error
    return settings.data_dir


def open_parts(settings: Settings, role: str, clock: ScaledClock | None = None) -> Parts:
    """Records (migrated to this version) and store of a service; `role` names it as a writer of the feed."""
    folder = data_folder(settings)
    clock = clock or clock_from(settings.clock)
    url = settings.database_url.get_secret_value()
    url = f"sqlite:///{folder / 'records.db'}" if url == "sqlite:" else url
    upgrade(url)
    records = SqlRecords(url, clock)
    return Parts(settings, clock, records, _open_store(settings, folder, records, role, clock))


def _open_store(settings: Settings, folder: Path, records: SqlRecords, role: str, clock: ScaledClock) -> Store:
    parts = urlsplit(settings.store_url.get_secret_value())
    if parts.scheme == "sqlite":
        path = Path(unquote(parts.path)[1:]) if parts.path.strip("/") else folder / "readings.db"
        return cast("Store", SqliteStore(path, records.engine, role, clock))
    if parts.scheme in {"influxdb", "influxdbs"}:
        names = [unquote(name) for name in parts.path.strip("/").split("/")]
        if len(names) != 2 or not parts.hostname or not parts.username:
            raise VodaError("settings.store_url", "an InfluxDB store is written influxdb://TOKEN@host:8086/org/bucket")
        scheme = "https" if parts.scheme == "influxdbs" else "http"
        url = f"{scheme}://{parts.hostname}:{parts.port or 8086}"
        return cast(
            "Store",
            InfluxStore(
                url, unquote(parts.username), names[0], names[1], records.engine, role, clock, settings.store_timeout_s
            ),
        )
    raise VodaError(
        "settings.store_url", f"store {parts.scheme or '(none)'}: is not known; use sqlite: or influxdb://…"
    )
