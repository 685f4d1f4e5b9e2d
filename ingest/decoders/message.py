"""What goes into a decoder and what comes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from models.notice import Notice
from models.reading import Reading
from models.registry import Source

if TYPE_CHECKING:
    from ingest.decoders.document import Document
    from ingest.decoders.memory import Memory
    from ingest.decoders.trace import Trace


def one_line(text: str) -> str:
    """Text fit for one line of UTF-8: payloads hold line ends and halves of characters."""
    return " ".join(text.encode("utf-8", "backslashreplace").decode().split())


class Message(NamedTuple):
    """One MQTT message.

    received : aware UTC, to the millisecond
    retained : the broker had it in store when we subscribed
    """

    topic: str
    payload: bytes
    received: datetime
    retained: bool = False


@dataclass(frozen=True, slots=True)
class DecodeContext:
    """What a decoder may know beside the message.

    source : the rule of sources.toml for the topic, or None
    timezone : IANA name or fixed offset (+01:00) for times without a zone, where the rule names none
    keys : AES keys in hex by canonical device
    memory : what sources told of their messages to come; None where each message stands alone
    trace : collects how the payload is read; None where nobody asks
    """

    source: Source | None = None
    timezone: str = "Europe/Prague"
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    memory: Memory | None = field(default=None, repr=False)
    trace: Trace | None = field(default=None, repr=False)

    @property
    def zone(self) -> str:
        """The time zone that holds for this topic."""
        return (self.source.timezone if self.source else "") or self.timezone


class Problem(NamedTuple):
    """Something in a payload that was left out, and why; the first one is the reason where nothing comes out."""

    code: str
    message: str


class Decoded(NamedTuple):
    """What a payload says.

    problems : what in it was left out
    complete_status : devices whose status names every alarm they have; one not named is over
    """

    dialect: str
    readings: tuple[Reading, ...]
    notices: tuple[Notice, ...] = ()
    problems: tuple[Problem, ...] = ()
    complete_status: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dialect:
    """One way in which payloads are written. A new one is one file and one line in table.py.

    recognises : whether a message is written this way; must be quick and may not raise
    decode : the readings and notices; raises RefusedError where there are none
    """

    name: str
    recognises: Callable[[Message, Document], bool]
    decode: Callable[[Message, Document, DecodeContext], Decoded]
