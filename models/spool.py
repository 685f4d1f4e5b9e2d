"""The spool: a durable, bounded log between the broker's acknowledgement and the store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

from models.notice import Notice
from models.reading import Reading

Arrived = Literal["", "retained", "repeat"]
"""How a message came: as it was sent, out of the broker's store, or as one that another process may have had before."""

TRIED_EARLIER = "earlier"
"""`Delivery.tried_with` of what a program refused that did not write it down."""


class Delivery(NamedTuple):
    """One MQTT message as ingest understood it, for the spool.

    session, packet_id, topic, payload_hash : identity of what the broker may redeliver; the hash is empty where a
        redelivery would give the same readings whenever it came, so that its receipt need not be remembered
    received : its first time of receipt
    readings, notices : what came out; refused : reason code and sentence where nothing did
    payload : what was sent; kept where it is refused
    tried_with : of a refused one the keys, rules and decoders, by which it is known when to decode it again
    arrived : how it came
    """

    session: str
    packet_id: int
    topic: str
    payload_hash: bytes
    received: datetime
    readings: tuple[Reading, ...]
    notices: tuple[Notice, ...] = ()
    refused: tuple[str, str] | None = None
    payload: bytes = b""
    tried_with: str = ""
    arrived: Arrived = ""


class SpoolState(NamedTuple):
    """What waits to reach the store.

    waiting : readings; oldest : receipt of the oldest; size_bytes of limit_bytes on disk
    problem : why it does not drain, empty when it does
    """

    waiting: int
    oldest: datetime | None
    size_bytes: int
    limit_bytes: int
    problem: str


class Spool(Protocol):
    """A durable, bounded log between the broker's acknowledgement and the store.

    One class, two drains: with SQLite it is the store's own append log; with InfluxDB a log of its own.
    A folder has one owner and keeps its MQTT client id.
    """

    client_id: str

    def first_receipts(
        self, identities: Sequence[tuple[str, int, str, bytes]]
    ) -> dict[tuple[str, int, str, bytes], datetime]:
        """First times of receipt of (session, packet id, topic, payload hash) that were not yet forgotten."""

    def append(self, deliveries: Sequence[Delivery]) -> None:
        """Durable when it returns. Raises StoreUnavailableError (spool.full, spool.disk) and then keeps nothing."""

    def drain(self) -> int:
        """Move what waits into the store, its feed, notices and refused payloads; forget it. Returns readings moved.

        One call moves no more than some ten thousand, so call again until it returns 0. Raises StoreUnavailableError
        where it does not get on; `state().problem` then says why, and everything still waits.
        """

    def acknowledged(self, session: str, packet_ids: Sequence[int]) -> None:
        """The broker has surely heard these acknowledgements (a later packet id of theirs came anew)."""

    def state(self) -> SpoolState:
        """What waits, for the operator's eyes."""

    def close(self) -> None:
        """Let go of the folder's lock."""
