"""Quoted figures and nights of towns, and readings that have no place: what the comparison and the arrivals show."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np

from models.calendar import day_bounds, month_bounds
from models.quality import Quality
from models.reading import Reading, Series, to_ms
from models.records import Figure, NewDevice
from models.registry import Region
from tests.dashboard.filled import Filled, refused

DAY = timedelta(days=1)
UNCOVERED_SHARE = 0.61


def quote_months(filled: Filled, months: int, uncovered: tuple[str, ...] = (), seed: int = 3) -> dict[str, float]:
    """Monthly figures and nights of every town before now; gives each town's household litres per person and day.

    uncovered : towns whose meters and bills cover too few connections for a figure
    """
    region, now = filled.region, filled.clock.now()
    local = now.astimezone(region.tz)
    rng = np.random.default_rng(seed)
    litres = {town.code: float(rng.uniform(84, 108)) for town in region.municipalities}
    index = local.year * 12 + local.month - 1
    for back in range(months, 0, -1):
        year, month = (index - back) // 12, (index - back) % 12 + 1
        start, end = month_bounds(year, month, region.tz)
        filled.records.supersede_figures(_figures(region, litres, uncovered, start, (end - start) / DAY))
    filled.records.supersede_figures(_nights(region, rng, now, months))
    return litres


def _figures(
    region: Region, litres: dict[str, float], uncovered: tuple[str, ...], start: datetime, days: float
) -> list[Figure]:
    rows = []
    for number, town in enumerate(region.municipalities):
        home = litres[town.code] * town.population_supplied * days / 1000
        covered = UNCOVERED_SHARE if town.code in uncovered else 0.955 + 0.045 * (number % 5) / 4
        few = "balance.too_few_covered" if town.code in uncovered else ""
        values = {"system_input_m3": home * 1.7, "household_m3": home, "billed_m3": home * 1.35}
        for quantity, value in values.items():
            known = quantity == "system_input_m3" or not few
            coverage = 0.99 if quantity == "system_input_m3" else covered
            said = "" if known else few
            figure = Figure(
                "municipality",
                town.code,
                "month",
                quantity,
                start,
                value if known else None,
                None,
                None,
                coverage,
                said,
            )
            rows.append(figure)
    return rows


def _nights(region: Region, rng: np.random.Generator, now: datetime, months: int) -> list[Figure]:
    rows = []
    today = now.astimezone(region.tz).date()
    for town in region.municipalities:
        connections = sum(zone.connections for zone in region.zones_of_municipality.get(town.code, ()))
        level = float(rng.uniform(3, 9)) * connections / 1000
        drift = 0.0
        for back in range(31 * (months + 1), 0, -1):
            drift = 0.7 * drift + float(rng.normal(0, 0.05))
            time, _ = day_bounds(today - back * DAY, region.tz)
            value = level * (1 + drift)
            rows.append(Figure("municipality", town.code, "day", "night_flow_m3h", time, value, None, None, 1.0))
    return rows


def arrive(filled: Filled) -> None:
    """New devices with readings, and refused payloads of several kinds, one of them often."""
    now = filled.clock.now()
    hours = np.array([to_ms(now - (72 - k) * timedelta(hours=1)) for k in range(72)], np.int64)
    use = 0.012 + 0.01 * np.sin(np.arange(72) / 24 * 2 * np.pi)
    good = np.array([Quality.GOOD], np.int8)
    filled.store.write_series(
        [Series("24e124136d151011", "volume_m3", hours, np.round(120 + np.cumsum(use), 3), good, "chirpstack4")]
    )
    filled.store.write([Reading("24e124136d151011", "battery_pct", 87.0, now - timedelta(hours=3))])
    pressures = np.round(46 + np.sin(np.arange(72) / 5), 2)
    filled.store.write_series([Series("TLAK-7", "pressure_m", hours, pressures, good, "json")])
    filled.records.see_devices(
        [NewDevice("TLAK-7", "json", "most/tlak/TLAK-7", now - 3 * DAY, now - timedelta(minutes=2), ("pressure_m",))]
    )
    nonsense = [
        refused(
            f"wmbus/most/{12345678 + k}",
            bytes([0x68, 0x2F, 0x2F, 0x68, k, 255, 0x16]),
            now - timedelta(minutes=40 + 7 * k),
        )
        for k in range(11)
    ]
    broken = b'{"device": "7", "quantity": "flow_m3h", "value": 12.5,, "time": "2026-11-25T08:00:00Z"}'
    several = [*nonsense, refused("teplice/cidlo/7", broken, now - timedelta(hours=3))]
    filled.records.add_refused(several, 1_000_000)
