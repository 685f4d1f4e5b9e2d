"""New devices and refused payloads: two lists, safe whatever a device sends."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import expect

from dashboard.config import DashboardConfig
from dashboard.i18n import Words
from dashboard.pages.new_devices import headline, second
from dashboard.pages.refusal_words import REFUSALS, refusal
from dashboard.views.new_devices import Arrivals, arrivals, folded, shown_hex, shown_text, unknown_devices, visible
from dashboard.visit import Rooms
from models.records import NewDevice, Refused
from tests.dashboard.conftest import NOW
from tests.dashboard.filled import Filled
from tests.dashboard.quoted import arrive
from tests.dashboard.served import Served
from tests.servers import WatchedPage
from tests.test_errors import codes_of

NewPage = Callable[..., WatchedPage]
CS, EN = (Words(language, ZoneInfo("Europe/Prague")) for language in ("cs", "en"))
ONLY_ON_THE_COMMAND_LINE = {"decode.unreadable", "decode.bad_line", "decode.too_slow"}
EVIL = "<img src=x onerror=document.title='taken'>"


@pytest.fixture(scope="module")
def arrived(filled: Filled) -> Arrivals:
    arrive(filled)
    filled.records.see_devices([NewDevice(EVIL, "json", f"zlo/{EVIL}", NOW, NOW, ("level_m",))])
    filled.records.add_refused(
        [Refused(0, f"zlo/\u202e{EVIL}", NOW, "decode.unknown_format", f"text {EVIL}", EVIL.encode())], 1_000_000
    )
    rooms = Rooms(filled.store, filled.records, filled.clock, DashboardConfig())
    return arrivals(rooms, filled.region, NOW)


def refused(code: str, topic: str, minutes: int, payload: bytes = b"x") -> Refused:
    return Refused(0, topic, NOW - timedelta(minutes=minutes), code, code, payload)


def test_registered_and_hanging_devices_are_not_new(filled: Filled) -> None:
    hanging = filled.region.assignments[0].device
    lying = replace(filled.region.devices[0], device="lezi-ve-skladu")
    region = replace(filled.region, devices=(*filled.region.devices, lying))
    seen = [NewDevice(name, "json", "t", NOW, NOW, ("volume_m3",)) for name in (hanging, "lezi-ve-skladu", "neznamy")]
    assert [item.device for item in unknown_devices(seen, region, NOW)] == ["lezi-ve-skladu", "neznamy"]


def test_a_new_device_says_its_newest_values_and_its_course(arrived: Arrivals) -> None:
    found = {item.seen.device: item for item in arrived.devices}
    meter = found["24e124136d151011"]
    assert meter.drawn == "volume_m3"
    assert [reading.quantity for reading in meter.said] == ["volume_m3", "battery_pct"]
    # A register's course is what came between two readings.
    assert len(meter.line.value) > 50
    assert float(meter.line.value.max()) < 0.05
    pressure = found["TLAK-7"]
    assert float(pressure.line.value.mean()) == pytest.approx(46, abs=1)


def test_equal_reasons_fold_into_one_row_with_a_count() -> None:
    rows = [refused("decode.no_codec", f"most/{k}", 10 + k) for k in range(5)]
    rows += [refused("decode.no_codec", "teplice/1", 1), refused("decode.not_json", "most/1", 2)]
    groups = folded(rows)
    assert [(group.code, group.count) for group in groups] == [
        ("decode.no_codec", 1),
        ("decode.not_json", 1),
        ("decode.no_codec", 5),
    ]
    assert groups[2].newest.topic == "most/0"
    assert groups[2].first == NOW - timedelta(minutes=14)
    assert len(groups[2].topics) == 5


@given(st.binary(max_size=200))
def test_any_bytes_are_shown_without_hidden_signs(payload: bytes) -> None:
    text = shown_text(payload)
    if text is None:
        assert bytes.fromhex(shown_hex(payload).replace("\n", " ")) == payload
    else:
        assert all(sign.isprintable() or sign in "\n\t" for sign in text)


@given(st.text(max_size=60))
def test_names_show_every_sign(name: str) -> None:
    assert visible(name).isprintable()


def test_every_refusal_of_ingest_has_a_sentence_and_no_sentence_is_left_over() -> None:
    said = {code for code in codes_of("ingest") if code.startswith(("decode.", "time."))}
    assert len(said) > 15
    assert said - ONLY_ON_THE_COMMAND_LINE == set(REFUSALS)
    assert refusal("decode.of_tomorrow", EN) == ("It could not be understood (decode.of_tomorrow)", "")


def test_the_headline_counts_both_and_tells_what_was_dropped(arrived: Arrivals) -> None:
    assert headline(arrived, EN).startswith(f"{arrived.unknown} devices send and are not in the registry,")
    dropped = replace(arrived, dropped=3)
    assert "3 older refused payloads were dropped for room." in second(dropped, EN)
    nothing = Arrivals((), 0, (), 0, 0, 0)
    assert headline(nothing, CS) == "Každé zařízení je známé a\u00a0každé zprávě rozumíme."


@pytest.mark.parametrize("language", ["cs", "en", "de"])
def test_the_page_is_clean_and_nothing_sent_is_run(
    served: Served, arrived: Arrivals, new_page: NewPage, language: str
) -> None:
    watched = new_page(viewport={"width": 390, "height": 844}, color_scheme="dark")
    watched.page.goto(f"{served.url}/new?lang={language}")
    watched.page.wait_for_selector(".rf")
    assert watched.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    text = watched.page.inner_text("main")
    assert EVIL in text
    assert "\u202e" not in text
    assert watched.page.title() != "taken"
    assert watched.page.locator("main img").count() == 0
    assert re.findall(r"\{\w+\}|undefined|NaN|\bNone\b", text.replace(EVIL, "")) == []
    watched.assert_clean()


def test_the_failing_place_is_marked_and_a_payload_is_copied_whole(
    served: Served, arrived: Arrivals, new_page: NewPage
) -> None:
    watched = new_page(permissions=["clipboard-read", "clipboard-write"])
    page = watched.page
    page.goto(f"{served.url}/new")
    broken = page.locator(".rf", has_text="poškozený JSON")
    before = broken.locator("pre").evaluate("(pre) => pre.firstChild.textContent.length")
    assert before == 54
    expect(broken.locator("mark")).to_have_count(1)
    broken.get_by_role("button").click()
    expect(broken.get_by_role("button")).to_have_text("Zkopírováno")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == '{"device": "7", "quantity": "flow_m3h", "value": 12.5,, "time": "2026-11-25T08:00:00Z"}'
    watched.assert_clean()
