from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from dashboard import sentences
from dashboard.config import DashboardConfig
from dashboard.i18n import Words
from dashboard.views.event_lists import EventFilter, event_filter, event_lists
from dashboard.views.events import open_events
from dashboard.visit import Rooms
from models.event import EventKind, EventLogEntry, Priority
from tests.dashboard.filled import Filled, event
from tests.dashboard.incidents import Incidents, raise_incidents
from tests.dashboard.said import Element, made_page, page
from tests.dashboard.served import Served
from tests.servers import WatchedPage

NewPage = Callable[..., WatchedPage]


@pytest.fixture(scope="module")
def rooms(filled: Filled) -> Rooms:
    return Rooms(filled.store, filled.records, filled.clock, DashboardConfig())


@pytest.fixture(scope="module")
def incidents(filled: Filled) -> Incidents:
    return raise_incidents(filled)


def rows(element: Element) -> list[str]:
    """Identifiers of the events listed, in order."""
    names = (part.attributes.get("id", "") for part in element)
    return [name.removeprefix("event-") for name in names if name.startswith("event-")]


def test_what_waits_stands_before_what_is_in_hand(rooms: Rooms, incidents: Incidents, filled: Filled) -> None:
    made = page(rooms, "/events")
    assert made_page(rooms, "/events").status == 200
    ranked = open_events(filled.records, filled.region, filled.clock.now())
    active = rows(made.by_id("events-active"))
    assert active == [item.event.id for item in ranked]
    assert active[0] == incidents.burst
    waiting = [item.waits for item in ranked]
    assert waiting == sorted(waiting, reverse=True)
    assert incidents.pressure in active[waiting.index(False) :]


def test_the_past_holds_what_is_over_and_says_what_was_found_later(rooms: Rooms, incidents: Incidents) -> None:
    made = page(rooms, "/events")
    past = made.by_id("events-past")
    assert rows(past) == [incidents.closed, incidents.later]
    marked = past.by_class("tag")
    assert [tag.text for tag in marked] == ["nalezeno zpětně"]
    assert "uniklo 369 m³" in past.text
    assert incidents.later not in rows(made.by_id("events-active"))


def test_old_events_leave_the_list_after_thirty_days(filled: Filled, incidents: Incidents) -> None:
    later = filled.clock.now() + timedelta(days=40)
    lists = event_lists(filled.records, filled.region, EventFilter(), later)
    assert lists.past == ()
    # What was never acknowledged still waits.
    assert incidents.burst in {item.event.id for item in lists.active}


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({"severity": "high"}, {"burst", "closed", "later"}),
        ({"kind": "tank_low"}, {"tank"}),
        ({"kind": "data_stopped", "town": "krupka"}, {"zone", "device"}),
        ({"town": "litvinov", "kind": "burst"}, {"later"}),
        ({"severity": "no such", "kind": "burst", "town": "nowhere"}, {"burst", "closed", "later", "unknown_loss"}),
    ],
)
def test_filters_of_the_address(rooms: Rooms, incidents: Incidents, query: dict[str, str], wanted: set[str]) -> None:
    made = page(rooms, "/events", "en", **query)
    assert set(rows(made)) == {getattr(incidents, name) for name in wanted}


def test_a_filter_that_nothing_fits_says_so_and_leads_back(rooms: Rooms, incidents: Incidents) -> None:
    made = page(rooms, "/events", "en", kind="pressure_low", town="krupka", severity="high")
    assert "None of the" in made.by_id("events-active").text
    assert any(part.attributes.get("href") == "/events" for part in made)
    # The headline still counts everything.
    assert made.by_tag("h1")[0].text == page(rooms, "/events", "en").by_tag("h1")[0].text


def test_a_choice_keeps_the_others(rooms: Rooms, incidents: Incidents) -> None:
    made = page(rooms, "/events", "en", town="decin", kind="burst")
    hrefs = {part.attributes.get("href", "") for part in made}
    assert "/events?severity=high&kind=burst&town=decin" in hrefs
    assert "/events?town=decin" in hrefs
    hidden = [field for field in made.by_tag("input") if field.attributes["name"] == "kind"]
    assert [field.attributes["value"] for field in hidden] == ["burst"]
    chosen = [option.attributes["value"] for option in made.by_tag("option") if "selected" in option.attributes]
    assert chosen == ["decin"]


def test_the_filter_ignores_what_it_does_not_know(filled: Filled) -> None:
    assert event_filter({"severity": "'; drop", "kind": "x", "town": "y"}, filled.region) == EventFilter()
    assert not EventFilter().chosen
    assert EventFilter(kind=EventKind.BURST).chosen


@pytest.mark.parametrize(
    ("waiting", "in_hand", "cs", "de"),
    [
        (0, 0, "Nic nečeká a nic není v řešení.", None),
        (1, 0, "1 událost čeká na kvitování.", None),
        (2, 1, "2 události čekají na kvitování, 1 další je v řešení.", None),
        (5, 2, "5 událostí čeká na kvitování, 2 další jsou v řešení.", None),
        (0, 5, "Na kvitování nečeká nic, 5 událostí je v řešení.", "Nichts wartet auf Quittierung, 5 Ereignisse"),
    ],
)
def test_the_headline_counts(waiting: int, in_hand: int, cs: str, de: str | None, filled: Filled) -> None:
    said = sentences.events_headline(waiting, in_hand, Words("cs", filled.region.tz))
    assert said.replace("\u00a0", " ") == cs
    if de is not None:
        assert sentences.events_headline(waiting, in_hand, Words("de", filled.region.tz)).startswith(de)


def test_marks_are_full_while_they_wait(rooms: Rooms, incidents: Incidents) -> None:
    made = page(rooms, "/events")
    drawn = {row: made.by_id(f"event-{row}").by_class("sev")[0].classes for row in rows(made)}
    assert drawn[incidents.burst] == ["sev", "high", "full"]
    assert drawn[incidents.pressure] == ["sev", "medium"]
    assert drawn[incidents.zone] == ["sev", "data", "full"]
    assert drawn[incidents.later] == ["sev", "high"]


def test_where_nothing_is_lost_the_row_says_what_was_measured(rooms: Rooms, incidents: Incidents) -> None:
    made = page(rooms, "/events", "en")
    row = made.by_id(f"event-{incidents.tank}").text
    assert "1.1 m, limit 1.5 m" in row
    assert "42% of the meters report" in made.by_id(f"event-{incidents.zone}").text


def test_a_list_keeps_still_under_the_mouse_and_offers_what_came(
    served: Served, filled: Filled, incidents: Incidents, new_page: NewPage
) -> None:
    watched = new_page()
    tab = watched.page
    tab.goto(f"{served.url}/events")
    tab.wait_for_selector("#events-active .ev")
    tab.wait_for_timeout(1200)
    tab.hover(f"#event-{incidents.burst} h3")
    before = tab.eval_on_selector_all("#events-active .ev", "rows => rows.map((row) => row.id)")
    came = event(EventKind.BURST, "zone", "decin-stare-mesto", "Staré Město", filled.clock.now(), loss_m3h=40.0)
    filled.records.save_event(came, EventLogEntry(came.id, came.detected_at, "smartvoda", "raised"))
    pill = tab.locator("button.held")
    expect(pill).to_have_text("nové: 1", timeout=5000)
    assert tab.eval_on_selector_all("#events-active .ev", "rows => rows.map((row) => row.id)") == before
    # The head was not looked at: it counts at once.
    expect(tab.locator("#events-head h1")).to_contain_text("7 událostí")
    pill.click()
    expect(tab.locator("#events-active .ev").first).to_have_attribute("id", f"event-{came.id}")
    expect(pill).to_have_count(0)
    quiet = replace(came, priority=Priority.LOW, loss_m3h=0.0, end=filled.clock.now(), state=came.state)
    tab.hover("#events-active .ev h3 >> nth=0")
    filled.records.save_event(quiet, EventLogEntry(came.id, came.detected_at, "smartvoda", "ended"))
    tab.wait_for_timeout(1800)
    # Nothing new came: no pill, and what changed is shown once the pointer has left.
    expect(pill).to_have_count(0)
    expect(tab.locator("#events-active .ev").first).to_have_attribute("id", f"event-{came.id}")
    tab.mouse.move(5, 5)
    expect(tab.locator("#events-active .ev").first).not_to_have_attribute("id", f"event-{came.id}")
    watched.assert_clean()
