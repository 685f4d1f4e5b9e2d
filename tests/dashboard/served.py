"""The dashboard served for the tests, as a process would: over HTTP, on a free port, in a thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from dashboard.app import create
from dashboard.config import DashboardConfig
from dashboard.server import Server
from ingest.rule_desk import TrialDesk
from models.store import Store
from models.tables import ImportDesk
from tests.dashboard.filled import Filled
from tests.servers import free_port


class Served:
    """A running dashboard; `published` holds what the burst button sent."""

    def __init__(self, filled: Filled, store: Store | None = None, imports: ImportDesk | None = None) -> None:
        self.filled = filled
        self.published: list[tuple[str, bytes]] = []
        self.port = free_port()
        config = DashboardConfig(
            publish=lambda topic, payload: self.published.append((topic, payload)),
            mqtt_expected=True,
            version="test",
            imports=imports,
            rules=TrialDesk(),
        )
        self.app = create(store or filled.store, filled.records, filled.clock, config)
        self._start()

    def _start(self) -> None:
        self.server = Server(self.app, "127.0.0.1", self.port)
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        deadline = time.monotonic() + 20
        while not self.server.started:
            assert time.monotonic() < deadline, "the dashboard did not start"
            time.sleep(0.02)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> float:
        """Stop as a signal would; seconds that it took."""
        began = time.monotonic()
        self.server.stop()
        self.thread.join(20)
        assert not self.thread.is_alive()
        return time.monotonic() - began


@contextmanager
def serving(filled: Filled, store: Store | None = None, imports: ImportDesk | None = None) -> Iterator[Served]:
    """The dashboard over a test's data, or over another store with the same records."""
    served = Served(filled, store, imports)
    try:
        yield served
    finally:
        if served.thread.is_alive():
            served.stop()
