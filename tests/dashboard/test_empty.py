"""Before the first reading, and before the first region: every page says why it is empty."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.pages.table import PAGES
from storage.migrate import upgrade
from storage.records import SqlRecords
from storage.sqlite import SqliteStore
from tests.dashboard.client import Client
from tests.dashboard.conftest import NOW
from tests.dashboard.filled import Filled, RunningClock, few_towns, sample_region
from tests.dashboard.served import serving


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Filled]:
    clock = RunningClock(NOW)
    url = f"sqlite:///{tmp_path / 'records.db'}"
    upgrade(url)
    records = SqlRecords(url, clock)
    store = SqliteStore(tmp_path / "readings.db", records.engine, "test", clock)
    made = Filled(store, records, clock, few_towns(sample_region(), ("decin", "litvinov")), tmp_path)
    yield made
    made.close()


def test_without_a_region_every_page_says_how_to_load_one(empty: Filled) -> None:
    with serving(empty) as served:
        for page in PAGES:
            if "{" not in page.path:
                answer = Client(served.url).get(page.path)
                assert answer.status_code == 200
                assert "smartvoda region load DIR" in answer.text


def test_without_readings_every_page_is_shown(empty: Filled, caplog: pytest.LogCaptureFixture) -> None:
    region = empty.region
    empty.records.save_region(region, "test", "test", NOW)
    places = {
        "zone": region.zones[0].zone,
        "device": region.devices[0].device,
        "municipality": region.municipalities[0].code,
        "reservoir": next(item.reservoir for item in region.reservoirs if item.kind == "dam"),
        "tank": next(item.reservoir for item in region.reservoirs if item.kind == "tank"),
    }
    with serving(empty) as served, caplog.at_level(logging.ERROR):
        for page in PAGES:
            if "{event}" in page.path:
                continue
            path = page.path.format(**places)
            assert Client(served.url).get(path).status_code == 200, (path, caplog.text)
