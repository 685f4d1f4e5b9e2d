"""Events: one per cause, with the alarm (ISA-18.2) and the case as two independent axes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class AlarmState(StrEnum):
    """State of the alarm. Source: ANSI/ISA-18.2-2016, alarm state transition diagram."""

    NORMAL = "normal"
    UNACKNOWLEDGED = "unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    RETURNED_UNACKNOWLEDGED = "returned_unacknowledged"
    SHELVED = "shelved"
    SUPPRESSED = "suppressed"
    OUT_OF_SERVICE = "out_of_service"


class CaseState(StrEnum):
    """How far people are with the case."""

    NEW = "new"
    INVESTIGATING = "investigating"
    LOCATED = "located"
    CREW_SENT = "crew_sent"
    REPAIRED = "repaired"
    VERIFIED = "verified"
    CLOSED = "closed"


class Priority(StrEnum):
    """Severity for a person: závažnost."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class EventKind(StrEnum):
    """Kinds of events; each is the translation key of its name on screen."""

    BURST = "burst"
    TANK_LOW = "tank_low"
    PRESSURE_LOW = "pressure_low"
    DATA_STOPPED = "data_stopped"


@dataclass(frozen=True, slots=True)
class Why:
    """A reason as a translation key with its parameters, so that every language can say it.

    code : e.g. ``burst.inflow_above_expected``
    values : names to numbers or strings; numbers in stored units, names in the nominative
    """

    code: str
    values: dict[str, float | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """One not-closed event per (kind, subject); `id` is a UUID given when first raised.

    level, subject : zone, point, device or reservoir, and its identifier
    detected_at : time of the row at which it was said; start : estimate of when it began
    end : when the signal returned, None while it stands
    loss_m3h, loss_m3 : present loss and volume so far, None where it is no leak
    score : the detector's certainty, 0–1
    found_later : raised for the past by late data or a replay; notifies nobody
    """

    id: str
    kind: EventKind
    level: str
    subject: str
    priority: Priority
    state: AlarmState
    case: CaseState
    detected_at: datetime
    start: datetime
    end: datetime | None
    loss_m3h: float | None
    loss_m3: float | None
    score: float
    why: Why
    found_later: bool = False
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class EventLogEntry:
    """What happened to an event: raised, updated, ended, recurred, acknowledged, reopened…, by whom and when."""

    event: str
    at: datetime
    who: str
    what: str
    note: str = ""
