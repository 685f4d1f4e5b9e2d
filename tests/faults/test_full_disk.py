"""A disk that is full: nothing is acknowledged, it is said, and ingest goes on by itself when there is room."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.faults.stream import KINDS, ROUNDS, messages, publishing
from tests.servers import Mosquitto
from tests.servers.programs import ROOT, find_program

MESSAGES = 6000


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_full_disk_is_said_and_nothing_is_lost(mosquitto: Mosquitto, tmp_path: Path, round_: int) -> None:
    disk, prefix = tmp_path / "disk", tmp_path.name
    disk.mkdir()
    sent = messages(MESSAGES, prefix, KINDS[round_ % 3])
    own = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    command = [find_program("unshare", "util-linux"), "--mount", *own, sys.executable, "-m", "tests.faults.disk_child"]
    arguments = [str(disk), mosquitto.url, f"{prefix}/#", str(MESSAGES)]
    log = tmp_path / "log"
    with (
        log.open("w") as errors,
        subprocess.Popen([*command, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True) as child,
    ):
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "started\n"
            with publishing(mosquitto, sent) as finished:
                finished(40)
                assert child.stdout.readline().startswith("full spool.disk: ")
            word, _, found = child.stdout.readline().partition(" ")
        finally:
            child.kill()
    assert word == "whole", log.read_text()
    assert "spool.disk" in log.read_text()
    there = Counter({(device, quantity, time, value): n for device, quantity, time, value, n in json.loads(found)})
    expected = Counter((d, q, t.isoformat() if t else None, v) for _, _, (d, q, t, v) in sent)
    assert there == expected
