"""`/healthz` of ingest and analyse where they run alone; the dashboard answers for itself."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from models.errors import VodaError

Status = Callable[[], dict[str, object]]


def serve(port: int, status: Status) -> ThreadingHTTPServer:
    """Answer GET /healthz on every address with status(): 200, or 503 where its `problem` is not empty."""

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
        server = ThreadingHTTPServer(("", port), Handler)
    except OSError as error:
        raise VodaError(
            "health.port_taken", f"port {port} is taken ({error.strerror}); set SMARTVODA_HEALTH_PORT"
        ) from error
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
    return server
