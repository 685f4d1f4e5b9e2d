"""Inflow = metered or billed use + own use + leakage, everywhere and by the registers that the product sees."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from ingest.simulator import truth
from ingest.simulator.gauges import Gauges
from ingest.simulator.instruments import Instrument
from ingest.simulator.waterworks import Span
from models.registry import Region, Zone

PRAGUE = ZoneInfo("Europe/Prague")
MONTHS = (
    (datetime(2026, 5, 1, tzinfo=PRAGUE), datetime(2026, 6, 1, tzinfo=PRAGUE)),
    (datetime(2026, 10, 1, tzinfo=PRAGUE), datetime(2026, 11, 1, tzinfo=PRAGUE)),
)
"""The second has 25 hours in one of its days."""


@pytest.fixture(scope="module", params=MONTHS, ids=["May", "October"])
def month(request: pytest.FixtureRequest) -> tuple[datetime, datetime]:
    start, end = (moment.astimezone(UTC) for moment in request.param)
    return start, end


def _inside(region: Region, zone: Zone) -> set[str]:
    return {zone.zone, *(item.zone for item in region.zones if item.parent == zone.zone)}


class Meters:
    """Differences of registers over a month, by point, swaps included."""

    def __init__(self, gauges: Gauges, start: datetime, end: datetime) -> None:
        self._gauges = gauges
        self._ends = start.timestamp(), end.timestamp()
        self._spans = tuple(gauges.span(moment, moment) for moment in self._ends)
        self.resolution_m3 = 0.0
        self._at: dict[str, list[Instrument]] = {}
        for item in gauges.instruments:
            self._at.setdefault(item.point.point, []).append(item)

    def volume(self, point: str) -> float:
        return sum(self._difference(item) for item in self._at[point])

    def _difference(self, item: Instrument) -> float:
        begin, end = item.in_place
        moments = [min(max(moment, begin), end) for moment in self._ends]
        if moments[0] >= moments[1]:
            return 0.0
        self.resolution_m3 += (item.device.litres_per_pulse or 0.0) / 1000.0
        first, last = (self._register(item, moment, span) for moment, span in zip(moments, self._spans, strict=True))
        wrap = 10.0 ** (item.device.register_digits or 9)
        return (last - first) % wrap

    def _register(self, item: Instrument, moment: float, span: Span) -> float:
        if not span.first * 3600 + 2 * 86400 <= moment <= span.last * 3600:
            span = self._gauges.span(moment, moment)
        return float(self._gauges.register_m3(item, np.array([moment]), span)[0])


def test_every_zone_closes_its_month_within_the_pulses(
    gauges: Gauges, sample: Region, month: tuple[datetime, datetime]
) -> None:
    start, end = month
    meters = Meters(gauges, start, end)
    volumes = truth.volumes_by_zone(gauges.works, start, end)
    for zone in sample.zones:
        meters.resolution_m3 = 0.0
        inflow = sum(meters.volume(p) for p in zone.inflows) - sum(meters.volume(p) for p in zone.outflows)
        inflow -= _tank_rise(gauges, sample, zone, start, end)
        inside = _inside(sample, zone)
        used = sum(
            meters.volume(point.point)
            for point in sample.points
            if point.zone in inside and point.role in ("household", "other", "own_use")
        )
        billed = sum(
            row.volume_m3
            for row in sample.billing
            if row.zone in inside and row.start == start and row.end == end and row.customer_class == "household"
        )
        true = volumes[zone.zone]
        explained = used + billed + true.logged + true.unlogged + true.leakage
        # A billed month is spread over its hours in whole millilitres.
        assert inflow == pytest.approx(explained, abs=meters.resolution_m3 + 0.01), zone.zone


def test_logged_operations_are_those_of_the_file(
    gauges: Gauges, sample: Region, month: tuple[datetime, datetime]
) -> None:
    start, end = month
    volumes = truth.volumes_by_zone(gauges.works, start, end)
    for zone in sample.zones:
        logged = sum(
            item.volume_m3 or 0.0
            for item in sample.operations
            if item.zone in _inside(sample, zone) and item.end and start <= item.start and item.end <= end
        )
        assert volumes[zone.zone].logged == pytest.approx(logged, abs=1e-3), zone.zone


def _tank_rise(gauges: Gauges, region: Region, zone: Zone, start: datetime, end: datetime) -> float:
    """What tanks inside the zone hold more at the end, by their exact level."""
    rise = 0.0
    for item in region.reservoirs:
        if item.kind == "tank" and item.zone == zone.zone:
            volumes = [gauges.tank_volume_m3(item.level_point, moment) for moment in (start, end)]
            rise += volumes[1] - volumes[0]
    return rise
