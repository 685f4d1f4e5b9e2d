"""Evidence for validation: what the tests look at, read from the store with as much around it as they need."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from models.calendar import HOUR_MS
from models.edits import counting
from models.judged import JudgedStore
from models.reading import Series, from_ms, to_ms
from models.registry import Assignment, Device, Region
from models.store import Store
from models.validation.evidence import Evidence
from models.validation.table import QualityTest, applying, in_order, judged, whole_days
from models.verdict import Judging

Key = tuple[str, str]


class Bench:
    """Puts series before the tests, and hands on what they say.

    store : readings as they came; only people's edits are applied to what the tests see
    dialects : by device, as ingest heard them
    """

    def __init__(self, store: Store, told: JudgedStore, region: Region) -> None:
        self.store = store
        self.told = told
        self.region = region
        self.dialects: dict[str, str] = {}
        self._tests: dict[Key, list[QualityTest]] = {}

    def kind(self, device: str) -> str:
        """The registry's kind of a device, empty where it is not registered."""
        row = self.region.device.get(device)
        return row.kind if row is not None else ""

    def tests(self, key: Key) -> list[QualityTest]:
        """The tests that apply to a series; a gap is one only of a device that hangs somewhere."""
        if key not in self._tests:
            device, quantity = key
            hangs = device in self.region.assignments_of_device
            found = applying(quantity, self.kind(device))
            self._tests[key] = [test for test in found if hangs or test.name != "gap"]
        return self._tests[key]

    def quick(self, key: Key) -> list[QualityTest]:
        """Those that are asked with every batch."""
        return [test for test in self.tests(key) if test.quick]

    def judge(
        self, keys: Sequence[Key], tests: Sequence[QualityTest], first_ms: int, last_ms: int, now: datetime
    ) -> list[Judging]:
        """What tests say of all that readings of [first, last] may change, of several series at once.

        Each test must apply to each series.
        """
        if not tests:
            return []
        spans = {test: whole_days(first_ms - test.after_ms, last_ms + test.before_ms) for test in tests}
        start = min(low - test.before_ms for test, (low, _) in spans.items())
        end = max(high + test.after_ms for test, (_, high) in spans.items())
        found = []
        for evidence in self._evidence(keys, tests, start, end, now):
            for test, (low, high) in spans.items():
                flags = judged(evidence, [test], low, high)[test.name]
                series = evidence.series
                found.append(Judging(series.device, series.quantity, test.name, low, high, tuple(flags)))
        return found

    def _evidence(
        self, keys: Sequence[Key], tests: Sequence[QualityTest], start_ms: int, end_ms: int, now: datetime
    ) -> Iterable[Evidence]:
        beside = sorted({quantity for test in tests for quantity in test.beside})
        wanted = list(dict.fromkeys([*keys, *((device, name) for device, _ in keys for name in beside)]))
        found = self.store.series(wanted, from_ms(start_ms), from_ms(end_ms))
        series = {key: self._counting(one) for key, one in zip(wanted, found, strict=True)}
        ends = any(test.name == "gap" for test in tests)
        for key in keys:
            device, quantity = key
            others = {name: series[device, name] for name in beside if name != quantity}
            silent_until = self._silent_until(key, end_ms, now) if ends else None
            devices, assignments, role, bounds = facts_of(self.region, device, now)
            dialect = self.dialects.get(device, "")
            kind = self.kind(device)
            yield Evidence(series[key], devices, assignments, kind, role, others, bounds, silent_until, dialect)

    def _counting(self, series: Series) -> Series:
        return in_order(counting(series, self.told.edits(series.device, series.quantity)))

    def _silent_until(self, key: Key, end_ms: int, now: datetime) -> int:
        """Up to when the silence after the last reading before `end` lasts: the next reading, or the last full hour.

        A device that was taken down is not silent.
        """
        edge_ms = to_ms(now) // HOUR_MS * HOUR_MS
        if end_ms < edge_ms and (following := self.store.after(*key, from_ms(end_ms))) is not None:
            edge_ms = to_ms(following.time)
        last = self.region.assignments_of_device[key[0]][-1].end
        return edge_ms if last is None else min(edge_ms, to_ms(last))


class Facts(NamedTuple):
    """What the registry says of a device that a test may ask for."""

    devices: tuple[Device, ...]
    assignments: tuple[Assignment, ...]
    role: str
    bounds: tuple[float, float] | None


def facts_of(region: Region, device: str, now: datetime) -> Facts:
    """The registry's facts of a device."""
    point = region.point_of(device, now)
    tank = None
    if point is not None and point.role == "tank":
        tank = next((item for item in region.reservoirs if item.level_point == point.point), None)
    return Facts(
        region.rows_of_device.get(device, ()),
        region.assignments_of_device.get(device, ()),
        point.role if point is not None else "",
        (tank.bottom_m, tank.full_m) if tank is not None else None,
    )
