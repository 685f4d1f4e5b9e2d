"""A telegram while its layers are taken off, and what it finally says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from ingest.mbus.clock import LocalTime
from ingest.mbus.identity import Identity
from ingest.mbus.records import Record
from models.notice import NoticeKind


class Telegram(NamedTuple):
    """What is known of a telegram.

    meter : who measures; the radio until a long header names the meter behind it
    content : from the CI field on, then, once the header is read, the data
    radio : who sent it, where that is another device than the meter
    ci : the CI field of the header that was read last, 0 before
    status : the transport header's status byte; None where there is no header
    configuration : the transport header's configuration word
    header : the radio frame's first ten bytes, empty for a wired one
    opening : the first five bytes of the layer that holds the data
    spare : bytes beyond what the radio frame's length byte counts
    counter : the message counter of the authentication layer
    is_checked : whether a check sum vouches for the bytes
    encrypted_bytes : how much of the data was encrypted
    """

    meter: Identity
    content: bytes
    radio: Identity | None = None
    ci: int = 0
    access_number: int = 0
    status: int | None = None
    configuration: int = 0
    header: bytes = b""
    opening: bytes = b""
    spare: bytes = b""
    counter: bytes = b""
    is_checked: bool = False
    encrypted_bytes: int = 0


class Value(NamedTuple):
    """One value of the meter.

    value : in the quantity's stored unit, None where the meter says that it has none
    time : the meter's time of a stored value, None for one of now
    rank : of two of one quantity and time the lower one holds
    subunit : the input that it belongs to, 0 for the meter itself
    record : the standard's record that said it; None where the content is a maker's own
    """

    quantity: str
    value: float | None
    time: LocalTime | None = None
    rank: int = 0
    subunit: int = 0
    record: Record | None = None


class Alarm(NamedTuple):
    """An alarm, and whether the meter sees it now or only remembers it."""

    kind: NoticeKind
    active: bool


@dataclass(slots=True)
class Content:
    """What a meter says.

    clock : the meter's own time of the values of now
    tells_alarms : whether its flags name every alarm that it has
    """

    values: list[Value] = field(default_factory=list)
    alarms: list[Alarm] = field(default_factory=list)
    clock: LocalTime | None = None
    tells_alarms: bool = False
