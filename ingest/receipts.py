"""Times of receipt: the first one of a message that comes again, and never the same twice on one topic."""

from __future__ import annotations

from collections.abc import Iterable
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
        return self.several([topic], now)[0]

    def several(self, topics: Iterable[str], now: datetime) -> list[datetime]:
        """The receipts of messages that arrive now, in their order."""
        last, cut = self._last, to_millisecond(now)
        result = []
        for topic in topics:
            received = cut
            before = last.pop(topic, None)
            if before is not None and before >= cut:
                received = before + MILLISECOND
            elif before is None and len(last) >= _TOPICS_AT_MOST:
                # The topic that was silent longest; by now the clock is past its last receipt.
                last.pop(next(iter(last)))
            last[topic] = received
            result.append(received)
        return result
