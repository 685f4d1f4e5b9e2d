from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from dashboard.config import DashboardConfig
from dashboard.figures.evidence import evidence_chart
from dashboard.figures.reservoir_limits import Limit
from dashboard.i18n import Words
from dashboard.views.chart import ChartMark, TimeChart
from dashboard.views.event import event_view
from dashboard.views.inflow import Line
from dashboard.visit import Rooms
from models.anomalies.pressure_low import LOW_M
from models.event import AlarmState, CaseState, Event, EventKind, EventLogEntry, Priority
from models.reading import to_ms
from models.why import because
from tests.dashboard.filled import BURST_ZONE, Filled, event
from tests.dashboard.incidents import NOTE, Incidents, raise_incidents
from tests.dashboard.said import Element, charts, made_page, page
from tests.dashboard.served import Served
from tests.servers import WatchedPage

NewPage = Callable[..., WatchedPage]
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def rooms(filled: Filled) -> Rooms:
    return Rooms(filled.store, filled.records, filled.clock, DashboardConfig())


@pytest.fixture(scope="module")
def incidents(filled: Filled) -> Incidents:
    return raise_incidents(filled)


def known(filled: Filled, identifier: str) -> Event:
    found = filled.records.event(identifier)
    assert found is not None
    return found


def figures(made: Element) -> list[str]:
    """The four figures: name, value and unit, what it is compared with."""
    return [cell.text for cell in made.by_class("four")[0].children]


def roles(figure: Any) -> list[str]:
    return [trace.meta["role"] for trace in figure.data if trace.meta]


def post(served: Served, path: str, body: dict[str, str], foreign: bool = False) -> tuple[int, dict[str, str]]:
    headers = {"Content-Type": "application/json", **({} if foreign else {"X-Voda": "1"})}
    request = urllib.request.Request(served.url + path, json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def test_an_unknown_event_is_missing(rooms: Rooms) -> None:
    assert made_page(rooms, "/events/nothing").status == 404


def test_a_burst_shows_what_it_costs_and_its_inflow(rooms: Rooms, incidents: Incidents, filled: Filled) -> None:
    made = page(rooms, f"/events/{incidents.burst}")
    assert made.by_tag("h1")[0].text == "Pravděpodobně havárie řadu"
    price = filled.region.municipality["decin"].variable_cost_czk_m3
    assert price is not None
    words = Words("cs", filled.region.tz)
    hourly, so_far, rate = (
        words.number(value, digits) for value, digits in ((14.2 * price, 0), (98 * price, 0), (price, 2))
    )
    costs = f"Stojí to {hourly} Kč/h zatím {so_far} Kč při {rate} Kč/m³".replace("\u00a0", " ")
    assert figures(made) == [
        "Uniká teď 14,2 m³/h přítok 37,9, čekalo se 23,7",
        "Ztráta od 03:42 98 m³ 653 van po 150 l",
        costs,
        "Jistota 86 % že uniká voda",
    ]
    drawn = charts(made_page(rooms, f"/events/{incidents.burst}").content)["event-chart"]
    assert {"band-lower", "band-upper", "outside", "observed", "event-high"} <= set(roles(drawn))
    observed = next(trace for trace in drawn.data if trace.meta["role"] == "observed")
    assert observed.meta["zone"] == BURST_ZONE
    # From a day before it began.
    assert observed.x[0] == "2026-11-24T03:45:00"
    assert "Do okrsku Bynov teče o 14,2 m³/h víc, než se čeká: 37,9 m³/h místo 23,7 m³/h." in made.text
    assert "decin-bynov-azp" in made.by_class("pzs")[0].text


def test_what_is_not_known_is_a_dash_with_a_reason(rooms: Rooms, incidents: Incidents, filled: Filled) -> None:
    made = page(rooms, f"/events/{incidents.unknown_loss}", "en")
    flow, volume, cost, certainty = figures(made)
    assert flow == "Lost now — not known yet"
    assert volume.endswith("— not known yet")
    assert cost == "It costs — not known yet"
    assert certainty == "Certainty 60 % that water is being lost"
    assert made.by_tag("h1")[0].text.endswith("Inflow above the expected range")
    assert len(made.by_class("unknown")) == 3
    free = replace(
        filled.region, municipalities=tuple(replace(m, variable_cost_czk_m3=None) for m in filled.region.municipalities)
    )
    filled.records.save_region(free, "test", "no prices", filled.clock.now())
    try:
        cost = figures(page(rooms, f"/events/{incidents.burst}", "en"))[2]
        assert cost == "It costs — the registry has no variable cost of water here"
    finally:
        filled.records.save_region(filled.region, "test", "prices again", filled.clock.now())


def test_a_tank_shows_its_level_against_the_limits(rooms: Rooms, incidents: Incidents, filled: Filled) -> None:
    made = page(rooms, f"/events/{incidents.tank}", "en")
    assert figures(made)[0].startswith("Level now ")
    assert "limit 1.50 m" in figures(made)[0]
    assert figures(made)[2] == "Has lasted 1.4 h since 09:17"
    drawn = charts(made_page(rooms, f"/events/{incidents.tank}", "en").content)["event-chart"]
    said = [trace.text[0] for trace in drawn.data if trace.meta["role"] == "limit"]
    assert any(text.startswith("limit ") for text in said)
    assert any(text.startswith("critical limit ") for text in said)
    # The word before the name carries the case; the name comes without its kind.
    assert "The level in tank Bohosudov is" in page(rooms, f"/events/{incidents.tank}", "en").text


def test_a_pressure_shows_its_own_series(rooms: Rooms, incidents: Incidents, filled: Filled) -> None:
    view = event_view(rooms, filled.region, known(filled, incidents.pressure), filled.clock.now())
    assert view.evidence is not None
    assert view.evidence.quantity == "pressure_m"
    assert dict(view.evidence.limits)["low"] == LOW_M
    assert not view.evidence.chart.zero
    assert view.pressures == ()
    made = page(rooms, f"/events/{incidents.pressure}")
    assert "kvitoval" in made.text.lower()
    assert not made.by_class("acknowledge")


def test_silence_shows_what_was_heard_before(rooms: Rooms, incidents: Incidents, filled: Filled) -> None:
    made = page(rooms, f"/events/{incidents.point}", "en")
    assert figures(made)[0] == "Silent for 3.4 h last heard 07:17"
    assert figures(made)[1] == "Usually reports every 5 min median of its last reports"
    assert figures(made)[2].endswith("m pressure")
    drawn = charts(made_page(rooms, f"/events/{incidents.point}").content)["event-chart"]
    assert [trace.marker.symbol for trace in drawn.data if trace.meta["role"] == "event-low-open"] == ["square"]
    assert made.by_class("because")[0].text.startswith("Device ")
    meter = event_view(rooms, filled.region, known(filled, incidents.device), filled.clock.now()).evidence
    assert meter is not None
    assert meter.quantity == "volume_m3"


def test_silent_customers_show_the_share_that_reports(rooms: Rooms, incidents: Incidents, filled: Filled) -> None:
    view = event_view(rooms, filled.region, known(filled, incidents.zone), filled.clock.now())
    assert view.evidence is not None
    assert view.evidence.quantity == "heard_pct"
    # Every meter of the filled zone reports each hour.
    assert np.nanmin(view.evidence.chart.line.value) == 100.0
    assert view.evidence.limits == (("low", 50.0),)
    assert figures(page(rooms, f"/events/{incidents.zone}", "en"))[1] == "Meters reporting 42 % at least 50% expected"


def test_an_ended_event_says_what_it_cost_and_what_was_done(rooms: Rooms, incidents: Incidents) -> None:
    made = page(rooms, f"/events/{incidents.closed}", "en")
    shown = figures(made)
    assert shown[0].startswith("Lost now 0 m³/h the inflow is back since 22 Nov 19:42")
    assert shown[1].startswith("Lost since 22 Nov 10:17 369 m³")
    assert shown[2].startswith("It cost 5,579 CZK at ")
    log = [row.text for row in made.by_id("event-log").by_tag("li")]
    assert log[0].endswith(f"J. Nováková: closed. {NOTE}")
    assert log[2].endswith("judged anew, 3 times")
    assert log[3].endswith("K. Marek: acknowledged")
    assert log[-1].endswith("beginning, told afterwards")
    assert len(log) == 6


def test_steps_that_nobody_took_are_not_shown_as_done(rooms: Rooms, incidents: Incidents) -> None:
    steps = page(rooms, f"/events/{incidents.closed}", "en").by_class("case")[0].children
    assert [step.classes for step in steps] == [["done"], *[["skipped"]] * 5, []]
    assert steps[-1].attributes["aria-current"] == "step"
    assert steps[-1].text == "closed since 22 Nov 21:42"


def test_what_was_found_later_says_that_nobody_was_notified(rooms: Rooms, incidents: Incidents) -> None:
    made = page(rooms, f"/events/{incidents.later}", "en")
    assert "It was found later, in data of the past; nobody was notified." in made.text
    assert not made.by_class("acknowledge")
    # What ended by itself was no burst main, however certain the detector was.
    assert made.by_tag("h1")[0].text == "Inflow above the expected range"
    assert page(rooms, f"/events/{incidents.closed}", "en").by_tag("h1")[0].text == "Probably a burst main"


@pytest.mark.parametrize("language", ["cs", "en", "de"])
def test_every_event_is_whole_in_every_language(rooms: Rooms, incidents: Incidents, language: str) -> None:
    for identifier in asdict(incidents).values():
        made = page(rooms, f"/events/{identifier}", language)
        assert len(figures(made)) == 4
        assert "{" not in made.text
        assert "None" not in made.text


def test_logged_work_stands_beside_the_reason(rooms: Rooms, filled: Filled, incidents: Incidents) -> None:
    operation = filled.region.operations[0] if filled.region.operations else None
    assert operation is not None
    zone = filled.region.zone[operation.zone]
    made_event = event(EventKind.BURST, "zone", zone.zone, zone.name, operation.start + HOUR / 2)
    # The subject has one open event at most: this one is over and closed.
    over = replace(made_event, end=operation.start + HOUR, case=CaseState.CLOSED, state=AlarmState.NORMAL)
    filled.records.save_event(over, EventLogEntry(over.id, over.detected_at, "smartvoda", "raised"))
    assert "Logged work: " in page(rooms, f"/events/{over.id}", "en").text
    assert "No work is logged" in page(rooms, f"/events/{incidents.burst}", "en").text


def test_the_area_below_a_limit_is_filled(filled: Filled) -> None:
    now = filled.clock.now()
    hours = np.array([to_ms(now - (9 - k) * HOUR) for k in range(10)], dtype=np.int64)
    mark = ChartMark(now - 4 * HOUR, now - 3 * HOUR, 2, Priority.MEDIUM, True)
    view = TimeChart(
        Line(hours, np.array([3, 3, 2.5, 2, 1.4, 1.2, 1.1, 1.3, 1.6, 2.0])),
        now - 10 * HOUR,
        now,
        now,
        zero=False,
        warn=True,
        marks=(mark,),
    )
    figure = evidence_chart(view, [Limit(1.5, "limit 1,5 m")], Words("cs", filled.region.tz))
    below = next(trace for trace in figure.data if trace.meta["role"] == "below-limit")
    assert below.meta["paint"] == "outside-warn"
    known_y = [value for value in below.y if value is not None]
    assert max(known_y) == 1.5
    assert min(known_y) == 1.1
    low, high = figure.layout.yaxis.range
    assert low < 1.1 < 3 < high
    texts = [trace.text[0].strip() for trace in figure.data if trace.meta["role"] == "limit"]
    assert texts == ["limit 1,5 m", "začátek 06:42", "nalezeno 07:42"]
    none = evidence_chart(replace(view, line=Line(hours[:0], np.array([]))), [], Words("cs", filled.region.tz))
    assert "below-limit" not in roles(none)


def test_acknowledging(served: Served, filled: Filled, incidents: Incidents) -> None:
    path = f"/actions/events/{incidents.tank}/acknowledge"
    assert post(served, path, {}, foreign=True)[0] == 403
    assert known(filled, incidents.tank).state is AlarmState.UNACKNOWLEDGED
    before = filled.records.events_version()
    status, told = post(served, path, {"who": "  J. Nováková ", "note": "jedu tam"})
    assert (status, told["message"]) == (200, "Kvitováno: Nízká hladina vodojemu")
    found = known(filled, incidents.tank)
    assert (found.state, found.acknowledged_by) == (AlarmState.ACKNOWLEDGED, "J. Nováková")
    assert filled.records.events_version() > before
    entry = filled.records.event_log(incidents.tank)[-1]
    assert (entry.who, entry.what, entry.note) == ("J. Nováková", "acknowledged", "jedu tam")
    status, told = post(served, path, {"who": "K. Marek"})
    assert status == 409
    assert known(filled, incidents.tank).acknowledged_by == "J. Nováková"
    assert post(served, "/actions/events/nothing/acknowledge", {})[0] == 404


def test_acknowledging_keeps_what_the_detector_said_meanwhile(
    served: Served, filled: Filled, incidents: Incidents
) -> None:
    shown = known(filled, incidents.zone)
    later = replace(shown, why=because("data_stopped.customers_silent", name="Unčín", heard_pct=31.0, limit_pct=50.0))
    filled.records.save_event(later, EventLogEntry(shown.id, filled.clock.now(), "smartvoda", "updated"))
    assert post(served, f"/actions/events/{shown.id}/acknowledge", {})[0] == 200
    found = known(filled, shown.id)
    assert found.why.values["heard_pct"] == 31.0
    assert found.acknowledged_by == "operator"
    rooms = Rooms(filled.store, filled.records, filled.clock, DashboardConfig())
    assert "Kvitoval(a) obsluha v 10:42." in page(rooms, f"/events/{shown.id}").text


def test_a_person_acknowledges_and_the_browser_remembers_the_name(
    served: Served, filled: Filled, incidents: Incidents, new_page: NewPage
) -> None:
    watched = new_page()
    tab = watched.page
    tab.goto(f"{served.url}/events/{incidents.burst}")
    tab.wait_for_selector("#event-chart[data-drawn]")
    expect(tab.locator("#event-head .sev")).to_have_class("sev high full")
    count = int(tab.locator("nav.nav .count").inner_text())
    tab.fill("input[name=who]", "Marek & syn")
    tab.keyboard.press("Enter")
    tab.click("text=Kvitovat")
    expect(tab.locator(".acknowledge")).to_have_count(0)
    expect(tab.locator("#event-head .sev")).to_have_class("sev high")
    expect(tab.locator("#event-head p").first).to_contain_text("Marek & syn")
    expect(tab.locator("#event-log li").first).to_contain_text("Marek & syn: kvitováno")
    expect(tab.locator("nav.nav .count")).to_have_text(str(count - 1))
    assert known(filled, incidents.burst).acknowledged_by == "Marek & syn"
    tab.goto(f"{served.url}/events/{incidents.unknown_loss}")
    expect(tab.locator("input[name=who]")).to_have_value("Marek & syn")
    watched.assert_clean()
