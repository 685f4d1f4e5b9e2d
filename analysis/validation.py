"""Validation on the stream and on history; what verdicts and edits touch is queued to be computed again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from analysis.arrivals import Arrivals
from analysis.backlog import ALONE, PASSED_ON, Work, is_history
from analysis.doubles import Doubles
from analysis.evidence import Bench, Key, facts_of
from models.calendar import HOUR_MS, hour_edges, starts
from models.edits import usable_changes
from models.judged import JudgedStore
from models.quantity import QUANTITIES
from models.reading import from_ms, to_ms
from models.records import Records
from models.registry import Region
from models.store import Change, Store
from models.validation.table import whole_days
from models.validation.usable import reach_ms
from models.verdict import Edit, Verdict

QUICK, SLOW, LONG = "validation.quick", "validation.slow", "validation.history"
"""Cursors of the feed: up to which the quick tests, all tests, and all tests of long ranges have looked."""
LONG_DONE = "validation.history.done"
REGION = "validation.region"
"""The version of the registry that readings were judged with."""
FOLLOWED = "validation.followed"
"""The version of judgements up to which what they touch is queued."""
QUICK_RANGES = 300
"""Ranges a look takes before the detectors see them; more are a backlog, and the detectors do not wait for it."""
SLOW_RANGES = 5_000
SLOW_S = 30.0
"""Tests that look far around a reading are asked at most so often [s of the machine]."""
REMEMBERED_EVERY = 20
TOGETHER = 100
"""Series read at once, so that they stay small."""
REACHES = (timedelta(days=3), timedelta(days=40))
"""How far the readings around a verdict are looked for that now stand next to each other."""

Spans = dict[Key, tuple[int, int]]
EditSpans = Mapping[str, tuple[datetime, datetime]]
"""Hours that edits touch, by device."""


class Validation:
    """Judges what the feed brings: quick tests at once, the others a little later, long ranges behind everything."""

    def __init__(
        self,
        store: Store,
        told: JudgedStore,
        records: Records,
        region: Region,
        noted: Callable[[Sequence[Edit], EditSpans, datetime], None] = lambda edits, spans, now: None,
    ) -> None:
        self.store = store
        self.noted = noted
        self.told = told
        self.records = records
        self.region = region
        self.bench = Bench(store, told, region)
        self.arrivals = Arrivals(records)
        self.doubles = Doubles(store, records, region)
        self._slices: Iterator[None] | None = None
        self._long: Iterator[None] | None = None
        self._slow_at = float("-inf")
        self._hour = -1
        self._newest: dict[Key, int] = {}
        """Last reading of each series; of what came before this process only once it was looked up."""
        self._looked_up = False

    def stream(self, now: datetime) -> int:
        """Ask the quick tests of what is new. Returns the number of ranges."""
        found = self.store.changes(self.records.cursor(QUICK), QUICK_RANGES)
        if not found.ranges:
            return 0
        short = [change for change in found.ranges if not is_history(change)]
        self.arrivals.note(short)
        spans = _spans(short)
        # Series that need the same days are read at once.
        groups: dict[tuple[tuple[str, ...], int, int], list[Key]] = {}
        for key, (first, last) in spans.items():
            tests = self.bench.quick(key)
            if tests:
                low, high = whole_days(first, last)
                groups.setdefault((tuple(test.name for test in tests), low, high - 1), []).append(key)
        for (_, first, last), keys in groups.items():
            for part in _parts(keys):
                self.records.judge(self.bench.judge(part, self.bench.quick(part[0]), first, last, now))
        self.records.set_cursor(QUICK, found.cursor)
        return len(found.ranges)

    def hasten(self) -> None:
        """Leave out the wait between rounds of the slow tests."""
        self._slow_at = float("-inf")

    def follow(self, now: datetime) -> bool:
        """Queue the hours that new, other and ended verdicts and edits touch; whether there were any."""
        version = self.records.judgements_version()
        cursor = int(self.records.cursor(FOLLOWED) or 0)
        if version == cursor:
            return False
        found = self.records.judgements(cursor)
        for edit in found.edits.values():
            self._judge_key((edit.device, edit.quantity), edit.first_ms, edit.last_ms, now)
        touched: dict[Work, None] = {}
        judgements: list[Verdict | Edit] = [*found.verdicts.values(), *found.edits.values()]
        of_edits: dict[str, tuple[datetime, datetime]] = {}
        for judgement in judgements:
            if usable_changes(judgement):
                hours = self._touched(judgement)
                touched.update(dict.fromkeys(hours))
                if isinstance(judgement, Edit) and hours:
                    first, last = of_edits.get(judgement.device, (hours[0][2], hours[0][2]))
                    moments = [first, last, *(hour for _, _, hour in hours)]
                    of_edits[judgement.device] = (min(moments), max(moments))
        self.noted(list(found.edits.values()), of_edits, now)
        self.records.mark_dirty(touched)
        self.records.set_cursor(FOLLOWED, str(found.version))
        return True

    def step(self, now: datetime) -> bool:
        """A slice of the slow tests of what came lately, of silences, clocks and doubles; whether there was one."""
        if self._slices is None:
            if time.monotonic() - self._slow_at < SLOW_S:
                return False
            self._slices = self._lately(now)
        if next(self._slices, "over") == "over":
            self._slices, self._slow_at = None, time.monotonic()
            return False
        return True

    def _lately(self, now: datetime) -> Iterator[None]:
        yield from self._registered_anew(now)
        self.bench.dialects = {seen.device: seen.dialect for seen in self.records.seen_devices()}
        while (found := self.store.changes(self.records.cursor(SLOW), SLOW_RANGES)).ranges:
            spans = _spans([change for change in found.ranges if not is_history(change)])
            for key, (first, last) in self._with_companions(spans).items():
                self._judge_key(key, first, last, now)
                self._newest[key] = max(last, self._newest.get(key, last))
                yield
            self.records.set_cursor(SLOW, found.cursor)
        hour = to_ms(now) // HOUR_MS
        if hour != self._hour:
            yield from self._hourly(now)
            self._hour = hour

    def _hourly(self, now: datetime) -> Iterator[None]:
        """Silences that grow, clocks, and once a day doubles."""
        if not self._looked_up:
            self._newest = {key: to_ms(reading.time) for key, reading in self.store.last().items()} | self._newest
            self._looked_up = True
        for key, last in list(self._newest.items()):
            gap = [test for test in self.bench.tests(key) if test.name == "gap"]
            if gap and to_ms(now) - last > HOUR_MS:
                self.records.judge(self.bench.judge([key], gap, last, last, now))
                yield
        quantities: dict[str, list[str]] = {}
        for device, quantity in self._newest:
            quantities.setdefault(device, []).append(quantity)
        self.records.judge(self.arrivals.judgings(quantities))
        yield
        yield from self.doubles.daily(list(self._newest), now)

    def _with_companions(self, spans: Spans) -> Spans:
        """Spans, and those of series that are held against one of them."""
        found = dict(spans)
        for (device, quantity), (first, last) in spans.items():
            if quantity == "volume_m3":
                flow = (device, "flow_m3h")
                low, high = found.get(flow, (first, last))
                found[flow] = (min(low, first), max(high, last))
        return found

    def _judge_key(self, key: Key, first_ms: int, last_ms: int, now: datetime) -> None:
        tests = self.bench.tests(key)
        plain = [test for test in tests if test.name != "gap"]
        found = self.bench.judge([key], plain, first_ms, last_ms, now)
        if gap := [test for test in tests if test.name == "gap"]:
            # A silence belongs to the reading before it, however long ago that is.
            before = self.store.before(*key, from_ms(first_ms))
            first_ms = to_ms(before.time) if before is not None else first_ms
            found += self.bench.judge([key], gap, first_ms, last_ms, now)
        self.records.judge(found)

    def history(self, now: datetime) -> bool:
        """Judge one series of the long ranges that the feed brought; whether there was one."""
        if self._long is None:
            self._long = self._of_long_ranges(now)
        if next(self._long, "over") == "over":
            self._long = None
            return False
        return True

    def _of_long_ranges(self, now: datetime) -> Iterator[None]:
        cursor = self.records.cursor(LONG)
        found: list[Change] = []
        ahead = cursor
        while (changes := self.store.changes(ahead, SLOW_RANGES)).ranges:
            found += [change for change in changes.ranges if is_history(change)]
            ahead = changes.cursor
        if ahead == cursor:
            return
        stored = self.records.cursor(LONG_DONE)
        reached, done = json.loads(stored) if stored else ("", 0)
        keys = sorted(self._with_companions(_spans(found)).items())
        for number in range(done if reached == ahead else 0, len(keys)):
            key, (first, last) = keys[number]
            self._judge_key(key, first, last, now)
            if number % REMEMBERED_EVERY == 0:
                self.records.set_cursor(LONG_DONE, json.dumps([ahead, number + 1]))
            yield
        self.records.set_cursor(LONG, ahead)

    def _registered_anew(self, now: datetime) -> Iterator[None]:
        """Judge all that devices ever said again of which the registry says something else than when it was judged."""
        known, version = self.records.cursor(REGION), self.records.region_version()
        if known == str(version):
            return
        before = self.records.region_at(int(known)) if known else None
        if before is not None:
            for device in sorted({*before.device, *self.region.device}):
                if facts_of(before, device, now) != facts_of(self.region, device, now):
                    for quantity in QUANTITIES:
                        yield from self._wholly((device, quantity), now)
        self.records.set_cursor(REGION, str(version))

    def _wholly(self, key: Key, now: datetime) -> Iterator[None]:
        first = self.store.after(*key, from_ms(0)) if self.bench.tests(key) else None
        if first is not None:
            self._judge_key(key, to_ms(first.time), to_ms(now), now)
            yield

    def _touched(self, judgement: Verdict | Edit) -> list[Work]:
        """Hours of a device that a verdict or an edit touches: between readings that still count around it."""
        device, quantity = judgement.device, judgement.quantity
        start, end = judgement.first_ms, judgement.last_ms
        for reach in REACHES:
            low, high = from_ms(judgement.first_ms) - reach, from_ms(judgement.last_ms) + reach
            series = self.told.series([(device, quantity)], low, high)[0]
            start, end, whole = reach_ms(series, judgement.first_ms, judgement.last_ms)
            if whole:
                break
        subject = device if quantity in PASSED_ON else device + ALONE
        edges = hour_edges(from_ms(start - 1), from_ms(end + 1))
        return [("device", subject, hour) for hour in starts(edges)]


def _spans(changes: Sequence[Change]) -> Spans:
    found: Spans = {}
    for change in changes:
        key = (change.device, change.quantity)
        first, last = to_ms(change.first), to_ms(change.last)
        low, high = found.get(key, (first, last))
        found[key] = (min(low, first), max(high, last))
    return found


def _parts(keys: Sequence[Key]) -> Iterator[Sequence[Key]]:
    for begin in range(0, len(keys), TOGETHER):
        yield keys[begin : begin + TOGETHER]
