"""Long loads in short transactions, so that a commit of ingest never waits long."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager

from storage.sqlite.database import Database

STEP_S = 0.06
"""A transaction takes about so long, however busy the machine is."""

LEAST_ROWS, MOST_ROWS = 2_000, 25_000


class Pace:
    """How many rows a transaction of one kind of load may have: learnt from how long the last ones took."""

    def __init__(self, database: Database) -> None:
        self.rows = MOST_ROWS // 2
        self._database = database

    @contextmanager
    def transaction(self, rows: int) -> Iterator[sqlite3.Connection]:
        """A writing transaction of so many rows, after those who wait had their turn."""
        self._database.give_way()
        start = time.monotonic()
        with self._database.writing() as connection:
            yield connection
        fitting = int(rows * STEP_S / max(time.monotonic() - start, 1e-3))
        self.rows = min(max(fitting, LEAST_ROWS), MOST_ROWS, 2 * self.rows)
