from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.dashboard.filled import Filled, few_towns, fill, sample_region
from tests.dashboard.served import Served, serving

NOW = datetime(2026, 11, 25, 9, 42, tzinfo=UTC)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """Three towns of the sample region with eight days of data."""
    region = few_towns(sample_region(), ("decin", "krupka", "litvinov"))
    made = fill(tmp_path_factory.mktemp("filled"), region, NOW)
    yield made
    made.close()


@pytest.fixture(scope="module")
def served(filled: Filled) -> Iterator[Served]:
    """The dashboard over HTTP."""
    with serving(filled) as running:
        yield running
