"""The sample region and its simulated waterworks, once a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.simulator.gauges import Gauges
from ingest.simulator.waterworks import Waterworks
from models.region_files import parse
from models.registry import Region

SAMPLE = Path(__file__).parents[3] / "data" / "sample"
SEED = 1


@pytest.fixture(scope="session")
def sample() -> Region:
    region, problems = parse({path.name: path.read_text(encoding="utf-8") for path in SAMPLE.glob("*.*")})
    assert not problems
    assert region is not None
    return region


@pytest.fixture(scope="session")
def gauges(sample: Region) -> Gauges:
    """Without commands; tests that give some make their own."""
    return Gauges(Waterworks(sample, SEED))
