"""Fixtures for all tests: the real servers (see tests/servers)."""

from tests.servers.fixtures import (
    _revive_servers,
    bucket,
    chromium,
    free_port,
    influxd,
    mosquitto,
    new_page,
    postgres,
    postgres_url,
)

__all__ = [
    "_revive_servers",
    "bucket",
    "chromium",
    "free_port",
    "influxd",
    "mosquitto",
    "new_page",
    "postgres",
    "postgres_url",
]
