"""The live edge: new readings are judged first, then the hours that they touch are queued."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from statistics import median

from analysis.backlog import is_history, touched_hours
from analysis.subjects import Subject
from analysis.watch import Kept, Said, Watch
from analysis.works import Works
from models.anomalies.data_stopped import CustomersStopped, DataStopped, heard_share
from models.anomalies.pressure_low import PressureLow
from models.anomalies.tank_low import TankLow
from models.consumption import REGISTERS
from models.detector import Row
from models.leaks.burst import Burst
from models.reading import from_ms, to_ms
from models.store import Change

JUDGED = "analysis.judged"
"""Cursor of the feed up to which detectors have looked."""
TOUCHED = "analysis.touched"
"""Cursor up to which touched hours are queued."""
RANGES = 10_000
TICK = timedelta(minutes=1)
CATCHING_UP = timedelta(minutes=2)
"""After a backlog arrived, silence is not judged for so long: the rest of it may be on its way."""
BACKLOG_RANGES = 20
BACKLOG_RANGE = timedelta(hours=2)
FEW_STATIONS = 4
CUSTOMER_SPAN = timedelta(hours=48)
REPLAYED = timedelta(days=30)
QUICK_REPLAY = timedelta(days=2)
"""A level, a pressure or a silence of last week is no news, a leak of last month is."""


class LiveEdge:
    """Follows the feed for the detectors and for the queue; lets the clock tick where nothing comes."""

    def __init__(self, works: Works, watch: Watch) -> None:
        self.works = works
        self.watch = watch
        self.heard: dict[str, datetime] = {}
        self.quiet_until: datetime | None = None
        self.ticked: datetime | None = None
        self.customers_at: datetime | None = None
        self.unjudged: dict[tuple[str, str], Subject] = {}
        """Subjects without a state: to be replayed."""
        self.late = {one.key: one for one in works.subjects if (kept := watch.kept(one)) is not None and kept.late_ms}
        """Subjects passed over by late data: to be judged again, also what a process before this one left."""

    def judge(self, now: datetime) -> tuple[int, datetime | None]:
        """Give what is new in the feed to the detectors, in one transaction.

        Returns the number of ranges, and since when the oldest range that is still to be looked at is known.
        """
        store, records = self.works.store, self.watch.records
        cursor = records.cursor(JUDGED)
        found = store.changes(cursor, RANGES)
        if not found.ranges:
            return 0, None
        self._hear(found.ranges, now)
        said = self._judge(found.ranges, now)
        self.watch.commit(said, {JUDGED: found.cursor}, now)
        oldest = found.ranges[-1].known_at if len(found.ranges) >= RANGES else None
        return len(found.ranges), oldest

    def touch(self) -> int:
        """Queue the hours that the feed's new ranges touch. Returns the number of ranges."""
        store, records = self.works.store, self.watch.records
        cursor = records.cursor(TOUCHED)
        found = store.changes(cursor, RANGES)
        if found.ranges:
            short = [change for change in found.ranges if not is_history(change)]
            hours = touched_hours(store, short, self.works.newest)
            self.works.causes.late(hours, self.works.clock.now())
            records.mark_dirty(hours)
            self.works.newer(found.ranges)
            records.set_cursor(TOUCHED, found.cursor)
        return len(found.ranges)

    def tick(self, now: datetime) -> None:
        """Let time pass for those who wait for data."""
        if self.ticked is not None and now - self.ticked < TICK:
            return
        self.ticked = now
        moment = self._heard_up_to(now)
        if moment is None:
            return
        stations = self.works.subjects.of[DataStopped].values()
        self._pass(stations, [Row(moment, None)], now)
        if self.customers_at is None or now - self.customers_at >= timedelta(hours=1):
            self.customers_at = now
            self._customers(moment, now)

    def _pass(self, subjects: Iterable[Subject], rows: Sequence[Row], now: datetime) -> None:
        said = [one for subject in subjects if (one := self.watch.judge(subject, rows, now))]
        self.watch.keep(one for one in said if not one.findings)
        if any(one.findings for one in said):
            self.watch.commit((one for one in said if one.findings), {}, now)

    def _customers(self, moment: datetime, now: datetime) -> None:
        """The share of each zone's customer meters that is heard."""
        said = []
        for subject in self.works.subjects.of[CustomersStopped].values():
            times = self.works.subjects.customer_times(subject.name, moment - CUSTOMER_SPAN, moment)
            share = heard_share(times, to_ms(moment))
            if share is not None:
                judged = self.watch.judge(subject, [Row(moment, share)], now)
                said += [judged] if judged else []
        if said:
            self.watch.commit(said, {}, now)

    def _hear(self, changes: Sequence[Change], now: datetime) -> None:
        """Take note of who was heard up to when, and of backlogs that come in."""
        backlog = sum(change.last - change.first > BACKLOG_RANGE for change in changes)
        if backlog >= BACKLOG_RANGES:
            self.quiet_until = now + CATCHING_UP
        stations = self.works.topology.stations_by_device
        for change in changes:
            self.works.quantities.setdefault(change.device, set()).add(change.quantity)
            for station in stations.get(change.device, ()):
                self.heard[station] = max(change.last, self.heard.get(station, change.last))

    def _heard_up_to(self, now: datetime) -> datetime | None:
        """The moment up to which silence can be judged: when half of all stations are silent, it is the way to them.

        None while a backlog comes in, or before anyone was heard. A region of few stations is judged by the clock.
        """
        if not self.heard or (self.quiet_until is not None and now < self.quiet_until):
            return None
        if len(self.heard) < FEW_STATIONS:
            return now
        middle = median(to_ms(moment) for moment in self.heard.values())
        return min(now, from_ms(int(middle)))

    def _judge(self, changes: Sequence[Change], now: datetime) -> list[Said]:
        topology, subjects = self.works.topology, self.works.subjects.of
        touched: dict[tuple[str, str], tuple[Subject, datetime, datetime]] = {}
        for change in changes:
            if change.quantity in REGISTERS and "flow_m3h" in self.works.quantities.get(change.device, ()):
                names_of_zones: Sequence[str] = ()
            else:
                names_of_zones = topology.zones_by_boundary_device.get(change.device, ())
            for kind, names in (
                (Burst, names_of_zones),
                (TankLow, topology.tanks_by_device.get(change.device, ())),
                (PressureLow, topology.pressures_by_device.get(change.device, ())),
                (DataStopped, topology.stations_by_device.get(change.device, ())),
            ):
                for name in names:
                    subject = subjects[kind].get(name)
                    if subject is not None:
                        _, first, last = touched.get(subject.key, (subject, change.first, change.last))
                        touched[subject.key] = (subject, min(first, change.first), max(last, change.last))
        return [said for subject, first, last in touched.values() if (said := self._new(subject, first, last, now))]

    def _new(self, subject: Subject, first: datetime, last: datetime, now: datetime) -> Said | None:
        kept = self.watch.kept(subject)
        if kept is None:
            self.unjudged[subject.key] = subject
            return None
        if isinstance(subject.detector, DataStopped):
            return self.watch.judge(subject, [Row(last, 1.0)], now)
        late_ms = to_ms(first) if kept.seen_ms and to_ms(first) <= kept.seen_ms else 0
        if late_ms:
            self.late[subject.key] = subject
        seen = max(from_ms(kept.seen_ms), now - REPLAYED)
        rows = self.works.subjects.rows(subject, seen, now) if last > seen else []
        if not rows and not late_ms:
            return None
        return self.watch.judge(subject, rows, now, late_ms)

    def replay(self, subjects: Iterable[Subject], now: datetime) -> None:
        """Bring subjects without a state up to now from what the store has of the last days."""
        self.watch.replay(((subject, self._past(subject, now)) for subject in subjects), now)

    def _past(self, subject: Subject, now: datetime) -> list[Row]:
        reach = REPLAYED if isinstance(subject.detector, Burst) else QUICK_REPLAY
        rows = self.works.subjects.rows(subject, now - reach, now)
        if isinstance(subject.detector, DataStopped) and rows:
            self.heard[subject.name] = rows[-1].time
        return rows

    def replay_one(self, now: datetime) -> bool:
        """Replay one subject that the feed touched and that has no state; whether there was one."""
        if not self.unjudged:
            return False
        _, subject = self.unjudged.popitem()
        self.works.bands.recall(now - REPLAYED, now)
        self.replay([subject], now)
        return True

    def judge_late_one(self, now: datetime, reach: timedelta) -> bool:
        """Judge one subject again that late data passed, no older than `reach`; whether there was one."""
        oldest_ms = to_ms(now - reach)
        for key, subject in self.late.items():
            kept = self.watch.kept(subject)
            if kept is None or not kept.late_ms or kept.late_ms >= oldest_ms:
                del self.late[key]
                if kept is not None and kept.late_ms:
                    self._judge_late(subject, kept, now)
                return True
        return False

    def _judge_late(self, subject: Subject, kept: Kept, now: datetime) -> None:
        start = from_ms(kept.late_ms) - REPLAYED / 2
        self.works.bands.recall(start, now)
        rows = self.works.subjects.rows(subject, start, from_ms(kept.seen_ms))
        self.watch.judge_late(subject, rows, now)
