"""The simulated past, by the same bulk path as `import`: first what the first pages need, then the rest behind them.

What is filled is remembered in the records' fact `simulator`, so that an interrupted start goes on where it stopped and
a later one fills the gap since the last live reading. Values are a pure function of time: a repeat changes nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from ingest.bulk import import_series
from ingest.simulator.gauges import Gauges
from ingest.simulator.instruments import Instrument, Pace
from models.errors import VodaError
from models.reading import EPOCH, Series, iso_z
from models.records import Records
from models.store import Store

YEAR = timedelta(days=365)
RECENT = timedelta(days=30)
FACT = "simulator"
PROGRESS_FACT = "history"

_PACES: tuple[Pace, ...] = ("often", "hourly", "daily")
_PART = timedelta(days=31)
# Rows of a year in parts of the whole, for progress: measured, and good enough for a bar.
_RECENT_ROWS, _INFLOW_ROWS, _OLDER_ROWS = 3_150_000, 660_000, 9_100_000


class Interrupted(Exception):  # noqa: N818 - no error: someone asked to stop
    """Filling was stopped on request; the next start goes on."""


@dataclass(frozen=True, slots=True)
class Filled:
    """How far history is filled; times are ISO 8601.

    origin : the first start, at which history ends and live begins; older_until : what is older than this is missing
    reached : everything from 30 days before origin up to here was filled or published
    """

    seed: int
    origin: str
    older_until: str
    reached: str = ""
    recent_filled: bool = False


class History:
    """Fills a store with the past of a simulated region."""

    def __init__(self, store: Store, records: Records, gauges: Gauges, stop: threading.Event) -> None:
        self._store, self._records, self._gauges, self._stop = store, records, gauges, stop
        self._lock = threading.Lock()
        self._written = 0
        self._state: Filled | None = None

    def fill_recent(self, now: Callable[[], datetime]) -> datetime:
        """Fill what the first pages need and any gap up to now; returns the time from which live goes on.

        Raises Interrupted when asked to stop, VodaError simulator.seed where the store holds another seed's past, and
        what ingest.bulk.import_series raises.
        """
        state = self._begun(now())
        if not state.reached:
            origin = datetime.fromisoformat(state.origin)
            self._progress(0, now(), "recent")
            self._import(self._inflow(origin - YEAR, origin - RECENT), now, "inflow")
            self._import(self._everything(origin - RECENT, origin), now, "recent")
            state = self._change(reached=state.origin)
        reached, until = datetime.fromisoformat(state.reached), now()
        if reached < until:
            self._change(recent_filled=False)
            self._fill_gap(reached, until, now)
            reached = until
        self._change(reached=iso_z(reached), recent_filled=True)
        return reached

    def fill_older(self, now: Callable[[], datetime], gauges: Gauges) -> None:
        """Fill the rest of the year, the newest first; may run beside what is live, with gauges of its own."""
        state = self._begun(now())
        first = datetime.fromisoformat(state.origin) - YEAR
        self._written = _RECENT_ROWS + _INFLOW_ROWS
        last = datetime.fromisoformat(state.older_until)
        while last > first:
            start = max(last - _PART, first)
            self._import(self._older(start, last, gauges), now, "older")
            last = start
            self._change(older_until=iso_z(last))
        total = _RECENT_ROWS + _INFLOW_ROWS + _OLDER_ROWS
        self._records.set_fact(PROGRESS_FACT, {"at": iso_z(now()), "done": total, "total": total, "what": ""})

    def reached(self, moment: datetime) -> None:
        """Remember that everything up to a moment was filled or published."""
        self._change(reached=iso_z(moment))

    def _begun(self, now: datetime) -> Filled:
        """What was filled before, or the beginning of it all.

        Raises VodaError simulator.seed where the store holds another seed's past.
        """
        with self._lock:
            if self._state is None:
                said = self._records.facts().get(FACT, {})
                seed = self._gauges.works.seed
                if not said.get("origin"):
                    origin = EPOCH + timedelta(minutes=(now - EPOCH) // timedelta(minutes=1))
                    self._state = Filled(seed, iso_z(origin), iso_z(origin - RECENT))
                    self._records.set_fact(FACT, asdict(self._state))
                elif said.get("seed") != seed:
                    raise VodaError(
                        "simulator.seed",
                        f"the data folder holds the history of seed {said.get('seed')}, not of {seed}; "
                        "give that seed, or another folder",
                    )
                else:
                    self._state = Filled(**{name: said[name] for name in Filled.__slots__ if name in said})  # type: ignore[arg-type]  # as it was written
            return self._state

    def _change(self, **changes: object) -> Filled:
        with self._lock:
            assert self._state is not None, "nothing was begun"
            self._state = replace(self._state, **changes)  # type: ignore[arg-type]  # names and types of Filled
            self._records.set_fact(FACT, asdict(self._state))
            return self._state

    # -- what is written ---------------------------------------------------------------------------------------------

    def _fill_gap(self, reached: datetime, until: datetime, now: Callable[[], datetime]) -> None:
        """What no one published because nothing ran: the last 30 days raw, before that hourly."""
        thick = max(reached, until - RECENT)
        if reached < thick:
            self._import(self._older(reached, thick, self._gauges), now, "gap")
            self._import(self._inflow(reached, thick), now, "gap")
        self._import(self._everything(thick, until), now, "gap")

    def _inflow(self, start: datetime, end: datetime) -> Iterator[Series]:
        """What a zone's net inflow is made of, hourly: registers of flow meters, levels of tanks inside zones."""
        for item, series in self._parts(self._gauges, _makes_inflow, ("often", "hourly"), start, end, thin=True):
            if _is_inflow(item, series):
                yield series

    def _everything(self, start: datetime, end: datetime) -> Iterator[Series]:
        return (series for _, series in self._parts(self._gauges, lambda _: True, _PACES, start, end, thin=False))

    def _older(self, start: datetime, end: datetime, gauges: Gauges) -> Iterator[Series]:
        """Hour by hour all the rest."""
        for item, series in self._parts(gauges, lambda _: True, _PACES, start, end, thin=True):
            if not _is_inflow(item, series):
                yield series

    def _parts(
        self,
        gauges: Gauges,
        wanted: Callable[[Instrument], bool],
        paces: tuple[Pace, ...],
        start: datetime,
        end: datetime,
        thin: bool,
    ) -> Iterator[tuple[Instrument, Series]]:
        """Series of the wanted instruments over [start, end), a month at a time, in order of device."""
        items = [item for item in gauges.instruments if wanted(item)]
        while start < end:
            until = min(start + _PART, end)
            start_s, until_s = ((moment - EPOCH).total_seconds() for moment in (start, until))
            span = gauges.span(start_s, until_s)
            for item in items:
                if self._stop.is_set():
                    raise Interrupted
                for pace in paces:
                    for found in gauges.readings(item, pace, start_s, until_s, span, thin):
                        yield item, gauges.series(item, found)
            start = until

    def _import(self, series: Iterator[Series], now: Callable[[], datetime], what: str) -> None:
        before = self._written

        def progress(points: int) -> None:
            self._written = before + points
            self._progress(self._written, now(), what)

        import_series(self._store, series, progress)

    def _progress(self, done: int, now: datetime, what: str) -> None:
        total = _RECENT_ROWS + _INFLOW_ROWS + _OLDER_ROWS
        self._records.set_fact(
            PROGRESS_FACT, {"at": iso_z(now), "done": min(done, total - 1), "total": total, "what": what}
        )


def _makes_inflow(item: Instrument) -> bool:
    return item.device.kind == "flow_meter" or (item.device.kind == "tank_station" and bool(item.point.zone))


def _is_inflow(item: Instrument, series: Series) -> bool:
    wanted = "volume_m3" if item.device.kind == "flow_meter" else "level_m"
    return _makes_inflow(item) and series.quantity == wanted
