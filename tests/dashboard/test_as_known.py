"""Two times of a quoted figure on screen: a report told again as it was known, and what has changed since, and why."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import urlopen
from zoneinfo import ZoneInfo

import pytest

from dashboard.as_known import as_known
from dashboard.i18n import Words
from dashboard.pages.changes import headline, second
from dashboard.pages.changes_words import CAUSE_NAMES, because
from dashboard.rendering import make_page
from dashboard.views.changes import changes
from dashboard.views.comparison import Comparison, comparison
from dashboard.views.comparison_periods import RUNNING
from dashboard.visit import Rooms
from models.calendar import day_bounds
from models.cause import CAUSES, Cause, of_devices, recomputation
from models.reading import iso_z
from models.records import Figure
from tests.dashboard.conftest import NOW
from tests.dashboard.filled import Filled, few_towns, fill, sample_region
from tests.dashboard.quoted import quote_months
from tests.dashboard.served import Served, serving
from tests.servers import WatchedPage

NewPage = Callable[..., WatchedPage]
PRAGUE = ZoneInfo("Europe/Prague")
CS, EN, DE = (Words(language, PRAGUE) for language in ("cs", "en", "de"))
TOWNS = ("teplice", "louny", "osek")
DAY = timedelta(days=1)


@dataclass
class Report:
    """What was printed on a day, when, and the store that has changed since."""

    filled: Filled
    rooms: Rooms
    printed_at: datetime
    printed: Comparison


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Report]:
    """Figures are quoted, a report is printed, a meter's readings come late, the registry gets another population."""
    filled = fill(tmp_path_factory.mktemp("known"), few_towns(sample_region(), TOWNS), NOW, days=2)
    records, rooms = filled.records, Rooms(filled.store, filled.records, filled.clock, _config())
    quote_months(filled, 2)
    printed_at = filled.clock.now()
    printed = comparison(rooms, filled.region, printed_at, "month", "household", "teplice")
    filled.clock.moment += 5 * DAY
    (old,) = records.figures("municipality", ["teplice"], "month", "household_m3", printed.span.start, printed.span.end)
    at = filled.clock.now()
    late = of_devices("cause.late_readings", ["<b>m1</b>", "m2"])
    noted = recomputation("municipality", "teplice", old.time + DAY, old.time + DAY, at, late, PRAGUE)
    records.note_recomputations([noted])
    records.supersede_figures([old._replace(value=(old.value or 0) * 1.1, known_from=None, known_to=None)])
    towns = tuple(
        replace(town, population_supplied=2 * town.population_supplied) for town in filled.region.municipalities
    )
    records.save_region(replace(filled.region, municipalities=towns), "Jana", "sčítání", filled.clock.now())
    yield Report(filled, rooms, printed_at, printed)
    filled.close()


@pytest.fixture(scope="module")
def served_report(report: Report) -> Iterator[Served]:
    with serving(report.filled) as running:
        yield running


def _config():  # type: ignore[no-untyped-def] # of the dashboard
    from dashboard.config import DashboardConfig

    return DashboardConfig()


def test_a_report_is_told_again_to_the_digit_with_the_registry_of_its_day(report: Report) -> None:
    now = report.filled.clock.now()
    region = report.filled.records.region()
    assert region is not None
    today = comparison(report.rooms, region, now, "month", "household", "teplice")
    assert today.own is not None
    assert report.printed.own is not None
    was, is_now = report.printed.own.figures["household"].value, today.own.figures["household"].value
    assert is_now == pytest.approx(1.1 * (was or 0) / 2)  # ten per cent more water, twice the people
    then = replace(report.rooms, records=as_known(report.filled.records, report.printed_at))
    known = then.records.region()
    assert known is not None
    assert comparison(then, known, report.printed_at, "month", "household", "teplice") == report.printed


def test_the_export_of_a_report_s_day_is_the_same_file(report: Report, served_report: Served) -> None:
    def table(known: datetime) -> list[list[str]]:
        with urlopen(f"{served_report.url}/api/v1/comparison.csv?lang=en&known={quote(iso_z(known))}") as answer:
            return list(csv.reader(io.StringIO(answer.read().decode("utf-8-sig"))))

    first, now = table(report.printed_at), table(report.filled.clock.now())
    assert first == table(report.printed_at)
    place = next(k for k, name in enumerate(first[0]) if name.startswith("Household use ["))
    people, known = first[0].index("People supplied"), first[0].index("as known at")
    rows = {row[0]: row for row in first[1:]}
    later = {row[0]: row for row in now[1:]}
    for town in TOWNS:
        assert int(later[town][people]) == 2 * int(rows[town][people])
        assert float(later[town][place]) < float(rows[town][place])
    assert rows["teplice"][known] == iso_z(report.printed_at)


def test_a_time_that_can_t_be_read_is_told(served_report: Served) -> None:
    with pytest.raises(HTTPError) as failed:
        urlopen(f"{served_report.url}/api/v1/comparison.csv?known=yesterday")
    assert b"api.known" in failed.value.read()


def test_what_changed_since_the_report_and_why(report: Report) -> None:
    now = report.filled.clock.now()
    found = changes(
        report.rooms, report.filled.region, now, {"area": "municipality", "since": iso_z(report.printed_at)}
    )
    (item,) = found.items
    assert (item.after.subject, item.after.quantity) == ("teplice", "household_m3")
    assert item.after.value == pytest.approx(1.1 * (item.before.value or 0))
    assert found.causes == (("cause.late_readings", 1),)
    assert because(item.causes[0], EN) == "Late readings: <b>m1</b>, m2."
    assert "1" in headline(found, CS)
    assert second(found, EN).startswith("late readings 1.")
    elsewhere = changes(
        report.rooms, report.filled.region, now, {"area": "municipality:osek", "since": iso_z(report.printed_at)}
    )
    assert elsewhere.items == ()


def test_every_cause_has_its_words_in_every_language() -> None:
    values = {"devices": ["m1"], "others": True, "who": "Jana", "why": "w", "rows": ["r"], "version": 3}
    for code, names in CAUSES.items():
        assert code in CAUSE_NAMES
        for words in (CS, EN, DE):
            said = because(Cause(code, {name: values[name] for name in names}), words)
            assert said != code
            assert "{" not in said
    assert len({because(Cause("cause.edit", {"devices": ["m1"]}), words) for words in (CS, EN, DE)}) == 3


def test_a_running_month_compares_its_elapsed_days_with_the_same_days_a_year_before(tmp_path: Path) -> None:
    filled = fill(tmp_path, few_towns(sample_region(), ("osek",)), NOW, days=1)
    rooms = Rooms(filled.store, filled.records, filled.clock, _config())
    people = filled.region.municipality["osek"].population_supplied
    first = NOW.astimezone(PRAGUE).date().replace(day=1)
    days = (NOW.astimezone(PRAGUE).date() - first).days
    quoted = []
    for year, litres in ((first.year, 90.0), (first.year - 1, 100.0)):
        for back in range(-3, days + 5):  # days around must not count
            time, end = day_bounds(first.replace(year=year) + back * DAY, PRAGUE)
            inside = 0 <= back < days
            value = people * (litres if inside else 1000.0) / 1000 * ((end - time) / DAY)
            quoted += [
                Figure("municipality", "osek", "day", name, time, value, None, None, 1.0)
                for name in ("system_input_m3", "household_m3", "billed_m3")
            ]
    filled.records.supersede_figures(quoted)
    found = comparison(rooms, filled.region, filled.clock.now(), RUNNING, "household", "osek")
    filled.close()
    assert (found.span.days, found.span.partial) == (days, True)
    assert found.own is not None
    assert found.own.figures["household"].value == pytest.approx(90.0)
    assert found.own.earlier["household"].value == pytest.approx(100.0)


# -- pages -----------------------------------------------------------------------------------------------------------


def test_pages_of_quoted_figures_say_that_they_show_what_was_known_then(report: Report) -> None:
    known = iso_z(report.printed_at)
    for path in ("/", "/zones/teplice-trnovany", "/municipalities/teplice", "/comparison"):
        zone = next(zone.zone for zone in report.filled.region.zones if zone.municipality == "teplice")
        path = f"/zones/{zone}" if path.startswith("/zones") else path
        made = make_page(report.rooms, path, {"known": known, "lang": "cs"}, {})
        assert made.status == 200
        text = str(made.content.to_plotly_json())
        assert "Jak bylo známo" in text, path
        assert made.visit.region.municipality["teplice"] == report.filled.region.municipality["teplice"]
    later = make_page(report.rooms, "/comparison", {"known": "2099-01-01", "lang": "cs"}, {})
    assert later.visit.known_at is None
    assert make_page(report.rooms, "/comparison", {"known": "1999-01-01"}, {}).status == 200


@pytest.mark.parametrize("language", ["cs", "de"])
def test_the_page_of_changes_is_clean_on_a_phone(
    report: Report, served_report: Served, new_page: NewPage, language: str
) -> None:
    watched = new_page(viewport={"width": 390, "height": 844}, color_scheme="dark")
    since = quote(iso_z(report.printed_at))
    for query in (f"area=municipality&since={since}", f"area=zone&since={since}", "area=nowhere&since=yesterday"):
        watched.page.goto(f"{served_report.url}/changes?{query}&lang={language}")
        watched.page.wait_for_selector("main h1")
        assert watched.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        text = watched.page.inner_text("body")
        assert re.findall(r"\{\w+\}|undefined|NaN|\bNone\b|cause\.", text) == []
        assert ("<b>m1</b>" in text) == query.startswith("area=municipality")
    watched.page.goto(f"{served_report.url}/comparison?known={since}&period=running&lang={language}")
    watched.page.wait_for_selector(".asknown")
    assert watched.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    watched.assert_clean()


def test_the_export_of_changes_says_why(report: Report, served_report: Served) -> None:
    since = quote(iso_z(report.printed_at))
    with urlopen(f"{served_report.url}/api/v1/changes.csv?area=municipality&since={since}&lang=en") as answer:
        rows = list(csv.DictReader(io.StringIO(answer.read().decode("utf-8-sig"))))
    (row,) = rows
    assert (row["Code"], row["quantity"], row["causes"]) == ("teplice", "household_m3", "cause.late_readings")
    assert float(row["now"]) == pytest.approx(1.1 * float(row["then"]))
