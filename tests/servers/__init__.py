"""Real servers for the tests: each on a free port, in a temporary folder, gone when the tests end.

A test asks for one by its fixture (`mosquitto`, `influxd`, `postgres`, `new_page`); it starts at the first use and
serves the whole run. A server that is not installed fails the test with one line that says what to do.
"""

from tests.servers.broker import Mosquitto
from tests.servers.browser import Chromium, WatchedPage
from tests.servers.database import Postgres
from tests.servers.influx import Bucket, Influxd
from tests.servers.process import Server, ServerError, free_port

__all__ = [
    "Bucket",
    "Chromium",
    "Influxd",
    "Mosquitto",
    "Postgres",
    "Server",
    "ServerError",
    "WatchedPage",
    "free_port",
]
