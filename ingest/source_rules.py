"""Which rule of sources.toml holds for a topic: the first in the file whose filter matches."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from models.registry import Source


class SourceRules:
    """The rules of a region; a topic is looked up once."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = tuple(sources)
        self.rule = lru_cache(maxsize=65_536)(self._find)

    def _find(self, topic: str) -> Source | None:
        # Here, since `smartvoda decode` mostly has no rules and should not wait for an MQTT client.
        from paho.mqtt.client import topic_matches_sub

        for source in self._sources:
            try:
                if topic_matches_sub(source.topic_filter, topic):
                    return source
            except ValueError:
                continue
        return None
