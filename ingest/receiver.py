"""The receiving thread: from the broker into the spool, and only then the acknowledgement."""

from __future__ import annotations

import gc
import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from ingest.decoders import one_line
from ingest.decoders.sparkplug_payload import rebirth_command
from ingest.mqtt import Arrival, MqttOptions, Session
from ingest.rebirths import Rebirths
from ingest.receipts import Receipts
from ingest.seen import Seen
from ingest.understanding import Understanding, Understood
from models.clock import Clock
from models.errors import VodaError
from models.reading import to_ms
from models.spool import Delivery, Spool

log = logging.getLogger(__name__)

BATCH_MESSAGES = 1000
"""A broker as we deploy it gives so many and no more until they are acknowledged: waiting would be in vain."""

IDLE_S = 0.002
"""When the socket is idle for this long, what came becomes durable: else a broker's small window stalls the stream."""

BATCH_BYTES = 8 * 1024 * 1024
HELD_AT_MOST, HELD_BYTES_AT_MOST = 20_000, 64 * 1024 * 1024
"""Messages in memory that wait for the spool; beyond it nothing is read, and the broker keeps the rest."""

GARBAGE_LOOK_OBJECTS = 100_000

_OLDEST_S = 0.1
_WAIT_S = 0.5
_FIRST_PAUSE_S, _LONGEST_PAUSE_S, _LONGEST_SPOOL_PAUSE_S = 0.25, 30.0, 5.0
_PACKET_IDS = range(1, 65_536)
_LAST_KNOWN_AT_MOST = 200


def look_seldom_for_garbage() -> None:
    """Messages are tuples by the hundred thousand and none refers to itself in a circle: by its usual measure Python
    would go through all that wait, again and again, and find nothing. It took half of ingest's time.
    """
    gc.freeze()
    gc.set_threshold(GARBAGE_LOOK_OBJECTS, 20, 50)


class _Held(NamedTuple):
    """A message in memory and its time of receipt."""

    arrival: Arrival
    received: datetime


@dataclass(slots=True)
class Counts:
    """Messages since the start, for the operator."""

    received: int = 0
    refused: int = 0
    last_received: datetime | None = None


class Receiver:
    """Runs one MQTT session in the calling thread until `stop` is set."""

    def __init__(
        self,
        options: MqttOptions,
        spool: Spool,
        understanding: Understanding,
        clock: Clock,
        on_durable: Callable[[], None],
        left_behind: Callable[[list[str]], list[str]],
        rebirths: Rebirths,
    ) -> None:
        """left_behind : remembers this session's filters and gives back those that an earlier run left in it.

        rebirths : Sparkplug's nodes to be asked for their births
        """
        self.counts = Counts()
        self.seen = Seen()
        self.mqtt_problem = ""
        self.spool_problem = ""
        self.last_known: dict[str, dict[str, object]] = {}
        self._session = Session(options, self._arrived, self._began)
        self._shared = bool(options.share_group)
        self._spool = spool
        self._understanding = understanding
        self._clock = clock
        self._on_durable = on_durable
        self._left_behind = left_behind
        self._rebirths = rebirths
        self._receipts = Receipts()
        self._held: dict[int, _Held] = {}
        self._understood_before: dict[int, Understood] = {}
        self._held_bytes = 0
        self._without_id = 0
        self._since = 0.0
        self._not_before = 0.0
        self._pause_s = _FIRST_PAUSE_S

    @property
    def state(self) -> str:
        """connected, connecting or off."""
        return self._session.state

    def run(self, stop: threading.Event) -> None:
        """Receive until `stop`; then what is in memory becomes durable, if it can, and the session is left."""
        pause_s = _FIRST_PAUSE_S
        look_seldom_for_garbage()
        while not stop.is_set():
            try:
                self._session.open()
                while not stop.is_set():
                    self._turn()
                    if self._session.state == "connected":
                        pause_s, self.mqtt_problem = _FIRST_PAUSE_S, self._session.problem
            except Exception as error:
                # A mistake of ours must not stop the stream either: all that is not acknowledged comes again.
                self.mqtt_problem = str(error) if isinstance(error, VodaError) else f"ingest.failed: {error!r:.200}"
                unexpected = not isinstance(error, VodaError)
                log.warning("%s; next try in about %.1f s", self.mqtt_problem, pause_s, exc_info=unexpected)
                self._commit()
                # Not all instances in the same moment when a broker comes back.
                stop.wait(pause_s * random.uniform(0.7, 1.3))
                pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
        self._not_before = 0.0
        self._commit()
        self._session.close()

    def _turn(self) -> None:
        """One step of the network, and a commit when it is due."""
        now = time.monotonic()
        may_commit = bool(self._held) and now >= self._not_before
        full = len(self._held) >= HELD_AT_MOST or self._held_bytes >= HELD_BYTES_AT_MOST
        if full and not may_commit:
            time.sleep(min(_WAIT_S, self._not_before - now))
            return
        came = self._session.step(IDLE_S if may_commit else _WAIT_S)
        many = len(self._held) >= BATCH_MESSAGES or self._held_bytes >= BATCH_BYTES
        may_commit = may_commit or (many and now >= self._not_before)
        if may_commit and (came == 0 or many or now - self._since > _OLDEST_S):
            self._commit()
        self._rebirths.ask(now, self._request_birth)

    def _request_birth(self, topic: str) -> bool:
        return self._session.publish(topic, rebirth_command(to_ms(self._clock.now())))

    def _began(self, session_present: bool) -> None:
        """The broker knows the session or made a new one: then its packet ids mean other messages."""
        left = self._left_behind(self._session.options.filters)
        if session_present:
            self._session.unsubscribe(left)
        else:
            self._spool.acknowledged(self._session.options.client_id, _PACKET_IDS)

    def _arrived(self, arrivals: Sequence[Arrival]) -> None:
        self.counts.received += len(arrivals)
        if not self._held:
            self._since = time.monotonic()
        receipts = self._receipts.several([arrival.topic for arrival in arrivals], self._clock.now())
        self.counts.last_received = receipts[-1]
        held = self._held
        for one in map(_Held, arrivals, receipts):
            key = one.arrival.packet_id
            if not key:
                key = self._number()
            elif key in held and self._is_again(one.arrival, held[key]):
                continue
            held[key] = one
            self._held_bytes += len(one.arrival.payload)

    def _number(self) -> int:
        """A key for what has no packet id."""
        self._without_id -= 1
        return self._without_id

    def _is_again(self, arrival: Arrival, held: _Held) -> bool:
        """Whether a message is one that is still held from before the connection was lost; it may be acknowledged now.

        If it is another one under the same number, the held one is kept: the broker may have forgotten it.
        """
        key, before = arrival.packet_id, held.arrival
        same = arrival.duplicate and arrival.topic == before.topic and arrival.payload == before.payload
        if same:
            self._held[key] = held._replace(arrival=before._replace(connection=arrival.connection))
            return True
        other = self._number()
        self._held[other] = held._replace(arrival=before._replace(packet_id=0))
        if key in self._understood_before:
            self._understood_before[other] = self._understood_before.pop(key)
        return False

    def _commit(self) -> None:
        """Make what is held durable and acknowledge it; where the spool can't take it, keep it and try later."""
        held = self._held
        if not held or time.monotonic() < self._not_before:
            return
        batch = self._understood()
        try:
            self._append([d for d, _, _ in batch if d.readings or d.notices or d.refused is not None])
        except VodaError as error:
            if not self.spool_problem:
                log.warning("%s; %d messages wait in memory, nothing is acknowledged", error, len(held))
            self.spool_problem = str(error)
            self._understood_before = dict(zip(held, batch, strict=True))
            self._not_before = time.monotonic() + self._pause_s
            self._pause_s = min(self._pause_s * 2, _LONGEST_SPOOL_PAUSE_S)
            return
        self.spool_problem, self._pause_s = "", _FIRST_PAUSE_S
        self._session.acknowledge([arrival for arrival, _ in held.values()])
        self._held, self._understood_before, self._held_bytes = {}, {}, 0
        self._remember(batch)
        self._on_durable()

    def _understood(self) -> list[Understood]:
        """What is held, understood, in its order."""
        before, read = self._understood_before, self._understanding.delivery
        arrivals, receipts = zip(*self._held.values(), strict=True)
        if not before and not any(arrival.duplicate for arrival in arrivals):
            return self._understanding.deliveries(arrivals, receipts)
        fresh = [one.arrival for key, one in self._held.items() if key not in before]
        again = [self._understanding.identity(arrival) for arrival in fresh if arrival.duplicate]
        first = self._spool.first_receipts(again) if again else {}
        result = []
        for key, (arrival, received) in self._held.items():
            if (understood := before.get(key)) is None:
                known = first.get(self._understanding.identity(arrival)) if first else None
                repeat = self._shared and arrival.duplicate and known is None
                understood = read(arrival, known or received, repeat)
            result.append(understood)
        return result

    def _append(self, deliveries: Sequence[Delivery]) -> None:
        if not deliveries:
            return
        try:
            self._spool.append(deliveries)
        except (TypeError, ValueError, ArithmeticError):
            # One of them is something that can't be written; it must not hold up the others for ever.
            log.exception("a batch of %d can't be written; trying each by itself", len(deliveries))
            for delivery in deliveries:
                self._append_one(delivery)

    def _append_one(self, delivery: Delivery) -> None:
        try:
            self._spool.append([delivery])
        except (TypeError, ValueError, ArithmeticError) as error:
            reason = one_line(f"what was decoded can't be written: {error!s:.120}")
            refused = delivery._replace(readings=(), notices=(), refused=("ingest.unwritable", reason))
            self._spool.append([refused])

    def _remember(self, batch: Sequence[Understood]) -> None:
        self.counts.refused += sum([one.delivery.refused is not None for one in batch])
        self.seen.add(batch)
        for reading in [reading for one in batch if one.last_known for reading in one.last_known]:
            if len(self.last_known) < _LAST_KNOWN_AT_MOST or reading.device in self.last_known:
                self.last_known.setdefault(reading.device, {})[reading.quantity] = reading.value
