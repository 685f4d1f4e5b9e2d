"""Readings for tests of the stores."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import numpy as np

from models.quality import Quality
from models.reading import Reading, Series, to_ms
from models.store import Store

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
LONG_AGO = datetime(1990, 1, 1, tzinfo=UTC)
FAR_AHEAD = datetime(2100, 1, 1, tzinfo=UTC)

HOSTILE = (
    "two words",
    "comma,comma",
    "equals=equals",
    "a\nnewline",
    "carriage\r\nreturn",
    'double"quote',
    "single'quote",
    "back\\slash",
    "trailing\\",
    "\\",
    "\\,\\ ",
    "50 %",
    "%0A",
    "%",
    "",
    " ",
    " padded ",
    "emoji 💧",
    "Ústí nad Labem – č. 7",
    "tab\tstop",
    "\x85next line\u2028separator",
    "#comment",
    "_measurement",
    "${dv}",
    '" or true or r.device == "',
    "'; DROP TABLE reading; --",
    "x" * 2000,
)


def at(minutes: float) -> datetime:
    """Minutes after noon."""
    return NOON + timedelta(minutes=minutes)


def reading(
    device: str = "12345678",
    minutes: float = 0,
    value: float | None = 1.0,
    quantity: str = "flow_m3h",
    source: str = "own",
) -> Reading:
    return Reading(device, quantity, value, at(minutes), source=source)


def marked(device: str = "12345678", minutes: float = 0) -> Reading:
    """A reading with everything that is not usual."""
    flags = ("CLOCK", 'odd, "flag"\n\\', "ŽLUTÁ")
    return Reading(device, "volume_m3", None, at(minutes), "received", Quality.SUSPECT, flags, 'by "hand",\n\\')


def series(device: str, first: int, count: int, step_minutes: float = 60, quantity: str = "volume_m3") -> Series:
    times = np.array([to_ms(at(step_minutes * place)) for place in range(first, first + count)], np.int64)
    return Series(device, quantity, times, np.arange(first, first + count) / 8, np.array([1], np.int8), "import")


def everything(store: Store, devices: Iterable[str]) -> list[Reading]:
    return [row for device in devices for row in store.readings(device, None, LONG_AGO, FAR_AHEAD)]


def told(store: Store, cursor: str = "") -> dict[tuple[str, str], tuple[datetime, datetime]]:
    """All that the feed tells after a cursor: the span by device and quantity."""
    spans: dict[tuple[str, str], tuple[datetime, datetime]] = {}
    while (news := store.changes(cursor, 7)).ranges:
        for change in news.ranges:
            first, last = spans.get((change.device, change.quantity), (change.first, change.last))
            spans[change.device, change.quantity] = (min(first, change.first), max(last, change.last))
        cursor = news.cursor
    return spans
