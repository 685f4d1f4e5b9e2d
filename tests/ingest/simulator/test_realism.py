"""Whether a simulated year looks like one of real districts and real households."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from ingest.simulator import truth
from ingest.simulator.almanac import hour_of
from ingest.simulator.chance import Floats
from ingest.simulator.gauges import Gauges
from ingest.simulator.waterworks import Waterworks
from models.registry import Region, Reservoir
from tests.ingest.simulator.zone_year import SPANS, Year, hourly_by_point, net_inflow, statistics

FIRST = hour_of(datetime(2025, 11, 25, tzinfo=UTC))
LAST = hour_of(datetime(2026, 11, 25, tzinfo=UTC))
PART_H = 31 * 24
SEEDS = (1, 20261125)


@pytest.fixture(scope="module", params=SEEDS)
def years(request: pytest.FixtureRequest, sample: Region) -> dict[str, dict[str, float]]:
    """Statistics of every zone's year, out of what its devices said."""
    gauges = Gauges(Waterworks(sample, request.param))
    flows = hourly_by_point(gauges, "often", "flow_m3h", FIRST, LAST, PART_H)
    levels = hourly_by_point(gauges, "often", "level_m", FIRST, LAST, PART_H)
    rise = {item.zone: _rise(item, levels[item.level_point]) for item in sample.reservoirs if item.zone}
    calendar = gauges.works.demand.almanac.hours(FIRST - 1, LAST - 1)
    return {
        zone.zone: statistics(Year(net_inflow(zone, flows, rise), calendar.local, calendar.day))
        for zone in sample.zones
    }


def _rise(tank: Reservoir, level: Floats) -> Floats:
    """Change of a tank's volume in the hour that ends [m³/h]."""
    volume = np.interp(level, *zip(*tank.curve, strict=True))
    return np.diff(np.where(np.isnan(level), np.nan, volume), prepend=np.nan)


@pytest.mark.parametrize("figure", sorted(SPANS))
def test_every_zones_year_is_as_noisy_as_real_water(years: dict[str, dict[str, float]], figure: str) -> None:
    low, high = SPANS[figure]
    outside = {zone: round(found[figure], 4) for zone, found in years.items() if not low <= found[figure] <= high}
    assert not outside


def test_zones_differ_from_each_other(years: dict[str, dict[str, float]]) -> None:
    week_before = [found["week_before"] for found in years.values()]
    assert max(week_before) > 1.5 * min(week_before)


def test_households_use_water_as_real_ones_do(gauges: Gauges) -> None:
    demand = gauges.works.demand
    litres = []
    before = np.zeros((len(demand.homes), 1), dtype=np.int64)
    for start in range(FIRST, LAST, PART_H):
        used = demand.homes_ml(demand.almanac.hours(start, min(start + PART_H, LAST)))
        passed = before + np.cumsum(used, axis=1)
        # A register counts whole litres: what it shows of an hour is a difference of two of them.
        litres.append(np.diff(np.concatenate([before, passed], axis=1) // 1000, axis=1))
        before = passed[:, -1:]
    hourly = np.concatenate(litres, axis=1)
    idle_pct = (hourly < 1).mean(axis=1) * 100.0
    variation = hourly.std(axis=1) / hourly.mean(axis=1)
    assert idle_pct.min() >= 27
    assert idle_pct.max() <= 66
    assert variation.min() >= 1.3
    assert variation.max() <= 3.2


def test_household_use_and_non_revenue_water_are_this_regions(gauges: Gauges, sample: Region) -> None:
    works = gauges.works
    start, end = datetime(2025, 11, 25, tzinfo=UTC), datetime(2026, 11, 25, tzinfo=UTC)
    shares = []
    months = _months(works, start, end)
    for zone in sample.zones:
        found = months[zone.zone]
        litres = found.household * 1000.0 / 365.0 / zone.population_served
        assert 85 <= litres <= 105, zone.zone
        shares.append(1.0 - (found.household + found.other) / found.net_inflow)
    assert min(shares) >= 0.08
    assert max(shares) <= 0.35
    assert max(shares) > 2 * min(shares)


def _months(works: Waterworks, start: datetime, end: datetime) -> dict[str, truth.Volumes]:
    """Volumes by zone, summed part by part: a year at once would take much memory."""
    total: dict[str, truth.Volumes] = {}
    while start < end:
        until = min(start + timedelta(days=73), end)
        for zone, found in truth.volumes_by_zone(works, start, until).items():
            total[zone] = total[zone] + found if zone in total else found
        start = until
    return total


def test_towns_differ_in_non_revenue_water(gauges: Gauges) -> None:
    start, end = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)

    def share(zone: str) -> float:
        found = truth.volumes(gauges.works, zone, start, end)
        return 1.0 - (found.household + found.other) / found.net_inflow

    assert share("varnsdorf-studanka") > share("mezibori-mesto") + 0.1
