"""Why a quoted figure was computed again: noted when the work is found, told with the figure that it changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import NamedTuple

from models.calendar import day_bounds, local_day, month_bounds
from models.rollup import Level

MOST_NAMED = 8
"""Names that a cause holds; of more it says that there are others."""

Value = str | int | float | bool | Sequence[str]

CAUSES: dict[str, tuple[str, ...]] = {
    "cause.late_readings": ("devices", "others"),
    "cause.revised_readings": ("devices", "others"),
    "cause.history": ("devices", "others"),
    "cause.registry": ("version", "who", "why", "rows", "others"),
    "cause.edit": ("devices", "others", "who", "why"),
}
"""Code → names of its values. `devices`, `rows`: at most MOST_NAMED names; `others`: whether there are more.

late_readings : readings of a time whose figures were closed already; revised_readings : another value came for a time
    that had one; history : a long range was imported
registry : a change of the registry, with who made it and why; rows : as models.region_diff.Change writes them
edit : a person excluded, replaced or accepted readings of a device, or undid that
"""


class Cause(NamedTuple):
    """One reason, in values that the screen can put into a sentence."""

    code: str
    values: Mapping[str, Value]


class Recomputation(NamedTuple):
    """An area whose figures of [first, last) are to be computed again, since when that is known, and why.

    first, last : edges of local days; month_first, month_last : of the local months around them, so that whoever looks
        for the cause of a day's or a month's figure needs no time zone
    """

    level: Level
    subject: str
    first: datetime
    last: datetime
    month_first: datetime
    month_last: datetime
    at: datetime
    cause: Cause


def recomputation(
    level: Level, subject: str, first: datetime, last: datetime, at: datetime, cause: Cause, tz: tzinfo
) -> Recomputation:
    """A recomputation of the whole local days and months that [first, last] lies in.

    >>> from datetime import UTC
    >>> from zoneinfo import ZoneInfo
    >>> moment = datetime(2026, 5, 3, 10, tzinfo=UTC)
    >>> prague, cause = ZoneInfo("Europe/Prague"), Cause("cause.history", {})
    >>> found = recomputation("zone", "z", moment, moment, moment, cause, prague)
    >>> found.first.isoformat(), found.last.isoformat(), found.month_last.isoformat()
    ('2026-05-02T22:00:00+00:00', '2026-05-03T22:00:00+00:00', '2026-05-31T22:00:00+00:00')
    """
    begin, end = local_day(first, tz), local_day(last, tz)
    return Recomputation(
        level,
        subject,
        day_bounds(begin, tz)[0],
        day_bounds(end, tz)[1],
        month_bounds(begin.year, begin.month, tz)[0],
        month_bounds(end.year, end.month, tz)[1],
        at,
        cause,
    )


def of_devices(code: str, devices: Iterable[str]) -> Cause:
    """A cause that names devices.

    >>> of_devices("cause.late_readings", ["b", "a", "b"]).values
    {'devices': ['a', 'b'], 'others': False}
    """
    names = sorted(set(devices))
    return Cause(code, {"devices": names[:MOST_NAMED], "others": len(names) > MOST_NAMED})


def joined(causes: Iterable[Cause]) -> tuple[Cause, ...]:
    """Causes in their order, each once; those that name devices and say the same beside them become one.

    >>> late = [of_devices("cause.late_readings", [name]) for name in ("b", "a", "b")]
    >>> joined([*late, Cause("cause.registry", {"version": 2})])[0].values
    {'devices': ['a', 'b'], 'others': False}
    """
    found: dict[tuple[str, str], Cause] = {}
    for cause in causes:
        beside = {name: value for name, value in cause.values.items() if name not in ("devices", "others")}
        key = (cause.code, repr(sorted(beside.items())))
        known = found.get(key)
        found[key] = cause if known is None else _both(known, cause)
    return tuple(found.values())


def _both(one: Cause, other: Cause) -> Cause:
    if "devices" not in one.values:
        return one
    named = [name for cause in (one, other) for name in _names(cause)]
    both = of_devices(one.code, named)
    others = bool(both.values["others"] or one.values.get("others") or other.values.get("others"))
    return Cause(one.code, {**one.values, **both.values, "others": others})


def _names(cause: Cause) -> Sequence[str]:
    names = cause.values.get("devices", ())
    return names if isinstance(names, Sequence) and not isinstance(names, str) else ()
