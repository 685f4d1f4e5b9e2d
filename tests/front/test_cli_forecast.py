"""`smartvoda forecast` as people and scripts use it."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import pytest

from tests.front.commands import call
from tests.models.test_forecast import demand

SITE = 'timezone = "Europe/Prague"\ncountry = "CZ"\n'


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Five weeks of two districts, packed, times by the local clock."""
    values = demand(5)
    values.index = values.index.tz_convert("Europe/Prague")
    text = values.to_csv(index_label="time", date_format="%Y-%m-%dT%H:%M:%S%z")
    file = tmp_path / "inflow.csv.gz"
    file.write_bytes(gzip.compress(text.encode()))
    return file


def test_it_prints_one_row_an_hour_and_column(table: Path, tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text(SITE)
    answer = call("forecast", table, "--horizon", 30, "--site", site)
    assert answer.code == 0
    rows = list(csv.DictReader(io.StringIO(answer.out)))
    assert list(rows[0]) == ["time", "column", "mean", "lower", "upper"]
    assert [row["column"] for row in rows[:4]] == ["a_m3h", "b_m3h"] * 2
    assert len(rows) == 60
    assert all(float(row["lower"]) <= float(row["mean"]) <= float(row["upper"]) for row in rows)
    assert (rows[0]["time"], rows[-1]["time"]) == ("2026-03-09T00:00:00+01:00", "2026-03-10T05:00:00+01:00")


def test_a_bad_file_is_one_line_and_exit_1(tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("time,a_m3h\n2026-01-01T00:00Z,1\n2026-01-01T01:00Z,much\n")
    answer = call("forecast", bad)
    assert (answer.code, answer.out) == (1, "")
    assert "bad.csv, row 3, column a_m3h: 'much' is no number" in answer.one_line()
    assert call("forecast", tmp_path / "none.csv").code == 1


def test_wrong_usage_is_exit_2(table: Path) -> None:
    assert call("forecast", table, "--horizon", 0).code == 2
    assert call("forecast").code == 2
