"""Who shares a subscription: an instance that is gone keeps its share in the broker, so somebody must say so."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from models.clock import Clock
from models.reading import iso_z
from models.records import Records

FACT = "member "
SILENT_S = 30.0
"""An instance tells that it is there every few seconds [s of the machine]."""
SESSION_KEPT = timedelta(days=14)
"""After this the broker has dropped the session of who was away (persistent_client_expiration): nothing waits there."""


class Member(NamedTuple):
    """An instance of the group that is away, and since when."""

    client_id: str
    since: datetime


class Members:
    """The instances that share one group's subscription, each known by its client id."""

    def __init__(self, records: Records, clock: Clock, client_id: str, group: str) -> None:
        self._records, self._clock = records, clock
        self._client_id, self._group = client_id, group

    def tell(self) -> None:
        """Say that this instance is there."""
        if self._group:
            fact = {"group": self._group, "at": iso_z(self._clock.now())}
            self._records.set_fact(FACT + self._client_id, fact)

    def away(self) -> list[Member]:
        """Others of the group that are silent: the broker queues their share until they come back as themselves."""
        if not self._group:
            return []
        now = self._clock.now()
        found = []
        for name, fact in self._records.facts().items():
            if name.startswith(FACT) and name != FACT + self._client_id and fact.get("group") == self._group:
                since = datetime.fromisoformat(str(fact["at"]))
                if SILENT_S * self._clock.speed < (now - since).total_seconds() < SESSION_KEPT.total_seconds():
                    found.append(Member(name.removeprefix(FACT), since))
        return sorted(found)
