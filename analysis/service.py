"""The analysis service: follows the feed, computes what it touched, the live edge always first."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

from analysis.backlog import LEVELS
from analysis.closing import closed_day, closed_night, ended_month
from analysis.history import COMPUTED, History, prepare
from analysis.live import JUDGED, REPLAYED, LiveEdge
from analysis.watch import Watch
from analysis.works import Works
from models.calendar import HOUR_MS
from models.clock import Clock
from models.errors import VodaError
from models.reading import iso_z, to_ms
from models.records import Records
from models.store import Store

log = logging.getLogger("smartvoda.analysis")

LOOK_S = 1.0
"""Between looks at the feed while nothing else is to be done [s of the machine]."""
HURRY_S = 0.5
"""Work in the background is put down for a look after so long."""
FACT_S = 5.0
AREAS_S = 20.0
"""Zones, towns and the region are computed again at most so often while readings arrive."""
AREAS_REST = 4.0
"""So many times as long as that took are devices and points computed before: in a big backlog areas would be computed
again for each few of their meters."""
LONGEST_DOWN = timedelta(days=40)
LONG_AGO = timedelta(days=100 * 365)
FILLED_S = 3.0
"""After the last rows of a history were written, so long until the feed surely tells of them."""
FILLING = timedelta(minutes=2)
"""Who fills a history tells of it more often; after that it has died, and what there is gets computed."""
FIRST_RETRY_S, LAST_RETRY_S = 1.0, 15.0
REGION = "analysis.region"
"""Version of the registry that rollups were computed with."""
OURS = ("rollups", "")
"""What the fact `history` says while this service works on it, and when nobody does."""
NIGHTS_DONE, DAYS_DONE = "analysis.nights", "analysis.days"
"""The last local day whose night, or whose balance, was computed at its end."""


class Analysis:
    """Catches up with the feed and stays at its edge.

    country : whose public holidays the expected bands know
    """

    def __init__(self, store: Store, records: Records, clock: Clock, country: str = "CZ") -> None:
        self.store = store
        self.records = records
        self.clock = clock
        self.country = country
        self.problem = ""
        self._works: Works | None = None
        self._live: LiveEdge | None = None
        self._history: History | None = None
        self._watch = Watch(records)
        self._oldest: datetime | None = None
        self._said = self._looked = self._areas = self._looked_for_more = float("-inf")
        self._areas_took = self._areas_taking = 0.0
        self._more_comes = self._filled = False
        self._banded: datetime | None = None
        self._closing: Iterator[bool] | None = None

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop. A store that is away is waited for; everything else is the supervisor's."""
        retry_s = FIRST_RETRY_S
        while not stop.is_set():
            try:
                busy = self._round(lambda: stop.is_set())
                self.problem, retry_s = "", FIRST_RETRY_S
                if not busy:
                    stop.wait(LOOK_S)
            except VodaError as error:
                self.problem = str(error)
                log.warning("%s", error)
                self._tell_quietly()
                stop.wait(retry_s)
                retry_s = min(2 * retry_s, LAST_RETRY_S)

    def run_once(self) -> None:
        """Work until nothing is left to do (for tests and after an import)."""
        while self._rounds():
            self._hasten()

    def _rounds(self) -> bool:
        """Work until nothing is left that needs no waiting; whether there was anything."""
        worked = False
        while self._round(lambda: False):
            worked = True
        return worked

    def _hasten(self) -> None:
        """Leave out the waits between rounds of work that is done now and then."""
        self._areas = float("-inf")
        if self._works is not None:
            self._works.validation.hasten()

    def prepare(self, until: datetime) -> None:
        """Compute quickly what pages show of a history that the bulk path wrote; see analysis.history.prepare."""
        works = self._open(until)
        if works is not None and self._live is not None:
            prepare(works, self._live, until)
            self._banded = until
            self.records.set_cursor(REGION, str(works.version))
            self.records.set_cursor(NIGHTS_DONE, closed_night(until, works.topology).isoformat())
            self.records.set_cursor(DAYS_DONE, closed_day(until, works.topology).isoformat())

    def _round(self, stopped: Callable[[], bool]) -> bool:
        """One look at the feed and some work behind it; whether anything was done."""
        now = self.clock.now()
        works, live = self._open(now), self._live
        if works is None or live is None or self._history is None:
            self._tell()
            return False
        if not self.records.cursor(JUDGED) and self.store.head():
            self.prepare(now)
        if self._banded is None or _hour(now) > _hour(self._banded):
            works.bands.refresh(now if self._banded is None else self._banded, now)
            self._banded = now
        # Quick tests come first: what is surely wrong is no news to a detector.
        validated = works.validation.stream(now)
        looked, self._oldest = live.judge(now)
        live.tick(now)
        touched = live.touch() + works.validation.follow(now)
        self._looked = time.monotonic()
        self._tell()

        def hurry() -> bool:
            return stopped() or time.monotonic() - self._looked > HURRY_S

        behind = self._behind(works, live, hurry)
        return bool(validated or looked or touched or behind)

    def _behind(self, works: Works, live: LiveEdge, hurry: Callable[[], bool]) -> bool:
        """Work behind the live edge, the newest and most wanted first, until it is time to look again."""
        assert self._history is not None
        now, worked = self.clock.now(), False
        while not hurry():
            if not (
                live.replay_one(now)
                or self._compute_areas(works, hurry)
                or works.backlog.step(LEVELS[:2], hurry)
                or works.estimates.step(now)
                or self._close(works, now)
                or live.judge_late_one(now, REPLAYED)
                or works.validation.step(now)
                or self._compute_history(now)
                # What an import brought from long ago is no news: a year of it takes as long as its rollups.
                or live.judge_late_one(now, LONG_AGO)
                or (not self._more_comes and works.validation.history(now))
            ):
                return worked
            worked = True
        return True

    def _compute_areas(self, works: Works, hurry: Callable[[], bool]) -> bool:
        """Zones, towns and the region, every few seconds for all that touched them meanwhile."""
        began = time.monotonic()
        if began - self._areas < max(AREAS_S, AREAS_REST * self._areas_took):
            return False
        if works.backlog.step(LEVELS[2:], hurry):
            self._areas_taking += time.monotonic() - began
            return True
        self._areas, self._areas_took, self._areas_taking = began, self._areas_taking, 0.0
        return False

    def _compute_history(self, now: datetime) -> bool:
        """A slice of long ranges; none is begun while somebody writes more of them: it would be computed twice."""
        assert self._history is not None
        if not self._history.begun:
            if time.monotonic() - self._looked_for_more > FILLED_S:
                self._looked_for_more = time.monotonic()
                before, self._filled = self._filled, self._filled_by_others(now)
                self._more_comes = before or self._filled
            if self._more_comes:
                return False
        return self._history.step(now)

    def _filled_by_others(self, now: datetime) -> bool:
        fact = self.records.facts().get("history", {})
        said = fact.get("at")
        return (
            fact.get("what", "") not in OURS and isinstance(said, str) and now - datetime.fromisoformat(said) < FILLING
        )

    def _close(self, works: Works, now: datetime) -> bool:
        """Figures of nights and days that have ended since the last look, an area a call."""
        if self._closing is None:
            self._closing = self._ended(works, now)
        if next(self._closing, None) is None:
            self._closing = None
            return False
        return True

    def _ended(self, works: Works, now: datetime) -> Iterator[bool]:
        night, day = closed_night(now, works.topology), closed_day(now, works.topology)
        for name, last in ((NIGHTS_DONE, night), (DAYS_DONE, day)):
            for ended in self._since(name, last):
                for level, subject in works.topology.areas:
                    if name == NIGHTS_DONE:
                        works.nights.one(level, subject, ended)
                    else:
                        # Now that the day's pressure is known, so is what leaked in it.
                        works.nights.one(level, subject, ended)
                        works.figures.day(level, subject, ended)
                        if month := ended_month(ended):
                            works.nights.month(level, subject, *month)
                            works.figures.month(level, subject, *month)
                    yield True
                self.records.set_cursor(name, ended.isoformat())

    def _since(self, name: str, last: date) -> list[date]:
        """Local days after the one that was done last, at most LONGEST_DOWN."""
        done = self.records.cursor(name)
        first = date.fromisoformat(done) + timedelta(days=1) if done else last
        first = max(first, last - LONGEST_DOWN)
        return [first + timedelta(days=day) for day in range((last - first).days + 1)]

    def _open(self, now: datetime) -> Works | None:
        """The parts for the registry as it is now; None while it is empty."""
        version = self.records.region_version()
        if self._works is not None and self._works.version == version:
            self._works.topology.now = now
            return self._works
        region = self.records.region()
        if region is None:
            return None
        works = Works(self.store, self.records, self.clock, region, version, self.country)
        works.know_devices()
        works.bands.load(now)
        known = self.records.cursor(REGION)
        # Only what differs is computed again; where that can't be said, everything, behind the live edge.
        if known and known != str(version) and not works.rework.registry(int(known), version, now):
            self.records.set_cursor(COMPUTED, "")
        self.records.set_cursor(REGION, str(version))
        self._works, self._history, self._closing = works, History(works), None
        self._live = LiveEdge(works, self._watch)
        self._banded = None
        return works

    def _tell(self) -> None:
        """The facts of this service, every few seconds."""
        if time.monotonic() - self._said < FACT_S:
            return
        self._said = time.monotonic()
        now = self.clock.now()
        lag_s = (now - self._oldest).total_seconds() if self._oldest else 0.0
        fact = {
            "at": iso_z(now),
            "lag_s": round(lag_s, 1),
            "dirty": self.records.dirty_count(),
            "problem": self.problem,
        }
        self.records.set_fact("analysis", fact)
        self._tell_progress(now)

    def _tell_progress(self, now: datetime) -> None:
        """Progress through an imported history; whoever still fills it has the word."""
        history = self._history
        if history is None or not history.total or self.records.facts().get("history", {}).get("what", "") not in OURS:
            return
        what = OURS[0] if history.done < history.total else ""
        fact = {"at": iso_z(now), "done": history.done, "total": history.total, "what": what}
        self.records.set_fact("history", fact)
        if not what:
            history.total = 0

    def _tell_quietly(self) -> None:
        """Say what is wrong, where that can be said at all."""
        self._said = float("-inf")
        try:
            self._tell()
        except VodaError as error:
            log.debug("%s", error)


def _hour(moment: datetime) -> int:
    return to_ms(moment) // HOUR_MS
