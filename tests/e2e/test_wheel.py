"""The built wheel in a fresh environment: decode, check and the demo, from an empty folder, with no internet."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = {"smartvoda", "ingest", "storage", "analysis", "models", "dashboard"}
TELEGRAM = '{"_":"telegram","media":"water","meter":"multical21","id":"12345678","total_m3":7.704}'


def run(*command: str, cwd: Path, **options: object) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("SMARTVODA_", "PYTHON"))}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, **options)  # type: ignore[call-overload,no-any-return]  # options of subprocess.run


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    built = run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", str(folder), ".", cwd=ROOT)
    assert built.returncode == 0, built.stderr
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def fresh(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A Python of a new environment that has what the lock pins, and the wheel."""
    folder = tmp_path_factory.mktemp("fresh environment")
    run(sys.executable, "-m", "venv", str(folder / "venv"), cwd=folder, check=True)
    python = str(folder / "venv" / "bin" / "python")
    for arguments in (["-r", str(ROOT / "requirements.lock")], ["--no-deps", str(wheel)]):
        installed = run(python, "-m", "pip", "install", "--quiet", *arguments, cwd=folder)
        assert installed.returncode == 0, installed.stderr
    return python


def test_the_wheel_holds_the_rooms_and_nothing_else(wheel: Path) -> None:
    names = ZipFile(wheel).namelist()
    top = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert top == ROOMS
    assert "smartvoda/sample/region.toml" in names
    assert any(name.startswith("storage/migrations/versions/") for name in names)
    assert any(name.endswith("messages.po") for name in names)


def test_decode_and_check_run_from_an_empty_folder(fresh: str, tmp_path: Path) -> None:
    decoded = run(fresh, "-m", "smartvoda", "decode", "--topic", "w/1", "-", cwd=tmp_path, input=TELEGRAM)
    assert decoded.returncode == 0, decoded.stderr
    assert json.loads(decoded.stdout)["value"] == 7.704
    sample = run(fresh, "-c", "from smartvoda.sample import sample_region as s; print(s())", cwd=tmp_path)
    checked = run(fresh, "-m", "smartvoda", "check", sample.stdout.strip(), cwd=tmp_path)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.timeout(600)
def test_the_demo_shows_every_page_whole_without_internet(fresh: str, tmp_path: Path) -> None:
    command = ["unshare", "-rn", sys.executable, "-m", "tests.e2e.offline", fresh, str(tmp_path / "empty" / "data")]
    (tmp_path / "empty").mkdir()
    answer = run(*command, cwd=ROOT, timeout=550)
    assert answer.returncode == 0, answer.stderr[-3000:]
    result = json.loads(answer.stdout)
    assert len(result["paths"]) >= 10, result["paths"]
    assert result["wrong"] == {}
    assert result["ctrl_c_s"] < 5, result["log"]
