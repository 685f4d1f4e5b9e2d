"""Whether a service still speaks: each tells a fact of itself every few seconds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from models.clock import Clock

SILENT_S = 30.0
"""A service that was silent for so long [s of the machine] may be dead: what it said last is not believed."""


def silent_s(fact: Mapping[str, object], clock: Clock) -> float:
    """Seconds of the machine since a service told its fact; 0 where it never did."""
    at = moment_of(fact.get("at"))
    return (clock.now() - at).total_seconds() / clock.speed if at else 0.0


def is_silent(fact: Mapping[str, object], clock: Clock) -> bool:
    """Whether a service that has spoken has fallen silent."""
    return silent_s(fact, clock) > SILENT_S


def moment_of(value: object) -> datetime | None:
    """The time that a fact names, aware; None where it names none."""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
