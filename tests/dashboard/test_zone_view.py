"""What a zone's page shows beyond what Chromium's tests look at."""

from __future__ import annotations

from datetime import timedelta

from dashboard.config import DashboardConfig
from dashboard.views.zone import zone_view
from dashboard.visit import Rooms
from models.calendar import day_bounds, local_day
from models.rollup import Rollup
from tests.dashboard.filled import BURST_ZONE, Filled


def test_a_year_of_pressure_is_the_days_of_what_hung_at_the_point(filled: Filled) -> None:
    rooms = Rooms(filled.store, filled.records, filled.clock, DashboardConfig())
    region, now = filled.region, filled.clock.now()
    zone = region.zone[BURST_ZONE]
    device = region.assignments_of_point[zone.azp_point or zone.critical_point][0].device
    days = [day_bounds(local_day(now - timedelta(days=back), region.tz), region.tz)[0] for back in (40, 39, 38)]
    filled.store.write_rollups(
        [Rollup("device", device, "day", "pressure_m", day, 41.0 + n, 40.0, 44.0, 1.0) for n, day in enumerate(days)]
    )
    chart = zone_view(rooms, region, zone, now, {"range": "year"}).pressure
    assert chart is not None
    assert chart.daily
    assert chart.line.value.tolist()[:3] == [41.0, 42.0, 43.0]
