"""`/healthz` of ingest and analyse where they run alone; the dashboard answers for itself."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from types import TracebackType
from typing import Self

from models.errors import VodaError

log = logging.getLogger("smartvoda.health")

Status = dict[str, object]

LOOK_S = 2.0
OLD_S = 15.0
"""A look older than this says that looking itself hangs."""
SILENT_S = 60.0
"""A service that has told nothing for so long hangs: each looks at its work every few seconds."""


def told_lately(fact: Mapping[str, object], began: datetime, now: datetime, speed: float = 1.0) -> Status:
    """A service's fact with an honest `problem`: one told before `began` or too long ago proves no life.

    speed : domain seconds in a second of the machine
    """
    try:
        at = datetime.fromisoformat(str(fact.get("at", "")))
    except ValueError:
        at = None
    if at is None or at < began:
        return {**fact, "problem": "starting: it has not looked at its work yet"}
    silent_s = (now - at).total_seconds() / speed
    problem = fact.get("problem") or (f"it has said nothing for {silent_s:.0f} s" if silent_s > SILENT_S else "")
    return {**fact, "problem": problem}


class Health:
    """Answers GET /healthz on every address: 200, or 503 where the status has a `problem`.

    The port is taken at once, and answers 503 until `watch`. Port 0: nobody listens.
    """

    def __init__(self, port: int) -> None:
        """Raises VodaError (health.port_taken)."""
        self._said: Status = {"problem": "starting"}
        self._looked = monotonic()
        self._stop = threading.Event()
        self._server = _listen(port, self.status) if port else None

    def watch(self, look: Callable[[], Status]) -> None:
        """From here on the answer is what `look` says, asked every few seconds so that an answer is always quick."""
        if self._server:
            self._look(look)
            threading.Thread(target=self._keep_looking, args=(look,), name="health-look", daemon=True).start()

    def status(self) -> Status:
        """The last look."""
        said = self._said
        if monotonic() - self._looked > OLD_S and not said.get("problem"):
            said = {**said, "problem": "the database has not answered for long"}
        return {"status": "failing" if said.get("problem") else "ok", **said}

    def _keep_looking(self, look: Callable[[], Status]) -> None:
        while not self._stop.wait(LOOK_S):
            self._look(look)

    def _look(self, look: Callable[[], Status]) -> None:
        try:
            said = look()
        except Exception as error:
            # Whatever it is: who can't be looked at is not known to be well.
            said = {"problem": str(error) if isinstance(error, VodaError) else repr(error)}
        self._said, self._looked = said, monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._stop.set()
        if self._server:
            self._server.shutdown()
            self._server.server_close()


class _Server(ThreadingHTTPServer):
    def handle_error(self, _request: object, _client_address: object) -> None:
        """Who asked and went away before the answer is no fault of ours."""
        log.debug("an answer could not be given", exc_info=True)


def _listen(port: int, status: Callable[[], Status]) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        """One path, no log."""

        def do_GET(self) -> None:
            """Answer with the status as JSON."""
            if self.path != "/healthz":
                self.send_error(404)
                return
            said = status()
            body = json.dumps(said).encode()
            self.send_response(503 if said.get("problem") else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Health checks come every few seconds: say nothing."""

    try:
        server = _Server(("", port), Handler)
    except OSError as error:
        raise VodaError(
            "health.port_taken", f"port {port} can't be used ({error.strerror}); set SMARTVODA_HEALTH_PORT"
        ) from error
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
    return server
