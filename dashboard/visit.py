"""One look at one page: who asks, in which language, of which moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from dashboard.config import DashboardConfig
from dashboard.i18n import Words
from models.clock import Clock
from models.records import Records
from models.registry import Region
from models.store import Store


@dataclass(frozen=True)
class Rooms:
    """What the dashboard was given when it was made."""

    store: Store
    records: Records
    clock: Clock
    config: DashboardConfig


@dataclass(frozen=True)
class Visit:
    """One look at one page; pages are functions of it.

    params : places of the path, e.g. {"zone": "…"}; query : of the address, last value of each name
    narrow : a phone: charts open at a shorter span
    now : domain time at which the page is made; all of the page agrees on it
    known_at : the time as known at which figures are shown (its records answer so), None: as known now
    """

    rooms: Rooms
    words: Words
    region: Region
    now: datetime
    params: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    narrow: bool = False
    known_at: datetime | None = None

    @property
    def opening_range(self) -> str:
        """The span at which charts open: a week, on a phone a day."""
        return "24h" if self.narrow else "7d"

    @property
    def store(self) -> Store:
        """Readings and rollups."""
        return self.rooms.store

    @property
    def records(self) -> Records:
        """Registry, events, facts."""
        return self.rooms.records


class PageMissingError(Exception):
    """The address is of a kind that exists, but its subject does not."""
