from __future__ import annotations

from datetime import timedelta

import numpy as np

from dashboard.config import DashboardConfig
from dashboard.views.inflow import Band, Line
from dashboard.views.last_day import spark_of
from dashboard.views.region import region_view
from dashboard.views.region_line import region_line
from dashboard.visit import Rooms
from models.reading import to_ms
from tests.dashboard.conftest import NOW
from tests.dashboard.filled import BURST_ZONE, Filled

HALF = timedelta(minutes=30)


def hours(count: int) -> np.ndarray:
    first = to_ms(NOW.replace(minute=0)) - (count - 1) * 3_600_000
    return np.arange(count, dtype=np.int64) * 3_600_000 + first - 1_800_000


def of(name: str, values: list[float], expected: float):  # type: ignore[no-untyped-def] # a Spark
    times = hours(24)
    flat = np.full(24, expected)
    band = Band(times, flat * 0.9, flat, flat * 1.1)
    known = ~np.isnan(np.array(values))
    return spark_of(name, Line(times[known], np.array(values)[known]), band, NOW)


def test_a_silent_zone_counts_as_expected_in_the_region_s_line() -> None:
    large = of("large", [95.0] * 24, 90.0)
    silent = of("silent", [10.0] * 20 + [np.nan] * 4, 12.0)
    line = region_line([large, silent], NOW)
    assert set(line.value[:19].tolist()) == {105.0}
    assert set(line.value[-4:].tolist()) == {107.0}


def test_the_region_says_nothing_where_most_is_unknown() -> None:
    small, silent = of("small", [10.0] * 24, 10.0), of("silent", [np.nan] * 24, 90.0)
    assert len(region_line([small, silent], NOW).value) == 0


def test_the_region_s_page_knows_who_loses_water(filled: Filled) -> None:
    rooms = Rooms(filled.store, filled.records, filled.clock, DashboardConfig())
    view = region_view(rooms, filled.region, NOW)
    assert view.losing == 1
    assert view.items[0].zone is not None
    assert view.items[0].zone.zone == BURST_ZONE
    assert view.items[0].rank == 1
    assert view.silent == 0
    assert view.within + 1 >= len(view.zone_sparks) - 4
    assert view.region_spark.last_m3h is not None
    assert view.dams
    assert view.health.devices == sum(filled.region.point_of(d.device, NOW) is not None for d in filled.region.devices)
