"""First receipts of messages that the broker may deliver again.

A packet id of a session is free again only after the broker heard its acknowledgement: what came under it before is
then forgotten. So there is one receipt a session and packet id, and never more than MAX_RECEIPTS.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Sequence
from datetime import datetime

from models.reading import from_ms, to_ms
from models.spool import Delivery

MAX_RECEIPTS = 100_000

Identity = tuple[str, int, str, bytes]
Packet = tuple[str, int]


class Receipts:
    """What is remembered, in memory; the log keeps the same, a blob an append."""

    def __init__(self, kept: Iterable[tuple[int, bytes]]) -> None:
        self._guard = threading.Lock()
        self._known: dict[Packet, tuple[str, bytes, int, int]] = {}
        self._alive: dict[int, int] = {}
        self._dead: list[int] = []
        for number, body in kept:
            rows = [(s, p, t, bytes.fromhex(h), ms) for s, p, t, h, ms in json.loads(body)]
            self._remember(number, rows)

    def find(self, identities: Sequence[Identity]) -> dict[Identity, datetime]:
        """First times of receipt of those that are remembered."""
        found: dict[Identity, datetime] = {}
        with self._guard:
            for identity in identities:
                session, packet_id, topic, payload_hash = identity
                known = self._known.get((session, packet_id))
                if known is not None and known[:2] == (topic, payload_hash):
                    found[identity] = from_ms(known[2])
        return found

    def remember(self, number: int, deliveries: Sequence[Delivery]) -> None:
        """Remember what append `number` brought."""
        rows = [(d.session, d.packet_id, d.topic, d.payload_hash, to_ms(d.received)) for d in _with_packet(deliveries)]
        with self._guard:
            self._remember(number, rows)
            while len(self._known) > MAX_RECEIPTS:
                self._forget(next(iter(self._known)))

    def acknowledged(self, session: str, packet_ids: Sequence[int]) -> None:
        """Forget what the broker will not deliver again."""
        with self._guard:
            for packet_id in packet_ids:
                self._forget((session, packet_id))

    def take_dead(self) -> list[int]:
        """Appends of which nothing is remembered any more; each is told once."""
        with self._guard:
            # A packet id that comes twice in one append lets that append die and live again.
            dead, self._dead = [number for number in self._dead if number not in self._alive], []
        return dead

    def _remember(self, number: int, rows: Iterable[tuple[str, int, str, bytes, int]]) -> None:
        for session, packet_id, topic, payload_hash, received_ms in rows:
            self._forget((session, packet_id))
            self._known[session, packet_id] = (topic, payload_hash, received_ms, number)
            self._alive[number] = self._alive.get(number, 0) + 1

    def _forget(self, packet: Packet) -> None:
        known = self._known.pop(packet, None)
        if known is None:
            return
        number = known[3]
        self._alive[number] -= 1
        if not self._alive[number]:
            del self._alive[number]
            self._dead.append(number)


def encode(deliveries: Sequence[Delivery]) -> bytes | None:
    """Receipts as bytes for the disk, None where the broker redelivers none of these (QoS 0)."""
    rows = [
        (d.session, d.packet_id, d.topic, d.payload_hash.hex(), to_ms(d.received)) for d in _with_packet(deliveries)
    ]
    return json.dumps(rows, separators=(",", ":")).encode() if rows else None


def _with_packet(deliveries: Sequence[Delivery]) -> Iterable[Delivery]:
    return (delivery for delivery in deliveries if delivery.packet_id)
