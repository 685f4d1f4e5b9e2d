"""A plain HTTP client for the tests: one connection a request, cookies kept."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit


@dataclass
class Answer:
    status_code: int
    headers: dict[str, str]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()

    def json(self) -> Any:
        return json.loads(self.content)


class Client:
    def __init__(self, url: str) -> None:
        self.host = urlsplit(url).netloc
        self.cookies: dict[str, str] = {}

    def get(self, path: str, params: dict[str, str] | None = None, headers: dict[str, str] | None = None) -> Answer:
        return self._ask("GET", f"{path}?{urlencode(params)}" if params else path, None, headers or {})

    def post(self, path: str, json: object, headers: dict[str, str] | None = None) -> Answer:
        return self._ask("POST", path, json, {"Content-Type": "application/json", **(headers or {})})

    def _ask(self, method: str, path: str, body: object, headers: dict[str, str]) -> Answer:
        connection = http.client.HTTPConnection(self.host, timeout=20)
        if self.cookies:
            headers = {**headers, "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        found = {name.lower(): value for name, value in response.getheaders()}
        if "set-cookie" in found:
            name, _, value = found["set-cookie"].split(";")[0].partition("=")
            self.cookies[name] = value
        answer = Answer(response.status, found, response.read())
        connection.close()
        return answer
