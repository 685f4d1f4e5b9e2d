"""A real HTTP proxy before a real influxd that answers some writes itself, as an overloaded server or gateway does."""

from __future__ import annotations

import http.client
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from tests.servers import Bucket
from tests.servers.process import LOOPBACK

PARTIAL = 422
"""Stands for a partial write: half of the lines get through, then the answer is an error as if none had."""

LARGEST_BODY = 8_000


class Proxy:
    """answers : statuses to give to the next writes, in this order; 413 holds for every body above a bound"""

    def __init__(self, target: str) -> None:
        self.target = urlsplit(target).netloc
        self.answers: list[int] = []
        self.given: list[int] = []
        self.refuse_large = False
        self.guard = threading.Lock()

    def status(self, path: str, size: int) -> int:
        """What to answer to a write; 0: what the server says."""
        if "/write" not in path:
            return 0
        with self.guard:
            if self.refuse_large and size > LARGEST_BODY:
                self.given.append(413)
                return 413
            if not self.answers:
                return 0
            self.given.append(self.answers.pop(0))
            return self.given[-1]

    def pass_on(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes, str]:
        connection = http.client.HTTPConnection(self.target, timeout=30)
        kept = {name: value for name, value in headers.items() if name.lower() not in ("host", "connection")}
        try:
            connection.request(method, path, body, {**kept, "Content-Length": str(len(body))})
            answer = connection.getresponse()
            return answer.status, answer.read(), answer.getheader("Content-Type", "text/plain")
        finally:
            connection.close()


@contextmanager
def proxy(bucket: Bucket) -> Iterator[tuple[Proxy, Bucket]]:
    """The proxy, and the bucket as it is reached through it."""
    state = Proxy(bucket.url)

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else each answer waits 40 ms between its head and its body

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            status = state.status(self.path, len(body))
            headers = dict(self.headers.items())
            if status == PARTIAL:
                half = body.split(b"\n")[: body.count(b"\n") // 2 + 1]
                state.pass_on("POST", self.path, b"\n".join(half), headers)
                status = 500
            if status:
                self._answer(status, b'{"message":"not now"}', "application/json")
            else:
                self._answer(*state.pass_on("POST", self.path, body, headers))

        def do_GET(self) -> None:
            self._answer(*state.pass_on("GET", self.path, b"", dict(self.headers.items())))

        def _answer(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if status != 204:
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer((LOOPBACK, 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield state, Bucket(f"http://{LOOPBACK}:{server.server_port}", bucket.token, bucket.org, bucket.name)
    finally:
        server.shutdown()
        server.server_close()
