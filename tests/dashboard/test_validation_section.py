"""The device page's section of validation: verdicts in words, a person's edit and its undoing, over HTTP."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from dashboard.config import DashboardConfig
from dashboard.i18n import LANGUAGES, Words
from dashboard.validation_words import REASONS, reason
from dashboard.visit import Rooms
from models.edits import OF_EDIT
from models.judged import judged
from models.quality import Quality
from models.reading import from_ms, to_ms
from models.validation.flags import Flag
from models.verdict import EditKind, Judging, Verdict
from tests.dashboard.client import Client
from tests.dashboard.conftest import NOW
from tests.dashboard.filled import Filled
from tests.dashboard.said import page
from tests.dashboard.served import Served

OURS = {"X-Voda": "1"}
SPAN = (NOW - timedelta(days=2), NOW)


@pytest.fixture
def meter(filled: Filled) -> tuple[str, int]:
    """A flow meter and the time of one of its readings."""
    for device in sorted(filled.region.device):
        found = filled.store.readings(device, "flow_m3h", *SPAN)
        if found:
            return device, to_ms(found[-3].time)
    raise AssertionError("no device of the region tells a flow")


def section(served: Served, device: str, language: str = "cs") -> str:
    """What the section says; charts get their readings as they count."""
    filled = served.filled
    rooms = Rooms(judged(filled.store, filled.records), filled.records, filled.clock, DashboardConfig())
    return page(rooms, f"/devices/{device}", language).by_id("device-validation").text


def local(served: Served, time_ms: int) -> str:
    return from_ms(time_ms).astimezone(served.filled.region.tz).strftime("%Y-%m-%dT%H:%M:%S")


def test_a_verdict_stands_on_the_page_with_its_reason(served: Served, meter: tuple[str, int]) -> None:
    device, at = meter
    assert "V tomto období žádná kontrola nic nenamítá." in section(served, device)
    flag = Flag(at, at, Quality.FAIL, "spike", (("value", 999.5), ("usual", 12.25)))
    served.filled.records.judge([Judging(device, "flow_m3h", "spike", at, at + 1, (flag,))])
    said = section(served, device)
    assert "chybn" in said or "vadn" in said
    assert re.search(r"skočí na 999,5\d*\s*m³/h a zpět; obvykle je 12,2\d*", said)
    shown = judged(served.filled.store, served.filled.records).series([(device, "flow_m3h")], *SPAN)[0]
    assert shown.quality[shown.time_ms == at].tolist() == [Quality.FAIL]
    served.filled.records.judge([Judging(device, "flow_m3h", "spike", at, at + 1, ())])


def test_an_edit_is_kept_with_who_and_why_and_can_be_taken_back(served: Served, meter: tuple[str, int]) -> None:
    device, at = meter
    client = Client(served.url)
    form = {
        "quantity": "flow_m3h",
        "from": local(served, at),
        "to": local(served, at),
        "kind": "replace",
        "value": "12,5",
        "who": "Eva",
        "note": "hydrant",
    }
    path = f"/actions/devices/{device}/edits"
    assert client.post(path, json=form).status_code == 403
    assert client.post(path, json=form, headers=OURS).status_code == 200
    (made,) = served.filled.records.edits(device)
    assert (made.kind, made.value, made.who, made.why, made.first_ms) == (EditKind.REPLACE, 12.5, "Eva", "hydrant", at)
    counted = judged(served.filled.store, served.filled.records).series([(device, "flow_m3h")], *SPAN)[0]
    assert counted.value[counted.time_ms == at].tolist() == [12.5]
    assert counted.quality[counted.time_ms == at].tolist() == [OF_EDIT[EditKind.REPLACE]]
    assert "nahrazeno hodnotou" in section(served, device)
    undo = f"/actions/edits/{made.id}/undo"
    assert client.post(undo, json={"who": "Jan"}, headers=OURS).status_code == 200
    assert client.post(undo, json={"who": "Jan"}, headers=OURS).status_code == 404
    (undone,) = served.filled.records.edits(device)
    assert (undone.stands, undone.undone_by) == (False, "Jan")
    assert "zpět vzal(a) Jan" in section(served, device)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"note": " "}, "edit.why_missing"),
        ({"from": "soon"}, "edit.bad_time"),
        ({"to": "2020-01-01T00:00"}, "edit.bad_time"),
        ({"value": "a lot"}, "edit.bad_number"),
        ({"quantity": "beauty"}, "edit.unknown"),
        ({"kind": "delete"}, "edit.unknown"),
    ],
)
def test_what_is_missing_is_said(served: Served, meter: tuple[str, int], change: dict[str, str], code: str) -> None:
    device, at = meter
    form = {"quantity": "flow_m3h", "from": local(served, at), "to": local(served, at), "kind": "replace"}
    before = len(served.filled.records.edits(device))
    answer = Client(served.url).post(
        f"/actions/devices/{device}/edits", json={**form, "value": "1", "note": "so", **change}, headers=OURS
    )
    assert answer.status_code in (404, 409)
    assert answer.json()["code"] == code
    assert len(served.filled.records.edits(device)) == before


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", REASONS)
def test_every_reason_is_a_whole_sentence(language: str, code: str, filled: Filled) -> None:
    names = re.findall(r"{(\w+)}", REASONS[code])
    values = tuple((name, "x" if name == "other" else 2.5) for name in names)
    said = reason(
        Verdict("d", "flow_m3h", code, 0, 0, Quality.SUSPECT, code, values), Words(language, filled.region.tz)
    )
    assert "{" not in said
    assert len(said.split()) > 3
