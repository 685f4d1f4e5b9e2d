"""From an arrival to a delivery: decoded with the topic's rule, refused with a reason, or nothing to keep."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple

from ingest.alarm_memory import AlarmMemory
from ingest.decoders import NOTHING_CODES, DecodeContext, Decoded, Message, decode, one_line
from ingest.decoders.memory import Memory
from ingest.decoders.sparkplug import BIRTH_MISSING
from ingest.knowledge import Knowledge
from ingest.mqtt import Arrival
from ingest.own_payload import DIALECT as OWN
from ingest.own_payload import leaves_alone, own_reading, own_readings
from ingest.rebirths import Rebirths
from models.errors import RefusedError
from models.notice import Notice
from models.reading import Reading
from models.spool import Arrived, Delivery

POSSIBLE_REPEAT = "POSSIBLE_REPEAT"
_KEPT_PROBLEMS = frozenset(["decode.two_values", BIRTH_MISSING])
"""Problems for which a payload is kept although readings came out of it: a person must tell its values apart, or a
birth must come."""


class Understood(NamedTuple):
    """A delivery, and what else is to be remembered of it."""

    delivery: Delivery
    dialect: str
    last_known: tuple[Reading, ...] = ()

    @property
    def worth_keeping(self) -> bool:
        """Whether anything of it goes to the spool."""
        delivery = self.delivery
        return bool(delivery.readings or delivery.notices) or delivery.refused is not None


def payload_hash(payload: bytes) -> bytes:
    """What tells one payload from another, short enough to remember."""
    return blake2b(payload, digest_size=16).digest()


class Understanding:
    """Decodes arrivals with what is known. Not thread-safe, but `use` may be called from another thread."""

    def __init__(
        self,
        knowledge: Knowledge,
        past: Sequence[Notice],
        session: str,
        memory: Memory | None = None,
        rebirths: Rebirths | None = None,
    ) -> None:
        """past : alarms of before, oldest first; memory : what sources told of their messages to come

        rebirths : hears of data whose birth is missing
        """
        self._alarms = AlarmMemory(past)
        self._memory = memory
        self._rebirths = rebirths
        self._session = session
        self._knowledge = knowledge

    def use(self, knowledge: Knowledge) -> None:
        """Take other rules, keys and another time zone from now on."""
        self._knowledge = knowledge

    def identity(self, arrival: Arrival) -> tuple[str, int, str, bytes]:
        """What the broker would deliver again."""
        return self._session, arrival.packet_id, arrival.topic, payload_hash(arrival.payload)

    def deliveries(self, arrivals: Sequence[Arrival], receipts: Sequence[datetime]) -> list[Understood]:
        """What arrivals say that nobody had before, each with its time of receipt."""
        rule, session, new = self._knowledge.rules.rule, self._session, tuple.__new__
        result: list[Understood] = []
        own_ones = own_readings([arrival.payload for arrival in arrivals], receipts)
        for arrival, received, own in zip(arrivals, receipts, own_ones, strict=True):
            topic = arrival.topic
            if own is not None and leaves_alone(rule(topic)):
                # Its key follows from the payload alone: nothing of it has to be remembered for a redelivery.
                fields = (session, arrival.packet_id, topic, b"", received, (own,), (), None, b"", "", "")
                result.append(new(Understood, (new(Delivery, fields), OWN, ())))
            else:
                result.append(self._decoded(arrival, received, False))
        return result

    def delivery(self, arrival: Arrival, received: datetime, possible_repeat: bool) -> Understood:
        """What an arrival says. possible_repeat : another process may have had it before."""
        own = own_reading(arrival.payload, received)
        if own is not None and leaves_alone(self._knowledge.rules.rule(arrival.topic)):
            return Understood(Delivery(self._session, arrival.packet_id, arrival.topic, b"", received, (own,)), OWN)
        return self._decoded(arrival, received, possible_repeat)

    def _decoded(self, arrival: Arrival, received: datetime, possible_repeat: bool) -> Understood:
        """What an arrival says by the decoders' table."""
        rules, timezone, keys, edition = self._knowledge
        identity = self.identity(arrival)
        arrived: Arrived = "retained" if arrival.retained else "repeat" if possible_repeat else ""
        empty = Delivery(*identity, received, (), (), None, arrival.payload, edition, arrived)
        message = Message(arrival.topic, arrival.payload, received, arrival.retained)
        try:
            decoded = decode(message, DecodeContext(rules.rule(arrival.topic), timezone, keys, self._memory))
        except RefusedError as error:
            if error.code in NOTHING_CODES:
                return Understood(empty, "")
            self._miss_birth(error.code, arrival.topic)
            return Understood(empty._replace(refused=(error.code, error.message)), "")
        return self._understood(decoded, empty, arrival, possible_repeat)

    def _understood(self, decoded: Decoded, empty: Delivery, arrival: Arrival, possible_repeat: bool) -> Understood:
        readings = decoded.readings
        last_known: tuple[Reading, ...] = ()
        notices = self._alarms.news(decoded)
        if arrival.retained:
            # The broker kept it for nobody knows how long: without a time of its own it is no reading of now.
            last_known = tuple(r for r in readings if r.time_source == "received")
            readings = tuple(r for r in readings if r.time_source != "received")
            notices = tuple(n for n in notices if n.time_source != "received")
        if possible_repeat:
            readings = tuple(map(_marked, readings))
        delivery = empty._replace(readings=readings, notices=notices)
        if kept := next((p for p in decoded.problems if p.code in _KEPT_PROBLEMS), None):
            delivery = delivery._replace(refused=(kept.code, one_line(kept.message)))
            self._miss_birth(kept.code, arrival.topic)
        return Understood(delivery, decoded.dialect, last_known)

    def _miss_birth(self, code: str, topic: str) -> None:
        if code == BIRTH_MISSING and self._rebirths is not None:
            self._rebirths.missing(topic, self._knowledge.rules.rule(topic))


def _marked(reading: Reading) -> Reading:
    if reading.time_source == "payload":
        return reading
    return reading._replace(flags=tuple(sorted({*reading.flags, POSSIBLE_REPEAT})))
