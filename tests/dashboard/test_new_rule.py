"""A person maps the fields of an unknown device and gives it a place: offered, tried, saved, counted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import expect

from dashboard.pages.mapping_rule import UNITS
from dashboard.views.mapping_rule import Draft, can_be_mapped, draft, filter_of, topics_like, with_rule
from ingest.rule_desk import TrialDesk
from ingest.service import Ingest, IngestConfig
from models.errors import VodaError
from models.placing import placed
from models.quantity_units import DIMENSION_OF, stored
from models.records import NewDevice
from models.region_files import parse, render
from models.registry import Assignment, Device, Region, Source
from models.rule_trial import Sample
from models.topic_filter import covers, fits
from storage.spool import open_spool
from tests.dashboard.client import Client
from tests.dashboard.conftest import NOW
from tests.dashboard.filled import Filled, few_towns, fill, refused, sample_region
from tests.dashboard.served import Served, serving
from tests.ingest.rig import until
from tests.servers import WatchedPage

NewPage = Callable[..., WatchedPage]
FILTER = "nove/+/data"
PRAGUE = ZoneInfo("Europe/Prague")
VODA = {"X-Voda": "1"}
EMPTY = Region("Kraj", ("cs",), "Europe/Prague", False, "CZK")
READ_AT = NOW - timedelta(hours=30)


def payload(number: int) -> bytes:
    """An unknown logger: litres without a unit, a pressure under a number, a time of its own name, half a day apart."""
    time = (READ_AT + timedelta(minutes=15 * number)).astimezone(PRAGUE).strftime("%d.%m.%Y %H:%M:%S")
    fields = {"sn": f"LOG-{number % 2}", "odecet_v": time, "stav": 120_000 + 7 * number, "k": [4.2, 0], "fw": "v1.2"}
    return json.dumps({"d": fields}).encode()


def arrive(filled: Filled) -> None:
    rows = [
        refused(f"nove/{n % 2}/data", payload(n), READ_AT + timedelta(minutes=15 * n, seconds=20)) for n in range(112)
    ]
    rows += [refused("plc/7/ai3", str(340 + n).encode(), NOW - timedelta(minutes=40 - n)) for n in range(12)]
    filled.records.add_refused(rows, 1_000_000)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """A town of its own: its registry is changed here."""
    made = fill(tmp_path_factory.mktemp("rules"), few_towns(sample_region(), ("krupka",)), NOW, days=2)
    arrive(made)
    yield made
    made.close()


@pytest.fixture(scope="module")
def town_served(town: Filled) -> Iterator[Served]:
    with serving(town) as running:
        yield running


def made(town: Filled, **form: str) -> Draft:
    region = town.records.region()
    assert region is not None
    return draft(town.records, region, TrialDesk(), {"filter": FILTER, **form})


GOOD = {"q:d.stav": "volume_m3", "u:d.stav": "l", "time": "field:d.odecet_v"}


def test_fields_are_offered_and_only_what_a_name_says_is_chosen(town: Filled) -> None:
    found = {field.path: field for field in made(town).fields}
    assert [path for path, field in found.items() if field.numeric] == ["d.stav", "d.k[0]", "d.k[1]"]
    assert found["d.stav"].seen_in == 100
    chosen = made(town).chosen
    assert (chosen["d.stav"].quantity, chosen["d.stav"].unit) == ("volume_m3", "")
    assert chosen["d.k[0]"].quantity == ""
    # A unit is never taken for granted.
    assert made(town).unit_missing == "d.stav"
    assert made(town).rule is None


def test_a_rule_is_tried_on_the_last_hundred_payloads(town: Filled) -> None:
    trial = made(town, **GOOD).trial
    assert trial is not None
    assert (trial.payloads, trial.understood) == (100, 100)
    assert [(line.device, line.quantity, line.count, line.doubts) for line in trial.lines] == [
        ("LOG-0", "volume_m3", 50, ()),
        ("LOG-1", "volume_m3", 50, ()),
    ]
    assert trial.lines[0].last.time == READ_AT + timedelta(minutes=15 * 110)
    assert (trial.lines[0].minimum, trial.lines[0].maximum) == (120.084, 120.77)


@pytest.mark.parametrize(
    ("form", "doubts"),
    [
        ({"q:d.stav": "volume_m3", "u:d.stav": "l"}, ("no_time",)),
        ({"q:d.stav": "level_m", "u:d.stav": "m"}, ("implausible", "no_time")),
        ({"q:d.k[0]": "pressure_m", "u:d.k[0]": "bar", "device": "level:1", "time": "field:d.sn"}, ("clock",)),
        ({"q:d.stav": "volume_m3", "u:d.stav": "l", "x:d.stav": "-1", "time": "field:d.odecet_v"}, ("falls",)),
    ],
)
def test_a_wrong_pick_is_shown(town: Filled, form: dict[str, str], doubts: tuple[str, ...]) -> None:
    trial = made(town, **form).trial
    assert trial is not None
    assert trial.lines[0].doubts == doubts


def test_two_fields_of_one_quantity_are_two_values(town: Filled) -> None:
    trial = made(town, **GOOD, **{"q:d.k[0]": "volume_m3", "u:d.k[0]": "m³"}).trial
    assert trial is not None
    assert trial.problems[0][:2] == ("decode.two_values", 100)
    assert trial.understood == 0


def test_what_can_not_be_followed_is_said(town: Filled) -> None:
    assert "is no unit of volume_m3" in made(town, **{"q:d.stav": "volume_m3", "u:d.stav": "bar"}).wrong
    assert "leaves nothing" in made(town, **GOOD, **{"x:d.stav": "0"}).wrong
    assert made(town, **{"q:d.stav": ""}).rule is None


def test_a_bare_value_gets_quantity_and_unit_for_its_topic(town: Filled) -> None:
    region = town.region
    form = {"filter": "plc/+/ai3", "q:": "level_m", "u:": "cm", "device": "level:2"}
    tried = draft(town.records, region, TrialDesk(), form)
    assert tried.rule is not None
    assert (tried.rule.quantity, tried.rule.unit, tried.rule.device, tried.rule.mapping) == ("level_m", "cm", "{2}", ())
    assert tried.trial is not None
    assert (tried.trial.lines[0].device, tried.trial.lines[0].last.value) == ("7", 3.51)


def test_every_unit_that_is_offered_is_one_of_its_quantity() -> None:
    for quantity, dimension in DIMENSION_OF.items():
        assert all(stored(quantity, 1.0, unit) is not None for unit in UNITS[dimension]), quantity


level = st.sampled_from(["a", "b", "+"])
filters = st.lists(level, min_size=1, max_size=3).flatmap(
    lambda levels: st.sampled_from(["/".join(levels), "/".join([*levels, "#"])])
)
topics = st.lists(st.sampled_from(["a", "b"]), min_size=1, max_size=4).map("/".join)


@given(st.lists(filters, max_size=5, unique=True), filters, st.lists(topics, min_size=1, max_size=4))
def test_a_rule_comes_first_for_its_topics_and_hides_no_special_one(
    present: list[str], new: str, tried: list[str]
) -> None:
    mine = [topic for topic in tried if fits(new, topic)]
    region = replace(EMPTY, sources=tuple(Source(name) for name in present if name != new))
    sources = with_rule(region, Source(new, dialect="json"), mine).sources
    at = [source.topic_filter for source in sources].index(new)
    assert not any(covers(source.topic_filter, new) for source in sources[:at])
    for source in sources[:at]:
        if not covers(new, source.topic_filter):
            assert not any(fits(source.topic_filter, topic) for topic in mine)


def test_topics_are_alike_where_reason_fields_and_all_levels_but_one_are() -> None:
    def topics(*others: tuple[str, bytes]) -> str:
        rows = [refused(topic, body, NOW) for topic, body in (("a/1/x", b'{"m": {"p": 1}}'), *others)]
        return filter_of(topics_like(rows, rows[0]))

    body = b'{"m": {"p": 2}}'
    assert topics() == "a/1/x"
    assert topics(("a/2/x", body), ("a/3/x", body)) == "a/+/x"
    assert topics(("a/2/x", b'{"m": {"q": 2}}'), ("a/2/y", body), ("b/3/x/y", body)) == "a/1/x"
    assert topics(("a/2/x", body), ("a/3/x", body), ("b/1/x", body)) == "a/+/x"


def test_filters_and_what_a_rule_can_be_made_of() -> None:
    assert filter_of(["a/1/x", "a/2/x", "b"]) == "a/+/x"
    assert can_be_mapped(refused("t", b'{"x": 1}', NOW))
    assert not can_be_mapped(refused("t", b'{"x": ', NOW))
    assert not can_be_mapped(refused("t", b"\x00\x01", NOW))


def test_the_registry_refuses_a_second_meter_unless_the_first_one_ends(town: Filled) -> None:
    region = town.region
    hanging = next(a for a in region.assignments if region.device[a.device].q3_m3h and a.end is None)
    meter = Device("neu", region.device[hanging.device].kind, q3_m3h=2.5)
    with pytest.raises(VodaError, match="two water meters"):
        placed(region, meter, Assignment("neu", hanging.point, NOW), replaces=False)
    swapped = placed(region, meter, Assignment("neu", hanging.point, NOW), replaces=True)
    assert {(a.device, a.end) for a in swapped.assignments_of_point[hanging.point]} == {
        (hanging.device, NOW),
        ("neu", None),
    }


def test_trying_a_rule_never_raises_whatever_came() -> None:
    desk, rule = TrialDesk(), Source("#", mapping=(("a", "volume_m3 l"),))
    samples = [Sample("t", NOW, body) for body in (b"", b"\xff\x00", b"[" * 9999, b'{"a": 1e999}', b'"a"', b"NaN")]
    assert len(desk.attempt(samples, rule, "UTC")) == len(samples)
    desk.fields(samples, rule, "UTC")


def test_saving_asks_for_a_rule_that_gives_something(town_served: Served) -> None:
    client = Client(town_served.url)
    for form, code in (
        ({"filter": FILTER}, "rule.unit_missing"),
        ({"filter": FILTER, "q:d.stav": "volume_m3"}, "rule.unit_missing"),
        ({"filter": "nothing/here"}, "rule.empty"),
        ({"filter": FILTER, "q:d.stav": ""}, "rule.empty"),
        ({"filter": FILTER, "q:d.stav": "volume_m3", "u:d.stav": "bar"}, "rule.wrong"),
    ):
        answer = client.post("/actions/rules?lang=en", form, VODA)
        assert (answer.status_code, answer.json()["code"]) == (409, code)
    place = {"device": "LOG-0", "point": "nowhere", "from": "2026-11-24T10:00"}
    assert client.post("/actions/place", place, VODA).json()["code"] == "device.unknown"


def test_a_person_makes_a_rule_in_the_browser(town: Filled, town_served: Served, new_page: NewPage) -> None:
    watched = new_page(viewport={"width": 1440, "height": 900})
    page = watched.page
    page.goto(f"{town_served.url}/new?lang=cs")
    page.locator(".rf", has_text="nove/0/data").get_by_role("link", name="Vytvořit pravidlo").click()
    page.wait_for_url("**/new/rule?filter=nove*")
    row = page.locator("tr", has_text="d.stav")
    expect(row.locator("select").first).to_have_value("volume_m3")
    row.locator("select").nth(1).select_option("l")
    expect(page.locator(".rule-trial tbody tr")).to_have_count(2)
    expect(page.locator(".rule-trial")).to_contain_text("bez vlastního času")
    page.locator("select[name=time]").select_option("field:d.odecet_v")
    expect(page.locator(".rule-trial")).not_to_contain_text("bez vlastního času")
    page.locator(".rule-save input[name=who]").fill("Jana")
    page.get_by_role("button", name="Uložit pravidlo").click()
    page.wait_for_url("**/new")
    watched.assert_clean()
    region = town.records.region()
    assert region is not None
    rule = next(source for source in region.sources if source.topic_filter == FILTER)
    assert dict(rule.mapping) == {"d.stav": "volume_m3 l", "d.odecet_v": "time"}
    assert region.sources[0].topic_filter == FILTER or not any(
        covers(source.topic_filter, FILTER) for source in region.sources[: region.sources.index(rule)]
    )
    change = town.records.region_log(1)[0]
    assert (change.who, change.why) == ("Jana", f"mapping rule for {FILTER}")
    # The readable form has it, and reads it back.
    files = render(region)
    assert '"d.stav" = "volume_m3 l"' in files["sources.toml"]
    again, problems = parse(files)
    assert (problems, again and again.sources) == ([], region.sources)
    decoded_again(town)


def decoded_again(town: Filled) -> None:
    """An ingest beside the dashboard reads with the rule what was refused before."""
    spool = open_spool(town.folder / "spool" / "one", town.store, town.records, 10**8, 10**6, town.clock)
    ingest = Ingest(IngestConfig("mqtt://127.0.0.1:9"), spool, town.records, town.clock)
    ingest.start()
    try:
        until(lambda: not town.records.refused(9, FILTER))
        until(lambda: len(town.store.readings("LOG-1", "volume_m3", READ_AT, NOW)) == 56)
    finally:
        ingest.stop(5)
        spool.close()
    first = town.store.readings("LOG-1", "volume_m3", READ_AT, NOW)[0]
    assert (first.time, first.value) == (READ_AT + timedelta(minutes=15), 120.007)
    later = town.records.understood_later(999)
    assert {one.outcome.readings for one in later if one.refused.topic.startswith("nove/")} == {1}


def test_a_person_gives_a_device_its_place(town: Filled, town_served: Served, new_page: NewPage) -> None:
    town.records.see_devices(
        [NewDevice("voda/9", "json", "voda/9", NOW - timedelta(days=1), NOW, ("pressure_m", "battery_v"))]
    )
    watched = new_page(viewport={"width": 390, "height": 844}, color_scheme="dark")
    page = watched.page
    page.goto(f"{town_served.url}/new?lang=en")
    device = page.locator(".nd", has_text="voda/9")
    device.get_by_text("Give it a place").click()
    form = device.locator("form")
    expect(form.locator("select[name=kind]")).to_have_value("pressure_sensor")
    expect(form.locator("input[name=from]")).to_have_value("2026-11-24T10:42")
    point = next(point.point for point in town.region.points if point.role == "pressure")
    form.locator("input[name=point]").fill(point)
    form.locator("input[name=from]").fill("2026-11-25T08:00")
    form.get_by_role("button").click()
    page.wait_for_url("**/devices/voda%2F9")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    watched.assert_clean()
    region = town.records.region()
    assert region is not None
    [hangs] = region.assignments_of_device["voda/9"]
    assert (hangs.point, hangs.start) == (point, datetime(2026, 11, 25, 7, tzinfo=UTC))
    assert region.device["voda/9"].kind == "pressure_sensor"
    # What came before counts nowhere.
    assert region.point_of("voda/9", hangs.start - timedelta(minutes=1)) is None
