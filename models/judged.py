"""A store whose series count as ingest, validation and people say: the one way for whoever computes or draws."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from models.edits import Joiner
from models.reading import Series
from models.records import Records
from models.store import Store
from models.verdict import Edit


class JudgedStore:
    """A store in front of a store: series are joined with verdicts and edits, all else is passed on as it is.

    Single readings (`readings`, `before`, `after`, `last`) stay as they came.
    """

    def __init__(self, store: Store, records: Records) -> None:
        self._store = store
        self._records = records
        self._joiner = Joiner()
        self._one_thread = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def series(self, keys: Sequence[tuple[str, str]], start: datetime, end: datetime) -> list[Series]:
        """One Series a key, in the keys' order, empty ones included; quality and edited values joined."""
        found = self._store.series(keys, start, end)
        with self._one_thread:
            joiner = self._learned()
            return [joiner.join(series) for series in found]

    def edits(self, device: str, quantity: str) -> list[Edit]:
        """The edits of a series that stand."""
        with self._one_thread:
            return self._learned().edits(device, quantity)

    def _learned(self) -> Joiner:
        # Most looks find nothing new, and cost one row.
        if self._records.judgements_version() != self._joiner.version:
            self._joiner.learn(self._records.judgements(self._joiner.version))
        return self._joiner


def judged(store: Store, records: Records) -> Store:
    """The store as it counts."""
    return cast(Store, JudgedStore(store, records))
