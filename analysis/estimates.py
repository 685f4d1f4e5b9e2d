"""What no reading asks for: open gaps of silent meters as they grow, and profiles of kinds, learned each quarter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np

from analysis.backlog import Work
from analysis.rollups import Rollups
from analysis.topology import CUSTOMER_ROLES, Topology
from models.calendar import hour_edges, starts
from models.consumption import QUANTITIES as VOLUME_QUANTITIES
from models.estimation import newly_open
from models.profiles import LEARNED_MS, MOST_MEMBERS, as_json, edition, from_json, is_due, like_key
from models.reading import to_ms
from models.records import Records

LOOKED = "analysis.estimates"
"""Cursor: when silent meters were last looked for."""
PROFILES = "profiles"
"""The fact that holds the editions."""
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class Estimates:
    """Looks once an hour of domain time for silent meters, once a day for profiles that are due.

    newest : the last two readings' times of each (device, quantity)
    """

    def __init__(
        self,
        records: Records,
        topology: Topology,
        rollups: Rollups,
        newest: Mapping[tuple[str, str], tuple[datetime, datetime]],
    ) -> None:
        self.records = records
        self.topology = topology
        self.rollups = rollups
        self.newest = newest
        self.heard: set[str] = set()
        """Devices heard since the last look: what came late may change what is expected of a silent one."""
        self._begun = False
        self._learned_at: datetime | None = None
        rollups.likes = from_json(records.facts().get(PROFILES, {}))

    def step(self, now: datetime) -> bool:
        """Queue what has become an open gap; whether anything was done."""
        kept = self.records.cursor(LOOKED)
        looked = datetime.fromisoformat(kept) if kept else None
        if looked is not None and now - looked < HOUR and not self._again(now):
            return False
        self._learn(now)
        found: list[Work] = [
            ("device", device, hour)
            for device, last in self._last_heard(self.newest).items()
            if (span := newly_open(last, None if device in self.heard or not self._begun else looked, now))
            for hour in starts(hour_edges(*span))
        ]
        self.heard.clear()
        self._begun = True
        self.records.mark_dirty(found)
        self.records.set_cursor(LOOKED, now.isoformat())
        return True

    def _again(self, now: datetime) -> bool:
        """Whether a silent meter said something late."""
        if not self.heard:
            return False
        keys = [(device, quantity) for device in self.heard for quantity in VOLUME_QUANTITIES]
        heard = any(newly_open(last, None, now) for last in self._last_heard(keys).values())
        if not heard:
            self.heard.clear()
        return heard

    def _last_heard(self, keys: Iterable[tuple[str, str]]) -> dict[str, datetime]:
        """When each meter of a customer last told a volume, of the series asked for."""
        found: dict[str, datetime] = {}
        for device, quantity in keys:
            newest = self.newest.get((device, quantity))
            if newest and quantity in VOLUME_QUANTITIES and self._role(device) is not None:
                found[device] = max(newest[0], found.get(device, newest[0]))
        return found

    def _role(self, device: str) -> str | None:
        region = self.topology.region
        roles = (region.point[point].role for point in self.topology.points_of(device))
        return next((role for role in roles if role in CUSTOMER_ROLES), None)

    def _learn(self, now: datetime) -> None:
        """New editions of the profiles of kinds, from hours that were measured."""
        if self._learned_at is not None and now - self._learned_at < DAY:
            return
        self._learned_at = now
        likes, changed = dict(self.rollups.likes), False
        for key, points in self._kinds().items():
            if is_due(likes, key, to_ms(now)):
                found = edition(self._measured(points[:MOST_MEMBERS], now), self.topology.region.tz)
                if found is not None:
                    likes[key], changed = [*likes.get(key, ()), (to_ms(now), found)], True
        if changed:
            self.rollups.likes = likes
            self.records.set_fact(PROFILES, as_json(likes))

    def _kinds(self) -> dict[str, list[str]]:
        """Points of customers by what makes their meters alike."""
        region = self.topology.region
        kinds: dict[str, list[str]] = {}
        for point in region.points:
            if point.role in CUSTOMER_ROLES:
                for device in self.topology.devices_now(point.point)[:1]:
                    kinds.setdefault(like_key(point.role, region.device.get(device)), []).append(point.point)
        return kinds

    def _measured(self, points: Sequence[str], now: datetime) -> list[tuple[np.ndarray, np.ndarray]]:
        since = now - timedelta(milliseconds=LEARNED_MS)
        result = []
        for point in points:
            rows = self.rollups.store.rollups("point", [point], "hour", "consumption_m3", since, now)[point]
            read = [row for row in rows if row.value is not None and row.coverage > 0.999 and row.estimated == 0]
            times = np.array([to_ms(row.time) for row in read], np.int64)
            result.append((times, np.array([row.value for row in read], np.float64)))
        return result
