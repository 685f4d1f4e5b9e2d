"""The ingest service: MQTT into the spool, the spool into the store, and its state for the operator."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from ingest.decoders.memory import Memory
from ingest.drainer import Drainer
from ingest.knowledge import knowledge
from ingest.members import Member, Members
from ingest.mqtt import MqttOptions, Version, without_password
from ingest.rebirths import Rebirths
from ingest.receiver import Receiver
from ingest.second_look import SecondLook
from ingest.understanding import Understanding
from models.clock import Clock
from models.device import canonical
from models.notice import Notice
from models.reading import iso_z
from models.records import KeyRing, Records
from models.spool import Spool

log = logging.getLogger(__name__)

FACT = "ingest"
RETAINED_FACT = "retained"
_ALARMS_BACK = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class IngestConfig:
    """How ingest connects and reads.

    url : mqtt://user:password@host:port or mqtts://…
    topics : filters to subscribe to; `#` leaves out $SYS by itself
    version : of MQTT; see docs/adr/0002-mqtt-version.md
    share_group : instances of one group divide the messages among them; empty: this one gets all
    client_id : empty: the spool's, by which an instance comes back as itself
    timezone : for times without a zone where neither the source nor the region names one
    keys : AES keys in hex by device, where no key ring gives another
    """

    url: str
    topics: tuple[str, ...] = ("#",)
    version: Version = "3.1.1"
    share_group: str = ""
    client_id: str = ""
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    timezone: str = "Europe/Prague"
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)


class Ingest:
    """Three threads: one receives and acknowledges what is durable, one moves it into the store, one looks again at
    what was refused.
    """

    def __init__(
        self, config: IngestConfig, spool: Spool, records: Records, clock: Clock, key_ring: KeyRing | None = None
    ) -> None:
        """Raises VodaError mqtt.bad_url."""
        self._config = config
        self._spool = spool
        self._records = records
        self._clock = clock
        self._client_id = config.client_id or spool.client_id
        self._key_ring = key_ring
        self._versions: tuple[int, int, str] = (-1, -1, "")
        self._rebirths = Rebirths()
        self._memory, self._remembered = Memory(records.remember), 0
        self._understanding = Understanding(
            knowledge(timezone=config.timezone), self._past_alarms(), self._client_id, self._memory, self._rebirths
        )
        options = MqttOptions(
            config.url,
            config.topics,
            self._client_id,
            config.version,
            config.share_group,
            config.ca_file,
            config.cert_file,
            config.key_file,
        )
        self._receiver = Receiver(
            options, spool, self._understanding, clock, lambda: self._drainer.wake(), self._left_behind, self._rebirths
        )
        self._members = Members(records, clock, self._client_id, config.share_group)
        self._away: list[Member] = []
        self._drainer = Drainer(spool, records, self._receiver.seen, self._tell, self._take_over)
        self._second_look = SecondLook(
            spool,
            records,
            clock,
            self._client_id,
            self._receiver.seen,
            self._past_alarms,
            self._drainer.wake,
            self._memory,
        )
        self._take_over()
        self._stop_receiving = threading.Event()
        self._stop_draining = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to receive; a broker that can't be reached is tried again for ever, and `status` says so."""
        for name, run, stop in (
            ("ingest-receive", self._receiver.run, self._stop_receiving),
            ("ingest-drain", self._drainer.run, self._stop_draining),
            ("ingest-second-look", self._second_look.run, self._stop_receiving),
        ):
            thread = threading.Thread(target=run, args=(stop,), name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self, timeout_s: float) -> None:
        """Stop receiving, make durable what came, move on what can be moved in the time. Nothing is lost by it."""
        deadline = time.monotonic() + timeout_s
        self._stop_receiving.set()
        self._stop_draining.set()
        self._drainer.wake()
        for thread in self._threads:
            thread.join(max(0.1, deadline - time.monotonic()))
        if not any(thread.is_alive() for thread in self._threads):
            self._drainer.finish(deadline)
        self._threads.clear()

    @property
    def alive(self) -> bool:
        """Whether all threads run."""
        return bool(self._threads) and all(thread.is_alive() for thread in self._threads)

    def status(self) -> dict[str, object]:
        """What fact `ingest` says."""
        state, counts = self._spool.state(), self._receiver.counts
        problems = (self._receiver.spool_problem, self._drainer.problem or state.problem, self._receiver.mqtt_problem)
        return {
            "at": iso_z(self._clock.now()),
            "mqtt": self._receiver.state,
            "mqtt_url": without_password(self._config.url),
            "waiting": state.waiting,
            "oldest": iso_z(state.oldest) if state.oldest else None,
            "size_bytes": state.size_bytes,
            "limit_bytes": state.limit_bytes,
            "problem": next((problem for problem in problems if problem), ""),
            "received": counts.received,
            "refused": counts.refused,
            "understood_later": self._second_look.understood,
            "last_received": iso_z(counts.last_received) if counts.last_received else None,
            "away": [{"client_id": member.client_id, "since": iso_z(member.since)} for member in self._away],
        }

    def _tell(self) -> None:
        self._members.tell()
        away = self._members.away()
        for member in away:
            if member.client_id not in {known.client_id for known in self._away}:
                log.warning(
                    "%s shares the subscription and is silent since %s: the broker keeps its share until it returns",
                    member.client_id,
                    iso_z(member.since),
                )
        self._away = away
        self._records.set_fact(FACT, self.status())
        if self._receiver.last_known:
            self._records.set_fact(RETAINED_FACT, dict(self._receiver.last_known))

    def _take_over(self) -> None:
        """Read the sources' rules and the keys anew when the registry or the keys have changed.

        Also what other instances were told by sources of their messages to come.
        """
        told, self._remembered = self._records.remembered(self._remembered)
        self._memory.learn(told)
        self._memory.keep_rest()
        keys_version = self._key_ring.keys_version() if self._key_ring else 0
        versions = self._records.region_version(), keys_version, self._memory.edition
        if versions == self._versions:
            return
        region = self._records.region()
        keys = {canonical(device): key for device, key in self._config.keys.items()}
        if self._key_ring is not None:
            keys |= self._key_ring.keys()
        sources, timezone = (region.sources, region.timezone) if region else ((), self._config.timezone)
        known = knowledge(sources, timezone, keys, keys_version, versions[2])
        self._understanding.use(known)
        self._second_look.use(known)
        log.info("registry version %d: %d source rules, %d keys", versions[0], len(sources), len(keys))
        self._versions = versions

    def _past_alarms(self) -> list[Notice]:
        now = self._clock.now()
        return self._records.notices(None, now - _ALARMS_BACK, now + timedelta(days=1))

    def _left_behind(self, filters: list[str]) -> list[str]:
        """Filters that an earlier configuration subscribed to under this client id and this one does not."""
        name = f"subscriptions {self._client_id}"
        before = self._records.facts().get(name, {}).get("filters", [])
        self._records.set_fact(name, {"filters": filters})
        return [topic for topic in before if topic not in filters] if isinstance(before, list) else []
