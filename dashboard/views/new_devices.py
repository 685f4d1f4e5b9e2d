"""What arrives and has no place: devices that the registry does not know, payloads that no one understands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from dashboard.views.inflow import EMPTY_LINE, Line
from dashboard.views.mapping_rule import filter_of, topics_like
from dashboard.visit import Rooms
from models.quantity import QUANTITIES
from models.reading import Reading
from models.records import NewDevice, Refused, UnderstoodLater
from models.registry import Region
from models.store import Store

SHOWN_DEVICES = 100
SHOWN_REFUSED = 500
SHOWN_UNDERSTOOD = 12
COURSE = timedelta(days=3)
"""How much of a device's readings its spark shows."""
SHOWN_BYTES = 600
ABOUT: tuple[str, ...] = ("volume_m3", "flow_m3h", "level_m", "stage_m", "pressure_m", "interval_volume_m3", "pulses")
"""Which of a device's quantities is drawn, the first that it sends."""


@dataclass(frozen=True)
class UnknownDevice:
    """A device that sends but is in no registry.

    said : its newest reading of each quantity; drawn : the quantity of `line`
    assigned : whether devices.csv has it and only assignments.csv lacks it
    """

    seen: NewDevice
    said: tuple[Reading, ...]
    drawn: str
    line: Line
    assigned: bool


@dataclass(frozen=True)
class RefusedGroup:
    """Payloads refused for one reason, from topics that differ only in their last level.

    newest : the last of them; first : receipt of the earliest kept; topics : how many different ones
    topic_filter : of all topics whose payloads are like the newest
    """

    code: str
    count: int
    first: datetime
    newest: Refused
    topics: tuple[str, ...]
    topic_filter: str = ""


@dataclass(frozen=True)
class UnderstoodGroup:
    """Payloads that were refused first and are understood now, from topics that differ only in their last level.

    topic : of the last of them
    at : when the last of them was; why : what had changed, empty where it was more than one thing
    """

    topic: str
    at: datetime
    why: str
    dialect: str
    count: int
    readings: int


@dataclass(frozen=True)
class Arrivals:
    """All lists. unknown : how many devices there are, also those not shown; kept, dropped : payloads."""

    devices: tuple[UnknownDevice, ...]
    unknown: int
    refused: tuple[RefusedGroup, ...]
    kept: int
    dropped: int
    folded: int
    understood: tuple[UnderstoodGroup, ...] = ()


def arrivals(rooms: Rooms, region: Region, now: datetime) -> Arrivals:
    """What waits for a person to give it a place."""
    unknown = unknown_devices(rooms.records.seen_devices(), region, now)
    shown = unknown[:SHOWN_DEVICES]
    refused = rooms.records.refused(SHOWN_REFUSED)
    kept, dropped = rooms.records.refused_counts()
    return Arrivals(
        devices=tuple(_with_readings(rooms.store, region, shown, now)),
        unknown=len(unknown),
        refused=tuple(folded(refused)),
        kept=kept,
        dropped=dropped,
        folded=len(refused),
        understood=tuple(understood(rooms.records.understood_later(SHOWN_REFUSED))[:SHOWN_UNDERSTOOD]),
    )


def unknown_devices(seen: Sequence[NewDevice], region: Region, now: datetime) -> list[NewDevice]:
    """Devices that hang nowhere now, the last to appear first."""
    return [item for item in seen if item.device not in region.device or region.point_of(item.device, now) is None]


def _with_readings(store: Store, region: Region, devices: Sequence[NewDevice], now: datetime) -> list[UnknownDevice]:
    keys = [(item.device, quantity) for item in devices for quantity in item.quantities]
    last = store.last(keys) if keys else {}
    drawn = {item.device: _about(item.quantities) for item in devices}
    wanted = [(device, quantity) for device, quantity in drawn.items() if quantity]
    courses = {s.device: s for s in store.series(wanted, now - COURSE, now + timedelta(hours=1))} if wanted else {}
    result = []
    for item in devices:
        series = courses.get(item.device)
        line = EMPTY_LINE if series is None else Line(series.time_ms, series.value)
        quantity = drawn[item.device]
        ordered = sorted(item.quantities, key=lambda name: (name != quantity, name))
        said = [last[item.device, name] for name in ordered if (item.device, name) in last]
        result.append(UnknownDevice(item, tuple(said), quantity, _course(quantity, line), item.device in region.device))
    return result


def _about(quantities: Sequence[str]) -> str:
    return next((name for name in ABOUT if name in quantities), quantities[0] if quantities else "")


def _course(quantity: str, line: Line) -> Line:
    """What a spark shows: of a register what came between two readings, of all else the value."""
    known = QUANTITIES.get(quantity)
    if known is None or known.kind != "register" or len(line.time_ms) < 3:
        return line
    return Line(line.time_ms[1:], np.maximum(np.diff(line.value), 0.0))


def folded(refused: Sequence[Refused]) -> list[RefusedGroup]:
    """Refused payloads with one code, from topics that differ only in their last level, in one row; newest first."""
    groups: dict[tuple[str, str], list[Refused]] = {}
    for item in refused:
        groups.setdefault((item.code, _stem(item.topic)), []).append(item)
    result = [
        RefusedGroup(
            code=members[0].code,
            count=len(members),
            first=min(item.received for item in members),
            newest=max(members, key=lambda item: item.received),
            topics=tuple(dict.fromkeys(item.topic for item in members)),
        )
        for members in groups.values()
    ]
    result = [replace(group, topic_filter=filter_of(topics_like(refused, group.newest))) for group in result]
    return sorted(result, key=lambda group: group.newest.received, reverse=True)


def understood(later: Sequence[UnderstoodLater]) -> list[UnderstoodGroup]:
    """What was understood later, of topics that differ only in their last level in one row; the last first."""
    groups: dict[tuple[str, str], list[UnderstoodLater]] = {}
    for item in later:
        groups.setdefault((_stem(item.refused.topic), item.why), []).append(item)
    result = [
        UnderstoodGroup(
            items[0].refused.topic,
            max(item.at for item in items),
            "" if "," in why else why,
            items[0].outcome.dialect,
            len(items),
            sum(item.outcome.readings for item in items),
        )
        for (_, why), items in groups.items()
    ]
    return sorted(result, key=lambda group: group.at, reverse=True)


def _stem(topic: str) -> str:
    """A topic without its last level, which usually names the device.

    >>> _stem("wmbus/most/12345678"), _stem("data")
    ('wmbus/most', 'data')
    """
    head, slash, _ = topic.rpartition("/")
    return head if slash else topic


def shown_text(payload: bytes) -> str | None:
    """A payload as text, None where it is none: then its bytes are shown.

    Control characters are written as escapes, so that nothing a device sends can hide or move what stands around it.

    >>> shown_text(b'{"t": 1}'), shown_text(bytes([255, 0, 1])), shown_text(b"a\\x1b[2J")
    ('{"t": 1}', None, 'a\\\\x1b[2J')
    """
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError:
        return None
    readable = sum(character.isprintable() or character in "\n\t\r" for character in text)
    return visible(text, keep="\n\t") if readable * 4 >= len(text) * 3 else None


def visible(text: str, keep: str = "") -> str:
    """A name or text from outside with everything that can't be seen written as an escape.

    >>> visible("a\\u202eb\\n")
    'a\\\\u202eb\\\\x0a'
    """
    return "".join(sign if sign.isprintable() or sign in keep else _escaped(sign) for sign in text)


def _escaped(sign: str) -> str:
    code = ord(sign)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def shown_hex(payload: bytes) -> str:
    """Bytes as hexadecimal pairs, sixteen a line.

    >>> shown_hex(b"\\x00\\x7f")
    '00 7f'
    """
    rows = [payload[start : start + 16].hex(" ") for start in range(0, len(payload), 16)]
    return "\n".join(rows)
