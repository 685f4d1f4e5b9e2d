"""Values that the tests of the records share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from models.event import AlarmState, CaseState, Event, EventKind, EventLogEntry, Priority, Why

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

HOSTILE = (
    'Horní Ves 7, šachta "B"',
    "a' OR '1'='1'; DROP TABLE events; --",
    "řádek\nřádek\r\n\ttab",
    "💧 vodoměr 👨‍👩‍👧",
    "C:\\meters\\7\\",
    "50% {of} :name ?1 $1 |",
    "  mezery  ",
    "",
)
"""Names that real systems send sooner or later; each must come back as it went in."""


class SetClock:
    """A clock that tests set."""

    def __init__(self, moment: datetime = NOON) -> None:
        self.moment = moment

    @property
    def speed(self) -> float:
        return 1.0

    def now(self) -> datetime:
        return self.moment


def event(event_id: str = "e1", subject: str = "bynov", **changes: object) -> Event:
    values: dict[str, object] = {
        "id": event_id,
        "kind": EventKind.BURST,
        "level": "zone",
        "subject": subject,
        "priority": Priority.HIGH,
        "state": AlarmState.UNACKNOWLEDGED,
        "case": CaseState.NEW,
        "detected_at": NOON,
        "start": NOON - HOUR,
        "end": None,
        "loss_m3h": 14.2,
        "loss_m3": 3.5,
        "score": 0.93,
        "why": Why("burst.inflow_above_expected", {"zone": "Bynov", "excess_m3h": 14.2}),
    }
    return Event(**(values | changes))  # type: ignore[arg-type]  # each test changes what it is about


def entry(
    event_id: str = "e1", what: str = "raised", at: datetime = NOON, who: str = "burst", note: str = ""
) -> EventLogEntry:
    return EventLogEntry(event_id, at, who, what, note)
