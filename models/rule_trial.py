"""What a mapping rule would make of payloads, shown to a person before it holds.

The dashboard asks, ingest's decoders answer: wiring brings both together.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

from models.reading import Reading
from models.registry import Source

WHOLE_PAYLOAD = ""
"""Path of a payload that is one bare value: its rule names quantity and unit for the topic."""


class Sample(NamedTuple):
    """A payload that came. received : its first time of receipt"""

    topic: str
    received: datetime
    payload: bytes


class FoundField(NamedTuple):
    """A field of some payloads and what is known of it.

    path : as a mapping rule names it
    example : the value in the first payload that has it, on one line; seen_in : in how many it is
    state : read as a value already; without a meaning; refused, for it lacks a unit; read as device, time or the like
    numeric : whether it could be a reading
    quantity, unit : what it is read as, or what its name says; empty where nothing says it
    guesses : quantities that it could be by its name or unit, the likeliest first
    """

    path: str
    example: str
    seen_in: int
    state: Literal["value", "unknown", "refused", "part"]
    numeric: bool
    quantity: str = ""
    unit: str = ""
    guesses: tuple[str, ...] = ()


class Tried(NamedTuple):
    """What a rule makes of one payload. problems : (code, sentence) of what is left out or refuses it"""

    sample: Sample
    readings: tuple[Reading, ...]
    problems: tuple[tuple[str, str], ...]
    dialect: str = ""


class RuleDesk(Protocol):
    """Tries rules on payloads; writes nothing, knows no keys."""

    def fields(self, samples: Sequence[Sample], rule: Source | None, timezone: str) -> list[FoundField]:
        """The fields of payloads, read with the rule that holds now; in the order in which they stand there."""

    def attempt(self, samples: Sequence[Sample], rule: Source, timezone: str) -> list[Tried]:
        """What a rule makes of each payload, in their order."""
