"""AES keys of devices. What is read here goes to ingest alone; messages and logs name no key."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, delete, func, insert, select

from models.reading import to_ms
from models.records import KeyChange, key_change
from storage.columns import storable
from storage.engine import reading, writing
from storage.records.section import Section, alone
from storage.schema import device_keys, key_changes

_OWNER_ONLY = 0o600


class KeyRecords(Section):
    """See models.records.KeyRing."""

    def keys(self) -> dict[str, str]:
        """Keys in hexadecimal digits by canonical device."""
        with reading(self.engine) as connection:
            return _keys(connection)

    def keys_version(self) -> int:
        """Grows by one with every change of the keys; 0 before the first."""
        with reading(self.engine) as connection:
            return _version(connection)

    def save_keys(self, keys: Mapping[str, str], who: str, why: str, at: datetime) -> KeyChange:
        """Make these the keys, in one transaction; log who changed how many and why, never which."""
        self._keep_from_others()
        wanted = {storable(device): key.lower() for device, key in keys.items()}
        with writing(self.engine) as connection:
            alone(connection, key_changes)
            present = _keys(connection)
            change = key_change(present, wanted)
            if any(change):
                connection.execute(delete(device_keys))
                if wanted:
                    rows = [{"device": device, "key": key} for device, key in sorted(wanted.items())]
                    connection.execute(insert(device_keys), rows)
                row = {"version": _version(connection) + 1, "at_ms": to_ms(at), "who": who, "why": why}
                connection.execute(insert(key_changes), row | change._asdict())
        return change

    def _keep_from_others(self) -> None:
        """A database file with keys is its owner's alone, as keys.csv is; a server looks after its own."""
        file = self.engine.url.database
        if self.engine.dialect.name != "sqlite" or not file:
            return
        for name in (file, f"{file}-wal", f"{file}-shm"):
            # The other two come and go, and are made with the rights of the first.
            with suppress(FileNotFoundError):
                Path(name).chmod(_OWNER_ONLY)


def _keys(connection: Connection) -> dict[str, str]:
    return {row.device: row.key for row in connection.execute(select(device_keys))}


def _version(connection: Connection) -> int:
    return connection.execute(select(func.max(key_changes.c.version))).scalar() or 0
