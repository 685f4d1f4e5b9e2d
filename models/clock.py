"""The only source of domain time."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Domain time, which may run faster than the machine's."""

    @property
    def speed(self) -> float:
        """Domain seconds per second of the machine; 1 outside demonstrations."""

    def now(self) -> datetime:
        """The present domain time, aware UTC, to the millisecond."""
