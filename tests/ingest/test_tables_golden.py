"""Each table of tests/golden/tables is understood and imported as its files say."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.tables.influx_mapping import influx_mapping
from ingest.tables.mapping import hints_of, read_mapping
from ingest.tables.table_file import TableFile
from models.tables import Hints
from smartvoda import regions
from smartvoda.sample import sample_region
from tests.golden_tables import Case, FixedClock, cases, shelf

SAMPLE = sample_region()
CLOCK = FixedClock(datetime(2026, 11, 25, 8, tzinfo=UTC))


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_table(case: Case) -> None:
    assert case.circumstances["origin"], "say where the table comes from"
    assert case.imported() == case.expected()


def test_the_sample_tables_go_into_the_sample_region(tmp_path: Path) -> None:
    """Each is understood whole; nothing of it is refused."""
    region = regions.load(SAMPLE)
    with shelf(tmp_path, CLOCK) as there:
        there.records.save_region(region, "test", "sample", CLOCK.now())
        for file in sorted((SAMPLE / "tables").glob("*.csv")):
            table = TableFile(file, Hints(), region, region.timezone, there.store, there.records)
            assert table.understand().can_begin, file.name
            outcome = table.run(CLOCK, "test", "", str, lambda share: True, bad_path=tmp_path / "bad.csv")
            assert (outcome.written > 0, outcome.bad, outcome.left_out) == (True, 0, 0), file.name
    mapping = SAMPLE / "tables" / "mapping.toml"
    assert hints_of(read_mapping(mapping), mapping).columns["Q1"].unit == "l/s"
    influx = SAMPLE / "tables" / "influx.toml"
    assert len(influx_mapping(read_mapping(influx), influx).series) == 2
