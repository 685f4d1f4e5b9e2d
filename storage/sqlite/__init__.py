"""Readings, rollups and the append log in one SQLite file (WAL)."""

from storage.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
