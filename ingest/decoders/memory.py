"""What decoders remember of a source from one message to the next, such as the names that a Sparkplug birth gave.

Bounded, and safe to use from several threads. Whoever makes one may have it kept: what is remembered is handed to
`keep` at once, before the message is acknowledged, so that a restarted ingest knows it still.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b

from models.errors import VodaError
from models.records import Remembered

log = logging.getLogger(__name__)

SOURCES_AT_MOST = 20_000
BYTES_AT_MOST = 64 * 1024 * 1024
BYTES_A_SOURCE = 1024 * 1024

Keep = Callable[[Sequence[Remembered]], None]


class Memory:
    """Values by name, the longest unused forgotten first."""

    def __init__(self, keep: Keep | None = None) -> None:
        """keep : makes changes durable; an empty value means forgotten. May raise; then `unkept` has them."""
        self._lock = threading.RLock()
        self._held: OrderedDict[str, Remembered] = OrderedDict()
        self._bytes = 0
        self._keep = keep
        self._unkept: dict[str, Remembered] = {}
        self._digest = 0

    @property
    def edition(self) -> str:
        """Tells what is remembered now from anything else."""
        return f"{self._digest:010x}"

    def recall(self, name: str) -> bytes:
        """What was remembered under a name, empty where nothing was."""
        with self._lock:
            found = self._held.get(name)
            if found is None:
                return b""
            self._held.move_to_end(name)
            return found.value

    def remember(self, name: str, at_ms: int, value: bytes) -> None:
        """Remember a value that held at a time [ms since 1970]; one that held later stays."""
        if len(value) > BYTES_A_SOURCE:
            return
        with self._lock:
            have = self._held.get(name)
            if have is not None and have.at_ms > at_ms:
                return
            if have is not None and have.value == value:
                self._held[name] = have._replace(at_ms=at_ms)
            else:
                self._change([Remembered(name, at_ms, value)])

    def forget(self, prefix: str, before_ms: int) -> None:
        """Forget what names of that beginning held before a time [ms since 1970]."""
        with self._lock:
            gone = [one for name, one in self._held.items() if name.startswith(prefix) and one.at_ms < before_ms]
            if gone:
                self._change([one._replace(at_ms=before_ms, value=b"") for one in gone])

    def learn(self, items: Iterable[Remembered]) -> None:
        """Take over what was kept earlier or by others; where both know one name, what held later holds."""
        with self._lock:
            for one in items:
                have = self._held.get(one.name)
                if have is None or have.at_ms <= one.at_ms:
                    self._put(one)

    def keep_rest(self) -> None:
        """Hand over what could not be kept when it was remembered. Raises what `keep` raises."""
        with self._lock:
            waiting = list(self._unkept.values())
            if waiting and self._keep is not None:
                self._keep(waiting)
                self._unkept.clear()

    def _change(self, items: Sequence[Remembered]) -> None:
        for one in items:
            self._put(one)
        if self._keep is None:
            return
        self._unkept |= {one.name: one for one in items}
        try:
            self.keep_rest()
        except VodaError as error:
            # The readings must not wait for it; the next tick of the service tries again.
            log.warning("what %s told of itself is not kept yet: %s", items[0].name[:80], error)

    def _put(self, one: Remembered) -> None:
        self._drop(one.name)
        if not one.value:
            return
        self._held[one.name] = one
        self._bytes += len(one.value)
        self._digest ^= _digest(one)
        while len(self._held) > SOURCES_AT_MOST or self._bytes > BYTES_AT_MOST:
            self._drop(next(iter(self._held)))

    def _drop(self, name: str) -> None:
        have = self._held.pop(name, None)
        if have is not None:
            self._bytes -= len(have.value)
            self._digest ^= _digest(have)


def _digest(one: Remembered) -> int:
    whole = blake2b(one.name.encode("utf-8", "backslashreplace") + b"\0" + one.value, digest_size=5)
    return int.from_bytes(whole.digest(), "big")
