"""What every page shows of the system's state: events that wait, services, the last reading."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from dashboard.silence import is_silent
from dashboard.visit import Rooms
from models.event import AlarmState

SPEAKING = ("ingest", "analysis")
"""Services whose silence every page tells."""
WAITING = (AlarmState.UNACKNOWLEDGED, AlarmState.RETURNED_UNACKNOWLEDGED)


@dataclass(frozen=True, slots=True)
class Status:
    """The state that is pushed when it changes.

    waiting : events to be acknowledged; events_version : grows with any change of any event
    notes : what the lines under the bar are made of (see shell.notes): a change asks the page for new lines
    last_received : ISO time of the newest message, empty where ingest says nothing
    """

    waiting: int
    events_version: int
    notes: str
    last_received: str
    region_version: int

    def as_json(self) -> str:
        """For the browser."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))


def status(rooms: Rooms) -> Status:
    """The state as the records tell it now."""
    records = rooms.records
    facts = records.facts()
    ingest = facts.get("ingest", {})
    history = facts.get("history", {})
    shown = {
        "mqtt": ingest.get("mqtt"),
        "waiting": ingest.get("waiting") if ingest.get("problem") else 0,
        "problem": bool(ingest.get("problem")),
        "silent": [name for name in SPEAKING if is_silent(facts.get(name, {}), rooms.clock)],
        "away": ingest.get("away") or [],
        "done": history.get("done"),
        "total": history.get("total"),
    }
    return Status(
        waiting=sum(not event.found_later for event in records.events(states=WAITING)),
        events_version=records.events_version(),
        notes=json.dumps(shown),
        last_received=str(ingest.get("last_received") or ""),
        region_version=records.region_version(),
    )
