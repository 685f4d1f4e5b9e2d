"""A server as a child process: started when asked, waited for, and never left behind."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

LOOPBACK = "127.0.0.1"
READY_SECONDS = 60.0
STOP_SECONDS = 20.0

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)
_given_ports: set[int] = set()


class ServerError(RuntimeError):
    """A server is missing or did not come up; the message is one line that says what to do."""


def free_port() -> int:
    """A TCP port of the loopback interface that nobody listens on, never the same one twice in a run."""
    while True:
        with socket.socket() as probe:
            probe.bind((LOOPBACK, 0))
            port = int(probe.getsockname()[1])
        if port not in _given_ports:
            _given_ports.add(port)
            return port


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((LOOPBACK, port)) == 0


def die_with_parent(signal_number: int) -> Callable[[], None]:
    """Run in the child before it becomes the server: the kernel signals it when the tests die, however they die.

    The kernel means the thread that started it, so servers are started from pytest's main thread.
    """

    def arm() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0)

    return arm


class Server(ABC):
    """One server process in a session of its own; `folder` holds its data and its log."""

    name = "server"
    orphan_signal = signal.SIGKILL
    stop_signal = signal.SIGTERM
    user: str | None = None

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def command(self) -> list[str]:
        """What to run; called at every start."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether it answers; asked until it does."""

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    @property
    def pid(self) -> int:
        if self._process is None:
            raise ServerError(f"{self.name} is not running: call start() first")
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        if self.running:
            return
        command = self.command()
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=self.user,
                group=self.user,
                extra_groups=None if self.user is None else [],
                preexec_fn=die_with_parent(self.orphan_signal),
            )
        self.wait_ready()

    def wait_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not self.is_ready():
            if not self.running:
                raise ServerError(f"{self.name} ended at its start: {self._last_words()}")
            if time.monotonic() > deadline:
                self.kill9()
                raise ServerError(f"{self.name} did not answer in {READY_SECONDS:.0f} s: {self._last_words()}")
            time.sleep(0.05)

    def stop(self) -> None:
        """End it as an operator would; kill what does not end."""
        if self._process is None:
            return
        self.resume()
        if self.running:
            self._process.send_signal(self.stop_signal)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SECONDS)
        self.kill9()

    def kill9(self) -> None:
        """Kill it and all it started, as a power cut would; start() brings it back on the same port and data."""
        if self._process is None:
            return
        self._signal_group(signal.SIGKILL)
        self._process.wait(STOP_SECONDS)
        self._process = None

    def restart(self) -> None:
        self.stop()
        self.start()

    def pause(self) -> None:
        """Freeze it: connections stay open, nothing answers, until resume()."""
        self._signal_group(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal_group(signal.SIGCONT)

    def revive(self) -> None:
        """Make it whole again for the next test, whatever the last one did to it."""
        self.resume()
        self.start()

    def _signal_group(self, signal_number: signal.Signals) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal_number)

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return " | ".join(lines[-3:]) or "it said nothing"

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.kill9()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
