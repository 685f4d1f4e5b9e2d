"""The balance on pages: computed for real from a month of readings' rollups, told with its reasons; returns and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from analysis.figures import Figures
from analysis.topology import Topology
from dashboard.api.returns import return_table
from dashboard.config import DashboardConfig
from dashboard.i18n import Words
from dashboard.views.water_return import water_return
from dashboard.visit import Rooms
from models.calendar import day_edges, month_bounds, starts, year_of_months
from models.registry import BalanceInput, Region
from models.rollup import Rollup
from tests.dashboard.conftest import NOW
from tests.dashboard.filled import Filled, few_towns, fill, sample_region
from tests.dashboard.said import page

TOWNS = ("osek", "krupka")
METERED = "krupka-uncin"
START, END = year_of_months(2026, 10, sample_region().tz)


@pytest.fixture(scope="module")
def balanced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """Two towns whose day rollups are made, and whose balances analysis computed from them."""
    region = few_towns(sample_region(), TOWNS)
    inputs = (
        BalanceInput(region.name, "theft_pct", 0.5, 0.5, "D", "guess"),
        BalanceInput(region.name, "under_registration_pct", 1.0, 0.5, "B", "bench"),
    )
    region = replace(region, balance_inputs=inputs)
    made = fill(tmp_path_factory.mktemp("balanced"), region, NOW, days=1)
    made.store.write_rollups(list(_rollups(region)))
    figures = Figures(made.store, made.records, Topology(region, NOW))
    for level, subject in Topology(region, NOW).areas:
        figures.month(level, subject, 2026, 10)
    yield made
    made.close()


def _rollups(region: Region) -> Iterator[Rollup]:
    """100 m³/h into each zone, all through one meter; 150 m³ a day to each customer that is no household."""
    days = starts(day_edges(START, END, region.tz))
    topology = Topology(region, NOW)
    for level, subject in topology.areas:
        around = topology.boundary(level, subject)
        mean = 100.0 * len(around.inflows)
        yield from (Rollup(level, subject, "day", "net_inflow_m3h", day, mean) for day in days)
        if level == "zone":
            for point in around.inflows:
                device = topology.devices_of(point)[0]
                yield from (Rollup("device", device, "day", "consumption_m3", day, 2400.0) for day in days)
    for point in region.points:
        if point.role in ("other", "household"):
            used = 20.0 if point.role == "other" else 0.3
            yield from (Rollup("point", point.point, "day", "consumption_m3", day, used) for day in days)


@pytest.fixture(scope="module")
def rooms(balanced: Filled) -> Rooms:
    return Rooms(balanced.store, balanced.records, balanced.clock, DashboardConfig())


def value(filled: Filled, level: str, subject: str, period: str, quantity: str) -> float:
    start = START if period == "year" else month_bounds(2026, 10, filled.region.tz)[0]
    [found] = filled.records.figures(level, [subject], period, quantity, start, start + timedelta(hours=1))  # type: ignore[arg-type] # plain words
    assert found.value is not None, found.reason
    return found.value


def test_the_terms_on_a_zone_s_page_are_those_that_analysis_quoted(balanced: Filled, rooms: Rooms) -> None:
    put_in = value(balanced, "zone", METERED, "month", "system_input_m3")
    assert put_in == pytest.approx(100 * 745)  # October has 31 days and an hour.
    real = value(balanced, "zone", METERED, "month", "real_m3")
    terms = [value(balanced, "zone", METERED, "month", name) for name in ("billed_m3", "unbilled_m3", "apparent_m3")]
    assert put_in == pytest.approx(sum(terms) + real, abs=1e-3)
    made = page(rooms, f"/zones/{METERED}", "en")
    rows = [row.text for row in made.by_tag("tr")]
    assert any(row.startswith("System input (SIV) 74,500 ") for row in rows)
    assert any(row.startswith(f"real losses {real:,.0f} ") for row in rows)
    assert any(row == "data errors — not set; contained in real losses" for row in rows)
    assert any(row.startswith("Theft 3") for row in rows)
    assert "Most would be won by verifying the meter:" in made.text
    assert "UARL and ILI with caution" in made.text


def test_the_last_hour_is_balanced_when_it_is_looked_at(balanced: Filled, rooms: Rooms) -> None:
    hour = NOW.replace(minute=0, second=0, microsecond=0) - timedelta(hours=2)
    region = balanced.region
    used = [point.point for point in region.points_of_zone[METERED] if point.role in ("household", "other")]
    rows = [Rollup("point", point, "hour", "consumption_m3", hour, 0.01) for point in used]
    rows += [
        Rollup("zone", METERED, "hour", "net_inflow_m3h", hour + timedelta(hours=late), 9.0, coverage=1.0 - late / 2)
        for late in (0, 1)
    ]
    balanced.store.write_rollups(rows)
    made = page(rooms, f"/zones/{METERED}", "en", balance="hour")
    texts = [row.text for row in made.by_tag("tr")]
    assert any(row.startswith("System input (SIV) 9.0 ") for row in texts)
    assert any(row.startswith(f"Billed consumption {0.01 * len(used):.1f} ") for row in texts)
    assert not balanced.records.figures("zone", [METERED], "day", "real_m3", hour, hour + timedelta(hours=1))


def test_twelve_months_have_an_index_and_a_month_has_none(balanced: Filled, rooms: Rooms) -> None:
    carl, uarl = (value(balanced, "municipality", "krupka", "year", name) for name in ("carl_m3d", "uarl_m3d"))
    assert value(balanced, "municipality", "krupka", "year", "ili") == pytest.approx(carl / uarl, rel=1e-4)
    start = month_bounds(2026, 10, balanced.region.tz)[0]
    assert not balanced.records.figures("municipality", ["krupka"], "month", "ili", start, END)
    made = page(rooms, "/municipalities/krupka", "en", balance="year")
    assert "November 2025–October 2026" in made.text
    assert "Infrastructure leakage index (ILI)" in made.text


def test_the_return_s_chain_adds_up_and_opens_in_czech_excel(balanced: Filled, rooms: Rooms) -> None:
    found = water_return(rooms, balanced.region, NOW, {"town": "krupka"})
    assert found.start == START
    chain = {name: figure.value or 0.0 for name, figure in found.chosen.figures.items()}
    vvr = chain["cz_produced_m3"] + chain["cz_taken_m3"] - chain["cz_handed_m3"]
    assert chain["cz_vvr_m3"] == pytest.approx(vvr, abs=1e-3)
    assert chain["cz_unbilled_m3"] == pytest.approx(vvr - chain["cz_household_m3"] - chain["cz_other_m3"], abs=1e-3)
    parts = chain["cz_losses_m3"] + chain["cz_own_use_m3"] + chain["cz_rest_m3"]
    assert chain["cz_unbilled_m3"] == pytest.approx(parts, abs=1e-3)
    table = return_table(found, balanced.region, Words("cs", balanced.region.tz))
    assert table.startswith("\ufeff".encode())
    rows = list(csv.DictReader(io.StringIO(table.decode("utf-8-sig")), delimiter=";"))
    assert [row["Dodavatel"] for row in rows] == [balanced.region.name, "Krupka", "Osek"]
    # Three zones of 2 400 m³ a day and a few thousand people are below both thresholds.
    assert rows[1]["posuzuje se"] == "ne"
    assert rows[1]["m³/den"] == "7200"
    assert "," in rows[1]["Voda fakturovaná [m³]"]


@pytest.mark.parametrize("language", ["cs", "en", "de"])
def test_returns_are_told_in_every_language(rooms: Rooms, language: str) -> None:
    made = page(rooms, "/returns", language, town="krupka")
    assert "Krupka" in made.text
    assert "VVR" in made.text
    assert "{" not in made.text


def test_the_region_shows_its_balance(rooms: Rooms) -> None:
    made = page(rooms, "/", "cs")
    assert "Vstup do systému (SIV)" in made.text
    assert "Skutečné ztráty dvěma cestami" in made.text
    assert "Spolehlivost objemů" not in made.text
    assert "Spolehlivost objemů" in page(rooms, "/", "cs", balance="month").text
