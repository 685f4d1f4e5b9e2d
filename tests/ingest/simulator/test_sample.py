"""The sample region is what the project promises of it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ingest.simulator.gauges import Gauges
from ingest.simulator.parameters import Parameters
from models.region_check import check
from models.region_files import render
from models.registry import Region
from tests.ingest.simulator.conftest import SAMPLE

DAMS = {"Přísečnice", "Fláje", "Křímov", "Kamenička", "Jirkov", "Janov", "Nechranice"}


def test_it_has_its_towns_zones_devices_dams_and_tanks(sample: Region) -> None:
    assert sample.simulated
    assert len(sample.municipalities) == 30
    assert {1, 2, 3, 4} >= {len(zones) for zones in sample.zones_of_municipality.values()}
    assert len(sample.zones_of_municipality) == 30
    hanging = {item.device for item in sample.assignments if item.end is None}
    assert len(hanging) >= 900
    names = {item.name.removeprefix("Vodní nádrž ") for item in sample.reservoirs if item.kind == "dam"}
    assert names == DAMS
    assert sum(item.kind == "tank" for item in sample.reservoirs) >= 12
    assert any(item.kind == "tank" and item.zone for item in sample.reservoirs)
    assert any(zone.parent for zone in sample.zones)


def test_it_checks_and_its_files_are_canonical(sample: Region) -> None:
    assert check(sample) == []
    for name, text in render(sample).items():
        assert (SAMPLE / name).read_text(encoding="utf-8") == text
    assert sum(path.stat().st_size for path in SAMPLE.iterdir()) < 1_500_000


def test_three_zones_are_fully_metered_and_the_others_billed(sample: Region) -> None:
    meters = Counter(point.zone for point in sample.points if point.role == "household")
    assert len(meters) == 3
    assert min(meters.values()) >= 120
    month = datetime(2026, 10, 10, tzinfo=UTC)
    billed = {row.zone for row in sample.billing if row.start <= month < row.end}
    assert billed == {zone.zone for zone in sample.zones} - set(meters)
    for zone in sample.zones:
        remote = [p for p in sample.points if p.zone == zone.zone and p.role in ("household", "other")]
        assert any(point.role == "other" for point in remote)


def test_bills_reach_from_the_history_over_what_is_shown_live(sample: Region) -> None:
    now = datetime(2026, 11, 25, tzinfo=UTC)
    for moment in (now - timedelta(days=365), now, now + timedelta(days=365)):
        assert any(row.start <= moment < row.end for row in sample.billing)


def test_people_and_connections_add_up(sample: Region) -> None:
    for town in sample.municipalities:
        served = sum(zone.population_served for zone in sample.zones_of_municipality[town.code] if not zone.parent)
        assert served == town.population_supplied
        assert town.population_supplied <= town.population


def test_every_device_says_something_and_by_its_towns_dialect(gauges: Gauges, sample: Region) -> None:
    dialects: dict[str, set[str]] = {}
    for item in gauges.instruments:
        assert item.quantities("often") or item.quantities("hourly"), item.device
        if item.device.kind not in ("tank_station", "dam_station", "weather_station"):
            dialects.setdefault(item.point.municipality, set()).add(item.route.dialect)
    assert all(len(found) == 1 for found in dialects.values())
    assert {next(iter(found)) for found in dialects.values()} == {
        "smartvoda",
        "wmbusmeters",
        "chirpstack4",
        "ttn3",
        "thingsboard",
        "number",
    }


def test_the_truth_lies_with_the_simulator_alone(sample: Region) -> None:
    assert {leak.zone for leak in Parameters(sample).leaks} <= set(sample.zone)
    assert not list(Path(SAMPLE).glob("parameters*"))
