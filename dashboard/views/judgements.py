"""What tests and people say of a device's readings over a span."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dashboard.visit import Rooms
from models.verdict import Edit, Verdict

SHOWN = 12


@dataclass(frozen=True)
class Judgements:
    """Verdicts that hold in a span, the last first, at most SHOWN of `found`; edits of the device, the last first."""

    verdicts: tuple[Verdict, ...]
    found: int
    edits: tuple[Edit, ...]


def judgements(rooms: Rooms, device: str, start: datetime, end: datetime) -> Judgements:
    """Judgements of a device in [start, end)."""
    found = sorted(rooms.records.verdicts(device, start, end), key=lambda one: one.first_ms, reverse=True)
    return Judgements(tuple(found[:SHOWN]), len(found), tuple(rooms.records.edits(device)[:SHOWN]))
