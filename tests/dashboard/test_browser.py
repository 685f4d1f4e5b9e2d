"""The dashboard in Chromium, on a real store: what a person sees, and what must never happen."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from models.reading import Reading
from tests.dashboard.filled import BURST_ZONE, Filled
from tests.dashboard.served import Served
from tests.servers import WatchedPage

NewPage = Callable[..., WatchedPage]
INFLOW = "#zone-inflow[data-drawn]"
LAST = """() => {
  const chart = [...voda.charts].find((one) => one.props.id === "zone-inflow");
  const trace = chart.traces[chart.observed];
  return [trace.x.length, trace.x[trace.x.length - 1], trace.y[trace.y.length - 1]];
}"""


def paths(filled: Filled) -> list[str]:
    region = filled.region
    event = filled.records.events()[0]
    return [
        "/",
        "/events",
        f"/events/{event.id}",
        "/zones",
        f"/zones/{BURST_ZONE}",
        f"/zones/{BURST_ZONE}?range=24h&compare=week",
        "/devices",
        f"/devices/{region.devices[0].device}",
        "/devices?state=silent",
        "/devices/24e124136d151011",
    ]


@pytest.fixture
def zone(served: Served, new_page: NewPage) -> WatchedPage:
    watched = new_page()
    watched.page.goto(f"{served.url}/zones/{BURST_ZONE}?range=24h")
    watched.page.wait_for_selector(INFLOW)
    return watched


def push(filled: Filled, value: float, late: int = 0) -> float:
    """Write the next reading of the burst zone's inflow; when it was written."""
    region = filled.region
    point = region.zone[BURST_ZONE].inflows[0]
    device = region.assignments_of_point[point][0].device
    key = (device, "flow_m3h")
    at = filled.store.last([key])[key].time + timedelta(minutes=5)
    written = time.monotonic()
    filled.store.write([Reading(device, "flow_m3h", value, at, source="test")])
    return written


def wait_for(page: Page, count: int, seconds: float) -> list[object]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        now = page.evaluate(LAST)
        if now[0] >= count:
            return list(now)
        time.sleep(0.02)
    raise AssertionError(f"still {page.evaluate(LAST)}, wanted {count} points")


def test_every_page_shows_clean_and_in_czech(served: Served, filled: Filled, new_page: NewPage) -> None:
    watched = new_page()
    page = watched.page
    for path in paths(filled):
        response = page.goto(served.url + path)
        assert response is not None
        assert response.status == 200, path
        page.wait_for_selector("main h1")
        for chart in page.locator(".chart").all():
            expect(chart).to_have_attribute("data-drawn", "1")
        assert page.locator("html").get_attribute("lang") == "cs"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        text = page.inner_text("body")
        assert "SIMULACE" in text
        assert re.findall(r"\{\w+\}|undefined|NaN|\bNone\b", text) == [], path
    watched.assert_clean()


def test_a_reading_appears_within_two_seconds_without_a_redraw(zone: WatchedPage, filled: Filled) -> None:
    page = zone.page
    page.wait_for_timeout(1200)
    page.evaluate(
        """() => {
          const plot = document.querySelector("#zone-inflow .js-plotly-plot");
          window.relaid = 0;
          window.node = plot.querySelector(".main-svg");
          plot.on("plotly_relayout", () => { window.relaid += 1; });
        }"""
    )
    before = page.evaluate(LAST)
    written = push(filled, 61.5)
    now = wait_for(page, before[0] + 1, 2.0 - (time.monotonic() - written))
    assert now[1] > before[1]
    assert page.evaluate("window.relaid") == 0
    assert page.evaluate("document.querySelector('#zone-inflow .main-svg') === window.node")
    zone.assert_clean()


def test_zoom_and_hover_survive_new_readings(zone: WatchedPage, filled: Filled) -> None:
    page = zone.page
    page.wait_for_timeout(1200)
    box = page.locator("#zone-inflow .nsewdrag").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 60, steps=5)
    page.mouse.up()
    expect(page).to_have_url(re.compile("from="))
    zoomed = page.evaluate("document.querySelector('#zone-inflow .js-plotly-plot').layout.xaxis.range")
    # Off the chart first: what the dragging hand hovered over must not be taken for the new hover.
    page.mouse.move(1, 1)
    expect(page.locator("#zone-inflow-readout")).to_have_text("")
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 80)
    expect(page.locator("#zone-inflow-readout")).to_contain_text("m³/h")
    said = page.inner_text("#zone-inflow-readout")
    before = page.evaluate(LAST)
    push(filled, 62.5)
    wait_for(page, before[0] + 1, 3)
    assert page.evaluate("document.querySelector('#zone-inflow .js-plotly-plot').layout.xaxis.range") == zoomed
    assert page.inner_text("#zone-inflow-readout") == said
    # The other charts of the page followed.
    assert page.evaluate("document.querySelector('#zone-pressure .js-plotly-plot').layout.xaxis.range") == zoomed


def test_eight_tabs_share_one_stream_and_all_move(served: Served, filled: Filled, new_page: NewPage) -> None:
    watched = new_page()
    pages = [watched.page] + [watched.new_tab() for _ in range(7)]
    for page in pages:
        page.goto(f"{served.url}/zones/{BURST_ZONE}?range=24h")
        page.wait_for_selector(INFLOW)
    pages[0].wait_for_timeout(1200)
    assert served.app.state.hub.readers == 1
    before = [page.evaluate(LAST)[0] for page in pages]
    push(filled, 63.5)
    for page, count in zip(pages, before, strict=True):
        wait_for(page, count + 1, 4)
    for page in pages:
        page.click("nav.nav a[href='/zones']")
        expect(page.locator(".zones")).to_be_visible()
    watched.assert_clean()


def test_links_change_the_page_without_loading_the_document_again(served: Served, new_page: NewPage) -> None:
    watched = new_page()
    page = watched.page
    page.goto(served.url)
    page.wait_for_selector("#region-towns")
    page.evaluate("window.kept = 1")
    page.click("nav.nav a[href='/zones']")
    expect(page.locator(".zones")).to_be_visible()
    expect(page).to_have_title(re.compile("^Okrsky · Smart voda"))
    expect(page.locator("nav.nav a[aria-current]")).to_have_text("Okrsky")
    assert page.evaluate("window.kept") == 1
    page.go_back()
    expect(page.locator("#region-towns")).to_be_visible()
    watched.assert_clean()


def test_languages_and_colours(served: Served, new_page: NewPage) -> None:
    watched = new_page(color_scheme="dark")
    page = watched.page
    page.goto(f"{served.url}/zones/{BURST_ZONE}")
    page.wait_for_selector(INFLOW)
    assert page.locator("html").get_attribute("data-scheme") == "dark"
    ink = (
        "document.querySelector('#zone-inflow .js-plotly-plot').data.find((t) => t.meta.role === 'observed').line.color"
    )
    dark = page.evaluate(ink)
    page.click("#scheme")
    page.wait_for_timeout(300)
    assert page.locator("html").get_attribute("data-scheme") == "light"
    assert page.evaluate(ink) != dark
    page.click(".lang a[data-lang=de]")
    page.wait_for_selector(INFLOW)
    assert page.locator("html").get_attribute("lang") == "de"
    expect(page.locator("nav.nav a[aria-current]")).to_have_text("Messzonen")
    assert page.locator("html").get_attribute("data-scheme") == "light"
    watched.assert_clean()


def test_a_phone_has_tabs_below_and_no_sideways_scrolling(served: Served, filled: Filled, new_page: NewPage) -> None:
    for width in (390, 320):
        watched = new_page(viewport={"width": width, "height": 844}, color_scheme="dark")
        for path in paths(filled):
            watched.page.goto(served.url + path)
            watched.page.wait_for_selector("main h1")
            watched.page.wait_for_timeout(150)
            wide = watched.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, (path, wide)
        assert watched.page.locator("nav.tabs").is_visible()
        assert not watched.page.locator("nav.nav").is_visible()
        watched.assert_clean()


def test_acknowledging_takes_the_event_in_hand(served: Served, filled: Filled, new_page: NewPage) -> None:
    watched = new_page()
    page = watched.page
    page.goto(served.url)
    page.wait_for_selector("#region-first .ev")
    waiting = int(page.inner_text(".nav .count"))
    page.click("#region-first [data-action$='/acknowledge'] >> nth=0")
    expect(page.locator(".nav .count")).to_have_text(str(waiting - 1), timeout=5000)
    expect(page.locator("#told")).to_contain_text("Kvitováno")
    expect(page.locator("#region-first")).to_contain_text("operator")
    log = [entry for event in filled.records.events() for entry in filled.records.event_log(event.id)]
    assert any(entry.what == "acknowledged" and entry.who == "operator" for entry in log)
    watched.assert_clean()


def test_the_burst_button_publishes_the_command(served: Served, zone: WatchedPage) -> None:
    zone.page.click("[data-action='/actions/burst']")
    expect(zone.page.locator("#told")).to_contain_text("Bynov")
    topic, payload = served.published[-1]
    assert topic == "smartvoda/simulator/command"
    assert b'"burst"' in payload
    assert BURST_ZONE.encode() in payload


def test_the_stopped_data_are_told_by_itself(zone: WatchedPage, filled: Filled) -> None:
    expect(zone.page.locator("#zone-inflow .nodata-word")).to_have_count(0)
    began = filled.clock.moment
    try:
        # Domain time jumps an hour ahead, nothing came meanwhile.
        filled.clock.moment = began + timedelta(hours=1)
        expect(zone.page.locator("#zone-inflow .nodata-word")).to_contain_text("bez dat od", timeout=5000)
    finally:
        filled.clock.moment = began


def test_a_lost_connection_is_seen_within_three_seconds_and_the_server_stops_in_five(
    served: Served, new_page: NewPage
) -> None:
    watched = new_page()
    pages = [watched.page, watched.new_tab(), watched.new_tab()]
    for page in pages:
        page.goto(f"{served.url}/zones/{BURST_ZONE}")
        page.wait_for_selector(INFLOW)
    pages[0].wait_for_timeout(800)
    assert served.stop() < 5
    stopped = time.monotonic()
    for page in pages:
        expect(page.locator("#lost")).to_be_visible(timeout=3000)
    assert time.monotonic() - stopped < 3.5
    assert pages[0].locator("main h1").is_visible()
    served._start()
    for page in pages:
        expect(page.locator("#lost")).to_be_hidden(timeout=6000)
