"""Names and values as line protocol takes them, and back.

A tag can hold neither a newline nor a backslash at its end, an empty tag is refused, and a newline in a string would
cut what we read back line by line. Such characters are written as `%` and two hexadecimal digits, as in a URL: `%`
itself, the backslash, and all control characters; `%` alone stands for an empty name. So `50 %` is stored as
`50 %25`, names without these characters as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from models.quality import Quality
from storage.columns import storable

_AWKWARD = re.compile(r"[%\\\x00-\x1f\x7f-\x9f]")
_ENCODED = re.compile(r"%([0-9A-F]{2})")
_TAG_SPECIAL = re.compile(r"([ ,=])")
EMPTY = "%"


def encode(name: str) -> str:
    r"""A name as it is stored in a tag or a string.

    >>> encode("Dům 7\\")
    'Dům 7%5C'
    """
    return _AWKWARD.sub(lambda match: f"%{ord(match[0]):02X}", storable(name)) or EMPTY


@lru_cache(maxsize=200_000)
def decode(stored: str) -> str:
    r"""The name that was stored.

    >>> decode("Dům 7%5C")
    'Dům 7\\'
    """
    return "" if stored == EMPTY else _ENCODED.sub(lambda match: chr(int(match[1], 16)), stored)


def tag(name: str) -> str:
    """A name as a tag of line protocol."""
    return _TAG_SPECIAL.sub(r"\\\1", encode(name))


def string(text: str) -> str:
    """Text as a string field of line protocol."""
    return '"' + encode(text).replace('"', '\\"') + '"'


@lru_cache(maxsize=200_000)
def head(device: str, quantity: str) -> str:
    """The part of a reading's line before its fields."""
    return f"reading,device={tag(device)},quantity={tag(quantity)} "


@lru_cache(maxsize=10_000)
def tail(quality: int, flags: tuple[str, ...], source: str, time_source: str) -> str:
    """The fields beside the value; what is usual is not written."""
    fields = [f"quality={int(quality)}i"]
    if flags:
        fields.append(f"flags={string(join_flags(flags))}")
    if source:
        fields.append(f"source={string(source)}")
    if time_source != "payload":
        fields.append(f"time_source={string(time_source)}")
    return ",".join(fields) + " "


def of_rows(rows: Iterable[tuple[tuple[str, str, int], float | None, str, object]]) -> list[str]:
    """Readings as lines: of each its device, quantity and time [ms], its value, its `tail`, and what it came in.

    >>> of_rows([(("a 1", "volume_m3", 5), 0.5, "quality=1i ", None), (("b", "ph", 6), None, "quality=9i ", None)])
    ['reading,device=a\\\\ 1,quantity=volume_m3 value=0.5,quality=1i 5', 'reading,device=b,quantity=ph quality=9i 6']
    """
    head_of = head
    return [
        f"{head_of(device, quantity)}{end}{time_ms}"
        if value is None
        else f"{head_of(device, quantity)}value={value!r},{end}{time_ms}"
        for (device, quantity, time_ms), value, end, _ in rows
    ]


def join_flags(flags: tuple[str, ...]) -> str:
    """Flags as one word; a comma within one is written as `%2C`."""
    return ",".join(flag.replace("%", "%25").replace(",", "%2C") for flag in flags)


@lru_cache(maxsize=10_000)
def split_flags(stored: str) -> tuple[str, ...]:
    """The flags that were stored."""
    joined = decode(stored)
    return tuple(decode(flag) for flag in joined.split(",")) if joined else ()


QUALITIES = {int(quality): quality for quality in Quality}
