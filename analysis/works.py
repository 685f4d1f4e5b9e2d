"""What analysis works with for one version of the registry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from analysis.backlog import Backlog
from analysis.bands import Bands
from analysis.causes import Causes
from analysis.estimates import Estimates
from analysis.figures import Figures
from analysis.nights import Nights
from analysis.rework import Rework
from analysis.rollups import Rollups
from analysis.subjects import Subjects
from analysis.topology import Topology
from analysis.validation import Validation
from models.clock import Clock
from models.judged import JudgedStore, judged
from models.records import Records
from models.registry import Region
from models.rollup import RollupSeries
from models.store import Change, Store


class Works:
    """The parts that compute, and what they know of the devices that send.

    quantities : what each device ever sent; newest : the last two readings' times of each (device, quantity)
    """

    def __init__(
        self, store: Store, records: Records, clock: Clock, region: Region, version: int, country: str
    ) -> None:
        self.store = store
        self.records = records
        self.clock = clock
        self.version = version
        self.quantities: dict[str, set[str]] = {}
        self.newest: dict[tuple[str, str], tuple[datetime, datetime]] = {}
        self.topology = Topology(region, clock.now())
        self.causes = Causes(records, self.topology)
        self.rework = Rework(store, records, self.quantities, self.causes)
        self.validation = Validation(store, JudgedStore(store, records), records, region, self.causes.edits)
        # What is computed is computed from readings as they count; only the feed and validation see them as they came.
        store = judged(store, records)
        self.rollups = Rollups(store, self.topology, clock)
        self.estimates = Estimates(records, self.topology, self.rollups, self.newest)
        self.bands = Bands(store, records, self.topology, country)
        self.figures = Figures(store, records, self.topology)
        self.nights = Nights(store, records, self.topology, clock)
        self.subjects = Subjects(store, self.topology, self.bands)
        self.backlog = Backlog(records, self.rollups, self.quantities, self.computed, self.nights.pressed)

    def know_devices(self) -> None:
        """Learn from the store what each device sent and when it last did."""
        for (device, quantity), reading in self.store.last().items():
            self.quantities.setdefault(device, set()).add(quantity)
            self.newest[device, quantity] = (reading.time, reading.time)

    def newer(self, changes: Iterable[Change]) -> None:
        """Take note of the newest readings."""
        for change in changes:
            self.estimates.heard.add(change.device)
            key = (change.device, change.quantity)
            last, _ = self.newest.get(key, (change.first, change.first))
            if change.last > last:
                self.newest[key] = (change.last, last if change.first == change.last else change.first)

    def computed(self, series: Sequence[RollupSeries], start: datetime, end: datetime) -> None:
        """Follow new rollups of an area's hours in [start, end): the bands learn them, closed figures change."""
        self.bands.learn(series)
        areas = {(one.level, one.subject) for one in series}
        for level, subject in areas:
            self.nights.follow(level, subject, start, end, self.clock.now())
            self.figures.follow(level, subject, start, end, self.clock.now())
