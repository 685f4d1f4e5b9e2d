"""The servers as pytest fixtures; each starts when a test first asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

import pytest

from tests.servers.broker import Mosquitto
from tests.servers.browser import Chromium, WatchedPage, chromium_browser
from tests.servers.database import Postgres
from tests.servers.influx import Bucket, Influxd
from tests.servers.process import Server, ServerError
from tests.servers.process import free_port as take_free_port

Kind = TypeVar("Kind", bound=Server)
_started: list[Server] = []


class NewPage(Protocol):
    """Makes a watched page; the options are Playwright's for a browser context."""

    def __call__(self, **options: object) -> WatchedPage: ...


def _serve(server: Kind) -> Iterator[Kind]:
    try:
        with server:
            _started.append(server)
            yield server
    except ServerError as error:
        pytest.fail(str(error), pytrace=False)
    finally:
        if server in _started:
            _started.remove(server)


@pytest.fixture(scope="session")
def mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    yield from _serve(Mosquitto(tmp_path_factory.mktemp("mosquitto")))


@pytest.fixture(scope="session")
def influxd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influxd]:
    yield from _serve(Influxd(tmp_path_factory.mktemp("influxd")))


@pytest.fixture
def bucket(influxd: Influxd) -> Bucket:
    return influxd.new_bucket()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    server = Postgres()
    try:
        yield from _serve(server)
    finally:
        server.remove()


@pytest.fixture
def postgres_url(postgres: Postgres) -> str:
    return postgres.new_database()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    """One browser a module: while Playwright runs, no other code of this thread can run an asyncio loop."""
    try:
        with chromium_browser() as browser:
            yield browser
    except ServerError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def new_page(chromium: Chromium) -> Iterator[NewPage]:
    pages: list[WatchedPage] = []

    def make(**options: object) -> WatchedPage:
        pages.append(chromium.new_page(**options))
        return pages[-1]

    yield make
    for page in pages:
        page.context.close()


@pytest.fixture
def free_port() -> Callable[[], int]:
    return take_free_port


@pytest.fixture(autouse=True)
def _revive_servers() -> Iterator[None]:
    """A test may kill, stop or freeze a server; the next test finds it running."""
    yield
    for server in _started:
        server.revive()
