"""What has changed of quoted figures since a day: old and new value, when, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dashboard.as_known import known_moment
from dashboard.visit import Rooms
from models.records import FigureChange
from models.registry import Region
from models.rollup import Level

USUAL_SINCE = timedelta(days=30)
PERIODS = ("", "month", "day")
"""Both, or one of them."""


@dataclass(frozen=True)
class Changes:
    """What the page and its export show.

    level, subject : the area, of an empty subject all of its level; period : month, day, or empty for both
    since, until : figures known at `since` that said something else at `until`
    items : the last changed first; causes : how many of the changes have each cause, the most frequent first
    """

    level: Level
    subject: str
    period: str
    since: datetime
    until: datetime
    items: tuple[FigureChange, ...]
    causes: tuple[tuple[str, int], ...]


def changes(rooms: Rooms, region: Region, now: datetime, query: Mapping[str, str]) -> Changes:
    """The changes that an address asks for; what it says wrongly falls back to the region and thirty days."""
    level, subject = area_of(query.get("area", ""), region)
    period = query.get("period", "") if query.get("period", "") in PERIODS else ""
    since = known_moment(query.get("since", ""), region.tz)
    since = since.astimezone(UTC) if since is not None and since < now else now - USUAL_SINCE
    found = rooms.records.changed_figures(level, [subject] if subject else None, since, now)
    items = tuple(item for item in found if period in ("", item.after.period))
    counted: dict[str, int] = {}
    for item in items:
        for code in {cause.code for cause in item.causes} or {""}:
            counted[code] = counted.get(code, 0) + 1
    causes = tuple(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))
    return Changes(level, subject, period, since, now, items, causes)


def area_of(text: str, region: Region) -> tuple[Level, str]:
    """The area that an address names: `zone:bynov`, `municipality` (all of them); the region where it is unknown."""
    name, _, subject = text.partition(":")
    if name == "zone" and (not subject or subject in region.zone):
        return "zone", subject
    if name == "municipality" and (not subject or subject in region.municipality):
        return "municipality", subject
    return "region", region.name


def area_name(level: Level, subject: str, region: Region) -> str:
    """What people call an area; its identifier where the registry no longer has it."""
    if level == "zone" and subject in region.zone:
        return region.zone[subject].name
    if level == "municipality" and subject in region.municipality:
        return region.municipality[subject].name
    return subject
