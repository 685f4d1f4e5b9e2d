"""Night flows of closed nights: computed from raw steps, stored as rollups and as quoted figures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta, tzinfo

import numpy as np

from analysis.closing import LATE
from analysis.readings import around
from analysis.topology import Topology
from models.boundary import zones_inside
from models.calendar import day_bounds, day_edges, instant, local_day, starts
from models.consumption import keys_of_points, point_increments
from models.night_flow import NIGHT, NightFlow, large_in_some_hour, large_user_points, night_flow, night_rollups
from models.reading import Series, to_ms
from models.records import Figure, Records
from models.rollup import Level, Rollup
from models.store import Store
from models.zone_flow import keys as boundary_keys
from models.zone_flow import net_inflow_series

NIGHTS_AT_ONCE = 30
"""Nights whose readings are read together: enough to be quick, few enough to be small."""
AROUND_NIGHT = timedelta(hours=1)


class Nights:
    """Computes the night flows of areas and stores them, quoted figures superseded."""

    def __init__(self, store: Store, records: Records, topology: Topology) -> None:
        self.store = store
        self.records = records
        self.topology = topology

    def one(self, level: Level, subject: str, day: date) -> list[Rollup]:
        """The night flow of a local day, stored as rollups and as a quoted figure."""
        return self.several(level, subject, [day])

    def several(self, level: Level, subject: str, days: Sequence[date]) -> list[Rollup]:
        """Night flows of days in order, whose readings are read at once."""
        region = self.topology.region
        start, end = instant(days[0], NIGHT[0], region.tz), instant(days[-1], NIGHT[1], region.tz)
        border = self.topology.boundary(level, subject, start)
        if not border.inflows:
            return []
        _, inside = zones_inside(region, level, subject, start)
        large = large_user_points(region, inside)
        keys = [*boundary_keys(region, border, start, end), *keys_of_points(region, large, start, end)]
        data = around(self.store, keys, start, end, timedelta(hours=6))
        net = net_inflow_series(region, border, data, start - AROUND_NIGHT, end + AROUND_NIGHT)
        taken = [one for point in large for one in point_increments(region, point, data, start, end)]
        taken = [one for one in taken if large_in_some_hour(one)]
        found: list[Rollup] = []
        quoted: list[Figure] = []
        for day in days:
            night = night_flow(_night_of(net, day, region.tz), day, region.tz, taken)
            found += night_rollups(level, subject, night, region.tz)
            quoted.append(self._quoted(level, subject, night))
        self.store.write_rollups(found)
        self.records.supersede_figures(quoted)
        return found

    def _quoted(self, level: Level, subject: str, night: NightFlow) -> Figure:
        start = day_bounds(night.day, self.topology.region.tz)[0]
        reason = "" if night.mnf_m3h is not None else "night_flow.too_little_data"
        value = None if night.mnf_m3h is None else round(night.mnf_m3h, 6)
        coverage = round(night.coverage, 6)
        return Figure(level, subject, "day", "night_flow_m3h", start, value, None, None, coverage, reason)

    def follow(self, level: Level, subject: str, start: datetime, end: datetime, now: datetime) -> None:
        """Compute again the nights that are over and that the hours of [start, end) touch."""
        tz = self.topology.region.tz
        nights = [
            day
            for day in (local_day(moment, tz) for moment in starts(day_edges(start, end, tz)))
            if instant(day, NIGHT[1], tz) + LATE <= now
            and start < instant(day, NIGHT[1], tz)
            and end > instant(day, NIGHT[0], tz)
        ]
        for begin in range(0, len(nights), NIGHTS_AT_ONCE):
            self.several(level, subject, nights[begin : begin + NIGHTS_AT_ONCE])


def _night_of(net: Series, day: date, tz: tzinfo) -> Series:
    """The steps of one night: a whole month of them would be looked through for each."""
    start, end = instant(day, NIGHT[0], tz) - AROUND_NIGHT, instant(day, NIGHT[1], tz) + AROUND_NIGHT
    first, last = np.searchsorted(net.time_ms, [to_ms(start), to_ms(end)], side="right")
    one = slice(int(first), int(last))
    return net._replace(time_ms=net.time_ms[one], value=net.value[one], quality=net.quality[one])
