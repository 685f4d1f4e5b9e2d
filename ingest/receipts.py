"""Times of receipt: the first one of a message that comes again, and never the same twice on one topic."""

from __future__ import annotations

from datetime import datetime

from ingest.decoders.time import to_millisecond
from models.reading import MILLISECOND

_TOPICS_AT_MOST = 200_000


class Receipts:
    """Gives each message its time of receipt. Not thread-safe.

    Bare values take it as their own time, so that two of one topic within a millisecond would be one reading with two
    values: the later one is moved on by a millisecond.
    """

    def __init__(self) -> None:
        self._last: dict[str, datetime] = {}

    def next(self, topic: str, now: datetime) -> datetime:
        """The receipt of a message that arrives now."""
        received = to_millisecond(now)
        last = self._last.pop(topic, None)
        if last is not None and received <= last:
            received = last + MILLISECOND
        if len(self._last) >= _TOPICS_AT_MOST:
            # The topic that was silent longest; by now the clock is past its last receipt.
            self._last.pop(next(iter(self._last)))
        self._last[topic] = received
        return received
