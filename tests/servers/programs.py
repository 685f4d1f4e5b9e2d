"""Where the servers' programs are."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.servers.process import ServerError

ROOT = Path(__file__).resolve().parents[2]
_SBIN = ("/usr/sbin", "/usr/local/sbin", "/sbin")


def find_program(name: str, package: str, *folders: str) -> str:
    """The path of a program, or an error that names the command which installs it."""
    path = os.pathsep.join([os.environ.get("PATH", ""), *_SBIN, *folders])
    found = shutil.which(name, path=path)
    if found is None:
        raise ServerError(f"{name} is missing: run scripts/system_packages.sh {package}")
    return found


def find_postgres(name: str) -> str:
    """One of PostgreSQL's server programs, of the newest version installed."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: _version(folder.parent.name))
    return find_program(name, "postgresql", *(str(folder) for folder in reversed(versions)))


def find_influxd() -> str:
    """The built influxd; it is never built here, since that takes minutes."""
    script = ROOT / "scripts" / "influxd.sh"
    answer = subprocess.run(
        ["bash", str(script), "--no-build"], capture_output=True, text=True, check=False, timeout=60
    )
    if answer.returncode != 0:
        raise ServerError(answer.stderr.strip().splitlines()[-1] if answer.stderr else f"{script} failed")
    return answer.stdout.strip()


def _version(name: str) -> int:
    return int(name) if name.isdigit() else 0
