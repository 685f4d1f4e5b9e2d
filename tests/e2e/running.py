"""Runs Smart voda's commands as processes, the way a person starts them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

WAIT_S = 60.0


class Command:
    """A running `smartvoda ARGUMENTS`; its lines are kept, standard output and error apart."""

    def __init__(
        self, arguments: list[str], environment: dict[str, str], cwd: Path | None = None, python: str = sys.executable
    ) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("SMARTVODA_")}
        self.out: list[str] = []
        self.errors: list[str] = []
        self.process = subprocess.Popen(
            [python, "-m", "smartvoda", *arguments],
            env={**clean, **environment},
            cwd=cwd,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for stream, lines in ((self.process.stdout, self.out), (self.process.stderr, self.errors)):
            threading.Thread(target=_keep, args=(stream, lines), daemon=True).start()

    def wait_for_line(self, start: str, seconds: float = WAIT_S) -> str:
        """The first line of standard output that starts so."""

        def found() -> str:
            assert self.process.poll() is None, f"ended with {self.process.returncode}: {self.errors[-20:]}"
            return next((line for line in self.out if line.startswith(start)), "")

        return wait_for(found, seconds, f"no line {start!r}")

    def interrupt(self, seconds: float = 5.0) -> float:
        """Ctrl-C; returns the seconds it took to end. Fails if it takes longer than asked."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(seconds)
        return time.monotonic() - began

    def end(self) -> None:
        """End it in any case."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


@contextmanager
def running(arguments: list[str], environment: dict[str, str], **options: Any) -> Iterator[Command]:
    """A command that runs while the block does."""
    command = Command(arguments, environment, **options)
    try:
        yield command
    finally:
        command.end()


def wait_for(condition: Callable[[], Any], seconds: float, what: str) -> Any:
    """The condition's first true result within the time; fails with `what` otherwise."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if result := condition():
            return result
        time.sleep(0.1)
    raise AssertionError(f"{what} within {seconds:.0f} s")


def get_json(url: str) -> Any:
    """The JSON of an address, also of an answer that says 503; None where nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return json.load(error)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return None


def _keep(stream: Any, lines: list[str]) -> None:
    lines.extend(line.rstrip("\n") for line in stream)
