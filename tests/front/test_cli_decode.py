"""`smartvoda decode` as people and scripts use it."""

from __future__ import annotations

import base64
import json
import os
import resource
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.front.commands import call, environment, run

GOOD = '{"device":"12345678","volume_m3":1234.567,"time":"2026-11-24T08:12:31Z"}'
LINE = {
    "device": "12345678",
    "quantity": "volume_m3",
    "value": 1234.567,
    "time": "2026-11-24T08:12:31Z",
    "time_source": "payload",
    "quality": "GOOD",
    "flags": [],
    "source": "json",
}
PAYLOAD_S = 2.0
KEY = "0011223344556677889900aabbccddee"


def question(identity: object, payload: str = GOOD, **more: object) -> bytes:
    return json.dumps({"id": identity, "topic": "voda/json", "payload": payload, **more}).encode() + b"\n"


def test_a_file_gives_one_json_reading_a_line_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "payload.json"
    file.write_text(GOOD)
    answer = run("decode", "--topic", "voda/json", file, cwd=tmp_path)
    assert (answer.code, answer.err) == (0, "")
    assert [json.loads(line) for line in answer.lines] == [LINE]
    assert list(tmp_path.iterdir()) == [file]


def test_explain_tells_the_way_on_standard_error_and_leaves_standard_output_alone(tmp_path: Path) -> None:
    arguments = ("decode", "--topic", "voda/json", "--explain", "-")
    answer = run(*arguments, stdin=GOOD.encode())
    assert [json.loads(line) for line in answer.lines] == [LINE]
    assert "  where: volume_m3 = 1234.567" in answer.err.splitlines()
    refused = call(*arguments, stdin=b'{"device":"A","flow":5}')
    assert (refused.code, refused.out) == (1, "")
    assert "  flow = 5: nothing says its unit" in refused.err.splitlines()
    assert "decode.no_unit: " in refused.err.splitlines()[-1]


def test_dash_reads_standard_input() -> None:
    answer = call("decode", "--topic", "voda/json", "-", stdin=GOOD.encode())
    assert json.loads(answer.out) == LINE


def test_notices_are_lines_of_their_own() -> None:
    payload = b'{"device":"A","volume_m3":1,"leak":true,"time":"2026-11-24T08:12:31Z"}'
    reading, notice = map(json.loads, call("decode", "--topic", "voda/json", "-", stdin=payload).lines)
    assert reading["flags"] == ["LEAK"]
    assert notice == {
        "device": "A",
        "notice": "LEAK",
        "active": True,
        "time": "2026-11-24T08:12:31Z",
        "time_source": "payload",
        "source": "json",
    }


def test_received_stands_for_a_missing_time_in_utc() -> None:
    arguments = ("decode", "--topic", "a/volume_m3", "--received", "2026-11-24T09:00:00+01:00", "-")
    line = json.loads(call(*arguments, stdin=b"7.5").out)
    assert (line["time"], line["time_source"], line["value"]) == ("2026-11-24T08:00:00Z", "received", 7.5)


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"", "decode.empty"),
        (b"\xff\xfe\x00\x01", "decode.unknown_format"),
        (b'{"volume_m3":', "decode."),
        (b"[" * 100_000, "decode."),
    ],
)
def test_a_payload_without_a_reading_exits_1_with_its_reason(payload: bytes, code: str) -> None:
    answer = call("decode", "--topic", "voda/json", "-", stdin=payload)
    assert answer.code == 1
    assert answer.one_line().startswith(code)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "give one FILE with --topic, or --jsonl FILE"),
        (("--jsonl", "-", "-"), "give one FILE with --topic, or --jsonl FILE"),
        (("--received", "yesterday", "-"), "2026-11-24T08:00:00Z"),
        (("--key", "12345678", "-"), "DEVICE=32 hexadecimal digits"),
        (("--key", "12345678=00ff", "-"), "DEVICE=32 hexadecimal digits"),
        (("--no-such-option",), "--no-such-option"),
    ],
)
def test_wrong_usage_exits_2_and_says_how(arguments: tuple[str, ...], said: str) -> None:
    answer = call("decode", *arguments, stdin=GOOD.encode())
    assert (answer.code, answer.out) == (2, "")
    assert said in " ".join(answer.err.split())


def test_a_wrong_key_is_not_repeated() -> None:
    assert "00ff00ff" not in call("decode", "--key", "12345678=00ff00ff", "-").err


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    for arguments in (("--topic", "a"), ("--jsonl",)):
        answer = call("decode", *arguments, tmp_path / "none.json")
        assert answer.code == 1
        assert answer.one_line().startswith("decode.unreadable: ")


def test_rules_and_time_zone_of_a_region_apply(tmp_path: Path) -> None:
    (tmp_path / "region.toml").write_text('name = "Kraj"\ntimezone = "Europe/Prague"\n')
    (tmp_path / "sources.toml").write_text(
        '[[source]]\ntopic_filter = "plc/+/ai3"\ndevice = "VDJ-{2}"\nquantity = "level_m"\nunit = "cm"\n'
    )
    line = json.loads(call("decode", "--region", tmp_path, "--topic", "plc/7/ai3", "-", stdin=b"342").out)
    assert (line["device"], line["quantity"], line["value"]) == ("VDJ-7", "level_m", 3.42)


def test_keys_of_a_region_are_read_only_where_nobody_else_may(tmp_path: Path) -> None:
    (tmp_path / "region.toml").write_text('name = "Kraj"\ntimezone = "Europe/Prague"\n')
    keys = tmp_path / "keys.csv"
    keys.write_text(f"device,key\n12345678,{KEY}\n")
    arguments = ("decode", "--region", tmp_path, "--topic", "voda/json", "-")
    keys.chmod(0o640)
    refused = call(*arguments, stdin=GOOD.encode())
    assert refused.code == 1
    assert f"chmod 600 {keys}" in refused.one_line()
    keys.chmod(0o600)
    assert call(*arguments, stdin=GOOD.encode()).code == 0
    keys.write_text(f"device,key\n12345678,{KEY[:-1]}g\n")
    wrong = call(*arguments, stdin=GOOD.encode())
    assert "12345678" in wrong.one_line()
    assert KEY[:8] not in wrong.err


def test_every_line_is_answered_in_order_and_none_ends_it() -> None:
    lines = [
        question("a"),
        b"no JSON at all\n",
        b"\n",
        question("b", payload="\x00\xff"),
        question("half \ud800", payload='{"device":"\\ud800","volume_m3":1}'),
        json.dumps({"id": "c", "topic": "voda/json", "payload_b64": base64.b64encode(GOOD.encode()).decode()}).encode()
        + b"\n",
        b"\xff\xfe\n",
        question({"d": 1}, received="2026-11-24T10:00:00Z", keys={"12345678": KEY}),
        question("last")[:-1],
    ]
    answer = run("decode", "--jsonl", "-", stdin=b"".join(lines))
    assert (answer.code, answer.err) == (0, "")
    said = [json.loads(line) for line in answer.lines]
    assert [line["id"] for line in said] == ["a", 2, "b", "half \ud800", "c", 7, {"d": 1}, "last"]
    assert all(("readings" in line) != ("error" in line) for line in said)
    assert [line["readings"] for line in said if line["id"] in ("a", "c", "last")] == [[LINE]] * 3


def test_a_terminal_without_utf8_still_gets_json() -> None:
    payload = '{"device":"Vodoměr 7/B","volume_m3":1}'.encode()
    command = [sys.executable, "-X", "utf8=0", "-m", "smartvoda", "decode", "--topic", "voda/json", "-"]
    ascii_only = environment() | {"PYTHONIOENCODING": "ascii", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(command, input=payload, capture_output=True, env=ascii_only, timeout=60, check=True)
    assert json.loads(done.stdout.decode())["device"] == "Vodoměr 7/B"


def test_each_answer_comes_before_the_next_line_is_given() -> None:
    command = [sys.executable, "-m", "smartvoda", "decode", "--jsonl", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment()) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(3):
            process.stdin.write(question(number))
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == number
        process.stdin.close()
        assert process.wait(10) == 0


def test_a_reader_that_goes_away_is_no_traceback() -> None:
    lines = b"".join(question(number) for number in range(3000))
    command = f"{shlex.quote(sys.executable)} -m smartvoda decode --jsonl - | head -n 1"
    done = subprocess.run(["sh", "-c", command], input=lines, capture_output=True, env=environment(), timeout=60)
    assert json.loads(done.stdout)["id"] == 0
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    "payload",
    [
        b'{"device":"A","volume_m3":1,"note":"' + b"x" * 10_000_000 + b'"}',
        b"[" * 10_000_000,
        b'{"a":' * 2_000_000,
        b"9" * 10_000_000,
        b"\x1f\x8b" + os.urandom(10_000_000),
        b'{"device":"A","volume_m3":' + b"9" * 10_000_000 + b"}",
    ],
    ids=["long", "brackets", "deep", "digits", "gzip", "long-number"],
)
def test_ten_megabytes_are_answered_within_two_seconds(payload: bytes, tmp_path: Path) -> None:
    file = tmp_path / "payload"
    file.write_bytes(payload)
    begin = time.monotonic()
    answer = call("decode", "--topic", "voda/json", file)
    assert time.monotonic() - begin < PAYLOAD_S
    assert answer.code == 1
    assert len(answer.one_line()) < 500


def test_ten_megabytes_among_lines_are_answered_and_the_next_line_too() -> None:
    big = json.dumps({"id": "big", "topic": "t", "payload": "x" * 10_000_000}).encode() + b"\n"
    begin = time.monotonic()
    answer = call("decode", "--jsonl", "-", stdin=big + question("next"))
    assert time.monotonic() - begin < PAYLOAD_S + 1
    assert [(line["id"], "error" in line) for line in map(json.loads, answer.lines)] == [("big", True), ("next", False)]


def test_decode_starts_without_libraries_that_it_does_not_need(tmp_path: Path) -> None:
    file = tmp_path / "payload.json"
    file.write_text(GOOD)
    program = (
        "import sys\nfrom smartvoda.cli import main\nsys.argv[1:] = ['decode', '--topic', 'voda/json', sys.argv[1]]\n"
        "try:\n    main()\nfinally:\n    print(*sorted({name.split('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-c", program, file], capture_output=True, env=environment(), check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    loaded = set(done.stderr.decode().split())
    heavy = {"numpy", "pandas", "sqlalchemy", "dash", "plotly", "paho", "fastapi", "pydantic_settings", "shapely"}
    assert loaded & heavy == set()
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 1.0
