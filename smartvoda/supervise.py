"""Child processes that are restarted when they die and never outlive their parent."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from smartvoda.settings import Settings

log = logging.getLogger("smartvoda.supervise")

SUPERVISED = "SMARTVODA_SUPERVISED"
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 30.0
_GOOD_RUN_S = 60.0
END_S = 4.0
"""A service ends within five seconds, whatever it is doing; its work is done in transactions, so none is torn."""


class Child:
    """A service in a process of its own: `python -m smartvoda ARGUMENTS`.

    It holds the reading end of a pipe whose writing end we hold: when we die, however we die, it sees the end of the
    pipe and stops by itself.
    """

    def __init__(self, name: str, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        self.name = name
        self._command = [sys.executable, "-m", "smartvoda", *arguments]
        self._environment = {**os.environ, **environment, SUPERVISED: "1"}
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self.restarts = 0
        self._thread = threading.Thread(target=self._keep_alive, name=f"supervise-{name}", daemon=True)

    def start(self) -> Child:
        """Start the process and the thread that keeps it alive."""
        self._thread.start()
        return self

    @property
    def pid(self) -> int | None:
        """The process that runs now."""
        process = self._process
        return process.pid if process else None

    def stop(self, timeout_s: float = 3.0) -> None:
        """End it: politely, then by force."""
        with self._lock:
            self._stopping.set()
            process = self._process
        if process:
            _end(process, timeout_s)
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def _keep_alive(self) -> None:
        pause_s = _FIRST_PAUSE_S
        while not self._stopping.is_set():
            began = time.monotonic()
            how = self._run_once()
            if self._stopping.is_set():
                return
            self.restarts += 1
            pause_s = _FIRST_PAUSE_S if time.monotonic() - began > _GOOD_RUN_S else min(2 * pause_s, _LONGEST_PAUSE_S)
            log.warning("%s %s; starting it again in %.1f s", self.name, how, pause_s)
            self._stopping.wait(pause_s)

    def _run_once(self) -> str:
        """Run it until it ends; how that was."""
        with self._lock:
            if self._stopping.is_set():
                return "was not started"
            try:
                # A session of its own: Ctrl-C reaches the parent alone, which stops all in order.
                self._process = subprocess.Popen(
                    self._command, env=self._environment, stdin=subprocess.PIPE, start_new_session=True
                )
            except OSError as error:
                return f"can't be started ({error.strerror})"
        code = self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()
        return f"ended with code {code}"


def _end(process: subprocess.Popen[bytes], timeout_s: float) -> None:
    if process.stdin:
        process.stdin.close()
    process.terminate()
    try:
        process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(timeout_s)


def stop_event() -> threading.Event:
    """An event that is set by SIGTERM, Ctrl-C, or the death of the process that supervises us.

    Who has not ended END_S later is ended as it stands: whatever is durable stays so.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: _ask(stop))
    if os.environ.get(SUPERVISED):
        threading.Thread(target=_watch_parent, args=(stop,), name="watch-parent", daemon=True).start()
    return stop


def leave() -> NoReturn:
    """End a service that has closed all it had, without taking the interpreter apart: that can take seconds."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _ask(stop: threading.Event) -> None:
    if not stop.is_set():
        stop.set()
        threading.Thread(target=_end_at_last, name="end", daemon=True).start()


def _end_at_last() -> None:
    time.sleep(END_S)
    log.warning("did not end within %.1f s: ends now", END_S)
    os._exit(1)


def _watch_parent(stop: threading.Event) -> None:
    while os.read(0, 1024):
        pass
    _ask(stop)


def child_environment(settings: Settings, clock: str = "") -> dict[str, str]:
    """The environment that gives a child process the settings we have."""
    environment = {
        "SMARTVODA_DATA_DIR": str(settings.data_dir),
        "SMARTVODA_STORE_URL": settings.store_url.get_secret_value(),
        "SMARTVODA_DATABASE_URL": settings.database_url.get_secret_value(),
        "SMARTVODA_MQTT_URL": settings.mqtt_url.get_secret_value(),
        "SMARTVODA_HEALTH_PORT": "0",
        "SMARTVODA_CLOCK": clock or settings.clock,
        "SMARTVODA_LOG_LEVEL": settings.log_level,
    }
    if settings.region:
        environment["SMARTVODA_REGION"] = str(settings.region)
    return environment
