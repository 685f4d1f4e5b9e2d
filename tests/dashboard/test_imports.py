"""Files handed in at the dashboard: dropped in a browser, understood, named, imported; and over HTTP alone."""

from __future__ import annotations

import base64
import http.client
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Page, expect

from dashboard.import_words import SENTENCES
from dashboard.imports import hints_of
from ingest.tables.desk import Desk
from models.tables import ImportJob
from tests.dashboard.client import Client
from tests.dashboard.conftest import NOW
from tests.dashboard.filled import Filled
from tests.dashboard.served import Served, serving
from tests.servers import WatchedPage

NewPage = Callable[..., WatchedPage]
TABLE = "Datum a čas;Vodoměr;Stav [m3];Q\n24.11.2026 8:00;55500077;12,5;1,5\n24.11.2026 9:00;55500077;chyba;1,6\n"
EVER = (NOW.replace(year=2020), NOW.replace(year=2030))


@pytest.fixture(scope="module")
def desk(filled: Filled, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk(tmp_path_factory.mktemp("desk"), filled.store, filled.records, filled.clock, "UTC")
    made.limit_bytes = 1_000_000
    yield made
    made.close()


@pytest.fixture(scope="module")
def taking(filled: Filled, desk: Desk) -> Iterator[Served]:
    """The dashboard with a desk for files."""
    with serving(filled, imports=desk) as running:
        yield running


def hand_in(served: Served, name: str, content: bytes, headers: dict[str, str] | None = None) -> tuple[int, str]:
    """POST of a file as the page does it: the bytes as they are."""
    connection = http.client.HTTPConnection(urlsplit(served.url).netloc, timeout=20)
    connection.request("POST", f"/actions/import?name={name}", content, {"X-Voda": "1"} if headers is None else headers)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body


def until(desk: Desk, job_id: str, *states: str) -> ImportJob:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        job = desk.job(job_id)
        assert job is not None
        if job.state in states:
            return job
        time.sleep(0.02)
    raise AssertionError(f"{job_id} did not come to {states}")


def handed(served: Served, desk: Desk, content: str, name: str = "table.csv") -> str:
    status, body = hand_in(served, name, content.encode())
    assert status == 200, body
    job_id = body.split("job=")[1].split('"')[0]
    until(desk, job_id, "understood", "failed")
    return job_id


def content(served: Served, job_id: str) -> str:
    """What the page says of a file, in Czech."""
    answer = Client(served.url).get("/_page", {"path": "/import", "job": job_id, "lang": "cs"})
    assert answer.status_code == 200
    return str(answer.json()["content"]).replace("\u00a0", " ")


def drop(page: Page, name: str, content: bytes) -> None:
    """Drop a file on the page as a person does."""
    page.evaluate(
        """([name, data]) => {
            const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
            const carried = new DataTransfer();
            carried.items.add(new File([bytes], name));
            const box = document.querySelector("[data-drop]");
            for (const kind of ["dragover", "drop"]) {
              box.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: carried }));
            }
        }""",
        [name, base64.b64encode(content).decode()],
    )


def test_a_dropped_file_is_understood_named_and_imported(taking: Served, filled: Filled, new_page: NewPage) -> None:
    watched = new_page()
    page = watched.page
    page.goto(f"{taking.url}/import?lang=cs")
    expect(page.locator("[data-drop]")).to_contain_text("1 MB")
    drop(page, "odečty.csv", TABLE.encode("cp1250"))
    expect(page.locator("h1")).to_contain_text("odečty.csv: odečty")
    expect(page.locator(".import-columns .left")).to_contain_text("Q")
    page.select_option("[name=column_D_quantity]", "flow_m3h")
    page.fill("[name=column_D_unit]", "l/s")
    page.click("text=Posoudit znovu")
    expect(page.locator(".import-columns .left")).to_have_count(0)
    page.fill("[name=who]", "Nováková")
    page.click(".import-begin .btn.pri")
    expect(page.locator("h1")).to_contain_text("načteno")
    with page.expect_download() as download:
        page.click("a[download]")
    bad = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert bad[1] == "3;Stav [m3];chyba;není číslo;24.11.2026 9:00;55500077;chyba;1,6"
    found = [(r.quantity, r.value) for r in filled.store.readings("55500077", None, *EVER)]
    assert found == [("flow_m3h", 5.4), ("volume_m3", 12.5), ("flow_m3h", 5.76)]
    watched.assert_clean()


def test_a_file_of_another_site_or_too_large_is_not_taken(taking: Served) -> None:
    assert hand_in(taking, "a.csv", b"a;b", {})[0] == 403
    assert hand_in(taking, "a.csv", b"x" * 1_000_001)[0] == 413


def test_what_is_no_table_says_so(taking: Served, desk: Desk) -> None:
    job_id = handed(taking, desk, "<html><table></table></html>", "export.xls")
    said = content(taking, job_id)
    assert "nelze přečíst" in said
    assert "web page" in said


def test_an_import_can_begin_only_when_something_is_understood(taking: Served, desk: Desk) -> None:
    job_id = handed(taking, desk, "jméno;barva\nA;modrá\nB;zelená\n")
    client = Client(taking.url)
    answer = client.post(f"/actions/import/{job_id}/start?lang=en", {}, {"X-Voda": "1"})
    assert (answer.status_code, answer.json()["code"]) == (409, "import.not_ready")
    wrong = client.post(f"/actions/import/{job_id}/understand?lang=en", {"unit": "parsek"}, {"X-Voda": "1"})
    assert "parsek" in wrong.json()["message"]
    assert client.post("/actions/import/none/start", {}, {"X-Voda": "1"}).status_code == 404
    assert client.get("/actions/import/none/bad.csv").status_code == 404


def test_names_and_cells_are_only_text(taking: Served, desk: Desk) -> None:
    evil = "<img src=x onerror=document.title=1>"
    job_id = handed(taking, desk, f"čas;{evil}\n24.11.2026 8:00;{evil}\n24.11.2026 9:00;5\n", quote(f"../{evil}.csv"))
    said = content(taking, job_id)
    assert "&lt;img" in said
    assert evil not in said
    assert "../" not in said


def test_old_files_make_room(taking: Served, desk: Desk) -> None:
    first = handed(taking, desk, TABLE)
    for _ in range(13):
        last = handed(taking, desk, TABLE)
    assert desk.job(first) is None
    assert desk.job(last) is not None
    assert "už není" in content(taking, first)


def test_what_a_dead_desk_left_is_removed_and_a_living_one_left_alone(filled: Filled, tmp_path: Path) -> None:
    given = (filled.store, filled.records, filled.clock, "UTC")
    first, dead = Desk(tmp_path, *given), Desk(tmp_path, *given)
    for desk in (first, dead):
        handed = desk.open("a.csv")
        handed.write(b"x")
    dead.close()
    third = Desk(tmp_path, *given)
    assert len(list(tmp_path.iterdir())) == 2
    assert len(list(tmp_path.glob("*/*/a.csv"))) == 1
    first.close()
    third.close()


def test_forms_say_what_the_command_line_can_say() -> None:
    hints = hints_of({"column_AB_unit": "l", "decimal": ",", "step_min": "15", "who": "x", "column_1_unit": "m"})
    assert (hints.columns["AB"].unit, hints.decimal, hints.step_s, len(hints.columns)) == ("l", ",", 900, 1)


def test_every_key_that_ingest_says_has_a_sentence() -> None:
    from tests.ingest.said_keys import said_keys

    assert said_keys() <= set(SENTENCES)
    assert set(SENTENCES) <= said_keys()
