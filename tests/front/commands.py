"""The command line for tests: in this process where that is the same, else in one of its own."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from smartvoda.cli import main

TIMEOUT_S = 60.0
SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True)
class Answer:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    def one_line(self) -> str:
        """What it said on standard error, which must be one line that begins as ours do."""
        assert self.out == ""
        (line,) = self.err.splitlines()
        assert line.startswith("smartvoda: ")
        return line.removeprefix("smartvoda: ")


def environment(**settings: object) -> dict[str, str]:
    """This process's environment without settings of its own, and the given ones."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SMARTVODA_")}
    return clean | {f"SMARTVODA_{name.upper()}": str(value) for name, value in settings.items()}


def run(*arguments: object, stdin: bytes = b"", cwd: Path | None = None, **settings: object) -> Answer:
    """`smartvoda ARGUMENTS` in a process of its own, as a person starts it."""
    done = subprocess.run(
        [sys.executable, "-m", "smartvoda", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        env=environment(**settings),
        cwd=cwd,
        timeout=TIMEOUT_S,
        check=False,
    )
    return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())


def call(*arguments: object, stdin: bytes = b"", **settings: object) -> Answer:
    """The same in this process: no interpreter to start, no libraries to load."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with _process(arguments, stdin, settings), redirect_stdout(out), redirect_stderr(err):
        try:
            main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
    return Answer(code, _text(out), _text(err))


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue().decode()


@contextmanager
def _process(arguments: tuple[object, ...], stdin: bytes, settings: dict[str, object]) -> Iterator[None]:
    """What a process of its own would have, and what it would leave behind put back."""
    before = sys.argv, sys.stdin, dict(os.environ), {number: signal.getsignal(number) for number in SIGNALS}
    sys.argv = ["smartvoda", *map(str, arguments)]
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
    _set_environment(environment(**{"data_dir": "/dev/null/not-given", **settings}))
    try:
        yield
    finally:
        sys.argv, sys.stdin, variables, handlers = before
        _set_environment(variables)
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _set_environment(variables: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(variables)
