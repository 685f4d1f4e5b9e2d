"""A disk that is full: nothing is acknowledged, it is said, and ingest goes on by itself when there is room."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.stream import KINDS, ROUNDS, Message, blocks, messages, publishing
from tests.servers import Mosquitto, free_port
from tests.servers.process import LOOPBACK
from tests.servers.programs import ROOT, find_program

MESSAGES = 6000


@pytest.mark.parametrize("round_", range(ROUNDS))
@pytest.mark.parametrize("kind", KINDS)
def test_a_full_disk_is_said_and_nothing_is_lost(mosquitto: Mosquitto, tmp_path: Path, kind: str, round_: int) -> None:
    sent = messages(MESSAGES, tmp_path.name, kind, 1 + round_)
    with on_a_small_disk(tmp_path, len(sent), mosquitto.url) as (child, log):
        with publishing(mosquitto, sent) as finished:
            finished(40)
            assert next_word(child).startswith("full spool.disk: ")
        assert_all_came(next_word(child), sent, log)


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_the_embedded_broker_lives_through_a_full_disk(tmp_path: Path, round_: int) -> None:
    """As on a laptop that a video call filled: what devices send waits in the broker; a second demo says why not."""
    port = free_port()
    sent = [one for block in blocks(500, tmp_path.name) for one in block]
    random.Random(round_).shuffle(sent)
    with on_a_small_disk(tmp_path, len(sent), f"mqtt://{LOOPBACK}:{port}", str(port)) as (child, log):
        with publishing(port, sent) as finished:
            finished(40)
            assert next_word(child).startswith("broker broker.disk: ")
            assert next_word(child).startswith("full spool.disk: ")
        assert_all_came(next_word(child), sent, log)


@contextmanager
def on_a_small_disk(tmp_path: Path, count: int, url: str, *port: str) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Ingest in a mount namespace of its own, connected, with next to no room left; and its log."""
    disk, log = tmp_path / "disk", tmp_path / "log"
    disk.mkdir()
    own = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    command = [find_program("unshare", "util-linux"), "--mount", *own, sys.executable, "-m", "tests.faults.disk_child"]
    arguments = [str(disk), url, f"{tmp_path.name}/#", str(count), *port]
    with (
        log.open("w") as errors,
        subprocess.Popen([*command, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True) as child,
    ):
        try:
            assert next_word(child) == "started\n", log.read_text()
            yield child, log
        finally:
            child.kill()


def next_word(child: subprocess.Popen[str]) -> str:
    """What it says next."""
    assert child.stdout is not None
    return child.stdout.readline()


def assert_all_came(said: str, sent: list[Message], log: Path) -> None:
    word, _, found = said.partition(" ")
    assert word == "whole", log.read_text()
    assert "spool.disk" in log.read_text()
    there = Counter({(device, quantity, time, value): n for device, quantity, time, value, n in json.loads(found)})
    expected = Counter((d, q, t.isoformat() if t else None, v) for _, _, (d, q, t, v) in sent)
    assert there == expected
