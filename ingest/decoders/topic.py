"""What a topic's words say: the device, and for bare values the quantity."""

from __future__ import annotations

import re
from functools import lru_cache

from ingest.decoders.alarms import in_field
from ingest.decoders.fields import Meaning, is_no_reading, meanings
from ingest.decoders.names import as_device, joined
from models.units import find_unit

_COMMAND_WORDS = frozenset(["set", "get", "cmnd", "command", "cmd", "config", "availability", "lwt", "request", "rpc"])
_GENERIC = frozenset(
    str.split(
        """json csv raw telemetry data state status stat tele up uplink event events sensor sensors value values
    measurement measurements reading readings result message messages mqtt info main attributes me current
    latest notify notification observe response"""
    )
)
_OWN_NAME = 5
"""A number of so many digits names a device by itself."""

_PLACE = re.compile(r"\{(\d{1,2})\}")


def levels(topic: str) -> list[str]:
    """A topic's levels, empty ones left out."""
    return [level for level in topic.split("/") if level.strip()]


def is_command(topic: str) -> bool:
    """Whether a topic asks for something or announces something instead of telling a value."""
    have = levels(topic)
    return bool(have) and any(joined(level) in _COMMAND_WORDS for level in (have[0], have[-1]))


@lru_cache(maxsize=8192)
def device_of(topic: str) -> str:
    """The device that a topic names where the payload names none: its last level that is no general word.

    A short number is one only within its group: cs/7 and vdj/7 are two.

    >>> device_of("voda/12345678/json"), device_of("vdj/7")
    ('12345678', 'vdj/7')
    """
    have = levels(topic)
    for at in range(len(have) - 1, -1, -1):
        if joined(have[at]) in _GENERIC:
            continue
        short = at > 0 and len(have[at]) < _OWN_NAME and have[at].isdigit()
        if device := as_device("/".join(have[at - 1 : at + 1]) if short else have[at]):
            return device
    return as_device(topic) or "?"


def filled(pattern: str, topic: str) -> str:
    """A device's name out of a rule: {2} is the topic's second level.

    >>> filled("stanice-{2}", "voda/7/tlak")
    'stanice-7'
    """
    have = levels(topic)

    def level(match: re.Match[str]) -> str:
        place = int(match[1])
        return have[place - 1] if 0 < place <= len(have) else ""

    return as_device(_PLACE.sub(level, pattern))


def _has_unit(level: str) -> bool:
    """Whether a level ends in a unit of volume or flow, and so names a value: liter_m3, max_24h_m3h."""
    unit = find_unit(joined(level).rpartition("_")[2])
    return unit is not None and unit.dimension in ("volume", "flow") and "_" in joined(level)


@lru_cache(maxsize=8192)
def alarm_of(topic: str) -> tuple[str, str] | None:
    """(device, field) of a topic whose last level is an alarm's name (sklep/leak, pump7/low_battery), or None."""
    have = levels(topic)
    while len(have) > 1 and joined(have[-1]) in ("state", "value"):
        have.pop()
    if len(have) > 1 and in_field(have[-1], True):
        return device_of("/".join(have[:-1])), have[-1]
    return None


@lru_cache(maxsize=8192)
def quantity_of(topic: str) -> tuple[str, str, tuple[Meaning, ...]] | None:
    """(device, level, meanings) of a topic that tells one value, or None.

    The last level names the quantity and a level before it the device (voda/12345678/volume_m3), or the other way
    round where the last level is a number (voda/volume_m3/12345678). A trailing `state` or `value` does not count.
    """
    have = levels(topic)
    while len(have) > 1 and joined(have[-1]) in ("state", "value"):
        have.pop()
    if not have:
        return None
    # A level for the unit: voda/VDJ-1/tlak/bar.
    if len(have) > 2 and find_unit(have[-1]) and (found := meanings(both := f"{have[-2]}_{have[-1]}")):
        return device_of("/".join(have[:-2])), both, found
    if found := meanings(have[-1]):
        return device_of("/".join(have[:-1])) if len(have) > 1 else as_device(topic), have[-1], found
    is_device = len(have) > 1 and any(c.isdigit() for c in have[-1]) and not _has_unit(have[-1])
    if is_device and not is_no_reading(have[-1]) and (found := meanings(have[-2])):
        return device_of(have[-1]), have[-2], found
    return None
