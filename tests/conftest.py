"""Fixtures for all tests: the real servers (see tests/servers); what Hypothesis may take."""

from hypothesis import HealthCheck, settings

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

# How long an example takes says how busy the machine is, not whether the code is right.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
