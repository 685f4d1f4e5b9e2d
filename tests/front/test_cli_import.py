"""`smartvoda import` and `export` as a person uses them: preview, exit codes, the registry's log."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from smartvoda.settings import load
from smartvoda.wiring import Parts, open_parts
from tests.front.commands import Answer, call
from tests.golden_tables import FOLDER
from tests.servers.influx import Bucket

TABLE = "Datum a čas;Vodoměr;Stav [m3];Q\n24.11.2024 8:00;55500077;12,5;1,5\n24.11.2024 9:00;55500077;12,6;1,6\n"
EVER = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "odečty.csv"
    path.write_bytes(TABLE.encode("cp1250"))
    return path


def values(folder: Path, **settings: Any) -> list[float | None]:
    with closing(open_parts(load(data_dir=folder, **settings), "test")) as parts:
        return [r.value for key in sorted(parts.store.last()) for r in parts.store.readings(*key, *EVER)]


def do(folder: Path, *arguments: object, **settings: object) -> Answer:
    return call(*arguments, "--data-dir", folder, **settings)


def test_a_preview_writes_nothing(table: Path, tmp_path: Path) -> None:
    answer = do(tmp_path / "d", "import", "--preview", table)
    assert answer.code == 0
    assert "cp1250, columns parted by ;" in answer.out
    assert "its unit is not known; name it" in answer.out
    assert values(tmp_path / "d") == []


def test_what_is_missing_is_named_by_options(table: Path, tmp_path: Path) -> None:
    answer = do(tmp_path / "d", "import", table, "--timezone", "UTC")
    assert (answer.code, answer.err) == (0, "")
    assert "2 read, 2 written, 0 already there, 0 revised, 0 bad" in answer.out.splitlines()[-1]
    mapping = tmp_path / "m.toml"
    mapping.write_text('[columns."Q"]\nquantity = "flow_m3h"\nunit = "l/s"\n[columns."nic"]\nrole = "ignore"\n')
    answer = do(tmp_path / "d", "import", table, "--mapping", mapping, "--timezone", "UTC")
    assert "4 read, 2 written, 2 already there" in answer.out.splitlines()[-1]
    assert "there is no column nic" in answer.out
    assert values(tmp_path / "d") == [5.4, 5.76, 12.5, 12.6]


def test_several_files_and_one_that_is_none(table: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("nic\n")
    answer = do(tmp_path / "d", "import", tmp_path / "missing.csv", other, table)
    assert answer.code == 1
    first, second = answer.err.splitlines()
    assert first.startswith("smartvoda: import.unreadable: ")
    assert second.startswith("smartvoda: import.not_understood: other.txt: ")
    assert values(tmp_path / "d") == [12.5, 12.6]


def test_wrong_usage_is_told_from_wrong_input(table: Path, tmp_path: Path) -> None:
    assert do(tmp_path / "d", "import").code == 2
    assert do(tmp_path / "d", "import", table, "--unit", "parsec").code == 2
    assert do(tmp_path / "d", "import", table, "--step", "soon").code == 2
    assert do(tmp_path / "d", "import", "--influx1", "http://x", "--database", "d").code == 2
    mapping = tmp_path / "m.toml"
    mapping.write_text('colums = "x"')
    answer = do(tmp_path / "d", "import", table, "--mapping", mapping)
    assert (answer.code, answer.one_line().split(":")[0]) == (1, "import.mapping")


def test_one_import_at_a_time(table: Path, tmp_path: Path) -> None:
    from smartvoda.importing import desk

    with desk(tmp_path / "d"):
        answer = do(tmp_path / "d", "import", table)
    assert (answer.code, answer.one_line().split(":")[0]) == (1, "import.running")


def test_the_registry_knows_who_when_and_why(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    assert do(folder, "region", "load", FOLDER / "_region").code == 0
    billing = FOLDER / "billing-months" / "table.csv"
    answer = do(folder, "import", billing, "--who", "Nováková", "--why", "fakturace 1. čtvrtletí")
    assert "3 read, 3 written" in answer.out
    with closing(open_parts(load(data_dir=folder), "test")) as parts:
        newest = log_of(parts)[0]
        region = parts.records.region()
    assert (newest.who, newest.why, newest.added) == ("Nováková", "fakturace 1. čtvrtletí", {"billing": 3})
    assert region is not None
    assert len(region.billing) == 5
    again = do(folder, "import", billing)
    assert "3 already there" in again.out
    with closing(open_parts(load(data_dir=folder), "test")) as parts:
        assert log_of(parts)[0] == newest


def log_of(parts: Parts) -> list[Any]:
    return list(parts.records.region_log())


def test_out_and_in_again(table: Path, tmp_path: Path) -> None:
    assert do(tmp_path / "d", "import", table, "--unit", "l/s").code == 0
    out = tmp_path / "out.csv"
    answer = do(tmp_path / "d", "export", out, "--quantity", "volume_m3", "--from", "2024-11-24", "--to", "2024-11-25")
    assert answer.out.strip() == f"{out}: 2 readings"
    assert do(tmp_path / "e", "import", out).code == 0
    assert values(tmp_path / "e") == [12.5, 12.6]
    assert do(tmp_path / "d", "export", out, "--device", "nobody").one_line().startswith("export.nothing: ")
    assert do(tmp_path / "d", "export", out, "--from", "včera").code == 2


def test_into_an_influxdb(table: Path, tmp_path: Path, bucket: Bucket) -> None:
    def once(*more: object) -> str:
        return do(tmp_path / "d", "import", table, *more, store_url=bucket.store_url).out.splitlines()[-1]

    assert "2 written" in once()
    assert "imported before" in once()
    assert "0 written, 2 already there" in once("--again")
    table.write_bytes(TABLE.replace("12,6", "12,7").encode("cp1250"))
    assert "1 already there, 1 revised" in once()
