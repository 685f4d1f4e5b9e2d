"""Which alarms stand, so that "no leak" is told when a leak ends and not with every telegram."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ingest.decoders import Decoded
from models.notice import Notice, NoticeKind

_Key = tuple[str, NoticeKind]


class AlarmMemory:
    """The last word on each device's alarms. Not thread-safe."""

    def __init__(self, past: Iterable[Notice] = ()) -> None:
        """past : notices in order of time, from before the start."""
        self._last: dict[_Key, tuple[datetime, bool]] = {}
        for notice in past:
            self._last[notice.device, notice.notice] = (notice.time, notice.active)

    def news(self, decoded: Decoded) -> tuple[Notice, ...]:
        """The notices worth keeping: every active one, and an inactive one where the alarm stood or nothing was known.

        Where a status names every alarm of its device, one that stood and is not named is over.
        """
        found = [*decoded.notices, *self._ended(decoded)]
        result = []
        for notice in found:
            key = (notice.device, notice.notice)
            last = self._last.get(key)
            if last is not None and notice.time < last[0]:
                # Late: what is known is newer. An alarm of the past is kept, its absence is no news.
                if notice.active:
                    result.append(notice)
                continue
            self._last[key] = (notice.time, notice.active)
            if notice.active or last is None or last[1]:
                result.append(notice)
        return tuple(result)

    def _ended(self, decoded: Decoded) -> list[Notice]:
        named = {(notice.device, notice.notice) for notice in decoded.notices}
        ended = []
        for device in decoded.complete_status:
            reading = next((r for r in decoded.readings if r.device == device), None)
            if reading is not None:
                ended += [
                    Notice(device, kind, False, reading.time, reading.time_source, decoded.dialect)
                    for kind in NoticeKind
                    if self._last.get((device, kind), (None, False))[1] and (device, kind) not in named
                ]
        return ended
