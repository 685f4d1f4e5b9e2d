"""Verdicts of validation and edits of people: rows of their own beside the readings, which nobody rewrites."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from models.quality import Quality
from models.validation.flags import Flag, Values


class Verdict(NamedTuple):
    """What a test says of a stretch of a series, since when, and until when where it says so no longer.

    first_ms, last_ms : both inclusive; test : a name of models.validation.table, or clock, duplicate
    reason, values : see models.validation.flags.Flag
    """

    device: str
    quantity: str
    test: str
    first_ms: int
    last_ms: int
    quality: Quality
    reason: str
    values: Values = ()
    known_from: datetime | None = None
    known_to: datetime | None = None


class EditKind(StrEnum):
    """What a person says of readings."""

    EXCLUDE = "exclude"
    REPLACE = "replace"
    ACCEPT = "accept"


class Edit(NamedTuple):
    """A person's word on the readings of a span: it counts before any test.

    id : given by the records, 0 before; last_ms : inclusive; value : of REPLACE, in the quantity's unit, else None
    undone_… : who took it back, when and why; empty and None while it stands
    """

    device: str
    quantity: str
    first_ms: int
    last_ms: int
    kind: EditKind
    value: float | None
    who: str
    at: datetime
    why: str
    id: int = 0
    undone_by: str = ""
    undone_at: datetime | None = None
    undone_why: str = ""

    @property
    def stands(self) -> bool:
        """Whether it was not undone."""
        return self.undone_at is None


class Judgements(NamedTuple):
    """Verdicts and edits that changed after a version: those that hold, and those that hold no longer.

    verdicts : by the records' number of the row; version : reached
    """

    verdicts: dict[int, Verdict]
    edits: dict[int, Edit]
    version: int


class Judging(NamedTuple):
    """What a test says now of a series in [start, end): in place of all that it said of flags that begin there."""

    device: str
    quantity: str
    test: str
    start_ms: int
    end_ms: int
    flags: tuple[Flag, ...]
