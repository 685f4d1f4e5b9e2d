from __future__ import annotations

from dataclasses import replace

import pytest

from models.balance import mean_pressures_m, network_of, pressure_devices, uarl, within_range
from models.balance.loss_indicators import (
    CONNECTION_L,
    MAINS_L,
    SERVICE_L,
    Network,
    infrastructure_leakage_index,
    unavoidable_annual_real_losses_m3d,
)
from models.calendar import day_edges, month_bounds, starts
from models.registry import BalanceInput
from models.rollup import Rollup
from tests.models.towns import REGION

START, END = month_bounds(2026, 5, REGION.tz)
LITRES_A_GALLON, KM_A_MILE, METRES_A_PSI = 3.785411784, 1.609344, 0.70307


def test_the_coefficients_are_those_published_in_us_units() -> None:
    # Thornton, Sturm and Kunkel, Water Loss Control, 2nd ed. 2008, table 7.2, "UARL Total": 5.4 gal per mile of mains,
    # 0.15 gal per connection, 7.5 gal per mile of private pipe, each a day and psi.
    assert pytest.approx(5.4, abs=0.05) == MAINS_L * KM_A_MILE / LITRES_A_GALLON * METRES_A_PSI
    assert pytest.approx(0.15, abs=0.005) == CONNECTION_L / LITRES_A_GALLON * METRES_A_PSI
    assert pytest.approx(7.5, abs=0.05) == SERVICE_L * KM_A_MILE / LITRES_A_GALLON * METRES_A_PSI


def test_unavoidable_losses_from_the_published_table_s_components() -> None:
    # The same table's components (background, reported, unreported) for 100 mi, 8 000 connections, 30 mi of private
    # pipe at 70 psi: (5.39 · 100 + 0.149 · 8000 + 7.47 · 30) · 70 gal/d, computed by hand from the components.
    gallons = ((2.87 + 1.75 + 0.77) * 100 + (0.112 + 0.007 + 0.030) * 8000 + (4.78 + 0.57 + 2.12) * 30) * 70
    found = unavoidable_annual_real_losses_m3d(100 * KM_A_MILE, 8000, 30 * KM_A_MILE, 70 * METRES_A_PSI)
    assert found == pytest.approx(gallons * LITRES_A_GALLON / 1000, rel=0.005)


def test_the_range_of_uarl() -> None:
    assert within_range(Network(50.0, 2000, 1.0, 25.0))
    assert not within_range(Network(50.0, 1999, 1.0, 25.0))
    assert not within_range(Network(50.0, 2000, 1.0, 24.9))
    assert not within_range(Network(50.0, 2000, 1.0, None))


def test_a_network_is_that_of_the_outermost_zones() -> None:
    # a1 (20 connections) contains a11; a2 has 10: 30 connections, 10 km, 45 m.
    found = network_of(REGION, "municipality", "A", START)
    assert found == Network(10.0, 30, 1.0, 45.0)
    assert network_of(REGION, "municipality", "A", START, {"a1": 60.0}).pressure_m == pytest.approx(55.0)
    unknown = tuple(replace(zone, mean_pressure_m=None) if zone.zone == "a2" else zone for zone in REGION.zones)
    assert network_of(replace(REGION, zones=unknown), "municipality", "A", START).pressure_m is None


def test_uarl_has_the_interval_of_what_it_is_made_of() -> None:
    network = network_of(REGION, "zone", "a1", START)
    inputs = tuple(
        BalanceInput("a1", name, 0.0, plus_minus, "B", "")
        for name, plus_minus in (
            ("mains_error_pct", 3.0),
            ("connections_error_pct", 0.0),
            ("service_private_error_pct", 0.0),
            ("pressure_error_pct", 0.0),
        )
    )
    found = uarl(replace(REGION, balance_inputs=inputs), "zone", "a1", START, network)
    assert found is not None
    # (18 · 5 + 0.8 · 20 + 25 · 0.5) · 45 = 5 332.5 L; mains alone 4 050 L, of which 3 %.
    assert found.value == pytest.approx(5.3325)
    assert found.half_width == pytest.approx(0.1215)


def test_no_index_without_unavoidable_losses() -> None:
    with pytest.raises(ValueError, match="no divisor"):
        infrastructure_leakage_index(1.0, 0.0)


def test_measured_pressure_takes_the_place_of_the_registry_s() -> None:
    days = starts(day_edges(*month_bounds(2026, 5, REGION.tz), REGION.tz))
    zones = tuple(replace(zone, azp_point="a1-h1") if zone.zone == "a1" else zone for zone in REGION.zones)
    region = replace(REGION, zones=zones)
    sensors = pressure_devices(region, "municipality", "A", START, END)
    assert sensors == {"a1": ["d-a1-h1"]}
    rows = [Rollup("device", "d-a1-h1", "day", "pressure_m", day, 60.0, coverage=1.0) for day in days]
    assert mean_pressures_m(sensors, {"d-a1-h1": rows}, START, END) == {"a1": 60.0}
    assert mean_pressures_m(sensors, {"d-a1-h1": rows[:15]}, START, END) == {}
    found = network_of(region, "municipality", "A", START, {"a1": 60.0})
    # 20 of 30 connections at 60 m, 10 at 45 m.
    assert (found.pressure_m, found.pressure_measured) == (pytest.approx(55.0), pytest.approx(2 / 3))
