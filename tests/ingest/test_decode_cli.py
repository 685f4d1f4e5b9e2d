"""What `smartvoda decode` answers, line by line."""

from __future__ import annotations

import base64
import io
import json
import time
from datetime import UTC, datetime

import pytest

from ingest import decode_cli
from ingest.decode_cli import decode_file, decode_jsonl
from ingest.decoders.message import Decoded, Dialect
from models.errors import RefusedError
from models.registry import Source

RECEIVED = datetime(2026, 11, 24, 10, tzinfo=UTC)
GOOD = '{"device":"12345678","volume_m3":1234.567,"time":"2026-11-24T08:12:31Z"}'


def answers(*lines: object, explain: bool = False) -> list[dict[str, object]]:
    text = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    output = io.StringIO()
    decode_jsonl(iter([line + b"\n" for line in text]), output, RECEIVED, explain=explain)
    return [json.loads(line) for line in output.getvalue().splitlines()]


def test_one_payload_gives_lines_as_the_contract_writes_them() -> None:
    (line,) = decode_file("voda/json", GOOD.encode(), RECEIVED, {})
    assert json.loads(line) == {
        "device": "12345678",
        "quantity": "volume_m3",
        "value": 1234.567,
        "time": "2026-11-24T08:12:31Z",
        "time_source": "payload",
        "quality": "GOOD",
        "flags": [],
        "source": "json",
    }


def test_own_output_is_own_input() -> None:
    payload = '{"device":"A","volume_m3":1,"leak":true,"battery_v":3.6,"time":"2026-11-24T08:12:31Z"}'
    first = [json.loads(line) for line in decode_file("voda/json", payload.encode(), RECEIVED, {})]
    back = decode_file("smartvoda/a", json.dumps(first).encode(), RECEIVED, {})
    assert [{**json.loads(line), "source": "json"} for line in back] == first


def test_rules_of_a_region_hold() -> None:
    rule = Source("plc/+/ai3", device="VDJ-{2}", quantity="level_m", unit="cm")
    (line,) = decode_file("plc/7/ai3", b"342", RECEIVED, {}, [rule])
    assert (json.loads(line)["device"], json.loads(line)["value"]) == ("VDJ-7", 3.42)
    with pytest.raises(RefusedError, match="no_quantity"):
        decode_file("plc/7/ai4", b"342", RECEIVED, {}, [rule])


def test_every_line_is_answered_in_order_whatever_it_is() -> None:
    got = answers(
        {"id": "a", "topic": "voda/json", "payload": GOOD, "received": "2026-11-24T10:00:00Z", "keys": {}},
        b"no JSON at all",
        {"id": "b", "topic": "voda/json", "payload_b64": base64.b64encode(GOOD.encode()).decode()},
        {"id": "c", "topic": "voda/json", "payload_b64": "***"},
        {"id": "d", "topic": "voda/json"},
        {"id": "e", "topic": "voda/json", "payload": "{", "received": "never"},
        {"id": ["f"], "topic": None, "payload": "\ud800", "keys": [1]},
        [1, 2],
        b"[" * 100_000,
        b"\xff\xfe\x00",
        {"id": 7, "topic": "voda/json", "payload": '{"device":"A","volume_m3":1,"leak":true}'},
    )
    assert [line["id"] for line in got] == ["a", 2, "b", "c", "d", "e", ["f"], 8, 9, 10, 7]
    assert [("readings" in line) for line in got] == [True, False, True, *[False] * 7, True]
    assert all(("readings" in line) != ("error" in line) for line in got)
    assert [entry.get("quantity", entry.get("notice")) for entry in got[-1]["readings"]] == ["volume_m3", "LEAK"]  # type: ignore[attr-defined]


def test_empty_lines_have_no_answer() -> None:
    assert answers(b"", b"  ") == []


class Flushed(io.StringIO):
    """Notes how many lines were out at each flush."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[int] = []

    def flush(self) -> None:
        self.lines.append(self.getvalue().count("\n"))


def test_each_answer_is_flushed_before_the_next_line_is_read() -> None:
    output = Flushed()
    out_when_read: list[int] = []

    def lines() -> object:
        for number in range(3):
            out_when_read.append(output.getvalue().count("\n"))
            yield json.dumps({"id": number, "topic": "voda/json", "payload": GOOD}).encode()

    decode_jsonl(lines(), output, RECEIVED)  # type: ignore[arg-type]
    assert out_when_read == [0, 1, 2]
    assert output.lines == [1, 2, 3]


def test_a_payload_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def forever(*_: object) -> Decoded:
        while True:
            pass

    slow = Dialect("slow", lambda message, _document: message.topic == "slow", forever)
    monkeypatch.setattr("ingest.decoders.DECODERS", (slow, *decode_cli_dialects()))
    begin = time.monotonic()
    got = answers({"id": 1, "topic": "slow", "payload": "x"}, {"id": 2, "topic": "voda/json", "payload": GOOD})
    assert time.monotonic() - begin < decode_cli.PAYLOAD_SECONDS + 0.5
    assert str(got[0]["error"]).startswith("decode.too_slow")
    assert "readings" in got[1]


def decode_cli_dialects() -> tuple[Dialect, ...]:
    from ingest.decoders.table import DECODERS

    return DECODERS
