"""The queue of hours to compute: filled from the feed, emptied from devices up to the region, newest hours first."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from analysis.readings import MARGIN
from analysis.rollups import Rollups
from models.calendar import hour_edges, starts
from models.consumption import QUANTITIES as VOLUME_QUANTITIES
from models.consumption import REGISTERS
from models.estimation import gaps_that_learn_from
from models.profiles import LEARNED_MS
from models.reading import from_ms, to_ms
from models.records import Records
from models.rollup import Level, RollupSeries
from models.store import Change, Store

HISTORY = timedelta(days=2)
"""A longer range of the feed is history: it is computed as a whole, not hour by hour."""
LEVELS: tuple[Level, ...] = ("device", "point", "zone", "municipality", "region")
TAKEN = 200_000
"""Hours of a level that are taken at once: so many that all hours of a subject are likely among them."""
HELD_S = 10.0
"""What was taken is worked on for so long before what is newer is looked for [s of the machine]."""
TOGETHER = 50
"""Devices or points whose rollups are stored and passed on in one transaction each."""
JOINED = timedelta(hours=12)
"""Hours of a subject no further apart are computed in one span."""

ALONE = "\x1e"
"""Ends the subject of a device's hours that concern nothing but itself: a battery changes no zone."""
PASSED_ON = frozenset({*VOLUME_QUANTITIES, "level_m", "stage_m"})
"""Quantities that the rollups of points and areas are made of."""

Work = tuple[Level, str, datetime]


class Span(NamedTuple):
    """Hours of a subject to compute together."""

    subject: str
    start: datetime
    end: datetime
    work: list[Work]


def is_history(change: Change) -> bool:
    """Whether a range of the feed is too long for the queue."""
    return change.last - change.first > HISTORY


def touched_hours(
    store: Store, changes: Iterable[Change], newest: Mapping[tuple[str, str], tuple[datetime, datetime]]
) -> list[Work]:
    """Hours of devices that new readings touch: from the reading before them to the one after, of that quantity.

    One reading further back, where the one before may have been a doubtful last one that only the next explains.
    newest : the last two readings of each key before these; only what came late has to be looked up in the store
    """
    reach: dict[tuple[str, str], tuple[datetime, datetime]] = {}
    for change in changes:
        key = (change.device, change.quantity)
        first, last = reach.get(key, (change.first, change.last))
        reach[key] = (min(first, change.first), max(last, change.last))
    found: dict[Work, None] = {}
    for (device, quantity), (first, last) in reach.items():
        known, before_known = newest.get((device, quantity), (last, last))
        # Only a register's last reading can be doubtful until the next explains it.
        start, end = before_known if quantity in REGISTERS else known, last
        if known >= first or before_known == known:
            start, end = reach_of(store, device, quantity, first, last)
        subject = device if quantity in PASSED_ON else device + ALONE
        # A reading on the hour also ends the hour before it.
        touched = [(start, end)]
        if quantity in VOLUME_QUANTITIES and known >= first:
            touched += _taught(store, device, quantity, last)
        for begin, over in touched:
            for hour in starts(hour_edges(begin - timedelta(milliseconds=1), over + timedelta(milliseconds=1))):
                found["device", subject, hour] = None
    return list(found)


def _taught(store: Store, device: str, quantity: str, last: datetime) -> list[tuple[datetime, datetime]]:
    """Later gaps that are filled by what late readings up to `last` say of the meter's habits."""
    learned = timedelta(milliseconds=LEARNED_MS)
    beyond = store.after(device, quantity, last + learned)
    end = beyond.time if beyond else last + learned
    [series] = store.series([(device, quantity)], last - learned, end + timedelta(milliseconds=1))
    if series.time_ms.size < 2:
        return []
    return [(from_ms(begin), from_ms(over)) for begin, over in gaps_that_learn_from(series, to_ms(last))]


def reach_of(store: Store, device: str, quantity: str, first: datetime, last: datetime) -> tuple[datetime, datetime]:
    """From the second reading before a span to the second after it; to the third of what is integrated by its step.

    The first reading of all speaks for the step before it, which may have been thought as long as the reach.
    """
    start, end = first, last
    of_register, begins = quantity in REGISTERS, False
    for _ in range(2 if of_register else 3):
        before = store.before(device, quantity, start)
        begins = before is None
        start = before.time if before else start
        after = store.after(device, quantity, end + timedelta(milliseconds=1))
        end = after.time if after else end
    if begins and not of_register:
        start -= min(end - start, MARGIN)
    return start, end


def _earlier(found: Sequence[RollupSeries], start: datetime) -> list[datetime]:
    """Hours before a start that were computed as well, because readings after it changed what they say."""
    first = min(
        (int(one.time_ms[0]) for one in found if one.period == "hour" and one.time_ms.size), default=to_ms(start)
    )
    return starts(hour_edges(from_ms(first), start)) if first < to_ms(start) else []


def spans(work: Sequence[Work]) -> list[Span]:
    """Work by subject, in spans of near hours."""
    found: list[Span] = []
    for item in sorted(work, key=lambda one: (one[1], one[2])):
        _, subject, hour = item
        last = found[-1] if found else None
        if last is not None and last.subject == subject and hour - last.end <= JOINED:
            found[-1] = Span(subject, last.start, hour + timedelta(hours=1), [*last.work, item])
        else:
            found.append(Span(subject, hour, hour + timedelta(hours=1), [item]))
    return found


class Backlog:
    """Works the queue off. A level is marked above before it is done below, so that nothing is lost on the way.

    computed : told of the rollups of an area's hours once they are stored
    alone : told of the hours of a device that passes nothing on, once its rollups are stored
    """

    def __init__(
        self,
        records: Records,
        rollups: Rollups,
        quantities: dict[str, set[str]],
        computed: Callable[[Sequence[RollupSeries], datetime, datetime], None],
        alone: Callable[[str, datetime, datetime], None] = lambda device, start, end: None,
    ) -> None:
        self.records = records
        self.rollups = rollups
        self.quantities = quantities
        self.computed = computed
        self.alone = alone
        self._held: dict[Level, tuple[float, list[Span]]] = {}

    def step(self, levels: Sequence[Level], hurry: Callable[[], bool]) -> bool:
        """Compute some hours of the lowest of these levels that has any; whether there were any.

        hurry : asked between subjects; True ends the step
        """
        for level in levels:
            together = TOGETHER if level in LEVELS[:2] else 1
            worked = False
            while waiting := self._waiting(level):
                self._compute(level, waiting[-together:], hurry, waiting)
                worked = True
                if hurry():
                    break
            if worked:
                return True
        return False

    def _waiting(self, level: Level) -> list[Span]:
        """Spans of a level that were taken and wait, the most wanted last; taken anew when old or at an end."""
        taken_s, held = self._held.get(level, (float("-inf"), []))
        if not held or time.monotonic() - taken_s > HELD_S:
            work = self.records.take_dirty(level, TAKEN)
            held = sorted(spans(work), key=lambda one: one.end)
            self._held[level] = (time.monotonic(), held)
        return held

    def _compute(self, level: Level, group: Sequence[Span], hurry: Callable[[], bool], waiting: list[Span]) -> None:
        """Compute spans of the group and take them off those that wait; stored, passed on and done at once."""
        found: list[RollupSeries] = []
        done: list[Span] = []
        earlier: list[list[datetime]] = []
        for span in reversed(group):
            series = self._series(level, span)
            found += series
            done.append(span)
            earlier.append(_earlier(series, span.start))
            if hurry():
                break
        self.rollups.store.write_rollup_series(found)
        for span in done:
            if level not in LEVELS[:2]:
                self.computed(found, span.start, span.end)
            elif span.subject.endswith(ALONE):
                self.alone(span.subject.removesuffix(ALONE), span.start, span.end)
        self.records.mark_dirty(
            (up, subject, hour)
            for span, before in zip(done, earlier, strict=True)
            for up, subject in self._above(level, span.subject)
            for hour in (*before, *(hour for _, _, hour in span.work))
        )
        self.records.done_dirty(item for span in done for item in span.work)
        del waiting[len(waiting) - len(done) :]

    def _series(self, level: Level, span: Span) -> list[RollupSeries]:
        if level == "device":
            device = span.subject.removesuffix(ALONE)
            passed_on = device == span.subject
            quantities = sorted(name for name in self.quantities.get(device, ()) if (name in PASSED_ON) is passed_on)
            return self.rollups.of_device(device, quantities, span.start, span.end)
        if level == "point":
            return self.rollups.of_point(span.subject, span.start, span.end)
        return [
            *self.rollups.net_inflow(level, span.subject, span.start, span.end),
            *self.rollups.sums(level, span.subject, span.start, span.end),
        ]

    def _above(self, level: Level, subject: str) -> list[tuple[Level, str]]:
        topology = self.rollups.topology
        if level == "device" and subject.endswith(ALONE):
            return []
        if level == "device":
            points = topology.points_of(subject)
            borders = topology.zones_by_boundary_device.get(subject, [])
            found: list[tuple[Level, str]] = [("point", point) for point in points]
            return [*found, *(("zone", zone) for border in borders for zone in topology.and_around(border))]
        if level == "point":
            return [("zone", zone) for zone in topology.zones_of(subject)]
        if level == "zone":
            return [("municipality", topology.municipality_of(subject))]
        return [("region", topology.region.name)] if level == "municipality" else []
