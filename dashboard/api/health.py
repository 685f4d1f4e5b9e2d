"""GET /healthz: whether it can do its job, answered from what was last seen, so that it is always quick."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from time import monotonic

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from dashboard.live.status import WAITING
from dashboard.silence import is_silent, moment_of, silent_s
from dashboard.visit import Rooms
from models.errors import VodaError

EVERY_S = 1.0
FIRST_WAIT_S = 0.05
OLD_S = 20.0
"""A look older than this says that looking itself hangs."""
LAST_EVERY_S = 30.0


@dataclass(frozen=True, slots=True)
class Health:
    """What /healthz says.

    store : "ok" or one line that says what is wrong
    mqtt : connected, connecting, off; unknown where ingest says nothing any more
    readings_total : rows in the store, None while it was not counted
    last_reading_age_s : domain seconds since the newest message came
    analysis_lag_s : age of the oldest change that analysis has not looked at; grows where it says nothing any more
    waiting : readings in the queue of ingest
    """

    status: str
    store: str
    mqtt: str
    readings_total: int | None
    last_reading_age_s: float | None
    analysis_lag_s: float | None
    waiting: int
    events_waiting: int


UNKNOWN = Health("starting", "not looked at yet", "unknown", None, None, None, 0, 0)


class Watch:
    """Looks at store and records every second in a thread of its own, from the first question until closed."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._looked = threading.Event()
        self._health = UNKNOWN
        self._at = monotonic()
        self._last: datetime | None = None
        self._last_at = -LAST_EVERY_S
        self._closed = threading.Event()

    def close(self) -> None:
        """Look no more."""
        self._closed.set()

    def health(self) -> Health:
        """The last look, at most a few seconds old."""
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="health", daemon=True)
                self._thread.start()
        self._looked.wait(FIRST_WAIT_S)
        health = self._health
        if health is not UNKNOWN and monotonic() - self._at > OLD_S:
            health = replace(health, status="failing", store="the store has not answered for long")
        return health

    def _run(self) -> None:
        while not self._closed.is_set():
            self._health = self._look()
            self._at = monotonic()
            self._looked.set()
            self._closed.wait(EVERY_S)

    def _look(self) -> Health:
        rooms = self._rooms
        problem, total = "", None
        facts: dict[str, dict[str, object]] = {}
        events_waiting = 0
        try:
            problem = rooms.store.healthy()
            if not problem:
                total = rooms.store.readings_total()
            facts = rooms.records.facts()
            events_waiting = len(rooms.records.events(states=WAITING))
        except VodaError as error:
            problem = problem or str(error)
        ingest, analysis = facts.get("ingest", {}), facts.get("analysis", {})
        mqtt = "unknown" if is_silent(ingest, rooms.clock) else str(ingest.get("mqtt") or "off")
        broken = bool(problem) or (rooms.config.mqtt_expected and mqtt != "connected")
        return Health(
            status="failing" if broken else "ok",
            store=problem or "ok",
            mqtt=mqtt,
            readings_total=total,
            last_reading_age_s=self._age(ingest),
            analysis_lag_s=self._lag(analysis),
            waiting=int(_number(ingest.get("waiting")) or 0),
            events_waiting=events_waiting,
        )

    def _lag(self, analysis: dict[str, object]) -> float | None:
        """Domain seconds; they go on where the analysis has fallen silent."""
        lag_s, clock = _number(analysis.get("lag_s")), self._rooms.clock
        if lag_s is None or not is_silent(analysis, clock):
            return lag_s
        return lag_s + silent_s(analysis, clock) * clock.speed

    def _age(self, ingest: dict[str, object]) -> float | None:
        """Domain seconds since the newest message; where no ingest says so, since the newest reading."""
        last = moment_of(ingest.get("last_received"))
        if last is None and monotonic() - self._last_at >= LAST_EVERY_S:
            self._last_at = monotonic()
            try:
                newest = self._rooms.store.last()
                self._last = max((reading.time for reading in newest.values()), default=None)
            except VodaError:
                self._last = None
        last = last or self._last
        return None if last is None else max(0.0, (self._rooms.clock.now() - last).total_seconds())


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def router(watch: Watch) -> APIRouter:
    """The path, bound to its watch."""
    paths = APIRouter(tags=["operation"])

    @paths.get("/healthz")
    def healthz() -> JSONResponse:
        """Whether it can do its job: 200 or 503."""
        health = watch.health()
        headers = {"Cache-Control": "no-store"}
        return JSONResponse(asdict(health), status_code=200 if health.status == "ok" else 503, headers=headers)

    return paths
