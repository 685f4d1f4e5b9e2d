"""When readings arrived, kept by device for the test of clocks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from models.detector import JsonState
from models.reading import to_ms
from models.records import Records
from models.store import Change
from models.validation import clock
from models.validation.flags import DAY_MS
from models.validation.table import CLOCK
from models.verdict import Judging

VERSION = 1


class Arrivals:
    """Smallest delays of each device by day, kept in the records as a detector's state."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self._days: dict[str, dict[int, int]] = {}
        self._changed: set[str] = set()
        self._flagged: set[str] = set()

    def note(self, changes: Iterable[Change]) -> None:
        """Take note of what arrived."""
        for change in changes:
            days = self._of(change.device)
            noted = clock.noted(days, to_ms(change.last), to_ms(change.known_at))
            if noted != days:
                self._days[change.device] = noted
                self._changed.add(change.device)

    def judgings(self, quantities: Mapping[str, Sequence[str]]) -> list[Judging]:
        """What the clocks of devices with new delays are worth; keeps the delays."""
        found: list[Judging] = []
        for device in sorted(self._changed):
            days = self._days[device]
            several = {quantity: clock.judge(days, quantity) for quantity in quantities.get(device, ())}
            if any(several.values()) or device in self._flagged:
                start, end = min(days) * DAY_MS, (max(days) + 1) * DAY_MS
                found += [
                    Judging(device, quantity, CLOCK, start, end, tuple(flags)) for quantity, flags in several.items()
                ]
                self._flagged.add(device)
        with self.records.detecting() as transaction:
            for device in sorted(self._changed):
                state: JsonState = {str(day): delay for day, delay in self._days[device].items()}
                transaction.put_state(CLOCK, device, VERSION, "", state)
        self._changed.clear()
        return found

    def _of(self, device: str) -> dict[int, int]:
        if device not in self._days:
            kept = self.records.detector_state(CLOCK, device)
            known = kept[2] if kept is not None and kept[0] == VERSION else {}
            self._days[device] = {int(day): int(str(delay)) for day, delay in known.items()}
            if clock.judge(self._days[device], ""):
                self._flagged.add(device)
        return self._days[device]
