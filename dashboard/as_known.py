"""A page as it was known: quoted figures and the registry of an earlier time, asked for by `?known=`.

A page of quoted figures needs no word of its own for it: its records answer with what was known then.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from typing import Any, Literal, cast

from models.calendar import day_bounds
from models.records import Figure, Records
from models.registry import Region
from models.rollup import Level


def known_moment(text: str, tz: tzinfo) -> datetime | None:
    """The moment that a parameter names: of a date the end of that local day; None where it names none.

    A time without a zone is local.

    >>> from zoneinfo import ZoneInfo
    >>> known_moment("2026-05-03", ZoneInfo("Europe/Prague")).isoformat()
    '2026-05-03T22:00:00+00:00'
    >>> known_moment("2026-05-03T10:15:00Z", ZoneInfo("Europe/Prague")).isoformat()
    '2026-05-03T10:15:00+00:00'
    >>> known_moment("yesterday", ZoneInfo("Europe/Prague")) is None
    True
    """
    try:
        if len(text) == len("2026-05-03"):
            return day_bounds(date.fromisoformat(text), tz)[1]
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=tz)
    except (ValueError, OverflowError):
        return None


def as_known(records: Records, known_at: datetime) -> Records:
    """The same records, whose figures and registry are those that were known at a time."""
    return cast(Records, _AsKnown(records, known_at))  # it hands on everything that it does not answer itself


class _AsKnown:
    def __init__(self, records: Records, known_at: datetime) -> None:
        self._records = records
        self._known_at = known_at

    def __getattr__(self, name: str) -> Any:
        return getattr(self._records, name)

    def figures(
        self,
        level: Level,
        subjects: Sequence[str] | None,
        period: Literal["day", "month"],
        quantity: str,
        start: datetime,
        end: datetime,
        known_at: datetime | None = None,
    ) -> list[Figure]:
        moment = self._known_at if known_at is None else min(known_at, self._known_at)
        return self._records.figures(level, subjects, period, quantity, start, end, moment)

    def region(self) -> Region | None:
        return self._records.region_known(self._known_at)
