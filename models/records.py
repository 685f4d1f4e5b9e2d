"""What lies in SQL beside the readings: registry, notices, refused payloads, events, detectors, work, figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

from models.cause import Cause, Recomputation
from models.detector import JsonState
from models.event import AlarmState, CaseState, Event, EventLogEntry
from models.notice import Notice
from models.quality import Quality
from models.registry import Region
from models.rollup import Level
from models.spool import Arrived
from models.verdict import Edit, Judgements, Judging, Verdict

FigurePeriod = Literal["day", "month", "year"]
"""A local day, a local month, or the twelve local months that begin with a local month."""


class Refused(NamedTuple):
    """A payload no one understood. `count` equal reasons and topics may be folded by whoever shows them.

    tried_with : the keys, rules and decoders that refused it last; empty where decoding it again is no use
    arrived : how it came, see models.spool.Arrived
    """

    id: int
    topic: str
    received: datetime
    code: str
    reason: str
    payload: bytes
    tried_with: str = ""
    arrived: Arrived = ""


class Outcome(NamedTuple):
    """What came out of a refused payload when it was decoded again.

    id : of the refused payload
    code, reason : why it is refused still; both empty where it is understood now
    dialect, readings, notices, devices : what it says; no reading and no notice where it says nothing of water
    """

    id: int
    code: str = ""
    reason: str = ""
    dialect: str = ""
    readings: int = 0
    notices: int = 0
    devices: tuple[str, ...] = ()


class UnderstoodLater(NamedTuple):
    """A payload that was refused first and is understood now.

    refused : as it was kept; at, who : when and which ingest decoded it; why : what had changed, of keys, rules and
    decoders, joined by commas
    """

    refused: Refused
    at: datetime
    who: str
    why: str
    outcome: Outcome


class Remembered(NamedTuple):
    """What a source once told of its messages to come: names for short numbers, units.

    at_ms : when it was heard, ms since 1970; value : empty where it holds no longer
    """

    name: str
    at_ms: int
    value: bytes


class NewDevice(NamedTuple):
    """A device that sends but is not in the registry."""

    device: str
    dialect: str
    topic: str
    first_seen: datetime
    last_seen: datetime
    quantities: tuple[str, ...]


class RegistryChange(NamedTuple):
    """One change of the registry: who, when and why, and how many rows began and ended with it, by table."""

    version: int
    at: datetime
    who: str
    why: str
    added: dict[str, int]
    removed: dict[str, int]


class Records(Protocol):
    """What lies in SQL beside the readings: registry, notices, refused payloads, events, detectors, work, figures."""

    def region(self) -> Region | None:
        """The registry as it is now, None while it is empty; cached until region_version changes."""

    def region_at(self, version: int) -> Region | None:
        """The registry as it was at a version, None where it was empty."""

    def region_known(self, known_at: datetime) -> Region | None:
        """The registry as it was at a time, None where it was empty."""

    def region_log(self, limit: int = 100) -> list[RegistryChange]:
        """The newest changes of the registry first."""

    def region_version(self) -> int:
        """Grows by one with every change of the registry; 0 while it is empty."""

    def save_region(self, region: Region, who: str, why: str, at: datetime) -> None:
        """Replace the registry in one transaction and log who changed what and why."""

    def change_region(self, change: Callable[[Region], Region], who: str, why: str, at: datetime) -> Region | None:
        """Read the registry, change and log it in one transaction, so that nobody else's change meanwhile is lost.

        Gives the changed region; None, and nothing is called, while the registry is empty.
        """

    def add_notices(self, notices: Sequence[Notice]) -> None:
        """Keep notices, a repeat changes nothing."""

    def notices(self, device: str | None, start: datetime, end: datetime) -> list[Notice]:
        """Notices in order of time; None: of every device."""

    def add_refused(self, refused: Sequence[Refused], limit_bytes: int) -> None:
        """Keep refused payloads; the oldest beyond limit_bytes are dropped and counted. Their ids are ignored."""

    def refused(self, limit: int = 200, topic_filter: str = "#") -> list[Refused]:
        """The newest payloads that are refused still, of topics that fit an MQTT filter."""

    def refused_counts(self) -> tuple[int, int]:
        """How many are refused still and kept, and how many were dropped for room."""

    def refused_otherwise(self, tried_with: str, limit: int, limit_bytes: int) -> list[Refused]:
        """The oldest payloads that other keys, rules or decoders refused, at least one where there is one."""

    def decoded_again(self, outcomes: Sequence[Outcome], tried_with: str, who: str, why: str, at: datetime) -> None:
        """Write down what came out of refused payloads; those that are understood are kept, and no longer refused."""

    def understood_later(self, limit: int = 200) -> list[UnderstoodLater]:
        """Payloads that were refused first and are understood now, the last understood first."""

    def see_devices(self, seen: Sequence[NewDevice]) -> None:
        """Remember devices as they send (known ones too): first and last time, topic, dialect, quantities."""

    def seen_devices(self) -> list[NewDevice]:
        """Every device that ever sent, last to appear first; whoever shows new devices leaves out the registered."""

    def events(
        self,
        states: Sequence[AlarmState] | None = None,
        cases: Sequence[CaseState] | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        subject: str | None = None,
    ) -> list[Event]:
        """Events by detected_at, newest first; start inclusive, end exclusive, compared with detected_at."""

    def event(self, event_id: str) -> Event | None:
        """One event, or None."""

    def event_log(self, event_id: str) -> list[EventLogEntry]:
        """An event's log, oldest first."""

    def events_version(self) -> int:
        """Grows with every change of any event: cheap to poll."""

    def save_event(self, event: Event, entry: EventLogEntry) -> None:
        """Replace an event and log the transition, in one transaction (a person's action)."""

    def change_event(self, event_id: str, change: Callable[[Event], tuple[Event, EventLogEntry]]) -> Event | None:
        """Read an event, change and log it in one transaction, so that nothing a detector says meanwhile is lost.

        The way for a person's action. Gives the changed event; None, and nothing is called, where there is none.
        """

    def detector_state(self, detector: str, subject: str) -> tuple[int, str, JsonState] | None:
        """(version, cursor, state) of a detector on a subject."""

    def detecting(self) -> AbstractContextManager[DetectorTransaction]:
        """One SQL transaction over detector states, event transitions and named cursors; all or nothing.

        Other writers wait for it: compute first, then open it.
        """

    def mark_dirty(self, work: Iterable[tuple[Level, str, datetime]]) -> None:
        """Queue (level, subject, hour) for recomputing; a repeat joins."""

    def take_dirty(self, level: Level, limit: int) -> list[tuple[Level, str, datetime]]:
        """The newest queued hours first (the live edge before backfill), without removing them."""

    def done_dirty(self, work: Iterable[tuple[Level, str, datetime]]) -> None:
        """Remove computed work; what was marked again since it was taken stays queued."""

    def dirty_count(self) -> int:
        """How many hours wait."""

    def cursor(self, name: str) -> str:
        """A named cursor of a consumer of the feed, "" at first."""

    def set_cursor(self, name: str, cursor: str) -> None:
        """Remember a named cursor."""

    def set_fact(self, name: str, value: Mapping[str, object]) -> None:
        """Tell other processes something small (spool state, backfill progress, a service's heartbeat)."""

    def facts(self) -> dict[str, dict[str, object]]:
        """Everything that services told, by name."""

    def remember(self, items: Sequence[Remembered]) -> None:
        """Keep what sources told of messages to come; one that told later than what comes now stays."""

    def remembered(self, after: int) -> tuple[list[Remembered], int]:
        """What was kept or changed after a version (0: all), and the version reached."""

    def supersede_figures(self, figures: Sequence[Figure]) -> None:
        """Write quoted figures: a changed value ends the old row (known_to) and opens a new one (known_from).

        One that says what the present one says changes nothing; without known_from it is known from now.
        """

    def figures(
        self,
        level: Level,
        subjects: Sequence[str] | None,
        period: FigurePeriod,
        quantity: str,
        start: datetime,
        end: datetime,
        known_at: datetime | None = None,
    ) -> list[Figure]:
        """Figures as known now or at a time, in order of (subject, time)."""

    def changed_figures(
        self, level: Level, subjects: Sequence[str] | None, since: datetime, until: datetime, limit: int = 5_000
    ) -> list[FigureChange]:
        """Figures known at `since` that said something else at `until`, the last changed first; at most `limit`."""

    def note_recomputations(self, noted: Sequence[Recomputation]) -> None:
        """Keep why figures will be computed again, before the work is queued; supersede_figures tells it with them."""

    def forget_recomputations(self, before: datetime) -> None:
        """Let go of what was noted before a time: the figures it changed have taken it over."""

    def judge(self, judgings: Sequence[Judging]) -> int:
        """Write what tests say now: what they said before and say no longer ends, what grew is extended.

        Returns the number of verdicts that are new, other or ended. Saying the same again changes nothing.
        """

    def verdicts(
        self, device: str, start: datetime, end: datetime, quantity: str | None = None, known_at: datetime | None = None
    ) -> list[Verdict]:
        """Verdicts on a device that overlap [start, end), as known now or at a time, in order of time."""

    def doubted(self, since: datetime) -> dict[tuple[str, str], Quality]:
        """Series (device, quantity) with a present verdict SUSPECT or FAIL that reaches to `since`, and the gravest."""

    def add_edit(self, edit: Edit) -> Edit:
        """Keep a person's word on readings; gives it with its number."""

    def undo_edit(self, number: int, who: str, why: str, at: datetime) -> Edit | None:
        """Take an edit back; None where there is no such edit or it is undone already."""

    def edits(self, device: str) -> list[Edit]:
        """Everything that people said of a device's readings, the last first, undone ones too."""

    def judgements_version(self) -> int:
        """Grows with every change of a verdict or an edit: cheap to poll."""

    def judgements(self, after: int) -> Judgements:
        """Verdicts and edits that changed after a version; after 0: those that hold now."""

    def close(self) -> None:
        """Let go of connections."""


class KeyRing(Protocol):
    """AES keys of devices. Not a part of Records: only ingest may read them, and nobody shows, logs or exports them."""

    def keys(self) -> dict[str, str]:
        """Keys in hexadecimal digits by canonical device."""

    def keys_version(self) -> int:
        """Grows by one with every change of the keys; 0 before the first."""

    def save_keys(self, keys: Mapping[str, str], who: str, why: str, at: datetime) -> KeyChange:
        """Make these the keys, in one transaction; log who changed how many and why, never which."""


class KeyChange(NamedTuple):
    """How many keys a change added, replaced and removed."""

    added: int
    replaced: int
    removed: int

    def __str__(self) -> str:
        """For a terminal.

        >>> str(KeyChange(1, 0, 2))
        'keys: 1 added, 0 replaced, 2 removed'
        """
        return f"keys: {self.added} added, {self.replaced} replaced, {self.removed} removed"


def key_change(present: Mapping[str, str], wanted: Mapping[str, str]) -> KeyChange:
    """What makes some keys into others.

    >>> key_change({"a": "1", "b": "1"}, {"a": "2", "c": "1"})
    KeyChange(added=1, replaced=1, removed=1)
    """
    return KeyChange(
        added=len(wanted.keys() - present.keys()),
        replaced=sum(wanted.get(device, key) != key for device, key in present.items()),
        removed=len(present.keys() - wanted.keys()),
    )


class DetectorTransaction(Protocol):
    """Writes that commit together, or not at all."""

    def open_event(self, kind: str, subject: str) -> Event | None:
        """The one event of a kind and subject whose case is not closed, or None; a recurrence belongs to it."""

    def last_event(self, kind: str, subject: str) -> Event | None:
        """The event of a kind and subject last detected, closed or not.

        Where no event is open, a recurrence within 24 h of its `end` reopens it and a later one is a new event.
        """

    def put_event(self, event: Event, entry: EventLogEntry) -> None:
        """Insert or replace an event and append to its log.

        Raises VodaError (event.already_open) where another event of its kind and subject is not closed.
        """

    def put_state(self, detector: str, subject: str, version: int, cursor: str, state: JsonState) -> None:
        """Replace a detector's state."""

    def put_cursor(self, name: str, cursor: str) -> None:
        """Move a named cursor in the same transaction."""


class Figure(NamedTuple):
    """A figure people quote: of a zone, municipality or region, a local day, month or twelve months.

    value None: not available, `reason` says why (a translation key); coverage is the share stated with it
    causes : why it was computed again; empty of a first figure, and where that is not known
    """

    level: Level
    subject: str
    period: FigurePeriod
    quantity: str
    time: datetime
    value: float | None
    lower: float | None
    upper: float | None
    coverage: float
    reason: str = ""
    known_from: datetime | None = None
    known_to: datetime | None = None
    causes: tuple[Cause, ...] = ()


class FigureChange(NamedTuple):
    """A figure as it was known at one time and at a later one.

    times : how often it changed in between; causes : of all these changes
    """

    before: Figure
    after: Figure
    times: int
    causes: tuple[Cause, ...]
