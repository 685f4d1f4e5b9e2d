"""Once a day: which devices say what another one says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from models.reading import Series, from_ms, to_ms
from models.records import Records
from models.registry import Region
from models.store import Store
from models.validation import duplicate
from models.validation.flags import DAY_MS
from models.validation.table import DUPLICATE
from models.validation.thresholds import limit
from models.verdict import Judging

DONE = "validation.duplicates"
"""The last UTC day that was looked at."""
AT_ONCE = 500


class Doubles:
    """Looks at yesterday, and where two devices may be one at the week up to it."""

    def __init__(self, store: Store, records: Records, region: Region) -> None:
        self.store = store
        self.records = records
        self.region = region

    def daily(self, keys: Sequence[tuple[str, str]], now: datetime) -> Iterator[None]:
        """Judge yesterday, if it was not yet, a slice at a time."""
        day = to_ms(now) // DAY_MS - 1
        if str(day) == self.records.cursor(DONE):
            return
        devices: dict[str, list[str]] = {}
        for device, quantity in keys:
            if limit(DUPLICATE, quantity, "") is not None:
                devices.setdefault(quantity, []).append(device)
        for quantity, names in sorted(devices.items()):
            yield from self._of(quantity, sorted(names), day)
        self.records.set_cursor(DONE, str(day))

    def _of(self, quantity: str, devices: Sequence[str], day: int) -> Iterator[None]:
        ends: list[Series] = []
        for begin in range(0, len(devices), AT_ONCE):
            several = [(device, quantity) for device in devices[begin : begin + AT_ONCE]]
            ends += self.store.series(several, from_ms(day * DAY_MS), from_ms((day + 1) * DAY_MS))
            yield
        close = sorted(duplicate.candidates(ends))
        if not close:
            return
        start = from_ms((day + 1 - duplicate.SIGHT_DAYS) * DAY_MS)
        week = self.store.series([(device, quantity) for device in close], start, from_ms((day + 1) * DAY_MS))
        since = {
            device: to_ms(hung[-1].start)
            for device in close
            if (hung := self.region.assignments_of_device.get(device)) and hung[-1].end is None
        }
        flags = duplicate.flags(duplicate.pairs(week, since), day)
        bounds = (day * DAY_MS, (day + 1) * DAY_MS)
        self.records.judge([Judging(device, quantity, DUPLICATE, *bounds, (flag,)) for device, flag in flags.items()])
        yield
