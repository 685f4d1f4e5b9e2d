"""Nights from readings to quoted figures: at the night's end, at the day's end, in history, and after late data."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from models.calendar import day_bounds, local_day
from models.night_flow import NIGHT_FIGURES
from models.reading import Reading
from models.records import Figure
from models.registry import Assignment, Device, MeteringPoint
from models.rollup import Level
from tests.analysis.desk import Desk, SetClock
from tests.models.towns import REGION, SINCE

START = datetime(2026, 5, 4, 22, tzinfo=UTC)
"""Local midnight of 5 May."""
FIVE = timedelta(minutes=5)
HOUR = timedelta(hours=1)
USES = {"d-a11-h1": 0.15, "d-a11-h2": 0.25}

PRESSED = replace(
    REGION,
    zones=tuple(replace(zone, azp_point="p" if zone.zone == "a11" else "") for zone in REGION.zones),
    points=(*REGION.points, MeteringPoint("p", "A", "a11", "pressure")),
    devices=(*REGION.devices, Device("d-p", "pressure_sensor")),
    assignments=(*REGION.assignments, Assignment("d-p", "p", SINCE)),
)


def readings(first: datetime, hours: int, every: timedelta = FIVE) -> list[Reading]:
    """Zone a11: 2 m³/h flow in, its two households use 0.4 m³/h; 60 m at night, 50 m by day."""
    result = []
    steps = HOUR // every
    for k in range(hours * steps):
        at = first + (k + 1) * every
        night = (at - every).astimezone(REGION.tz).hour
        head = 60.0 if night < 6 or night >= 22 else 50.0
        # Sensors that never move are not believed: a wave whose mean over any hour is nothing.
        wave = (k % steps - (steps - 1) / 2) / steps
        result.append(Reading("d-a-inner", "flow_m3h", round(2.0 + wave, 3), at))
        result.append(Reading("d-p", "pressure_m", round(head + wave, 3), at - every))
    for k in range(hours + 1):
        at = first + k * HOUR
        for home, use in USES.items():
            result.append(Reading(home, "volume_m3", round(500 * use + use * ((at - START) / HOUR), 3), at))
    return result


def figures(desk: Desk, level: Level, subject: str, day: datetime, period: str = "day") -> dict[str, Figure]:
    start, end = day_bounds(local_day(day, REGION.tz), REGION.tz)
    found = {
        name: desk.records.figures(level, [subject], "day" if period == "day" else "month", name, start, end)
        for name in NIGHT_FIGURES
    }
    return {name: rows[0] for name, rows in found.items() if rows}


def test_a_night_is_told_in_the_morning_and_its_losses_when_the_day_is_over(tmp_path: Path) -> None:
    clock = SetClock(START + timedelta(hours=29, minutes=30))
    desk = Desk.open(tmp_path, clock, PRESSED)
    desk.store.write(readings(START, 29))
    desk.analysis.run_once()
    today = START + timedelta(days=1)
    yesterday, early = figures(desk, "zone", "a11", START), figures(desk, "zone", "a11", today)
    # 2.0 − 0.4 m³/h, and 8 + 16 · 50/60 h/d.
    assert early["night_flow_m3h"].value == pytest.approx(2.0, abs=1e-6)
    assert early["legitimate_night_use_m3h"].value == pytest.approx(0.4, abs=0.01)
    assert early["legitimate_night_use_m3h"].coverage == pytest.approx(1.0)
    assert "real_losses_night_m3" not in early
    assert yesterday["night_day_factor_h"].value == pytest.approx(8 + 16 * 50 / 60, rel=0.01)
    assert yesterday["real_losses_night_m3"].value == pytest.approx(1.6 * (8 + 16 * 50 / 60), rel=0.02)
    clock.moment = START + timedelta(hours=48, minutes=30)
    desk.store.write(readings(START + timedelta(hours=29), 19))
    desk.analysis.run_once()
    late = figures(desk, "zone", "a11", today)
    desk.close()
    assert late["real_losses_night_m3"].value == pytest.approx(1.6 * (8 + 16 * 50 / 60), rel=0.02)
    assert late["night_flow_m3h"].known_from == early["night_flow_m3h"].known_from


def test_a_late_meter_changes_the_night_use_and_the_losses_of_its_day(tmp_path: Path) -> None:
    clock = SetClock(START + timedelta(hours=25))
    desk = Desk.open(tmp_path, clock, PRESSED)
    every = readings(START, 25)
    desk.store.write([one for one in every if one.device != "d-a11-h2"])
    desk.analysis.run_once()
    before = figures(desk, "zone", "a11", START)
    clock.moment += HOUR
    desk.store.write([one for one in every if one.device == "d-a11-h2"])
    desk.analysis.run_once()
    after = figures(desk, "zone", "a11", START)
    desk.close()
    # Until it comes its connection is assumed: 0.6 L/h of half of 30 people.
    assert before["legitimate_night_use_m3h"].value == pytest.approx(0.159, abs=0.01)
    assert before["legitimate_night_use_m3h"].coverage == pytest.approx(0.5, abs=0.01)
    assert after["legitimate_night_use_m3h"].value == pytest.approx(0.4, abs=0.01)
    assert after["real_losses_night_m3"].value == pytest.approx(1.6 * (8 + 16 * 50 / 60), rel=0.02)


def test_late_pressure_tells_the_losses_of_its_day(tmp_path: Path) -> None:
    clock = SetClock(START + timedelta(hours=25))
    desk = Desk.open(tmp_path, clock, PRESSED)
    every = readings(START, 25)
    desk.store.write([one for one in every if one.device != "d-p"])
    desk.analysis.run_once()
    before = figures(desk, "zone", "a11", START)["real_losses_night_m3"]
    clock.moment += HOUR
    desk.store.write([one for one in every if one.device == "d-p"])
    desk.analysis.run_once()
    after = figures(desk, "zone", "a11", START)["real_losses_night_m3"]
    desk.close()
    assert (before.value, before.reason) == (None, "night_day_factor.no_pressure")
    assert after.value == pytest.approx(1.6 * (8 + 16 * 50 / 60), rel=0.02)


def test_a_history_gives_nights_and_months(tmp_path: Path) -> None:
    days = 27
    first = datetime(2026, 4, 30, 22, tzinfo=UTC)
    clock = SetClock(datetime(2026, 6, 1, 6, tzinfo=UTC))
    desk = Desk.open(tmp_path, clock, PRESSED)
    desk.store.write(readings(first, days * 24, 3 * FIVE))
    desk.analysis.run_once()
    works = desk.analysis._works
    assert works is not None
    works.nights.months("zone", "a11", first, datetime(2026, 5, 31, 22, tzinfo=UTC))
    day, month = figures(desk, "zone", "a11", first), figures(desk, "zone", "a11", first, "month")
    town = figures(desk, "municipality", "A", first)
    desk.close()
    losses = 1.6 * (8 + 16 * 50 / 60)
    assert day["real_losses_night_m3"].value == pytest.approx(losses, rel=0.02)
    assert month["night_flow_m3h"].value == pytest.approx(2.0, abs=1e-6)
    assert month["real_losses_night_m3"].value == pytest.approx(31 * losses, rel=0.02)
    assert month["real_losses_night_m3"].coverage == pytest.approx(27 / 31, abs=0.04)
    # The town's other zones say nothing: its night flow isn't known.
    assert town["night_flow_m3h"].reason == "night_flow.too_little_data"


def test_what_is_computed_first_is_what_is_computed_later(tmp_path: Path) -> None:
    """A page that opens before the customers are summed shows the same night flow: large users are off already."""
    clock = SetClock(START + timedelta(hours=25))
    region = replace(PRESSED, points=(*PRESSED.points, MeteringPoint("a11-o1", "A", "a11", "other")))
    region = replace(region, devices=(*region.devices, Device("d-o", "meter", q3_m3h=16.0, register_digits=6)))
    desk = Desk.open(
        tmp_path, clock, replace(region, assignments=(*region.assignments, Assignment("d-o", "a11-o1", SINCE)))
    )
    large = [Reading("d-o", "volume_m3", round(40 + 0.8 * k, 3), START + k * HOUR) for k in range(26)]
    desk.store.write([*readings(START, 25), *large])
    desk.analysis.run_once()
    later = figures(desk, "zone", "a11", START)["night_flow_m3h"]
    works = desk.analysis._works
    assert works is not None
    works.nights.flows("zone", "a11", [local_day(START, REGION.tz)])
    first = figures(desk, "zone", "a11", START)["night_flow_m3h"]
    desk.close()
    assert later.value == pytest.approx(1.2, abs=1e-6)
    assert first == later
