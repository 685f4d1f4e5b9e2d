"""Asking Sparkplug edge nodes for their births: only where sources.toml allows it, and seldom.

It is the one thing that ingest ever writes to a device. A node is asked when its data names metrics by numbers that
no birth explained, at most once a minute; and not many nodes at once, since each answers with all that it has.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from ingest.decoders.sparkplug import rebirth_topic
from models.registry import Source

EVERY_S = 60.0
"""Between two requests to one node."""

APART_S = 1.0
"""Between two requests to any nodes."""

_NODES_AT_MOST = 10_000


class Rebirths:
    """Which nodes are to be asked, and when they were asked last. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: OrderedDict[str, None] = OrderedDict()
        self._asked: OrderedDict[str, float] = OrderedDict()
        self._not_before = 0.0

    def missing(self, topic: str, rule: Source | None) -> None:
        """Data on this topic lacks its birth; whether it may be asked for, the topic's rule says."""
        if rule is None or not rule.may_request_rebirth:
            return
        with self._lock:
            if (command := rebirth_topic(topic)) and len(self._waiting) < _NODES_AT_MOST:
                self._waiting[command] = None

    def ask(self, now_s: float, publish: Callable[[str], bool]) -> None:
        """Ask one node that is due.

        now_s : monotonic; publish : sends the request to a topic, False where it can't just now
        """
        if not self._waiting or now_s < self._not_before:
            return
        with self._lock:
            for command in list(self._waiting):
                if now_s - self._asked.get(command, -EVERY_S) < EVERY_S:
                    del self._waiting[command]  # its births are on their way; if they are not, its data says so again
                elif publish(command):
                    del self._waiting[command]
                    self._note(command, now_s)
                    return
                else:
                    return

    def _note(self, command: str, now_s: float) -> None:
        self._asked[command] = now_s
        self._asked.move_to_end(command)
        self._not_before = now_s + APART_S
        if len(self._asked) > _NODES_AT_MOST:
            self._asked.popitem(last=False)
