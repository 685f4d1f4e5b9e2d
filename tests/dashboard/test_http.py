"""The HTTP interface and the documents, asked as any client would."""

from __future__ import annotations

import csv
import io
import re
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from models.errors import StoreUnavailableError
from models.quality import Quality
from models.reading import Reading, iso_z
from tests.dashboard.client import Answer, Client
from tests.dashboard.filled import BURST_ZONE, Filled
from tests.dashboard.served import Served, serving


@pytest.fixture(scope="module")
def client(served: Served) -> Client:
    return Client(served.url)


@pytest.fixture(scope="module")
def hostile(filled: Filled) -> str:
    """A device whose name is as bad as names get."""
    name = 'Vodoměr 7/B "č. 1"; =1+1\n🚰'
    at = filled.clock.moment - timedelta(hours=1)
    readings = [
        Reading(name, "volume_m3", 7.704, at, flags=("LEAK",), source="wmbusmeters"),
        Reading(name, "volume_m3", 7.9, at + timedelta(minutes=5), quality=Quality.SUSPECT, source="=cmd"),
    ]
    filled.store.write(readings)
    return name


def get(client: Client, path: str, **query: str) -> Answer:
    return client.get(path, query)


def test_readings_are_as_decode_writes_them(client: Client, filled: Filled, hostile: str) -> None:
    answer = get(client, f"/api/v1/devices/{quote(hostile, safe='')}/readings", quantity="volume_m3")
    assert answer.status_code == 200
    first, second = answer.json()["readings"]
    assert first == {
        "device": hostile,
        "quantity": "volume_m3",
        "value": 7.704,
        "time": iso_z(filled.clock.moment - timedelta(hours=1)),
        "time_source": "payload",
        "quality": "GOOD",
        "flags": ["LEAK"],
        "source": "wmbusmeters",
    }
    assert second["quality"] == "SUSPECT"


def test_the_span_is_half_open_and_a_lost_plus_is_forgiven(client: Client, filled: Filled, hostile: str) -> None:
    at = filled.clock.moment - timedelta(hours=1)
    path = f"/api/v1/devices/{quote(hostile, safe='')}/readings"
    assert get(client, path, **{"from": iso_z(at), "to": iso_z(at)}).json() == {"readings": []}
    later = iso_z(at + timedelta(minutes=5))
    assert len(get(client, path, **{"from": iso_z(at), "to": later}).json()["readings"]) == 1
    local = at.astimezone(filled.region.tz).isoformat()
    assert len(client.get(f"{path}?from={local}").json()["readings"]) == 2


def test_unknown_devices_have_no_readings(client: Client) -> None:
    assert get(client, "/api/v1/devices/nobody/readings").json() == {"readings": []}


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("/api/v1/devices/1/readings", {"quantity": "wine_l"}, "api.quantity"),
        ("/api/v1/devices/1/readings", {"from": "yesterday"}, "api.time"),
        ("/api/v1/devices/1/readings", {"from": "2026-11-24T08:00:00"}, "api.time"),
        ("/api/v1/devices/1/readings", {"from": "2026-11-25T00:00:00Z", "to": "2026-11-24T00:00:00Z"}, "api.span"),
        ("/api/v1/devices/1/readings.csv", {"to": "x"}, "api.time"),
        ("/api/v1/events", {"state": "asleep"}, "api.word"),
        ("/api/v1/events", {"case": "new,lost"}, "api.word"),
        ("/api/v1/events", {"from": "1"}, "api.time"),
    ],
)
def test_bad_parameters_are_told(client: Client, path: str, query: dict[str, str], code: str) -> None:
    answer = get(client, path, **query)
    assert answer.status_code == 400
    assert answer.json()["code"] == code
    assert answer.json()["message"]


def test_events_by_state_case_and_time(client: Client, filled: Filled) -> None:
    everything = get(client, "/api/v1/events").json()["events"]
    assert [event["detected_at"] for event in everything] == sorted(
        (event["detected_at"] for event in everything), reverse=True
    )
    burst = next(event for event in everything if event["kind"] == "burst")
    assert burst["subject"] == BURST_ZONE
    assert burst["priority"] == "high"
    assert burst["end"] is None
    assert burst["why"]["code"] == "burst.inflow_above_expected"
    waiting = get(client, "/api/v1/events", state="unacknowledged,returned_unacknowledged").json()["events"]
    assert {event["state"] for event in waiting} == {"unacknowledged"}
    since = get(client, "/api/v1/events", **{"from": burst["detected_at"]}).json()["events"]
    until = get(client, "/api/v1/events", to=burst["detected_at"]).json()["events"]
    assert burst in since
    assert burst not in until
    assert get(client, "/api/v1/events", case="closed").json() == {"events": []}


def test_the_czech_csv_opens_right_in_excel(client: Client, hostile: str) -> None:
    answer = get(client, f"/api/v1/devices/{quote(hostile, safe='')}/readings.csv", lang="cs")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "SIMULACE" in answer.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert rows[0][:3] == ["čas", "veličina", "hodnota"]
    assert rows[1][2] == "7,704"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", rows[1][0])
    assert rows[2][-1] == "'=cmd", "a cell must not become a formula"


def test_the_english_csv_has_commas_and_points(client: Client, hostile: str) -> None:
    answer = get(client, f"/api/v1/devices/{quote(hostile, safe='')}/readings.csv", lang="en")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[1][2] == "7.704"


def test_openapi_names_the_paths(client: Client) -> None:
    answer = get(client, "/api/v1/openapi.json").json()
    assert {"/api/v1/devices/{device}/readings", "/api/v1/events", "/healthz"} <= set(answer["paths"])


def tell_facts(filled: Filled, age: timedelta = timedelta(hours=-1)) -> None:
    """As if ingest and analysis had told their facts so long ago; as a rule they go on speaking."""
    facts = filled.records.facts()
    for name in ("ingest", "analysis"):
        filled.records.set_fact(name, {**facts[name], "at": iso_z(filled.clock.now() - age)})


def test_health_says_what_the_design_asks(client: Client, filled: Filled) -> None:
    tell_facts(filled)
    deadline = time.monotonic() + 5
    while True:
        answer = get(client, "/healthz")
        health = answer.json()
        counted = health["readings_total"] == filled.store.readings_total()
        if (counted and health["mqtt"] == "connected") or time.monotonic() > deadline:
            break
        time.sleep(0.1)
    assert answer.status_code == 200, health
    assert health["status"] == "ok"
    assert health["mqtt"] == "connected"
    assert health["readings_total"] == filled.store.readings_total()
    assert health["last_reading_age_s"] >= 0
    assert health["analysis_lag_s"] == 1.0


def test_services_that_fell_silent_are_not_taken_for_well(client: Client, filled: Filled) -> None:
    tell_facts(filled, timedelta(minutes=2))
    try:
        deadline = time.monotonic() + 10
        while get(client, "/healthz").json()["mqtt"] != "unknown" and time.monotonic() < deadline:
            time.sleep(0.1)
        answer = get(client, "/healthz")
        assert (answer.status_code, answer.json()["status"], answer.json()["mqtt"]) == (503, "failing", "unknown")
        assert answer.json()["analysis_lag_s"] > 100
        text = get(client, "/_notes").text
        assert "příjem dat mlčí" in text
        assert "nikdo nehledá úniky ani poplachy" in text
    finally:
        tell_facts(filled)
    assert "mlčí" not in get(client, "/_notes").text


class Away:
    """Stands before a real store and fails like one that is away: slowly."""

    def __init__(self, store: Any, seconds: float) -> None:
        self._store, self._seconds = store, seconds

    def __getattr__(self, name: str) -> Any:
        if name == "close":
            return lambda: None

        def fail(*_args: object, **_kw: object) -> Any:
            time.sleep(self._seconds)
            raise StoreUnavailableError("store.unavailable", "the store is away")

        return fail


def test_health_is_quick_and_503_while_the_store_is_away(filled: Filled) -> None:
    with serving(filled, Away(filled.store, 3.0)) as served:  # type: ignore[arg-type] # stands for a Store
        asking = Client(served.url)
        for _ in range(5):
            began = time.monotonic()
            answer = asking.get("/healthz")
            assert time.monotonic() - began < 0.2
            assert answer.status_code == 503
            time.sleep(0.1)


def test_a_page_says_so_while_the_store_is_away(filled: Filled) -> None:
    with serving(filled, Away(filled.store, 0.0)) as served:  # type: ignore[arg-type] # stands for a Store
        answer = Client(served.url).get("/zones")
        assert answer.status_code == 503
        assert "Databáze měření neodpovídá" in content(answer.text)


def test_the_queue_and_the_history_are_told_on_every_page(client: Client, filled: Filled) -> None:
    facts = filled.records.facts()
    try:
        filled.records.set_fact("ingest", {**facts["ingest"], "waiting": 1240, "problem": "store.unavailable"})
        filled.records.set_fact("history", {"done": 25, "total": 100, "what": "rollups"})
        text = get(client, "/").text.replace("\u00a0", " ")
        assert "1 240 měření čeká ve frontě, nic se neztrácí" in text
        assert "Ze starší historie je 25 %" in text
    finally:
        filled.records.set_fact("ingest", facts["ingest"])
        filled.records.set_fact("history", {})
    assert "ve frontě, nic" not in get(client, "/_notes").text


def test_an_instance_that_is_away_is_told_on_every_page(client: Client, filled: Filled) -> None:
    facts = filled.records.facts()
    away = [{"client_id": "smartvoda-two", "since": iso_z(filled.clock.now() - timedelta(hours=30))}]
    try:
        filled.records.set_fact("ingest", {**facts["ingest"], "away": away})
        text = get(client, "/_notes").text.replace("\u00a0", " ")
        assert "jedna z instancí příjmu chybí" in text
        assert "smartvoda-two mlčí od 2" in text
    finally:
        filled.records.set_fact("ingest", facts["ingest"])


def test_metrics_for_prometheus(client: Client, filled: Filled) -> None:
    get(client, "/healthz")
    text = get(client, "/metrics").text
    assert f"smartvoda_readings_total {float(filled.store.readings_total())}" in text
    assert "smartvoda_store_up 1.0" in text


@pytest.mark.parametrize(
    "path", ["/nowhere", "/zones/nowhere", "/devices/nowhere", "/events/nowhere", "/zones/", "/.env"]
)
def test_unknown_paths_are_404_with_a_page(client: Client, path: str) -> None:
    answer = get(client, path)
    assert answer.status_code == 404
    assert "<html" in answer.text


def content(document: str) -> str:
    """The page's own part of a document."""
    found = re.search(r'<script id="voda-first" type="application/json">(.*?)</script>', document, re.DOTALL)
    assert found is not None
    return found.group(1).encode().decode("unicode_escape") if "\\u" in found.group(1) else found.group(1)


def test_language_title_and_scheme_are_there_before_any_script(client: Client) -> None:
    client.cookies.clear()
    text = get(client, "/").text
    assert '<html lang="cs">' in text
    assert "<title>Přehled · Smart voda · SIMULACE</title>" in text
    assert text.index("dataset.scheme") < text.index('rel="stylesheet"')
    german = get(client, "/", lang="de")
    assert '<html lang="de">' in german.text
    assert '<html lang="de">' in get(client, "/").text, "the choice is remembered"
    client.cookies.clear()


def test_nothing_in_the_document_is_on_another_host(client: Client) -> None:
    text = get(client, "/").text
    addresses = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert [a for a in addresses if not a.startswith(("/", "#", "?", "data:"))] == []


def test_files_are_compressed_and_kept_by_the_browser(client: Client) -> None:
    text = get(client, "/").text
    script = next(a for a in re.findall(r'href="([^"]+plotly[^"]+)"', text))
    for encoding in ("br", "gzip"):
        answer = client.get(script, headers={"Accept-Encoding": encoding})
        assert answer.headers["content-encoding"] == encoding
        assert "immutable" in answer.headers["cache-control"]
    assert client.get("/assets/fonts/plex-sans-latin.woff2").headers.get("content-encoding") is None
    assert client.get("/assets/nothing.js").status_code == 404


def test_names_are_escaped_everywhere(client: Client, hostile: str) -> None:
    page = get(client, f"/devices/{quote(hostile, safe='')}")
    assert page.status_code == 200
    assert "<script>alert" not in get(client, "/devices", find="<script>alert(1)</script>").text


def test_actions_ask_for_our_own_header(client: Client, filled: Filled) -> None:
    event = filled.records.events()[0]
    path = f"/actions/events/{event.id}/acknowledge"
    assert client.post(path, json={}).status_code == 403
    assert client.post("/actions/events/nobody/acknowledge", json={}, headers={"X-Voda": "1"}).status_code == 404


def test_an_event_is_acknowledged_once_and_closed_with_a_cause(client: Client, filled: Filled) -> None:
    ours = {"X-Voda": "1"}
    waiting = next(event for event in filled.records.events() if event.state.value == "unacknowledged")
    path = f"/actions/events/{waiting.id}"
    assert client.post(f"{path}/acknowledge", json={"who": "K. Marek"}, headers=ours).status_code == 200
    known = filled.records.event(waiting.id)
    assert known is not None
    assert (known.state.value, known.acknowledged_by) == ("acknowledged", "K. Marek")
    again = client.post(f"{path}/acknowledge", json={}, headers=ours)
    assert (again.status_code, again.json()["code"]) == (409, "event.not_unacknowledged")
    without = client.post(f"{path}/case", json={"case": "closed"}, headers=ours)
    assert without.json()["code"] == "event.cause_missing"
    closed = client.post(f"{path}/case", json={"case": "closed", "note": "oprava přípojky"}, headers=ours)
    assert closed.status_code == 200
    assert filled.records.event_log(waiting.id)[-1].note == "oprava přípojky"


def test_pipes_burst_only_where_publishing_is_given(client: Client, served: Served) -> None:
    ours = {"X-Voda": "1"}
    assert client.post("/actions/burst", json={"zone": "nowhere"}, headers=ours).status_code == 404
    assert client.post("/actions/burst", json={"zone": BURST_ZONE}, headers=ours).status_code == 200
    assert served.published


def test_parts_of_a_page_can_be_made_anew(client: Client) -> None:
    parts = client.get("/_page", {"path": "/", "parts": "region-first,region-tanks"}).json()["parts"]
    assert set(parts) == {"region-first", "region-tanks"}


def test_a_page_is_shown_while_the_records_are_away(filled: Filled) -> None:
    away = replace(filled, records=Away(filled.records, 0.0))  # type: ignore[arg-type] # stands for the records
    with serving(away) as served:
        answer = Client(served.url).get("/")
        assert answer.status_code == 503
        assert "databáze neodpovídá" in answer.text
