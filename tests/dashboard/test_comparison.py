"""Towns beside each other: figures from quoted months, an order only where intervals allow it, an export that opens."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from urllib.request import urlopen
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from dashboard.api.comparison import comparison_table
from dashboard.config import DashboardConfig
from dashboard.figures.comparison import Dot, ladder, scale_of, scatter
from dashboard.i18n import Words
from dashboard.pages.comparison_words import REASONS, headline, period_text, reason, second
from dashboard.views.comparison import Comparison, Ranked, comparison
from dashboard.views.comparison_periods import whole_months
from dashboard.visit import Rooms
from models.comparison_ranges import Range
from tests.dashboard.conftest import NOW
from tests.dashboard.filled import Filled, few_towns, fill, sample_region
from tests.dashboard.quoted import quote_months
from tests.dashboard.served import Served, serving
from tests.servers import WatchedPage

NewPage = Callable[..., WatchedPage]
CS, EN, DE = (Words(language, ZoneInfo("Europe/Prague")) for language in ("cs", "en", "de"))
TOWNS = ("teplice", "louny", "kadan", "zatec", "osek")
UNCOVERED = "louny"


@pytest.fixture(scope="module")
def towns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    made = fill(tmp_path_factory.mktemp("towns"), few_towns(sample_region(), TOWNS), NOW, days=2)
    yield made
    made.close()


@pytest.fixture(scope="module")
def litres(towns: Filled) -> dict[str, float]:
    return quote_months(towns, 6, (UNCOVERED,))


@pytest.fixture(scope="module")
def served_towns(towns: Filled, litres: dict[str, float]) -> Iterator[Served]:
    with serving(towns) as running:
        yield running


def compared(towns: Filled, period: str = "month", indicator: str = "household", own: str = "") -> Comparison:
    rooms = Rooms(towns.store, towns.records, towns.clock, DashboardConfig())
    return comparison(rooms, towns.region, NOW, period, indicator, own)  # type: ignore[arg-type] # a name of an indicator


# -- views -----------------------------------------------------------------------------------------------------------


def test_figures_are_litres_per_person_over_whole_months(towns: Filled, litres: dict[str, float]) -> None:
    for period, days in (("month", 31), ("quarter", 92)):
        found = compared(towns, period)
        assert found.span.days == days
        for row in found.rows:
            figure = row.figures["household"]
            if row.town.code == UNCOVERED:
                assert figure.value is None
                assert figure.coverage == pytest.approx(0.61)
            else:
                assert figure.value == pytest.approx(litres[row.town.code])
                assert row.figures["billed"].value == pytest.approx(1.35 * litres[row.town.code])


def test_whole_months_end_before_the_running_one_in_local_time(towns: Filled) -> None:
    # On 1 November 00:30 in Prague it is still October in UTC; October in Prague is over.
    just_after = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)
    start, end = whole_months(just_after, 1, towns.region)
    assert (start, end) == (datetime(2026, 9, 30, 22, tzinfo=UTC), datetime(2026, 10, 31, 23, tzinfo=UTC))
    january = datetime(2026, 1, 15, tzinfo=UTC)
    assert whole_months(january, 12, towns.region)[0] == datetime(2024, 12, 31, 23, tzinfo=UTC)


def test_a_missing_month_leaves_no_figure_and_says_why(towns: Filled, litres: dict[str, float]) -> None:
    found = compared(towns, "year")
    reasons = {row.figures["household"].reason for row in found.rows}
    assert reasons == {"comparison.not_computed"}
    assert headline(found, EN) == "No town has a figure for this period."


def test_too_little_cover_says_how_much_and_what_mends_it(towns: Filled, litres: dict[str, float]) -> None:
    (row,) = compared(towns).unknown
    assert row.town.code == UNCOVERED
    said = reason(row.figures["household"], CS)
    assert "61\u00a0%" in said
    assert "90\u00a0%" in said
    own = compared(towns, own=UNCOVERED)
    assert headline(own, CS) == "Město Louny podle tohoto ukazatele srovnat nelze."
    assert said in second(own, towns.region, CS)


def test_other_customers_that_are_not_covered_are_named_as_the_reason(towns: Filled, litres: dict[str, float]) -> None:
    start, end = whole_months(NOW, 1, towns.region)
    present = towns.records.figures("municipality", ["osek"], "month", "billed_m3", start, end)
    few = present[0]._replace(value=None, coverage=0.97, reason="balance.too_few_covered", known_from=None)
    try:
        towns.records.supersede_figures([few])
        found = {row.town.code: row for row in compared(towns, indicator="billed").rows}
        assert found["osek"].figures["household"].value == pytest.approx(litres["osek"])
        assert found["osek"].figures["billed"].value is None
        assert "other customers" in reason(found["osek"].figures["billed"], EN)
    finally:
        towns.records.supersede_figures([present[0]._replace(known_from=None)])


def test_every_reason_of_the_models_has_a_sentence() -> None:
    from pathlib import Path

    text = (Path(__file__).parents[2] / "models" / "comparison.py").read_text(encoding="utf-8")
    assert set(re.findall(r'"(comparison\.[a-z_]+)"', text)) <= set(REASONS)


def test_towns_stand_by_their_intervals(towns: Filled, litres: dict[str, float]) -> None:
    found = compared(towns, own="teplice")
    assert found.own is not None
    mine = found.own.figures["household"].range
    assert mine is not None
    for row in found.known:
        other = row.figures["household"].range
        assert other is not None
        overlap = mine.lower <= other.upper and other.lower <= mine.upper
        assert (found.standing_of(row) == "alike") == overlap
    values = [row.figures["household"].value or 0.0 for row in found.known]
    assert values == sorted(values)
    assert found.standing_of(found.unknown[0]) is None


# -- words -----------------------------------------------------------------------------------------------------------


def test_sentences_name_town_period_and_how_many_differ(towns: Filled, litres: dict[str, float]) -> None:
    found = compared(towns, "quarter", own="teplice")
    value = round(litres["teplice"])
    assert headline(found, CS) == f"Domácnosti ve městě Teplice spotřebují {value} litrů na osobu a\u00a0den."
    said = second(found, towns.region, EN)
    assert "August to October 2026" in said
    assert "92 days" in said
    assert period_text(found, towns.region, CS) == "srpen až říjen 2026"
    assert period_text(compared(towns, "year"), towns.region, DE) == "November 2025 bis Oktober 2026"
    night = compared(towns, indicator="night", own="teplice")
    assert headline(night, CS).startswith("Do města Teplice v\u00a0noci přitéká")


# -- figures ---------------------------------------------------------------------------------------------------------


def test_dots_stand_where_their_values_are_and_names_are_escaped() -> None:
    scale = scale_of(80.0, 120.0)
    dot = Dot("<b>Město</b>", "/towns/x", 100.0, Range(90.0, 110.0), ("100", "90–110"), ("96 %", "5,0"), own=True)
    drawn = ladder([("", [dot])], scale, ("l", "covered", "people"), CS, Range(90.0, 110.0))
    assert "&lt;b&gt;Město" in drawn
    assert f'class="pt" style="left:{scale.place(100.0):.2f}%' in drawn
    assert 'class="lr me"' in drawn
    assert 0 < scale.place(80) < scale.place(100) < scale.place(120) < 100
    assert scatter([], CS, "", "m") == ""


def test_a_scale_of_equal_values_still_has_width() -> None:
    scale = scale_of(95.0, 95.0)
    assert scale.low < 95 < scale.high
    assert scale.ticks


# -- export ----------------------------------------------------------------------------------------------------------


def rows_of(content: bytes, separator: str) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=separator))


def test_the_export_opens_in_a_czech_spreadsheet(served_towns: Served, towns: Filled, litres: dict[str, float]) -> None:
    with urlopen(f"{served_towns.url}/api/v1/comparison.csv?period=month&lang=cs") as answer:
        content = answer.read()
        assert "SIMULACE" in answer.headers["Content-Disposition"]
    table = rows_of(content, ";")
    assert len(table) == 1 + len(towns.region.municipalities)
    assert len({len(row) for row in table}) == 1
    column = next(k for k, name in enumerate(table[0]) if name.startswith("Spotřeba domácností ["))
    by_code = {row[0]: row for row in table[1:]}
    assert by_code["teplice"][column] == f"{litres['teplice']:.1f}".replace(".", ",").removesuffix(",0")
    assert by_code[UNCOVERED][column] == ""
    assert "61" in by_code[UNCOVERED][column + 4]
    assert by_code["teplice"][-1] == "SIMULACE"


def test_no_cell_of_the_export_is_a_formula(towns: Filled, litres: dict[str, float]) -> None:
    found = compared(towns)
    evil = ("=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\tx", "\rx")
    rows = tuple(replace(row, town=replace(row.town, name=name)) for row, name in zip(found.rows, evil, strict=False))
    for words, separator in ((CS, ";"), (EN, ",")):
        for line in rows_of(comparison_table(replace(found, rows=rows), towns.region, words, NOW), separator)[1:]:
            assert line[1].startswith("'")
            assert not any(cell.startswith(("=", "+", "@")) for cell in line)


def test_an_unknown_period_is_told(served_towns: Served) -> None:
    from urllib.error import HTTPError

    with pytest.raises(HTTPError) as failed:
        urlopen(f"{served_towns.url}/api/v1/comparison.csv?period=decade")
    assert failed.value.code == 400
    assert b"month" in failed.value.read()


# -- page ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["cs", "en", "de"])
def test_the_page_is_clean_on_a_phone(served_towns: Served, new_page: NewPage, language: str) -> None:
    watched = new_page(viewport={"width": 390, "height": 844}, color_scheme="dark")
    asked = (("household", ""), ("billed", UNCOVERED), ("night", "teplice"), ("nothing", "nowhere"))
    for indicator, own in asked if language == "cs" else asked[1:3]:
        watched.page.goto(f"{served_towns.url}/comparison?indicator={indicator}&own={own}&lang={language}")
        watched.page.wait_for_selector("main h1")
        assert watched.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        text = watched.page.inner_text("body")
        assert re.findall(r"\{\w+\}|undefined|NaN|\bNone\b|comparison\.", text) == []
    watched.assert_clean()


def test_choosing_our_town_changes_address_and_groups(served_towns: Served, new_page: NewPage) -> None:
    watched = new_page()
    page = watched.page
    page.goto(f"{served_towns.url}/comparison?indicator=night")
    expect(page.locator(".lr.me")).to_have_count(0)
    page.select_option("select[name=own]", "teplice")
    expect(page).to_have_url(re.compile("own=teplice"))
    expect(page.locator(".lr.me .n")).to_have_text("Teplice")
    expect(page.locator("select[name=indicator]")).to_have_value("night")
    page.select_option("select[name=period]", "year")
    expect(page.locator("select[name=period]")).to_have_value("year")
    expect(page.locator("select[name=own]")).to_have_value("teplice")
    watched.assert_clean()


def test_a_ranked_figure_without_a_sentence_shows_its_code() -> None:
    assert reason(Ranked(None, None, 0.0, "comparison.of_tomorrow"), CS) == "comparison.of_tomorrow"
