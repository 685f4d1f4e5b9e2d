"""What lies in SQL beside the readings, on SQLite or PostgreSQL."""

from __future__ import annotations

from models.clock import Clock
from storage.engine import open_engine
from storage.records.devices import DeviceRecords
from storage.records.dirty import DirtyRecords
from storage.records.edits import EditRecords
from storage.records.events import EventRecords
from storage.records.figures import FigureRecords
from storage.records.keys import KeyRecords
from storage.records.recomputations import RecomputationRecords
from storage.records.refused import RefusedRecords
from storage.records.registry import RegistryRecords
from storage.records.remembered import RememberedRecords
from storage.records.verdicts import VerdictRecords
from storage.records.work import WorkRecords

__all__ = ["KeyRecords", "SqlRecords"]


class SqlRecords(
    RegistryRecords,
    DeviceRecords,
    RefusedRecords,
    RememberedRecords,
    EventRecords,
    DirtyRecords,
    WorkRecords,
    FigureRecords,
    VerdictRecords,
    EditRecords,
    RecomputationRecords,
):
    """models.records.Records in a SQL database that storage.migrate has brought up to date.

    Safe to share among threads; each process opens its own. Any method may raise StoreUnavailableError
    (records.unavailable).
    """

    def __init__(self, url: str, clock: Clock) -> None:
        super().__init__(open_engine(url), clock)

    def close(self) -> None:
        """Let go of connections."""
        self.engine.dispose()
