"""Commands: what is followed, what is refused, what outlives a crash."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.simulator import truth
from ingest.simulator.commands import Command, CommandError, append, parse, read
from ingest.simulator.waterworks import Waterworks
from models.registry import Region

NOW = datetime(2026, 11, 25, 10, 0, 0, 250_000, tzinfo=UTC)
LATER = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"burst",
        b"[]",
        b'{"command":"burst"}',
        b'{"command":"burst","zone":"nowhere","flow_m3h":5}',
        b'{"command":"burst","zone":"decin-bynov"}',
        b'{"command":"burst","zone":"decin-bynov","flow_m3h":-3}',
        b'{"command":"burst","zone":"decin-bynov","flow_m3h":"20"}',
        b'{"command":"burst","zone":"decin-bynov","flow_m3h":true}',
        b'{"command":"burst","zone":"decin-bynov","flow_m3h":NaN}',
        b'{"command":"burst","zone":"decin-bynov","flow_m3h":1e9}',
        b'{"command":"flood","zone":"decin-bynov"}',
        b'{"command":"repair","zone":["decin-bynov"]}',
        b"\xff\xfe",
    ],
)
def test_what_makes_no_sense_is_refused_with_a_reason(sample: Region, payload: bytes) -> None:
    with pytest.raises(CommandError) as caught:
        parse(payload, sample, NOW)
    assert caught.value.code == "simulator.command"
    assert "\n" not in caught.value.message


def test_the_log_outlives_a_line_cut_short(sample: Region, tmp_path: Path) -> None:
    log = tmp_path / "simulator" / "commands.jsonl"
    burst = parse(b'{"command":"burst","zone":"decin-bynov","flow_m3h":20}', sample, NOW)
    append(log, burst)
    with log.open("ab") as file:
        file.write(b'\n{"time": "2026-11-25T10:0')
    repair = Command(LATER, "repair", "decin-bynov")
    append(log, repair)
    assert read(log) == (burst, repair)
    assert read(tmp_path / "none.jsonl") == ()


def test_a_repair_ends_bursts_and_the_leaks_that_run(sample: Region) -> None:
    zone = "rumburk-horni-jindrichov"
    before = Waterworks(sample, 1)
    running = truth.leaks(before, zone, NOW, LATER)
    assert len(running) == 1
    assert running[0].end is None
    after = Waterworks(sample, 1, [Command(NOW, "burst", zone, 12.0), Command(LATER, "repair", zone)])
    assert {item.end for item in truth.leaks(after, zone, NOW, LATER)} == {LATER}
    assert {item.cause for item in truth.leaks(after, zone, NOW, LATER)} == {"leak", "burst"}
