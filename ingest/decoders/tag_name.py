"""Names of tags as gateways and SCADA write them: the device and the field in one, "Channel1.VDJ-7.Level_m"."""

from __future__ import annotations

import re
from functools import lru_cache

from ingest.decoders.fields import is_no_reading, meanings

_LONGEST = 300
_NODE_ID = re.compile(r"^(?:nsu?=[^;]{1,200};)?[sigb]=")
_DIGITS = re.compile(r"\d+")
_SEPARATORS = "/.:\\|!"
_IN_A_NAME = "_- "


@lru_cache(maxsize=32_768)
def split_tag(tag: str) -> tuple[str, str] | None:
    """(device, field) of a tag's name, the device empty where it has none; None where no quantity is in it.

    Behind an underscore a field is looked for only where a number stands before it: LT101_level_m is a tag,
    residual_flow_m3h a name that we don't know.

    >>> split_tag("Channel1.VDJ-7.Level_m"), split_tag("ns=2;s=LT101_level_m"), split_tag("max_flow_m3h")
    (('Channel1.VDJ-7', 'Level_m'), ('LT101', 'level_m'), None)
    """
    name = _NODE_ID.sub("", tag[:_LONGEST].strip())
    if meanings(name):
        return "", name
    at = max(name.rfind(mark) for mark in _SEPARATORS)
    left, last = name[: max(at, 0)], name[at + 1 :]
    if at >= 0 and meanings(last) and not _says_otherwise(left):
        return left.strip(_SEPARATORS), last
    for cut, mark in enumerate(last):
        if mark not in _IN_A_NAME or not any(sign.isdigit() for sign in last[:cut]):
            continue
        place, field = name[: at + 1 + cut], last[cut + 1 :]
        if meanings(field) and not _says_otherwise(place):
            return place.strip(_SEPARATORS), field
    return None


def _says_otherwise(place: str) -> bool:
    """Whether a tag's place makes its value something else: Max, Alarm2, Setpoint_1."""
    return is_no_reading(_DIGITS.sub(" ", place))
