"""Rows that a store will never take, named one by one."""

from __future__ import annotations

from collections.abc import Sequence

from models.errors import StoreRejectedError
from models.reading import Reading


class RejectedRowsError(StoreRejectedError):
    """Some readings of a write were rejected; all others are written and told to the feed.

    rejected : each with the store's reason
    """

    def __init__(self, rejected: Sequence[tuple[Reading, str]]) -> None:
        self.rejected = list(rejected)
        reading, reason = self.rejected[0]
        more = f" (and {len(rejected) - 1} more)" if len(rejected) > 1 else ""
        super().__init__(
            "store.rejected", f"{reading.device!r} {reading.quantity} at {reading.time.isoformat()}: {reason}{more}"
        )
