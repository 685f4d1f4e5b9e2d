"""Notes why figures of areas will be computed again, before the work is queued: late readings, edits, the registry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from analysis.backlog import ALONE, Work
from analysis.closing import closed_day, closed_night
from analysis.topology import Topology
from models.areas import Area, Areas
from models.calendar import day_bounds
from models.cause import MOST_NAMED, Cause, Recomputation, Value, of_devices, recomputation
from models.records import Records, RegistryChange
from models.touched import Touch
from models.verdict import Edit

KEPT = timedelta(days=7)
"""What was noted is forgotten after so long: figures have taken it over."""
REPEATED = timedelta(minutes=10)
"""The same device, late again for the same area and day, is not noted again so soon."""
Span = tuple[datetime, datetime]


class Causes:
    """Knows which areas a device has a part in, and tells the records why they are computed again."""

    def __init__(self, records: Records, topology: Topology) -> None:
        self.records = records
        self.topology = topology
        self._areas = Areas(topology.region)
        self._of_device: dict[str, list[Area]] = {}
        self._noted: dict[tuple[Area, str, datetime], datetime] = {}
        self._forgot: datetime | None = None

    def late(self, work: Iterable[Work], now: datetime) -> None:
        """Hours of devices that new readings touch: those of a day or night that is closed are late."""
        tz = self.topology.region.tz
        last = max(closed_day(now, self.topology), closed_night(now, self.topology) - timedelta(days=1))
        closed = day_bounds(last, tz)[1]
        if closed_night(now, self.topology) > last:
            closed += timedelta(hours=5)
        spans: dict[str, Span] = {}
        for _, subject, hour in work:
            if hour < closed and not subject.endswith(ALONE):
                first, end = spans.get(subject, (hour, hour))
                spans[subject] = (min(first, hour), max(end, hour))
        self._devices("cause.late_readings", spans, now)
        if self._forgot is None or now - self._forgot > KEPT / 7:
            self.records.forget_recomputations(now - KEPT)
            self._noted, self._forgot = {}, now

    def history(self, spans: Mapping[str, Span], now: datetime) -> None:
        """Long ranges of devices that an import brought."""
        self._devices("cause.history", spans, now)

    def edits(self, edits: Sequence[Edit], hours: Mapping[str, Span], now: datetime) -> None:
        """What people said of readings or took back; hours : what that touches, by device."""
        noted = []
        for edit in edits:
            if edit.device in hours:
                who, why = (edit.undone_by, edit.undone_why) if edit.undone_at is not None else (edit.who, edit.why)
                named = of_devices("cause.edit", [edit.device])
                cause = Cause(named.code, {**named.values, "who": who, "why": why})
                noted += [self._note(area, *hours[edit.device], now, cause) for area in self.areas_of(edit.device)]
        if noted:
            self.records.note_recomputations(noted)

    def registry(self, touches: Iterable[Touch], change: RegistryChange, now: datetime) -> None:
        """What a change of the registry touches, with who made it and why."""
        noted = []
        for touch in touches:
            if touch.level not in ("device", "point"):
                rows, others = list(touch.rows[:MOST_NAMED]), len(touch.rows) > MOST_NAMED
                says: dict[str, Value] = {
                    "version": change.version,
                    "who": change.who,
                    "why": change.why,
                    "rows": rows,
                    "others": others,
                }
                cause = Cause("cause.registry", says)
                noted.append(self._note((touch.level, touch.subject), *touch.reach, now, cause))
        if noted:
            self.records.note_recomputations(noted)

    def areas_of(self, device: str) -> list[Area]:
        """Areas whose water a device measures or measured."""
        if device not in self._of_device:
            points = self.topology.points_of(device)
            self._of_device[device] = list(dict.fromkeys(a for point in points for a in self._areas.of_point(point)))
        return self._of_device[device]

    def _devices(self, code: str, spans: Mapping[str, Span], now: datetime) -> None:
        grouped: dict[tuple[Area, datetime], dict[str, Span]] = {}
        for device, span in spans.items():
            day = day_bounds(span[0].astimezone(self.topology.region.tz).date(), self.topology.region.tz)[0]
            for area in self.areas_of(device):
                said = self._noted.get((area, device, day))
                if said is None or now - said > REPEATED:
                    self._noted[area, device, day] = now
                    grouped.setdefault((area, day), {})[device] = span
        noted = []
        for (area, _), devices in grouped.items():
            first, end = min(one for one, _ in devices.values()), max(one for _, one in devices.values())
            noted.append(self._note(area, first, end, now, of_devices(code, devices)))
        if noted:
            self.records.note_recomputations(noted)

    def _note(self, area: Area, first: datetime, last: datetime, now: datetime, cause: Cause) -> Recomputation:
        return recomputation(*area, first, min(last, now), now, cause, self.topology.region.tz)
