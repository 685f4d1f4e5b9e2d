"""The machine's clock, as it is or scaled; the only place that asks for it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime

from models.errors import VodaError
from models.reading import from_ms


def _machine_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True)
class ScaledClock:
    """Domain time that began at `domain_ms` when the machine's clock said `machine_ms`, `speed` times as fast.

    Anchored to the machine's wall clock, so that processes that share the anchor agree, and a laptop that slept
    wakes in the present.
    """

    machine_ms: int
    domain_ms: int
    speed: float = 1.0

    def now(self) -> datetime:
        """The present domain time, aware UTC, to the millisecond."""
        return from_ms(self.domain_ms + round((_machine_ms() - self.machine_ms) * self.speed))

    def anchor(self) -> str:
        """What a child process needs to have the same clock; read by clock_from."""
        return f"{self.machine_ms},{self.domain_ms},{self.speed}"


def machine_clock() -> ScaledClock:
    """The machine's own time."""
    return ScaledClock(0, 0)


def demonstration_clock(speed: float, not_before_ms: int = 0) -> ScaledClock:
    """A clock that starts now, or where an earlier, faster demonstration left off, whichever is later."""
    now = _machine_ms()
    if speed == 1.0 and not_before_ms <= now:
        return machine_clock()
    return ScaledClock(now, max(now, not_before_ms), speed)


def clock_from(anchor: str) -> ScaledClock:
    """The clock of an anchor; the machine's own where it is empty."""
    if not anchor:
        return machine_clock()
    try:
        machine, domain, speed = anchor.split(",")
        return ScaledClock(int(machine), int(domain), float(speed))
    except ValueError as error:
        raise VodaError("settings.clock", f"clock {anchor!r} is not machine_ms,domain_ms,speed") from error
