"""Refused payloads decoded again when a key, a rule or a decoder has changed.

In the background and in small portions, the live stream first. What comes out goes the way of all readings: into the
spool, with the payload's first time of receipt, and only when it is durable there the payload is written down as
understood. Whoever is killed in between does the same again, and the store takes no reading twice.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import groupby
from typing import NamedTuple

from ingest.decoders import one_line
from ingest.decoders.memory import Memory
from ingest.knowledge import Knowledge, changed_parts
from ingest.mqtt import Arrival
from ingest.seen import Seen
from ingest.understanding import Understanding, Understood
from models.clock import Clock
from models.errors import VodaError
from models.notice import Notice
from models.records import Outcome, Records, Refused
from models.spool import Delivery, Spool

log = logging.getLogger(__name__)

ROWS, BYTES = 100, 1_000_000
"""What is read and decoded in one go: some ten milliseconds of the interpreter that live messages wait for."""

SHARE = 0.2
"""Of the time, at most, so that messages from the broker come first."""

_WAITING_AT_MOST = 20_000
"""Readings in the spool; beyond it the store has enough to do."""

_LOOK_AGAIN_S = 2.0
_SETTLED_S = 30.0
"""What was received just before a change may be refused, and written down, so much later."""

_DEVICES_NAMED = 20
_BIRTH_MISSING = "decode.birth_missing"


class _Given(NamedTuple):
    refused: Refused
    understood: Understood


class SecondLook:
    """Looks again at refused payloads: from the start, and after each change, until none of before is left."""

    def __init__(
        self,
        spool: Spool,
        records: Records,
        clock: Clock,
        who: str,
        seen: Seen,
        past_alarms: Callable[[], Sequence[Notice]],
        on_durable: Callable[[], None],
        memory: Memory | None = None,
    ) -> None:
        self.understood = 0
        self._memory = memory
        self._spool = spool
        self._records = records
        self._clock = clock
        self._who = who
        self._seen = seen
        self._past_alarms = past_alarms
        self._on_durable = on_durable
        self._guard = threading.Lock()
        self._known: Knowledge | None = None
        self._changed = threading.Event()

    def use(self, knowledge: Knowledge) -> None:
        """Read with other rules and keys from now on, and begin anew. From any thread."""
        with self._guard:
            self._known = knowledge
        self._changed.set()

    def run(self, stop: threading.Event) -> None:
        """Look again until `stop`."""
        while not stop.is_set():
            if not self._changed.wait(_LOOK_AGAIN_S):
                continue
            self._changed.clear()
            with self._guard:
                known = self._known
            if known is not None:
                self._pass(known, stop)

    def _pass(self, known: Knowledge, stop: threading.Event) -> None:
        """Look at all that others refused, until nothing more of before a change can come."""
        settled = time.monotonic() + _SETTLED_S
        reader: Reader | None = None
        while not stop.is_set() and not self._changed.is_set():
            began = time.monotonic()
            pause_s = _LOOK_AGAIN_S
            try:
                waiting = self._spool.state().waiting
                if waiting <= _WAITING_AT_MOST:
                    reader = reader or Reader(known, self._past_alarms, self._who, self._memory)
                    if self._step(known, reader):
                        pause_s = (time.monotonic() - began) * (1 / SHARE - 1)
                    elif waiting == 0 and began > settled:
                        return
            except VodaError as error:
                # What it has heard of alarms is not durable yet.
                reader = None
                log.warning("refused payloads are not decoded again just now: %s", error)
            except Exception:
                # Whatever it is, the payloads stay refused: the live stream must not suffer.
                log.exception("refused payloads are not decoded again until something changes")
                return
            _wait(pause_s, stop, self._changed)

    def _step(self, known: Knowledge, reader: Reader) -> bool:
        """Decode one portion; whether there was one."""
        refused = self._records.refused_otherwise(known.edition, ROWS, BYTES)
        if not refused:
            return False
        # Only what lacked a birth can be understood by a new one; births come often where nodes reconnect.
        given = [_Given(item, reader.read(item)) for item in refused if not _only_births(item, known)]
        outcomes = {item.id: Outcome(item.id, item.code, item.reason) for item in refused}
        outcomes |= {one.refused.id: _outcome(one) for one in given}
        for item, error in self._append(given):
            outcomes[item.id] = Outcome(item.id, "ingest.unwritable", one_line(f"what was decoded: {error!s:.120}"))
        # From here on nothing of it is lost, and doing it again changes nothing.
        by_why = sorted(refused, key=lambda item: changed_parts(item.tried_with, known.edition))
        for why, items in groupby(by_why, key=lambda item: changed_parts(item.tried_with, known.edition)):
            some = [outcomes[item.id] for item in items]
            self._records.decoded_again(some, known.edition, self._who, ",".join(why), self._clock.now())
        understood = sum(not outcome.code for outcome in outcomes.values())
        self.understood += understood
        log.info("%d refused payloads decoded again, %d of them are understood now", len(refused), understood)
        return True

    def _append(self, given: Sequence[_Given]) -> list[tuple[Refused, Exception]]:
        """Make durable what came out; gives those that can't be written."""
        some = [one for one in given if one.understood.delivery.readings or one.understood.delivery.notices]
        if not some:
            return []
        unwritable: list[tuple[Refused, Exception]] = []
        try:
            self._spool.append([_plain(one) for one in some])
        except (TypeError, ValueError, ArithmeticError):
            for one in some:
                try:
                    self._spool.append([_plain(one)])
                except (TypeError, ValueError, ArithmeticError) as error:
                    unwritable.append((one.refused, error))
        self._seen.add([one.understood for one in some])
        self._on_durable()
        return unwritable


class Reader:
    """Reads payloads as if they came again, with the alarms of the past in mind."""

    def __init__(
        self, known: Knowledge, past_alarms: Callable[[], Sequence[Notice]], who: str, memory: Memory | None = None
    ) -> None:
        """memory : what sources have told since; whether it held when these came, the dialect judges by the receipt"""
        self._known = known
        self._past_alarms = past_alarms
        self._who = who
        self._memory = memory

    @cached_property
    def _understanding(self) -> Understanding:
        # Only when there is something to read: a month's alarms can be many.
        return Understanding(self._known, self._past_alarms(), self._who, self._memory)

    def read(self, refused: Refused) -> Understood:
        """What a refused payload says now."""
        retained, repeat = refused.arrived == "retained", refused.arrived == "repeat"
        # Packet id 0: the broker will not deliver it again.
        arrival = Arrival(refused.topic, refused.payload, 0, False, retained, 0)
        return self._understanding.delivery(arrival, refused.received, repeat)


def _only_births(refused: Refused, known: Knowledge) -> bool:
    """Whether nothing has changed that could make a difference to a payload."""
    return refused.code != _BIRTH_MISSING and changed_parts(refused.tried_with, known.edition) == ("births",)


def _plain(one: _Given) -> Delivery:
    """What came out, without the payload: that is kept already."""
    return one.understood.delivery._replace(refused=None, payload=b"")


def _outcome(one: _Given) -> Outcome:
    delivery = one.understood.delivery
    code, reason = delivery.refused or ("", "")
    senders = [reading.device for reading in delivery.readings] + [notice.device for notice in delivery.notices]
    return Outcome(
        one.refused.id,
        code,
        reason,
        one.understood.dialect,
        len(delivery.readings),
        len(delivery.notices),
        tuple(dict.fromkeys(senders))[:_DEVICES_NAMED],
    )


def _wait(seconds: float, stop: threading.Event, changed: threading.Event) -> None:
    deadline = time.monotonic() + seconds
    while not stop.is_set() and not changed.is_set() and (left := deadline - time.monotonic()) > 0:
        changed.wait(min(left, 0.2))
