"""The spool: durable and bounded between the broker's acknowledgement and the store. One class, two drains."""

from __future__ import annotations

from pathlib import Path

from models.clock import Clock
from models.records import Records
from models.spool import Spool
from models.store import Store
from storage.spool.drains import Aside, Drain, OtherStoreDrain, OwnLogDrain
from storage.spool.folder import Folder
from storage.spool.spool import LogSpool
from storage.sqlite import SqliteStore

__all__ = ["LogSpool", "open_spool"]


def open_spool(
    folder: Path, store: Store, records: Records, limit_bytes: int, refused_limit_bytes: int, clock: Clock
) -> Spool:
    """Take an ingest instance's spool folder; folders beside it belong to its neighbours.

    limit_bytes : disk that readings may take while they wait
    refused_limit_bytes : room in the records for payloads no one understood

    Raises VodaError (spool.locked) where another process has the folder, StoreUnavailableError (spool.disk).
    """
    taken = Folder(folder)
    try:
        aside = Aside(records, refused_limit_bytes, clock)
        drain: Drain
        if isinstance(store, SqliteStore):
            drain = OwnLogDrain(store.log, taken.client_id, aside, limit_bytes)
        else:
            drain = OtherStoreDrain(folder, store, aside, limit_bytes)
        return LogSpool(taken, drain, limit_bytes)
    except BaseException:
        taken.release()
        raise
