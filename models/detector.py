"""The contract of every detector: a pure step from state and new rows to state and findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

from models.event import EventKind, Priority, Why

JsonState = dict[str, object]


class Row(NamedTuple):
    """One observation of a subject, in order of time.

    value : in the detector's quantity, None for a moment without data (a tick of the clock)
    lower, expected, upper : the band where the subject has one
    """

    time: datetime
    value: float | None
    lower: float | None = None
    expected: float | None = None
    upper: float | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What a detector may know beside its rows.

    limits : named thresholds of the subject (low_m, critical_m, silence_s …)
    step_s : expected seconds between rows, None where irregular
    known_operations : (start, end, kind) of logged operations in the subject's zone
    """

    level: str
    subject: str
    name: str
    limits: dict[str, float]
    step_s: float | None = None
    known_operations: tuple[tuple[datetime, datetime | None, str], ...] = ()


class Finding(NamedTuple):
    """What a detector says of its subject at `time`: the event stands (raise or update) or is over (clear)."""

    action: Literal["raise", "update", "clear"]
    kind: EventKind
    time: datetime
    start: datetime
    end: datetime | None
    priority: Priority
    loss_m3h: float | None
    loss_m3: float | None
    score: float
    why: Why


class Detector(Protocol):
    """One detector. A new one is one file and one line in models/detectors.py.

    name, version : key of its stored state; a new version replays from the store
    level : what its subjects are (zone, reservoir, point, device)
    quantity : whose rows it reads; for a zone the derived net_inflow_m3h at the raw step
    """

    name: str
    version: int
    level: str
    quantity: str

    def initial(self) -> JsonState:
        """The state before the first row."""

    def step(self, state: JsonState, rows: Sequence[Row], context: Context) -> tuple[JsonState, list[Finding]]:
        """Judge rows causally; the same rows in any batches give the same findings."""
