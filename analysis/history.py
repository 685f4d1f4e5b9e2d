"""Whole histories: what a first start needs at once, and what an import left to compute in the background."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from analysis.backlog import is_history, reach_of
from analysis.closing import closed_day, closed_night
from analysis.live import JUDGED, REPLAYED, LiveEdge
from analysis.nights import NIGHTS_AT_ONCE
from analysis.works import Works
from models.calendar import edges_of, local_day
from models.consumption import QUANTITIES as VOLUME_QUANTITIES
from models.estimation import OPEN_LONGEST_MS
from models.profiles import LEARNED_MS
from models.reading import EPOCH
from models.rollup import Level, Period, RollupSeries
from models.rollup_series import SUMS, of_parts, of_sum
from models.store import Change, Store

COMPUTED = "analysis.history"
"""Cursor of the feed up to which long ranges are computed."""
DONE = "analysis.history.done"
"""Areas that are done of the long ranges after that cursor."""
LONGEST = timedelta(days=400)
NIGHTS = 10
RANGES = 2_000
DEVICES, ROLLED, BALANCED, NIGHTS_DONE = "devices", "rolled", "balanced", "nights"
"""What is remembered as done of an area: rollups of its devices, its own, its quoted balances, its nights."""
Span = tuple[datetime, datetime]


def first_reading(works: Works, until: datetime) -> datetime:
    """The earliest reading of the zones' inflow meters, at most LONGEST back."""
    store, first = works.store, until
    for device in works.topology.zones_by_boundary_device:
        for quantity in VOLUME_QUANTITIES:
            if quantity in works.quantities.get(device, ()):
                reading = store.after(device, quantity, EPOCH)
                first = min(first, reading.time) if reading else first
    return max(first, until - LONGEST)


def prepare(works: Works, live: LiveEdge, until: datetime) -> None:
    """What pages show, computed quickly from a history that lies in the store.

    Net inflow of zones, towns and the region for the whole of it, bands, the last nights, and the detectors brought up
    to now. Single devices, and the balances that need them, follow in the background.
    """
    head = works.store.head()
    first = first_reading(works, until)
    _net_inflows(works, first, until)
    works.bands.hold(REPLAYED + timedelta(days=1), until)
    works.bands.refresh(first, until)
    night = closed_night(until, works.topology)
    nights = [night - timedelta(days=back) for back in range(NIGHTS - 1, -1, -1)]
    for zone in works.topology.zones:
        works.nights.flows("zone", zone, nights)
    live.replay(works.subjects, until)
    works.bands.hold(timedelta(days=2), until)
    live.watch.records.set_cursor(JUDGED, head)


def _net_inflows(works: Works, first: datetime, until: datetime) -> None:
    """Net inflow of zones, and of towns and the region from them until their own boundaries are computed."""
    found: dict[tuple[Level, str], list[RollupSeries]] = {}
    for zone in works.topology.zones:
        found["zone", zone] = works.rollups.net_inflow("zone", zone, first, until)
        works.store.write_rollup_series(found["zone", zone])
        works.bands.learn(found["zone", zone])
    for level, subject in works.topology.areas:
        if level != "zone":
            inner: Level = "zone" if level == "municipality" else "municipality"
            parts = [found[inner, name] for name in works.rollups.inside(level, subject) if found.get((inner, name))]
            found[level, subject] = [of_parts(level, subject, several) for several in zip(*parts, strict=True)]
            works.store.write_rollup_series(found[level, subject])


class History:
    """Computes long ranges of the feed zone by zone, a slice at a time."""

    def __init__(self, works: Works) -> None:
        self.works = works
        self._slices: Iterator[None] | None = None
        self._ahead = ""
        self.done = 0
        self.total = 0

    @property
    def begun(self) -> bool:
        """Whether ranges are being computed."""
        return self._slices is not None

    def step(self, now: datetime) -> bool:
        """Compute one slice; whether there was one."""
        if self._slices is None:
            changes = self._waiting()
            if not changes:
                return False
            self._slices = self._computing(changes, now)
        if next(self._slices, "over") == "over":
            self._slices = None
        return True

    def _waiting(self) -> list[Change]:
        """Long ranges that are not computed yet; short ones are passed over."""
        records, store = self.works.records, self.works.store
        cursor = records.cursor(COMPUTED)
        found: list[Change] = []
        ahead = cursor
        while (changes := store.changes(ahead, RANGES)).ranges:
            found += [change for change in changes.ranges if is_history(change)]
            ahead = changes.cursor
        if not found and ahead != cursor:
            records.set_cursor(COMPUTED, ahead)
        self._ahead = ahead
        return found

    def _computing(self, changes: Sequence[Change], now: datetime) -> Iterator[None]:
        works, records = self.works, self.works.records
        spans = _by_device(works.store, changes, now)
        works.causes.history(spans, now)
        done = self._already()
        areas = works.topology.areas
        zones = [subject for level, subject in areas if level == "zone"]
        self.done, self.total = 0, len(spans) + len(zones) + 3 * len(areas)
        # Devices first: nothing shows them yet, while net inflow of areas lies there since the first start.
        rest = dict.fromkeys(spans)
        for zone in zones:
            devices = [device for device in self._devices_of(zone) if device in rest]
            for device in devices:
                del rest[device]
            yield from self._once(done, DEVICES, "zone", zone, self._devices(devices, spans))
        yield from self._devices(list(rest), spans)
        for level, subject in areas:
            yield from self._once(done, ROLLED, level, subject, self._area(level, subject, spans))
        works.bands.refresh(min(first for first, _ in spans.values()), now)
        # Balances first: towns are compared by them; of the nights the last ones are there since the start.
        for level, subject in areas:
            yield from self._once(done, BALANCED, level, subject, self._balances(level, subject, spans, now))
        for level, subject in areas:
            yield from self._once(done, NIGHTS_DONE, level, subject, self._nights(level, subject, spans, now))
        records.set_cursor(COMPUTED, self._ahead)
        records.set_cursor(DONE, "")
        # Devices that an interrupted run had done were not counted on the way.
        self.done = self.total

    def _once(
        self, done: list[list[str]], what: str, level: Level, subject: str, work: Iterator[None]
    ) -> Iterator[None]:
        """Work on an area that an interrupted run may have done, remembered when it is done."""
        if [what, level, subject] not in done:
            yield from work
            done.append([what, level, subject])
            self.works.records.set_cursor(DONE, json.dumps([self._ahead, done]))
        self.done += 1

    def _already(self) -> list[list[str]]:
        """What an interrupted run had done of the same ranges: (what, level, subject)."""
        stored = self.works.records.cursor(DONE)
        ahead, done = json.loads(stored) if stored else ("", [])
        return list(done) if ahead == self._ahead else []

    def _devices_of(self, zone: str) -> list[str]:
        topology = self.works.topology
        points = [item.point for item in topology.region.points_of_zone.get(zone, ())]
        return list(dict.fromkeys(device for point in points for device in topology.devices_of(point)))

    def _devices(self, devices: Sequence[str], spans: dict[str, Span]) -> Iterator[None]:
        for device in devices:
            first, last = spans[device]
            quantities = sorted(self.works.quantities.get(device, ()))
            found = self.works.rollups.of_device(device, quantities, first, last)
            self.works.store.write_rollup_series(found)
            self.done += 1
            yield

    def _area(self, level: Level, subject: str, spans: Mapping[str, Span]) -> Iterator[None]:
        """Sums and net inflow of an area, where long ranges touch them."""
        works, used, flowed = self.works, self._used(level, subject, spans), self._flowed(level, subject, spans)
        if used and level == "zone":
            yield from self._points(subject, *used)
        elif used:
            works.store.write_rollup_series(works.rollups.sums(level, subject, *used))
            yield
        if flowed and level == "zone":
            for point in works.topology.border_points(subject):
                works.store.write_rollup_series(works.rollups.of_point(point, *flowed))
                yield
        if flowed:
            found = works.rollups.net_inflow(level, subject, *flowed)
            works.store.write_rollup_series(found)
            works.bands.learn(found)
            yield

    def _balances(self, level: Level, subject: str, spans: Mapping[str, Span], now: datetime) -> Iterator[None]:
        """Balances of an area, where long ranges touch them."""
        used, flowed = self._used(level, subject, spans), self._flowed(level, subject, spans)
        if both := _joint({"used": used, "flowed": flowed}, ("used", "flowed")):
            self.works.figures.months(level, subject, *both)
            self.works.figures.day(level, subject, closed_day(now, self.works.topology))
            yield

    def _used(self, level: Level, subject: str, spans: Mapping[str, Span]) -> Span | None:
        """The span in which an area's customers are touched."""
        zones = self.works.topology.zones_in(level, subject)
        return _joint(spans, (device for zone in zones for device in self._customers_of(zone)))

    def _flowed(self, level: Level, subject: str, spans: Mapping[str, Span]) -> Span | None:
        """The span in which an area's boundary is touched."""
        zones = self.works.topology.zones_in(level, subject)
        return _joint(spans, (device for zone in zones for device in self.works.topology.boundary_devices(zone)))

    def _pressed(self, level: Level, subject: str, spans: Mapping[str, Span]) -> Span | None:
        """The span in which pressure at the average point of an area's zones is touched."""
        topology = self.works.topology
        points = (topology.region.zone[zone].azp_point for zone in topology.zones_in(level, subject))
        return _joint(spans, (device for point in points if point for device in topology.devices_of(point)))

    def _customers_of(self, zone: str) -> Iterator[str]:
        for point in self.works.topology.customers(zone):
            yield from self.works.topology.devices_of(point)

    def _points(self, zone: str, start: datetime, end: datetime) -> Iterator[None]:
        """A zone's customers, and their sums on the way: reading a year of them back would take longer."""
        region, works = self.works.topology.region, self.works
        parts: dict[tuple[str, Period], list[RollupSeries]] = {}
        points = works.topology.customers(zone)
        for point in points:
            found = works.rollups.of_point(point, start, end)
            works.store.write_rollup_series(found)
            for series in found:
                for quantity, roles in SUMS.items():
                    if region.point[point].role in roles:
                        parts.setdefault((quantity, series.period), []).append(series)
            yield
        if len(works.topology.customers_inside(zone)) > len(points):
            # Zones inside come first and lie in the store; few zones have any.
            works.store.write_rollup_series(works.rollups.sums("zone", zone, start, end))
            yield
            return
        for (quantity, period), several in parts.items():
            whole = sum(region.point[point].role in SUMS[quantity] for point in points)
            edges = edges_of(period, start, end, region.tz)
            errors = works.rollups.errors([one.subject for one in several], end)
            found_sum = of_sum("zone", zone, quantity, edges, period, several, whole, errors)
            works.store.write_rollup_series([found_sum])
        yield

    def _nights(self, level: Level, subject: str, spans: Mapping[str, Span], now: datetime) -> Iterator[None]:
        """Nights of an area and their months, the last ones first, where long ranges touch what they are made of."""
        parts = {find.__name__: find(level, subject, spans) for find in (self._used, self._flowed, self._pressed)}
        if (touched := _joint(parts, parts)) is None:
            return
        start, end = touched
        tz = self.works.topology.region.tz
        night, first = min(closed_night(now, self.works.topology), local_day(end, tz)), local_day(start, tz)
        while night >= first:
            days = [night - timedelta(days=back) for back in range(NIGHTS_AT_ONCE - 1, -1, -1)]
            self.works.nights.several(level, subject, [day for day in days if day >= first])
            night -= timedelta(days=NIGHTS_AT_ONCE)
            yield
        self.works.nights.months(level, subject, start, end)
        yield


def _by_device(store: Store, changes: Sequence[Change], now: datetime) -> dict[str, Span]:
    """The span of each device that ranges touch, no longer than LONGEST back."""
    reach: dict[tuple[str, str], tuple[datetime, datetime]] = {}
    for change in changes:
        first, last = reach.get((change.device, change.quantity), (change.first, change.last))
        reach[change.device, change.quantity] = (min(first, change.first), max(last, change.last))
    spans: dict[str, Span] = {}
    for (device, quantity), (first, last) in reach.items():
        start, end = reach_of(store, device, quantity, first, last)
        start, end = start - timedelta(milliseconds=1), end + timedelta(milliseconds=1)
        if quantity in VOLUME_QUANTITIES:
            # What they say of the meter's habits fills gaps of the weeks after them, open ones too.
            end += timedelta(milliseconds=max(LEARNED_MS, OPEN_LONGEST_MS))
        known = spans.get(device, (start, end))
        if end > now - LONGEST:
            spans[device] = (max(min(start, known[0]), now - LONGEST), min(max(end, known[1]), now))
    return spans


def _joint(spans: Mapping[str, Span | None], names: Iterable[str]) -> Span | None:
    """From the earliest start to the latest end of some spans, None where there is none."""
    found = [span for name in dict.fromkeys(names) if (span := spans.get(name))]
    return (min(start for start, _ in found), max(end for _, end in found)) if found else None
