"""Children are restarted, end with their parent, and never outlive it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from smartvoda.supervise import Child

PARENT = """
import sys, time
from smartvoda.supervise import Child
child = Child("analyse", ["analyse"], {"SMARTVODA_DATA_DIR": sys.argv[1]}).start()
while child.pid is None: time.sleep(0.01)
print(child.pid, flush=True)
time.sleep(600)
"""


def until(condition: object, seconds: float = 15.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():  # type: ignore[operator]  # any callable
            return True
        time.sleep(0.05)
    return False


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_a_child_that_dies_is_started_again_and_stops_when_told(tmp_path: Path) -> None:
    child = Child("analyse", ["analyse"], {"SMARTVODA_DATA_DIR": str(tmp_path)}).start()
    try:
        assert until(lambda: child.pid is not None)
        first = child.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        assert until(lambda: child.pid not in (first, None))
        assert child.restarts == 1
    finally:
        child.stop()
    assert child.pid is not None
    assert gone(child.pid)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_child_never_outlives_its_parent(tmp_path: Path, how: signal.Signals) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    time.sleep(1.0)
    parent.send_signal(how)
    parent.wait(10)
    assert until(lambda: gone(child))
