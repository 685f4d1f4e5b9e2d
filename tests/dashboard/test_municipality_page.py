from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from dashboard import sentences
from dashboard.config import DashboardConfig
from dashboard.i18n import Words
from dashboard.views.inflow import EMPTY_BAND, Band, bands, net_inflow
from dashboard.views.municipality import town_view
from dashboard.views.town_band import summed, town_bands
from dashboard.visit import Rooms
from tests.dashboard.filled import BURST_ZONE, DAY, Filled
from tests.dashboard.incidents import Incidents, quote, raise_incidents
from tests.dashboard.said import charts, made_page, page
from tests.dashboard.served import Served
from tests.servers import WatchedPage

NewPage = Callable[..., WatchedPage]
OCTOBER = datetime(2026, 9, 30, 22, tzinfo=UTC)


@pytest.fixture(scope="module")
def rooms(filled: Filled) -> Rooms:
    return Rooms(filled.store, filled.records, filled.clock, DashboardConfig())


@pytest.fixture(scope="module")
def incidents(filled: Filled) -> Incidents:
    return raise_incidents(filled)


def band(hours: list[int], lower: float, upper: float) -> Band:
    ones = np.ones(len(hours))
    return Band(np.array(hours, dtype=np.int64) * 3_600_000, ones * lower, ones * (lower + upper) / 2, ones * upper)


def test_bands_are_summed_where_all_zones_have_one() -> None:
    found = summed([band([1, 2, 3], 1.0, 3.0), band([2, 3, 4], 10.0, 20.0)])
    assert (found.time_ms // 3_600_000).tolist() == [2, 3]
    assert found.lower.tolist() == [11.0, 11.0]
    assert found.expected.tolist() == [17.0, 17.0]
    assert found.upper.tolist() == [23.0, 23.0]
    assert len(summed([band([1, 2], 1.0, 2.0), EMPTY_BAND]).time_ms) == 0


def test_a_town_is_expected_to_take_what_its_zones_do(filled: Filled) -> None:
    now = filled.clock.now()
    found = town_bands(filled.store, filled.region, ["decin", "krupka"], now - DAY, now)
    zones = [zone.zone for zone in filled.region.zones_of_municipality["decin"]]
    parts = bands(filled.store, "zone", zones, now - DAY, now)
    assert found["decin"].upper[5] == pytest.approx(sum(parts[zone].upper[5] for zone in zones))
    alone = replace(filled.region, zones=tuple(z for z in filled.region.zones if z.zone == "krupka-uncin"))
    one = town_bands(filled.store, alone, ["krupka", "decin"], now - DAY, now)
    own = bands(filled.store, "zone", ["krupka-uncin"], now - DAY, now)["krupka-uncin"]
    assert one["krupka"].upper.tolist() == own.upper.tolist()
    assert len(one["decin"].time_ms) == 0


def test_a_town_takes_the_sum_of_its_zones(rooms: Rooms, filled: Filled, incidents: Incidents) -> None:
    now = filled.clock.now()
    town = filled.region.municipality["decin"]
    view = town_view(rooms, filled.region, town, now, {"range": "24h"})
    together: dict[int, float] = {}
    for zone in filled.region.zones_of_municipality["decin"]:
        line = net_inflow(filled.store, filled.region, zone, view.span.start, now)
        for at, value in zip(line.time_ms.tolist(), line.value.tolist(), strict=True):
            together[at] = together.get(at, 0.0) + value
    line = view.inflow.line
    assert len(line.time_ms) > 250
    wanted = [together[at] for at in line.time_ms.tolist()]
    # Where tanks lie inside, steps are means of half an hour: only the whole day agrees.
    assert float(np.mean(line.value)) == pytest.approx(float(np.mean(wanted)), rel=0.02)
    assert set(view.losing) == {BURST_ZONE, "decin-podmokly"}
    assert view.lost_m3h == pytest.approx(14.2)
    assert {item.municipality.code for item in (*view.items, *view.past) if item.municipality} == {"decin"}


def test_the_page_says_what_its_band_is(rooms: Rooms, incidents: Incidents) -> None:
    made = page(rooms, "/municipalities/decin", "en")
    assert made.by_tag("h1")[0].text == "2 zones of town Děčín lose water."
    assert "expected of its zones together" in made.text
    assert "sum of the zones' expected ranges" in made.text
    assert "The sum of ranges is wider than a 90% interval of the town" in made.text
    assert "About 14.2 m³/h of it is being lost." in made.text
    drawn = charts(made_page(rooms, "/municipalities/decin").content)
    assert set(drawn) == {"town-inflow", "town-night"}


def test_a_town_of_one_zone_has_that_zones_band(rooms: Rooms, filled: Filled) -> None:
    alone = replace(
        filled.region,
        zones=tuple(z for z in filled.region.zones if z.municipality != "litvinov" or z.zone == "litvinov-hamr"),
    )
    filled.records.save_region(alone, "test", "one zone", filled.clock.now())
    try:
        made = page(rooms, "/municipalities/litvinov", "en")
        assert "sum of the zones' expected ranges" not in made.text
        assert made.by_tag("h1")[0].text == "As much flows into town Litvínov as expected."
    finally:
        filled.records.save_region(filled.region, "test", "all zones", filled.clock.now())


def test_zones_stand_as_small_multiples_the_largest_first(rooms: Rooms, filled: Filled, incidents: Incidents) -> None:
    made = page(rooms, "/municipalities/decin")
    cells = made.by_id("town-zones").by_tag("a")
    zones = sorted(filled.region.zones_of_municipality["decin"], key=lambda zone: -zone.population_served)
    assert [cell.attributes["href"] for cell in cells] == [f"/zones/{zone.zone}" for zone in zones]
    burst = next(cell for cell in cells if cell.attributes["href"].endswith(BURST_ZONE))
    assert burst.by_class("out")
    # Colour is for the zone that loses water alone.
    assert len(made.by_id("town-zones").by_class("out")) == 1


def test_tanks_and_sources(rooms: Rooms, filled: Filled, incidents: Incidents) -> None:
    made = page(rooms, "/municipalities/krupka", "en")
    assert [link.text for link in made.by_id("town-tanks").by_tag("a")] == ["Bohosudov"]
    rows = [row.text for row in made.by_tag("tr")]
    assert "podzemní zdroje 65%" in rows
    assert "Fláje 35%" in rows
    assert any(part.attributes.get("href") == "/reservoirs/flaje" for part in made)
    part = replace(filled.region, supplies=tuple(s for s in filled.region.supplies if s.source == "flaje"))
    filled.records.save_region(part, "test", "one source", filled.clock.now())
    try:
        text = page(rooms, "/municipalities/krupka", "en").text
        assert "The other 65% comes from sources outside the registry." in text
        assert (
            "The registry does not say where the town's water comes from."
            in page(rooms, "/municipalities/decin", "en").text
        )
    finally:
        filled.records.save_region(filled.region, "test", "all sources", filled.clock.now())


def test_the_month_has_losses_or_the_reason_why_not(rooms: Rooms, filled: Filled) -> None:
    assert "The first whole month is computed when it has passed." in page(rooms, "/municipalities/litvinov", "en").text
    quote(filled, "decin", OCTOBER)
    made = page(rooms, "/municipalities/decin", "en")
    assert "Non-revenue water 21,000 m³, 21% of the input, interval 18,500–23,500." in made.text
    assert "October 2026" in made.text
    rows = [row.text for row in made.by_tag("tr")]
    assert any(row.startswith("Billed consumption 79,000") for row in rows)
    assert any(row.startswith("water losses 20,000") for row in rows)
    assert "not fit for comparing networks" in made.text
    for reason, said in (
        ("balance.too_few_covered", "Losses are not available: 71% of connections are covered, 90% are needed."),
        ("balance.inflow_incomplete", "Losses are not available: inflow was measured for 62% of the month only."),
        ("balance.no_connections", "Losses are not available: the registry has no connections here."),
    ):
        quote(filled, "krupka", OCTOBER, reason, covered=0.71)
        made = page(rooms, "/municipalities/krupka", "en")
        assert said in made.text
        assert any(row.text.startswith("Billed consumption —") for row in made.by_tag("tr"))


def test_spans(rooms: Rooms, filled: Filled) -> None:
    town = filled.region.municipality["krupka"]
    now = filled.clock.now()
    month = town_view(rooms, filled.region, town, now, {"range": "30d"})
    assert not month.inflow.daily
    assert len(month.inflow.line.time_ms) > 600
    assert len(month.inflow.band.time_ms)
    year = town_view(rooms, filled.region, town, now, {"range": "year"})
    assert year.inflow.daily
    assert len(year.inflow.line.time_ms) == 30
    assert len(year.inflow.band.time_ms) == 0
    chosen = town_view(rooms, filled.region, town, now, {"from": "2026-11-20T00:00", "to": "2026-11-21T00:00"})
    assert chosen.inflow.end - chosen.inflow.start == DAY


def test_an_unknown_town_is_missing(rooms: Rooms) -> None:
    assert made_page(rooms, "/municipalities/nowhere").status == 404


@pytest.mark.parametrize(
    ("losing", "outside", "flow", "stale", "zones", "said"),
    [
        (2, 1, 10.0, "", 4, "Ve městě Most ztrácejí vodu 2 okrsky."),
        (0, 5, 10.0, "", 6, "Ve městě Most odebírá 5 okrsků víc, než se čeká."),
        (0, 0, 10.0, "", 6, "Všechny okrsky města Most se drží v očekávaném pásmu."),
        (0, 0, 10.0, "", 1, "Do města Most teče tolik, kolik se čeká."),
        (0, 0, 10.0, "08:10", 2, "Město Most neposílá data od 08:10."),
        (0, 0, None, "", 2, "Město Most zatím neposlalo žádná data."),
    ],
)
def test_the_headline(
    losing: int, outside: int, flow: float | None, stale: str, zones: int, said: str, filled: Filled
) -> None:
    words = Words("cs", filled.region.tz)
    headline = sentences.town_headline("Most", losing, outside, flow, stale, zones, words)
    assert headline.replace("\u00a0", " ") == said


def test_a_town_in_the_browser(served: Served, filled: Filled, incidents: Incidents, new_page: NewPage) -> None:
    for options in ({}, {"viewport": {"width": 320, "height": 844}, "color_scheme": "dark"}):
        watched = new_page(**options)
        tab = watched.page
        tab.goto(f"{served.url}/municipalities/decin?lang=de")
        tab.wait_for_selector("#town-inflow[data-drawn]")
        tab.wait_for_selector("#town-night[data-drawn]")
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
        tab.click("#town-zones a >> nth=0")
        tab.wait_for_selector("#zone-inflow[data-drawn]")
        watched.assert_clean()
