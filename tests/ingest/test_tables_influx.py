"""Series of another InfluxDB: a real 2.x server by Flux, its 1.x interface by InfluxQL, and a 1.x server's answers.

No InfluxDB 1.x runs here: the compatibility interface of 2.x stands in for one, and answers in the form that the 1.8
reference documents (chunks, tags, nulls, an error with status 200) come from a small server of the test.
"""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from ingest.tables import influx_import
from ingest.tables.importing import Stopped, Target
from ingest.tables.influx_import import InfluxImport
from ingest.tables.influx_mapping import influx_mapping
from ingest.tables.influx_source import Influx1, Influx2, InfluxSource
from ingest.tables.mapping import read_mapping
from models.errors import VodaError
from models.tables import Outcome, Said
from tests.front.commands import call
from tests.golden_tables import EVER, FixedClock, Shelf, shelf
from tests.servers.influx import Bucket

START = datetime(2026, 9, 1, tzinfo=UTC)
CLOCK = FixedClock(datetime(2026, 11, 25, 8, tzinfo=UTC))
DAYS = 60
MAPPING = """
[[series]]
measurement = "voda"
field = "stav, l"
where = { provoz = 'Bynov "A" ${x}' }
device = "{meter}"
quantity = "volume_m3"
unit = "l"

[[series]]
measurement = "tlak"
field = "p"
device = "P-{meter}-{vstup}"
quantity = "pressure_m"
unit = "bar"

[devices]
"starý 7" = "00000007"
"""


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Shelf]:
    with shelf(tmp_path, CLOCK) as made:
        yield made


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    path = tmp_path / "old.toml"
    path.write_text(MAPPING, encoding="utf-8")
    return path


def fill(bucket: Bucket) -> None:
    """Hourly registers of two meters, one of them elsewhere, and a pressure with faults."""
    lines = []
    for hour in range(24 * DAYS):
        at = int((START + timedelta(hours=hour)).timestamp())
        place = 'provoz=Bynov\\ "A"\\ ${x}'
        lines.append(f"voda,meter=starý\\ 7,{place},host=h{hour % 2} stav\\,\\ l={1000 + hour},jiné=1 {at}")
        lines.append(f"voda,meter=8,provoz=jinde stav\\,\\ l={hour} {at}")
    lines.append(f"tlak,meter=9,vstup=1 p=4.25 {int(START.timestamp())}")
    lines.append(f"tlak,meter=9,vstup=2 p=-9999 {int(START.timestamp())}")
    lines.append(f"tlak,meter=9 p=4.5 {int(START.timestamp()) + 60}")
    address = f"{bucket.url}/api/v2/write?org={bucket.org}&bucket={bucket.name}&precision=s"
    headers = {"Authorization": f"Token {bucket.token}"}
    urllib.request.urlopen(urllib.request.Request(address, "\n".join(lines).encode(), headers), timeout=30).close()


def source_of(kind: str, bucket: Bucket) -> InfluxSource:
    if kind == "2":
        return Influx2(bucket.url, bucket.org, bucket.name, bucket.token)
    return Influx1(bucket.url, bucket.name, token=bucket.token)


def say(said: Said) -> str:
    return said.key


def run(there: Shelf, source: InfluxSource, mapping: Path, stop_after: int = 1 << 30) -> Outcome:
    target = Target(there.store, there.records, CLOCK)
    bad = mapping.with_name("bad.csv")
    asked = 0

    def progress(_share: float) -> bool:
        nonlocal asked
        asked += 1
        return asked < stop_after

    return InfluxImport(source, influx_mapping(read_mapping(mapping), mapping), target, say, bad).run(progress)


@pytest.mark.parametrize("kind", ["1", "2"])
def test_a_real_server(kind: str, bucket: Bucket, there: Shelf, mapping: Path) -> None:
    fill(bucket)
    source = source_of(kind, bucket)
    with pytest.raises(Stopped):
        run(there, source, mapping, stop_after=2)
    begun = there.store.readings_total()
    assert 0 < begun < 24 * DAYS
    outcome = run(there, source, mapping)
    assert (outcome.read, outcome.written, outcome.same, outcome.bad) == (
        24 * DAYS - begun + 1,
        24 * DAYS - begun + 1,
        0,
        2,
    )
    kept = there.store.readings("00000007", "volume_m3", *EVER)
    assert [(r.time, r.value) for r in kept] == [
        (START + timedelta(hours=hour), (1000 + hour) / 1000) for hour in range(24 * DAYS)
    ]
    (pressure,) = there.store.readings("P-9-1", None, *EVER)
    assert pressure.value == pytest.approx(4.25 * 10.1972)
    assert {reading.device for reading in there.store.last().values()} == {"00000007", "P-9-1"}
    lines = (mapping.with_name("bad.csv")).read_text(encoding="utf-8-sig").splitlines()
    assert {line.split(";")[3] for line in lines[1:]} == {"no_such_value", "no_name"}
    assert {item.device for item in there.records.seen_devices()} == {"00000007", "P-9-1"}


def test_what_came_there_since_is_taken_and_nothing_twice(bucket: Bucket, there: Shelf, mapping: Path) -> None:
    fill(bucket)
    first = run(there, source_of("2", bucket), mapping)
    assert first.written == 24 * DAYS + 1
    assert run(there, source_of("2", bucket), mapping).read == 0
    later = int((START + timedelta(days=DAYS, hours=5)).timestamp())
    address = f"{bucket.url}/api/v2/write?org={bucket.org}&bucket={bucket.name}&precision=s"
    line = f'voda,meter=starý\\ 7,provoz=Bynov\\ "A"\\ ${{x}} stav\\,\\ l=9999 {later}'
    headers = {"Authorization": f"Token {bucket.token}"}
    urllib.request.urlopen(urllib.request.Request(address, line.encode(), headers), timeout=30).close()
    assert run(there, source_of("2", bucket), mapping) == Outcome(read=1, written=1)


def test_the_command_line(bucket: Bucket, mapping: Path, tmp_path: Path) -> None:
    fill(bucket)
    token = tmp_path / "token"
    token.write_text(f"{bucket.token}\n")
    asked = ("import", "--influx2", bucket.url, "--org", bucket.org, "--bucket", bucket.name, "--mapping", mapping)
    answer = call(*asked, "--token-file", token, "--data-dir", tmp_path / "data")
    assert answer.code == 0, answer.err
    assert f"{24 * DAYS + 1:,} written" in answer.out
    token.write_text("wrong")
    refused = call(*asked, "--token-file", token, "--data-dir", tmp_path / "data")
    assert refused.code == 1
    assert "import.influx" in refused.err
    assert "wrong" not in refused.err.replace("wrong:", "")
    assert call(*asked, "--data-dir", tmp_path / "data").code == 2


ANSWERS = {
    "first": {"results": [{"series": [{"columns": ["time", "first"], "values": [[1788220800000, 1]]}]}]},
    "last": {"results": [{"series": [{"columns": ["time", "last"], "values": [[1788228000000, 3]]}]}]},
}
CHUNKS = (
    {
        "results": [
            {
                "statement_id": 0,
                "series": [
                    {
                        "name": "tlak",
                        "tags": {"meter": "9", "vstup": "1"},
                        "columns": ["time", "p"],
                        "values": [[1788220800000, 4.5], [1788224400000, None]],
                        "partial": True,
                    }
                ],
                "partial": True,
            }
        ]
    },
    {
        "results": [
            {
                "statement_id": 0,
                "series": [
                    {
                        "name": "tlak",
                        "tags": {"meter": "9", "vstup": "1"},
                        "columns": ["time", "p"],
                        "values": [[1788228000000, 4], [1788228000000, "text"]],
                    }
                ],
            }
        ]
    },
)


@contextmanager
def answering(error: str = "") -> Iterator[tuple[str, list[str]]]:
    """A server that answers as an InfluxDB 1.8 does, and the questions it heard."""
    heard: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)["q"][0]
            heard.append(query)
            edge = next((name for name in ANSWERS if f"SELECT {name}(" in query), "")
            parts = [ANSWERS[edge]] if edge else list(CHUNKS)
            if error:
                parts = [{"results": [{"statement_id": 0, "error": error}]}]
            body = "".join(json.dumps(part) + "\n" for part in parts).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", heard
    finally:
        server.shutdown()
        server.server_close()


def test_answers_of_a_1_8(there: Shelf, mapping: Path) -> None:
    mapping.write_text(MAPPING[MAPPING.index('[[series]]\nmeasurement = "tlak"') :], encoding="utf-8")
    with answering() as (url, heard):
        assert run(there, Influx1(url, "voda"), mapping) == Outcome(read=2, written=2)
    assert [r.value for r in there.store.readings("P-9-1", None, *EVER)] == [4.5 * 10.1972, 4 * 10.1972]
    assert all(query.startswith("SELECT ") for query in heard)
    with answering("database not found: voda") as (url, _), pytest.raises(VodaError, match="database not found"):
        run(there, Influx1(url, "voda"), mapping)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('quantity = "volume_m3"', "no quantity"),
        ('unit = "l"', "no unit of volume_m3"),
        ('device = "{meter}"', "device is missing"),
        ("[[series]]", "not known"),
    ],
)
def test_a_wrong_mapping_is_named(line: str, said: str, tmp_path: Path) -> None:
    wrong = {"no quantity": 'quantity = "volume"', "no unit of volume_m3": 'unit = "bar"', "not known": "[[serie]]"}
    path = tmp_path / "m.toml"
    path.write_text(MAPPING.replace(line, wrong.get(said, ""), 1), encoding="utf-8")
    with pytest.raises(VodaError, match=said):
        influx_mapping(read_mapping(path), path)


def test_spans_are_bounded() -> None:
    assert timedelta(hours=1) <= influx_import.SPAN <= timedelta(days=31)
