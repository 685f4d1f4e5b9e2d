"""A real InfluxDB 2 server, set up over its own HTTP API."""

from __future__ import annotations

import itertools
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.servers.process import LOOPBACK, Server, ServerError
from tests.servers.programs import find_influxd

ORG = "smartvoda"
TOKEN = "test-token-of-a-temporary-server"
ANSWER_SECONDS = 30.0


@dataclass(frozen=True)
class Bucket:
    """A bucket of a test's own and all that is needed to use it."""

    url: str
    token: str
    org: str
    name: str

    @property
    def store_url(self) -> str:
        """As the setting SMARTVODA_STORE_URL takes it."""
        return self.url.replace("http://", f"influxdb://{self.token}@") + f"/{self.org}/{self.name}"


class Influxd(Server):
    """One influxd for the whole run; every test takes a `new_bucket()`."""

    name = "influxd"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.url = f"http://{LOOPBACK}:{self.port}"
        self.org = ORG
        self.token = TOKEN
        self._numbers = itertools.count(1)
        self._org_id = ""

    def command(self) -> list[str]:
        return [
            find_influxd(),
            "--reporting-disabled",
            "--http-bind-address",
            f"{LOOPBACK}:{self.port}",
            "--bolt-path",
            str(self.folder / "influxd.bolt"),
            "--engine-path",
            str(self.folder / "engine"),
            "--sqlite-path",
            str(self.folder / "influxd.sqlite"),
            "--log-level",
            "error",
        ]

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/ready", timeout=2.0) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def start(self) -> None:
        super().start()
        if not self._org_id:
            setup = {"username": "tests", "password": "tests-only", "org": ORG, "bucket": "first", "token": TOKEN}
            self._org_id = str(self.post("/api/v2/setup", setup)["org"]["id"])

    def new_bucket(self, kept_for: timedelta | None = None) -> Bucket:
        """kept_for : older points are not taken; None: all are kept for ever"""
        name = f"test-{next(self._numbers)}"
        rules = [] if kept_for is None else [{"type": "expire", "everySeconds": int(kept_for.total_seconds())}]
        self.post("/api/v2/buckets", {"orgID": self._org_id, "name": name, "retentionRules": rules})
        return Bucket(url=self.url, token=TOKEN, org=ORG, name=name)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Ask the server's management API; the answer's JSON."""
        request = urllib.request.Request(
            self.url + path,
            data=json.dumps(body).encode(),
            headers={"Authorization": f"Token {TOKEN}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise ServerError(f"influxd refused {path}: {error.read().decode(errors='replace')}") from error
