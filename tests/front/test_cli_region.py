"""`smartvoda region`: files in and out of the registry."""

from __future__ import annotations

import shutil
import sqlite3
import stat
from pathlib import Path

import pytest

from smartvoda.sample import sample_region
from tests.e2e import town
from tests.front.commands import Answer, call, run

KEY = "0011223344556677889900aabbccddee"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return town.write_region(tmp_path / "lhota")


def region(*arguments: object, data: Path) -> Answer:
    return call("region", *arguments, "--data-dir", data)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_the_sample_is_the_same_bytes_after_load_and_export_twice(tmp_path: Path) -> None:
    exported = tmp_path / "first"
    loaded = run("region", "load", sample_region(), data_dir=tmp_path / "a")
    assert (loaded.code, loaded.err) == (0, "")
    assert "30 municipalities" in loaded.out
    written = region("export", exported, data=tmp_path / "a")
    assert written.lines == [str(exported / name) for name in sorted(contents(exported))]
    assert region("load", exported, data=tmp_path / "b").code == 0
    assert region("export", tmp_path / "second", data=tmp_path / "b").code == 0
    assert contents(tmp_path / "second") == contents(exported)
    assert region("diff", sample_region(), data=tmp_path / "b").out == ""


def test_load_fills_only_an_empty_registry(folder: Path, tmp_path: Path) -> None:
    assert region("load", folder, data=tmp_path / "data").code == 0
    again = region("load", folder, data=tmp_path / "data")
    assert again.code == 1
    assert again.one_line().startswith("region.not_empty: ")
    assert "smartvoda region apply" in again.err


@pytest.mark.parametrize("command", ["diff", "apply", "export"])
def test_an_empty_registry_says_how_to_fill_it(command: str, folder: Path, tmp_path: Path) -> None:
    answer = region(command, folder, data=tmp_path / "data")
    assert answer.code == 1
    assert answer.one_line() == "region.empty: the registry is empty; fill it with: smartvoda region load DIR"


def test_a_faulty_region_loads_nothing_and_names_the_place(folder: Path, tmp_path: Path) -> None:
    replace(folder / "zones.csv", "12.5", "12 km")
    answer = region("load", folder, data=tmp_path / "data")
    assert answer.code == 1
    assert "zones.csv, row 2, mains_km: '12 km'" in answer.one_line()
    assert not (tmp_path / "data").exists()


def test_diff_shows_and_apply_makes_and_logs_who_and_why(folder: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    region("load", folder, data=data)
    replace(folder / "zones.csv", "12.5", "13")
    (change,) = region("diff", folder, data=data).lines
    assert change == "zones.csv: LHO-1: mains_km 12.5 → 13"
    applied = region("apply", folder, "--who", "J. Nováková", "--why", "nový řad", data=data)
    assert (applied.code, applied.out) == (0, "1 rows changed\n")
    assert region("diff", folder, data=data).out == ""
    assert region("apply", folder, data=data).out == "0 rows changed\n"
    log = logged(data)
    assert len(log) == 2
    assert {"J. Nováková", "nový řad"} < set(log[-1])


def logged(data: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(data / "records.db") as database:
        return database.execute("SELECT * FROM registry_changes ORDER BY 1").fetchall()


def held_keys(data: Path) -> dict[str, str]:
    with sqlite3.connect(data / "records.db") as database:
        return dict(database.execute("SELECT device, key FROM device_keys").fetchall())


def test_keys_go_into_a_table_of_their_own_and_never_come_out(folder: Path, tmp_path: Path) -> None:
    keys = folder / "keys.csv"
    keys.write_text(f"device,key\nMAG-LHO-1,{KEY}\n")
    keys.chmod(0o600)
    data = tmp_path / "data"
    loaded = region("load", folder, data=data)
    assert "keys: 1 added, 0 replaced, 0 removed" in loaded.lines
    assert held_keys(data) == {"MAG-LHO-1": KEY}
    files = list(data.glob("records.db*"))
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    exported = region("export", tmp_path / "out", data=data)
    assert "keys.csv" not in contents(tmp_path / "out")
    region("export", folder, data=data)
    assert KEY in keys.read_text()
    assert not any(KEY in text for text in (loaded.out, loaded.err, exported.out, exported.err))
    # What was exported has no keys: to apply it leaves them alone. A file with its header only takes them back.
    assert region("apply", tmp_path / "out", data=data).lines == ["0 rows changed"]
    assert len(held_keys(data)) == 1
    assert region("diff", folder, data=data).out == ""
    keys.write_text("device,key\n")
    assert region("diff", folder, data=data).lines == ["keys: 0 added, 0 replaced, 1 removed"]
    assert region("apply", folder, "--who", "Jana", data=data).lines == [
        "0 rows changed",
        "keys: 0 added, 0 replaced, 1 removed",
    ]
    assert held_keys(data) == {}
    with sqlite3.connect(data / "records.db") as database:
        log = database.execute("SELECT who, why FROM key_changes ORDER BY version").fetchall()
    assert log == [("command line", "loaded from lhota"), ("Jana", "applied from lhota")]


def test_keys_that_others_may_read_are_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "keys.csv").write_text(f"device,key\nMAG-LHO-1,{KEY}\n")
    answer = region("load", folder, data=tmp_path / "data")
    assert answer.code == 1
    assert "chmod 600" in answer.one_line()
    assert KEY not in answer.err


def test_export_removes_region_files_of_before_and_leaves_others_alone(folder: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    region("load", folder, data=data)
    out = tmp_path / "out"
    region("export", out, data=data)
    clean = contents(out)
    (out / "billing.csv").write_text("from,to\n")
    (out / "README.md").write_text("Our region")
    region("export", out, data=data)
    assert contents(out) == {**clean, "README.md": b"Our region"}


def test_a_folder_that_cannot_be_written_or_is_none_is_one_line(folder: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    region("load", folder, data=data)
    (tmp_path / "file").write_text("")
    answer = region("export", tmp_path / "file" / "out", data=data)
    assert answer.code == 1
    assert answer.one_line().startswith("region.unwritable: ")
    answer = region("diff", tmp_path / "nowhere", data=data)
    assert answer.code == 1
    assert answer.one_line().startswith("region.no_folder: ")


def test_files_that_are_no_text_are_named(folder: Path, tmp_path: Path) -> None:
    (folder / "operations.csv").write_bytes("from,to,kind\nčištění".encode("cp1250"))
    assert call("check", folder).one_line().startswith("region.encoding: ")
    (folder / "operations.csv").unlink()
    (folder / "operations.csv").mkdir()
    assert call("check", folder).one_line().startswith("region.unreadable: ")


def test_files_saved_by_a_spreadsheet_are_the_same_region(tmp_path: Path) -> None:
    source = tmp_path / "people"
    shutil.copytree(town.write_region(tmp_path / "lhota"), source)
    for file in ("zones.csv", "devices.csv"):
        text = (source / file).read_text(encoding="utf-8").translate(str.maketrans(".,", ",;"))
        (source / file).write_text("\ufeff" + text, encoding="utf-8")
    region("load", source, data=tmp_path / "a")
    region("load", tmp_path / "lhota", data=tmp_path / "b")
    for data in ("a", "b"):
        region("export", tmp_path / f"out-{data}", data=tmp_path / data)
    assert contents(tmp_path / "out-a") == contents(tmp_path / "out-b")
