"""What analysis works with for one version of the registry."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from analysis.backlog import Backlog
from analysis.bands import Bands
from analysis.figures import LATE, Figures
from analysis.rollups import Rollups
from analysis.subjects import Subjects
from analysis.topology import Topology
from models.calendar import day_bounds, instant, local_day
from models.night_flow import NIGHT
from models.reading import from_ms
from models.records import Records
from models.registry import Region
from models.rollup import RollupSeries
from models.store import Store


class Works:
    """The parts that compute, and what they know of the devices that send.

    quantities : what each device ever sent; newest_ms : the newest reading of each (device, quantity)
    """

    def __init__(
        self, store: Store, records: Records, region: Region, version: int, country: str, now: datetime
    ) -> None:
        self.store = store
        self.records = records
        self.version = version
        self.quantities: dict[str, set[str]] = {}
        self.newest: dict[tuple[str, str], datetime] = {}
        self.topology = Topology(region, now)
        self.rollups = Rollups(store, self.topology)
        self.bands = Bands(store, records, self.topology, country)
        self.figures = Figures(store, records, self.topology)
        self.subjects = Subjects(store, self.topology, self.bands)
        self.backlog = Backlog(records, self.rollups, self.quantities, self.computed)
        self.reopened: dict[tuple[str, str, datetime], None] = {}
        """(level, subject, start of a local day): closed days whose rollups changed; their figures follow."""

    def know_devices(self) -> None:
        """Learn from the store what each device sent and when it last did."""
        for (device, quantity), reading in self.store.last().items():
            self.quantities.setdefault(device, set()).add(quantity)
            self.newest[device, quantity] = reading.time

    def computed(self, series: Sequence[RollupSeries]) -> None:
        """Take note of new rollups of areas: the bands learn them, figures of closed days follow them."""
        self.bands.learn(series)
        for one in series:
            if one.period == "day" and one.quantity in ("net_inflow_m3h", "metered_m3"):
                for time_ms in one.time_ms.tolist():
                    self.reopened[one.level, one.subject, from_ms(time_ms)] = None

    def night_is_over(self, day: datetime, now: datetime) -> bool:
        """Whether the night of the local day that starts then can be judged."""
        tz = self.topology.region.tz
        return now >= instant(local_day(day, tz), NIGHT[1], tz) + LATE

    def day_is_over(self, day: datetime, now: datetime) -> bool:
        """Whether the local day that starts then can be balanced."""
        tz = self.topology.region.tz
        return now >= day_bounds(local_day(day, tz), tz)[1] + LATE
