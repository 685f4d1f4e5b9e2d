"""Queues exactly what a change of the registry touches; what is too much for the queue is computed as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from analysis.backlog import ALONE, PASSED_ON, Work, reach_of
from analysis.causes import Causes
from models.calendar import hour_edges, starts
from models.records import Records
from models.registry import Region
from models.store import Store
from models.touched import Reach, Touch, joined, of_device, touched

LONGEST = timedelta(days=400)
"""What is older is not computed again."""
MOST_LOOKED_UP = 5_000
MOST_HOURS = 150_000
"""More hours than these are computed quicker as a whole history."""


class Rework:
    """Finds whom a change touches, notes why, and marks their hours."""

    def __init__(self, store: Store, records: Records, quantities: Mapping[str, set[str]], causes: Causes) -> None:
        self.store = store
        self.records = records
        self.quantities = quantities
        self.causes = causes

    def registry(self, known: int, version: int, now: datetime) -> bool:
        """Queue what differs between two versions; False where all must be computed again."""
        log = {change.version: change for change in self.records.region_log(version - known)}
        work: dict[Work, None] = {}
        for step in range(known, version):
            old, new = self.records.region_at(step), self.records.region_at(step + 1)
            if old is None or new is None:
                return False
            found = touched(old, new)
            if found.everything:
                return False
            touches = self._clipped([*found.touches, *self._around(found.touches, old, new, now)], now)
            if step + 1 in log:
                self.causes.registry(touches, log[step + 1], now)
            if sum((touch.reach.end - touch.reach.start) / timedelta(hours=1) for touch in touches) > MOST_HOURS:
                return False
            for touch in touches:
                work.update(dict.fromkeys(_hours(touch)))
        self.records.mark_dirty(work)
        return True

    def _around(self, touches: tuple[Touch, ...], old: Region, new: Region, now: datetime) -> list[Touch]:
        """The readings around what is touched of a device: between them its water is spread."""
        found = []
        for touch in touches:
            if touch.level == "device":
                start, end = max(touch.reach.start, now - LONGEST), min(touch.reach.end, now)
                for quantity in sorted(self.quantities.get(touch.subject, ())):
                    if quantity in PASSED_ON and start <= end:
                        reach = Reach(*reach_of(self.store, touch.subject, quantity, start, end))
                        found += [
                            one._replace(rows=touch.rows)
                            for side in (old, new)
                            for one in of_device(side, touch.subject, reach)
                        ]
        return found

    def _clipped(self, touches: list[Touch], now: datetime) -> list[Touch]:
        oldest = self._first_reading(now)
        return [
            touch._replace(reach=Reach(max(touch.reach.start, oldest), min(touch.reach.end, now)))
            for touch in joined(touches)
            if touch.reach.start <= now and touch.reach.end >= oldest
        ]

    def _first_reading(self, now: datetime) -> datetime:
        """Before the first reading of all there is nothing to compute; of very many devices that is not looked up."""
        oldest = now - LONGEST
        if len(self.quantities) > MOST_LOOKED_UP:
            return oldest
        first = now
        for device, quantities in self.quantities.items():
            for quantity in PASSED_ON & quantities:
                reading = self.store.after(device, quantity, oldest)
                first = min(first, reading.time) if reading else first
        return first


def _hours(touch: Touch) -> list[Work]:
    edge = timedelta(milliseconds=1)
    hours = starts(hour_edges(touch.reach.start - edge, touch.reach.end + edge))
    subjects = [touch.subject, touch.subject + ALONE] if touch.level == "device" else [touch.subject]
    return [(touch.level, subject, hour) for subject in subjects for hour in hours]
