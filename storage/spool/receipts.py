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
Row = tuple[str, int, str, str, int]
"""Session, packet id, topic, payload hash (hexadecimal), first receipt [ms]."""


class Receipts:
    """What is remembered, in memory; the log keeps the same, a blob an append."""

    def __init__(self, kept: Iterable[tuple[int, bytes]]) -> None:
        self._guard = threading.Lock()
        self._known: dict[Packet, tuple[int, Row]] = {}
        self._alive: dict[int, int] = {}
        self._dead: list[int] = []
        for number, body in kept:
            self._remember(number, [(s, p, t, h, ms) for s, p, t, h, ms in json.loads(body)])

    def find(self, identities: Sequence[Identity]) -> dict[Identity, datetime]:
        """First times of receipt of those that are remembered."""
        found: dict[Identity, datetime] = {}
        with self._guard:
            for identity in identities:
                session, packet_id, topic, payload_hash = identity
                known = self._known.get((session, packet_id))
                if known is not None and known[1][2:4] == (topic, payload_hash.hex()):
                    found[identity] = from_ms(known[1][4])
        return found

    def remember(self, number: int, rows: Sequence[Row]) -> None:
        """Remember what append `number` brought."""
        with self._guard:
            self._remember(number, rows)
            while len(self._known) > MAX_RECEIPTS:
                self._forget(next(iter(self._known)))

    def acknowledged(self, session: str, packet_ids: Sequence[int]) -> None:
        """Forget what the broker will not deliver again."""
        with self._guard:
            for packet_id in packet_ids:
                self._forget((session, packet_id))

    def used_again(self, deliveries: Sequence[Delivery]) -> None:
        """Forget what came before under the packet ids of deliveries that themselves need no receipt."""
        with self._guard:
            if self._known:
                for delivery in deliveries:
                    if not delivery.payload_hash:
                        self._forget((delivery.session, delivery.packet_id))

    def take_dead(self) -> list[int]:
        """Appends of which nothing is remembered any more; each is told once."""
        with self._guard:
            # A packet id that comes twice in one append lets that append die and live again.
            dead, self._dead = [number for number in self._dead if number not in self._alive], []
        return dead

    def _remember(self, number: int, rows: Sequence[Row]) -> None:
        for row in rows:
            packet = row[:2]
            if packet in self._known:
                self._forget(packet)
            self._known[packet] = (number, row)
            self._alive[number] = self._alive.get(number, 0) + 1

    def _forget(self, packet: Packet) -> None:
        known = self._known.pop(packet, None)
        if known is None:
            return
        number = known[0]
        self._alive[number] -= 1
        if not self._alive[number]:
            del self._alive[number]
            self._dead.append(number)


def rows_of(deliveries: Sequence[Delivery]) -> list[Row]:
    """What has to be remembered: nothing of what the broker never delivers again (QoS 0), or what needs no receipt."""
    return [
        (d.session, d.packet_id, d.topic, d.payload_hash.hex(), to_ms(d.received))
        for d in deliveries
        if d.packet_id and d.payload_hash
    ]


def encode(rows: Sequence[Row]) -> bytes | None:
    """Receipts as bytes for the disk, None where there are none."""
    return json.dumps(rows, separators=(",", ":")).encode() if rows else None
